// One more dependency on 300: what a dev server builds, sends again and reloads when an edit imports a package's
// module that nothing has imported before. The page is Chromium's.
//
//   RWGRAPH_BIN=… node bench/dev/dependency.mjs [--dependencies 300] [--only rwgraph,vite,vite-bundled,rspack]
//
// Prints Markdown; build/bench/dependency.json has the same.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Browser } from "../../tests/playground/harness.mjs";
import { ms, options, save, table } from "../report.mjs";
import { SERVERS, forget, start, stop } from "./servers.mjs";

const PACKAGES = fileURLToPath(new URL("../node_modules", import.meta.url));
const LATE = "unset"; // shares modules with many others
const QUIET_MS = 1500;

const names = readdirSync(join(PACKAGES, "lodash-es"))
  .filter((file) => /^[a-z]\w*\.js$/.test(file))
  .map((file) => file.slice(0, -3))
  .filter((name) => name !== LATE && name !== "lodash");

// The page says how many of them it has, and accepts new versions of the module that imports them.
function importing(list, hot) {
  return [
    ...list.map((name, i) => `import f${i} from "lodash-es/${name}.js";`),
    `const all = [${list.map((_, i) => `f${i}`).join(", ")}];`,
    'console.debug(`edit ${all.filter((f) => typeof f === "function" || f).length}`);',
    `if (${hot}) ${hot}.accept();`,
    "",
  ].join("\n");
}

function makeApp(dir, list, hot) {
  mkdirSync(join(dir, "src"));
  writeFileSync(join(dir, "package.json"), '{ "name": "bench-app", "private": true, "type": "module" }\n');
  writeFileSync(join(dir, "index.html"), '<!doctype html>\n<body><script type="module" src="/src/main.jsx"></script></body>\n');
  writeFileSync(join(dir, "src/main.jsx"), 'import "./all.jsx";\n');
  writeFileSync(join(dir, "src/all.jsx"), importing(list, hot));
}

// Files below a folder of packages as built for the browser that were written after `since`.
function rebuilt(dir, since) {
  const deps = join(dir, "node_modules/.vite/deps");
  try {
    return readdirSync(deps).filter((file) => /\.js$/.test(file) && statSync(join(deps, file)).mtimeMs >= since).length;
  } catch (error) {
    if (error.code === "ENOENT") return null; // a server that builds no packages apart
    throw error;
  }
}

async function measure(name, dependencies) {
  const dir = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  symlinkSync(PACKAGES, join(dir, "node_modules"));
  forget(dir);
  const hot = name === "rspack" ? "import.meta.webpackHot" : "import.meta.hot";
  const list = names.slice(0, dependencies);
  makeApp(dir, list, hot);
  const server = await start(name, dir);
  const browser = await Browser.open();
  const { page } = browser;
  let last = performance.now();
  let said = 0;
  let loads = 0;
  const requests = new Map(); // URL -> how often, without the server's own query of a page load
  page.on("console", (message) => {
    const count = Number(/^edit (\d+)$/.exec(message.text())?.[1] ?? NaN);
    if (count > said) said = count;
    last = performance.now();
    if (said === count) page.emit("rwgraph-bench", count);
  });
  page.on("load", () => loads++);
  page.on("request", (request) => {
    last = performance.now();
    requests.set(request.url(), (requests.get(request.url()) ?? 0) + 1);
  });
  const quiet = async () => {
    while (performance.now() < last + QUIET_MS) {
      await new Promise((resolve) => setTimeout(resolve, last + QUIET_MS - performance.now()));
    }
  };
  const says = (count) =>
    new Promise((resolve, reject) => {
      if (said >= count) resolve();
      page.on("rwgraph-bench", (now) => now >= count && resolve());
      setTimeout(() => reject(new Error(`${name}: the page did not come to ${count}`)), 60_000).unref();
    });
  try {
    await page.goto(server.origin, { timeout: 60_000 });
    await says(list.length);
    await quiet();
    const before = new Set(requests.keys());
    requests.clear();
    loads = 0;
    const written = Date.now();
    const began = performance.now();
    writeFileSync(join(dir, "src/all.jsx"), importing([...list, LATE], hot));
    await says(list.length + 1);
    const took = performance.now() - began;
    await quiet();
    const late = [...requests.keys()];
    const paths = new Set([...before].map((url) => new URL(url).pathname));
    return {
      ms: took,
      loads,
      requests: late.length,
      // A module that the page had is asked for under another address: a second copy of it, but for what was edited.
      changed: late.filter((url) => !before.has(url) && paths.has(new URL(url).pathname) && !url.includes("/src/")).length,
      rebuilt: rebuilt(dir, written),
    };
  } finally {
    await browser.close();
    await stop(server);
    forget(dir);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The table for README.md, of what a run has saved. */
export function render({ servers }) {
  const head = ["server", "edit to page", "page loads", "requests", "package URLs changed", "package files built again"];
  return table(
    head,
    Object.entries(servers).map(([name, row]) => [
      SERVERS[name].title,
      ms(row.ms),
      row.loads,
      row.requests,
      row.changed,
      row.rebuilt ?? "–",
    ]),
  );
}

async function main() {
  const given = options({ dependencies: 300, only: Object.keys(SERVERS) });
  const servers = {};
  for (const name of given.only) servers[name] = await measure(name, given.dependencies);
  const results = { dependencies: given.dependencies, servers };
  save("dependency", results);
  console.log(render(results));
}

if (import.meta.url === `file://${process.argv[1]}`) await main();
