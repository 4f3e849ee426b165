// Runs the conformance harness: node run.mjs sample|full [PART…]
//
// A part is a folder beside this file whose main.mjs takes `sample` or `full` and exits 0 when
// nothing unlisted differs, 1 when something does. All parts run, also after one that differs.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const [size, ...wanted] = process.argv.slice(2);
if (size !== "sample" && size !== "full") {
  console.error("usage: node run.mjs sample|full [PART…]");
  process.exit(2);
}
const parts = wanted.length
  ? wanted
  : ["parse", "resolve", "transform"].filter((p) => fs.existsSync(path.join(here, p, "main.mjs")));

let status = 0;
for (const part of parts) {
  console.log(`== ${part} (${size})`);
  const done = spawnSync(process.execPath, [path.join(here, part, "main.mjs"), size], {
    stdio: "inherit",
  });
  status = Math.max(status, done.status ?? 2);
}
process.exitCode = status;
