// What a server has to find out before its first request, on a RedwoodSDK application of many modules: which files
// have directives, and which packages each environment imports. `rwgraph scan` answers both, a whole process from its
// start; RedwoodSDK's scan and those of Vite's optimizer are timed without the start of theirs.
//
//   RWGRAPH_BIN=… node bench/playground/scan.mjs [--modules 2000] [--runs 3]
//
// Prints Markdown; build/bench/scan.json has the same.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { App } from "../../tests/playground/harness.mjs";
import { median, ms, options, program, save, table, versionOf } from "../report.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PACKAGES = join(HERE, "node_modules");
const WORK = join(HERE, "../../build/bench/playground");
const USED = ["is-even", "is-number", "is-odd", "object-assign", "prop-types"];
const run = promisify(execFile);

// A ternary tree of server components; two leaves of three are client components, and each leaf uses a package.
function component(i, count) {
  const children = [3 * i + 1, 3 * i + 2, 3 * i + 3].filter((child) => child < count);
  const leaf = children.length === 0;
  return [
    ...(leaf && i % 3 ? ['"use client";'] : []),
    ...(leaf ? [`import used from "${USED[i % USED.length]}";`] : []),
    ...children.map((child) => `import { C${child} } from "./C${child}";`),
    `export const C${i} = () => (`,
    "    <section>",
    `        {String(${leaf ? "typeof used" : '"inner"'})}`,
    ...children.map((child) => `        <C${child} />`),
    "    </section>",
    ");",
    "",
  ].join("\n");
}

async function makeApp(count) {
  mkdirSync(WORK, { recursive: true });
  const install = async (where) => {
    await run("cp", ["-al", PACKAGES, where]);
    for (const cache of [".vite", ".cache"]) rmSync(join(where, cache), { recursive: true, force: true });
  };
  const app = await App.copy("requestInfo", { parent: WORK, install });
  mkdirSync(join(app.root, ".wrangler"));
  mkdirSync(join(app.root, "src/tree"));
  for (let i = 0; i < count; i++) writeFileSync(join(app.root, `src/tree/C${i}.tsx`), component(i, count));
  await app.edit("src/app/pages/Home.tsx", (text) =>
    `import { C0 } from "@/tree/C0";\n${text.replace("<Counter />", "<Counter />\n        <C0 />")}`,
  );
  return app;
}

async function scan(app) {
  const began = performance.now();
  const child = spawn(program, ["scan", app.root], { stdio: "ignore" });
  const [code] = await once(child, "exit");
  if (code !== 0 && code !== 1) throw new Error(`rwgraph scan ended with ${code}`);
  return performance.now() - began;
}

async function scanOfOthers(app) {
  const { stdout, stderr } = await run(join(PACKAGES, `node-linux-${process.arch}/bin/node`), [join(HERE, "directives.mjs")], {
    cwd: app.root,
    env: {
      ...process.env,
      CI: "1",
      NO_COLOR: "1",
      DEBUG: "vite:deps",
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
    maxBuffer: 1 << 28,
    timeout: 180_000,
  });
  const directives = JSON.parse(/^directives: (.*)$/m.exec(stdout)[1]);
  const optimizer = [...stderr.matchAll(/Scan completed in ([\d.]+)ms/g)].map((match) => Number(match[1]));
  return { directives, optimizer };
}

/** The table for README.md, of what a run has saved. */
export function render({ cold, warm, others: { directives, optimizer }, versions }) {
  return table(
    ["", "nothing cached", "again, nothing changed"],
    [
      ["rwgraph scan: directives, packages, and the whole graph of three environments", ms(median(cold)), ms(median(warm))],
      [`RedwoodSDK ${versions.rwsdk}: directives`, ms(directives.samples[0]), ms(Math.min(...directives.samples))],
      [
        `Vite ${versions.vite}: packages of ${optimizer.length} environment${optimizer.length === 1 ? "" : "s"}, slowest`,
        ms(optimizer.length ? Math.max(...optimizer) : null),
        "–",
      ],
    ],
  );
}

async function main() {
  const given = options({ modules: 2000, runs: 3 });
  const app = await makeApp(given.modules);
  const results = { modules: given.modules, cold: [], warm: [] };
  results.versions = Object.fromEntries(["rwsdk", "vite"].map((name) => [name, versionOf(PACKAGES, name)]));
  try {
    for (let i = 0; i < given.runs; i++) {
      rmSync(join(app.root, "node_modules/.cache"), { recursive: true, force: true });
      results.cold.push(await scan(app));
      results.warm.push(await scan(app));
    }
    results.others = await scanOfOthers(app);
  } finally {
    await app.remove();
  }
  save("scan", results);
  console.log(render(results));
}

if (import.meta.url === `file://${process.argv[1]}`) await main();
