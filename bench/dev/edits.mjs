// What a server's memory does over thousands of edits: each writes a module of its own content, waits for the message
// about it, and asks for what the message names, as a page does.
//
//   RWGRAPH_BIN=… node bench/dev/edits.mjs [--edits 10000] [--modules 300] [--only rwgraph,vite]
//
// Vite's watcher drops changes that come too fast, so it gets a pause after each edit, and a twentieth of them.
// Prints Markdown; build/bench/edits.json has the same.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { mb, median, memory, ms, options, save, table } from "../report.mjs";
import { makeApp } from "./app.mjs";
import { crawl } from "./crawl.mjs";
import { SERVERS, forget, listen, start, stop } from "./servers.mjs";

const PACKAGES = fileURLToPath(new URL("../node_modules", import.meta.url));
const POINTS = 10;
const PAUSE_MS = { vite: 60 };
const SHARE = { vite: 1 / 20 };

// The URLs that a message names.
function named(message) {
  const { updates = [] } = JSON.parse(message);
  return updates.map(({ url, acceptedPath, timestamp }) => url ?? `${acceptedPath}?t=${timestamp}`);
}

async function measure(name, edits, modules) {
  const dir = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  const file = join(dir, makeApp(modules, dir));
  symlinkSync(PACKAGES, join(dir, "node_modules"));
  forget(dir);
  crawl.texts.clear();
  const server = await start(name, dir);
  const points = [];
  const durations = [];
  try {
    await crawl(server.origin);
    const socket = await listen(server, crawl.texts);
    const original = readFileSync(file, "utf8");
    points.push({ edits: 0, memory: memory(server.child.pid) });
    for (let i = 1; i <= edits; i++) {
      const began = performance.now();
      const message = socket.next();
      writeFileSync(file, original.replace("edit 0", `edit ${i}`));
      for (const url of named(await message)) {
        const response = await fetch(new URL(url, server.origin));
        if (!(await response.text()).includes(`edit ${i}`)) throw new Error(`${url} is not of edit ${i}`);
      }
      durations.push(performance.now() - began);
      if (PAUSE_MS[name]) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS[name]));
      if (i % Math.ceil(edits / POINTS) === 0 || i === edits) {
        points.push({ edits: i, memory: memory(server.child.pid), ms: median(durations.splice(0)) });
        process.stderr.write(`${name}: ${i} edits, ${points.at(-1).memory.toFixed(2)} MB\n`);
      }
    }
    socket.close();
  } finally {
    await stop(server);
    forget(dir);
    rmSync(dir, { recursive: true, force: true });
  }
  return points;
}

/** The table for README.md, of what a run has saved. */
export function render({ servers }) {
  const head = ["server", "edits", "memory before", "after 10 %", "after half", "after all", "edit to new module"];
  return table(
    head,
    Object.entries(servers).map(([name, points]) => [
      SERVERS[name].title,
      points.at(-1).edits.toLocaleString("en-US"),
      ...[0, 1, points.length >> 1, points.length - 1].map((index) => mb(points[index].memory)),
      ms(points.at(-1).ms),
    ]),
  );
}

async function main() {
  const given = options({ edits: 10_000, modules: 300, only: ["rwgraph", "vite"] });
  const servers = {};
  for (const name of given.only) servers[name] = await measure(name, given.edits * (SHARE[name] ?? 1), given.modules);
  const results = { modules: given.modules, servers };
  save("edits", results);
  console.log(render(results));
}

if (import.meta.url === `file://${process.argv[1]}`) await main();
