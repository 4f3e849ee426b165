// Dev servers side by side, in one run: cold start to every module served, restart with a warm cache, reload with
// everything unchanged, edit to message and to the page, memory.
//
//   RWGRAPH_BIN=… node bench/dev/run.mjs [--modules 3000,10000] [--runs 2] [--only rwgraph,vite,vite-bundled,rspack]
//
// Prints Markdown; every sample is in build/bench/dev.json. README.md says what each column means.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Browser } from "../../tests/playground/harness.mjs";
import { mb, median, memory, ms, options, save, table } from "../report.mjs";
import { makeApp } from "./app.mjs";
import { crawl } from "./crawl.mjs";
import { SERVERS, forget, listen, start, stop } from "./servers.mjs";

const PACKAGES = fileURLToPath(new URL("../node_modules", import.meta.url));
const EDITS = 10;
const say = (text) => process.stderr.write(`${text}\n`);

// The numbers that the deepest module says when it is evaluated, as the page hears them.
function heard(page) {
  const waiting = new Map();
  const said = new Set();
  page.on("console", (message) => {
    const number = /^edit (\d+)$/.exec(message.text())?.[1];
    if (number === undefined) return;
    said.add(Number(number));
    waiting.get(Number(number))?.();
  });
  return (number) =>
    new Promise((resolve, reject) => {
      if (said.has(number)) resolve();
      waiting.set(number, resolve);
      setTimeout(() => reject(new Error(`the page did not come to show edit ${number}`)), 120_000).unref();
    });
}

// From the write of a file to the message about it, and to its evaluation in a page of Chromium.
async function edit(server, texts, file) {
  const browser = await Browser.open();
  const socket = await listen(server, texts, browser.page);
  const original = readFileSync(file, "utf8");
  const samples = { message: [], applied: [] };
  try {
    const says = heard(browser.page);
    await browser.page.goto(server.origin, { timeout: 120_000 });
    await says(0);
    for (let i = 1; i <= EDITS; i++) {
      const message = socket.next();
      const began = performance.now();
      writeFileSync(file, original.replace("edit 0", `edit ${i}`));
      await message;
      samples.message.push(performance.now() - began);
      await says(i);
      samples.applied.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 150)); // watchers drop changes that come too fast
    }
    samples.loads = browser.loads;
  } finally {
    writeFileSync(file, original);
    socket.close();
    await browser.close();
  }
  return samples;
}

// Until everything has come. A server that bundles may answer with a page that waits until it has.
async function load(server, etags) {
  const end = performance.now() + 60_000;
  for (;;) {
    const totals = await crawl(server.origin, etags, !SERVERS[server.name].bundles);
    const complete = [...crawl.texts.values()].some((text) => text.includes("edit 0"));
    if (complete && totals.failures.length === 0) return totals;
    if (!SERVERS[server.name].bundles || performance.now() > end) {
      throw new Error(`${server.name}: ${totals.failures[0] ?? "the deepest module did not come"}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function measure(name, modules, runs) {
  const dir = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  const deepest = join(dir, makeApp(modules, dir));
  symlinkSync(PACKAGES, join(dir, "node_modules"));
  const rows = { cold: [], warm: [], reload: [], memory: [] };
  for (let run = 0; run < runs; run++) {
    forget(dir);
    for (const kind of ["cold", "warm"]) {
      crawl.texts.clear();
      const server = await start(name, dir);
      try {
        const etags = new Map();
        const totals = await load(server, etags);
        rows[kind].push(performance.now() - server.began);
        rows.requests = totals.requests;
        if (kind === "cold") continue;
        const began = performance.now();
        const again = await load(server, etags);
        rows.reload.push(performance.now() - began);
        rows.notModified = again.notModified;
        if (run + 1 === runs) rows.edit = await edit(server, crawl.texts, deepest);
        rows.memory.push(memory(server.child.pid));
      } finally {
        await stop(server);
      }
    }
    say(`${modules} modules, ${name}: cold ${ms(rows.cold.at(-1))}, warm ${ms(rows.warm.at(-1))}`);
  }
  forget(dir);
  rmSync(dir, { recursive: true, force: true });
  return rows;
}

/** A Markdown table for each number of modules, of what a run has saved. */
export function render({ sizes, runs }) {
  const best = (values) => Math.min(...values);
  return Object.entries(sizes)
    .map(([modules, servers]) => {
      const head = ["server", "cold", "warm restart", "reload, unchanged", "edit to message", "edit to page", "memory"];
      const rows = Object.entries(servers).map(([name, { cold, warm, reload, edit: edits, memory: sizes }]) => [
        SERVERS[name].title,
        ...[best(cold), best(warm), best(reload), median(edits.message), median(edits.applied)].map(ms),
        mb(best(sizes)),
      ]);
      const times = runs === 1 ? "one run" : `best of ${runs} runs`;
      return `${Number(modules).toLocaleString("en-US")} modules, ${times}:\n\n${table(head, rows)}`;
    })
    .join("\n\n");
}

async function main() {
  const given = options({ modules: ["3000", "10000"], runs: 2, only: Object.keys(SERVERS) });
  const sizes = {};
  for (const modules of given.modules) {
    sizes[modules] = {};
    for (const name of given.only) sizes[modules][name] = await measure(name, Number(modules), given.runs);
  }
  const results = { sizes, runs: given.runs };
  save("dev", results);
  console.log(render(results));
}

if (import.meta.url === `file://${process.argv[1]}`) await main();
