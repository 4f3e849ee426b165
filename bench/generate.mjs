// Makes the synthetic projects that the tables are measured on: same arguments, same bytes, everywhere.
//
//   node bench/generate.mjs tree 10000 DIR    a tree: modules in folders of 20, about four imports each, 1.6 kB of code each
//   node bench/generate.mjs chain 10000 DIR   one chain of imports through all modules
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [shape, countText, out] = process.argv.slice(2);
const count = Number(countText);
if (!["tree", "chain"].includes(shape) || !(count > 0) || !out) {
  console.error("usage: generate.mjs tree|chain COUNT DIR");
  process.exit(2);
}

const perFolder = 20;
const fileOf = (i) => `src/d${Math.floor(i / 400)}/e${Math.floor(i / perFolder)}/m${i}.ts`;

function specifier(from, to) {
  const [, fd, fe] = fileOf(from).split("/");
  const [, td, te] = fileOf(to).split("/");
  if (fe === te) return `./m${to}`;
  return fd === td ? `../${te}/m${to}` : `../../${td}/${te}/m${to}`;
}

// Each module imports later ones only, so that the tree has no cycles: its children, and two near neighbours.
function importsOf(i) {
  if (shape === "chain") return i + 1 < count ? [i + 1] : [];
  const wanted = [4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * i + 4, i + 7, i + 61, i + 113, i + 211];
  return [...new Set(wanted.filter((t) => t > i && t < count))].slice(0, 4 + (i % 3 === 0 ? 1 : 0));
}

function textOf(i) {
  const imports = importsOf(i);
  const lines = imports.map((t) => `import { value${t}, type Shape${t} } from "${specifier(i, t)}";`);
  lines.push("", `export interface Shape${i} {`, "  id: number;", "  name: string;", "  tags?: readonly string[];", "}", "");
  for (let k = 0; k < 3; k++) {
    lines.push(
      `// Part ${k} of module ${i}: plain code of the kind that fills applications.`,
      `function step${k}(input: number, label = "step ${k}"): string {`,
      `  const parts = [label, String(input * ${k + 1}), \`\${input}:\${label}\`];`,
      "  if (/^step\\s\\d+$/.test(label) && input / 2 > 1) {",
      "    parts.push(label.toUpperCase());",
      "  }",
      '  return parts.filter((part) => part !== "").join("-");',
      "}",
      "",
    );
  }
  const uses = imports.map((t) => `value${t}`).join(", ");
  lines.push(`export const value${i} = [step0(${i}), step1(${i}), step2(1)${uses && ", " + uses}].length;`);
  lines.push(`export default function module${i}(): Shape${i} {`, `  return { id: ${i}, name: step0(${i}) };`, "}", "");
  return lines.join("\n");
}

const folders = new Set();
for (let i = 0; i < count; i++) {
  const path = join(out, fileOf(i));
  if (!folders.has(dirname(path))) {
    mkdirSync(dirname(path), { recursive: true });
    folders.add(dirname(path));
  }
  writeFileSync(path, textOf(i));
}
writeFileSync(join(out, "src/index.ts"), `import { value0 } from "${specifier(0, 0).replace("./", "./d0/e0/")}";\n\nconsole.log(value0);\n`);
writeFileSync(join(out, "package.json"), JSON.stringify({ name: `${shape}${count}`, private: true, main: "src/index.ts" }, null, 2) + "\n");
writeFileSync(join(out, "tsconfig.json"), JSON.stringify({ compilerOptions: { module: "esnext", moduleResolution: "bundler" } }) + "\n");
