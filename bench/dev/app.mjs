// Makes a React application of COUNT modules in a ternary import tree: the same files for every server.
//
//   node bench/dev/app.mjs 3000 DIR
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const fileOf = (i) => `src/d${Math.floor(i / 100)}/C${i}.jsx`;

function specifier(from, to) {
  const [, fd] = fileOf(from).split("/");
  const [, td, name] = fileOf(to).split("/");
  return fd === td ? `./${name}` : `../${td}/${name}`;
}

function component(i, count) {
  const children = [3 * i + 1, 3 * i + 2, 3 * i + 3].filter((c) => c < count);
  return [
    'import { useState } from "react";',
    ...children.map((c) => `import { C${c} } from "${specifier(i, c)}";`),
    // The deepest module says when it is evaluated: so a page tells that an edit has come to it.
    ...(i === count - 1 ? ["", 'console.debug("edit 0");'] : []),
    "",
    `export function C${i}({ label = "C${i}" }) {`,
    "  const [open, setOpen] = useState(false);",
    "  const toggle = () => setOpen((was) => !was);",
    "  return (",
    `    <section className={open ? "open" : "closed"} data-id="${i}">`,
    "      <button onClick={toggle}>{label}</button>",
    ...children.map((c) => `      {open && <C${c} label={\`\${label}.${c}\`} />}`),
    "    </section>",
    "  );",
    "}",
    "",
  ].join("\n");
}

/** Writes the application; returns the file of its deepest module. */
export function makeApp(count, dir) {
  const write = (path, text) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  write("package.json", '{ "name": "bench-app", "private": true, "type": "module" }\n');
  write(
    "index.html",
    '<!doctype html>\n<html><head><title>bench</title></head><body><div id="root"></div>\n' +
      '<script type="module" src="/src/main.jsx"></script></body></html>\n',
  );
  write(
    "src/main.jsx",
    'import { createRoot } from "react-dom/client";\nimport { C0 } from "./d0/C0.jsx";\n' +
      'createRoot(document.getElementById("root")).render(<C0 />);\n',
  );
  for (let i = 0; i < count; i++) write(fileOf(i), component(i, count));
  return fileOf(count - 1);
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const [, , count, dir] = process.argv;
  makeApp(Number(count), dir);
}
