// The transform part as one job: node main.mjs sample|full. Brings the packages that are missing
// and compares.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const SAMPLE_FILES = 250;

function run(script, args) {
    const node = ["--max-old-space-size=4096", path.join(here, script), ...args];
    return spawnSync(process.execPath, node, { stdio: "inherit" }).status ?? 2;
}

const full = process.argv[2] === "full";
let status = run("../corpus/fetch.mjs", full ? [] : ["--sample"]);
if (status === 0) {
    status = run("compare.mjs", full ? [] : ["--sample", String(SAMPLE_FILES)]);
}
process.exitCode = status;
