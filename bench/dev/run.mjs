// Dev servers side by side, in one run: cold start to every module served, restart with a warm cache,
// reload with everything unchanged, edit to message, memory.
//
//   RWGRAPH_BIN=… node bench/dev/run.mjs [--modules 3000] [--runs 3] [--only rwgraph,vite,vite-bundled]
import { spawn } from "node:child_process";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { makeApp } from "./app.mjs";
import { crawl } from "./crawl.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const flag = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : otherwise;
};
const modules = Number(flag("modules", "3000"));
const runs = Number(flag("runs", "3"));
const only = flag("only", "rwgraph,vite").split(",");

const SERVERS = {
  rwgraph: (dir) => [process.env.RWGRAPH_BIN, ["dev", "--any-port", dir]],
  vite: (dir) => [process.execPath, [join(HERE, "vite.mjs"), dir, "unbundled"]],
  "vite-bundled": (dir) => [process.execPath, [join(HERE, "vite.mjs"), dir, "bundled"]],
};
const caches = (dir) => ["node_modules/.vite", "node_modules/.cache", ".rwgraph"].map((c) => join(dir, c));

async function start(name, dir) {
  const [program, args] = SERVERS[name](dir);
  const began = performance.now();
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /localhost:(\d+)/.exec(line);
      if (match) resolve(match[1]);
    });
    child.on("exit", () => reject(new Error(`${name} ended`)));
  });
  return { child, began, origin: `http://127.0.0.1:${port}` };
}

async function stop(server) {
  server.child.removeAllListeners("exit");
  const ended = new Promise((resolve) => server.child.once("exit", resolve));
  server.child.kill("SIGTERM");
  await ended;
}

// Resident memory of the process and those it started, from /proc, in MB.
function memory(pid) {
  const own = (p) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${p}/status`, "utf8"))?.[1] ?? 0);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + own(child), own(pid)) / 1024;
}

// From the write of a file to the message about it on the server's socket.
async function editToMessage(name, server, file) {
  const { socketOf } = await import("./socket.mjs");
  const socket = await socketOf(name, server.origin, crawl.texts);
  const text = readFileSync(file, "utf8");
  const durations = [];
  for (let i = 0; i < 10; i++) {
    const began = performance.now();
    const message = socket.next();
    writeFileSync(file, text.replace("was) => !was", `was) => !was && ${i} >= 0`));
    await message;
    durations.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 150)); // watchers drop changes that come too fast
  }
  writeFileSync(file, text);
  socket.close();
  return durations.sort((a, b) => a - b)[durations.length >> 1];
}

async function measure(name) {
  const dir = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  const deepest = makeApp(modules, dir);
  symlinkSync(join(HERE, "../node_modules"), join(dir, "node_modules"));
  const rows = { cold: [], warm: [], reload: [], edit: [], memory: [] };
  for (let run = 0; run < runs; run++) {
    for (const cache of caches(dir)) rmSync(cache, { recursive: true, force: true });
    for (const kind of ["cold", "warm"]) {
      crawl.texts.clear();
      const server = await start(name, dir);
      const etags = new Map();
      const totals = await crawl(server.origin, etags);
      rows[kind].push(performance.now() - server.began);
      if (totals.failures.length > 0) throw new Error(totals.failures.slice(0, 3).join("\n"));
      if (kind === "warm") {
        const began = performance.now();
        await crawl(server.origin, etags);
        rows.reload.push(performance.now() - began);
        rows.memory.push(memory(server.child.pid));
        rows.edit.push(await editToMessage(name, server, join(dir, deepest)));
      }
      rows.requests = totals.requests;
      await stop(server);
    }
  }
  rmSync(dir, { recursive: true, force: true });
  return rows;
}

const best = (values) => Math.min(...values);
const table = [];
for (const name of only) {
  const rows = await measure(name);
  table.push({
    server: name,
    requests: rows.requests,
    "cold ms": Math.round(best(rows.cold)),
    "warm restart ms": Math.round(best(rows.warm)),
    "304 reload ms": Math.round(best(rows.reload)),
    "edit to message ms": Number(best(rows.edit).toFixed(1)),
    "RSS MB": Math.round(best(rows.memory)),
  });
}
console.log(`${modules} modules, best of ${runs} runs`);
console.table(table);
