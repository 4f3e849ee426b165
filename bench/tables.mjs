// Puts the tables of what was measured into README.md: each between its markers, from the results in build/bench.
//
//   node bench/tables.mjs [dev dependency edits playground scan]
//
// A table without results stays as it is.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { render as dependency } from "./dev/dependency.mjs";
import { render as edits } from "./dev/edits.mjs";
import { render as dev } from "./dev/run.mjs";
import { render as playground } from "./playground/run.mjs";
import { render as scan } from "./playground/scan.mjs";
import { load } from "./report.mjs";

const README = fileURLToPath(new URL("../README.md", import.meta.url));
const RENDERERS = { dev, dependency, edits, playground, scan };

let text = readFileSync(README, "utf8");
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(RENDERERS);
for (const name of names) {
  const results = load(name);
  const markers = [`<!-- bench ${name} -->`, `<!-- end of bench ${name} -->`];
  const [from, to] = markers.map((marker) => text.indexOf(marker));
  if (!results) {
    console.error(`${name}: not measured`);
  } else if (from < 0 || to < from) {
    throw new Error(`README.md has no ${markers.join(" … ")}`);
  } else {
    text = `${text.slice(0, from + markers[0].length)}\n${RENDERERS[name](results)}\n${text.slice(to)}`;
    console.error(`${name}: written`);
  }
}
writeFileSync(README, text);
