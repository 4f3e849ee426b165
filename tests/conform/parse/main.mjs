// The parse part as one job: node main.mjs sample|full. Brings the packages that are missing and
// compares; `full` also writes build/conform/parse.json.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const results = path.join(here, "../../../build/conform");
const sampleFiles = 3000;
const ownFiles = [path.join(here, "gaps"), path.join(here, "traps")];

function run(script, args) {
  const node = ["--max-old-space-size=4096", path.join(here, script), ...args];
  return spawnSync(process.execPath, node, { stdio: "inherit" }).status ?? 2;
}

const full = process.argv[2] === "full";
fs.mkdirSync(results, { recursive: true });
let status = run("../corpus/fetch.mjs", full ? [] : ["--sample"]);
if (status === 0) {
  status = full
    ? run("compare.mjs", ["--report", path.join(results, "parse.json"), ...ownFiles])
    : run("compare.mjs", ["--sample", String(sampleFiles), ...ownFiles]);
}
process.exitCode = status;
