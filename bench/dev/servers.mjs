// The servers that are compared, and what each needs to be started, left and listened to.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { WebSocket } from "ws";

import { program, versionOf } from "../report.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PACKAGES = join(HERE, "../node_modules");
const node = (script, ...args) => [process.execPath, [join(HERE, script), ...args]];

/** `socket`: the address for updates, of the texts that were loaded, and the messages that tell of one. */
export const SERVERS = {
  rwgraph: {
    title: "rwgraph dev",
    command: (dir) => [program, ["dev", "--any-port", dir]],
    socket: (texts) => [`/@rwgraph/ws?token=${find(texts, /token = "([^"]+)"/)}`, "rwgraph-hmr"],
    updates: /"type":\s*"(?:update|full-reload)"/,
  },
  vite: {
    title: `Vite ${versionOf(PACKAGES, "vite")}`,
    command: (dir) => node("vite.mjs", dir, "unbundled"),
    socket: (texts) => [`/?token=${find(texts, /wsToken = "([^"]+)"/)}`, "vite-hmr"],
    updates: /"type":\s*"(?:update|full-reload)"/,
  },
  "vite-bundled": {
    title: `Vite ${versionOf(PACKAGES, "vite")}, bundledDev`,
    command: (dir) => node("vite.mjs", dir, "bundled"),
    socket: null, // tells only pages that have said what they loaded
    updates: /"type":\s*"(?:bundled-dev-update|full-reload)"/,
    bundles: true,
  },
  rspack: {
    title: `rspack ${versionOf(PACKAGES, "@rspack/core")}`,
    command: (dir) => node("rspack.mjs", dir),
    socket: () => ["/ws"],
    updates: /"type":\s*"ok"/,
    bundles: true,
  },
};

function find(texts, pattern) {
  for (const text of texts.values()) {
    const match = pattern.exec(text);
    if (match) return match[1];
  }
  throw new Error(`no module with ${pattern} was loaded`);
}

/** Deletes what servers have kept of an application. */
export function forget(dir) {
  for (const cache of ["node_modules/.vite", "node_modules/.cache", ".rwgraph"]) {
    rmSync(join(dir, cache), { recursive: true, force: true });
  }
}

/** Starts a server on a folder; `began` is when. */
export async function start(name, dir) {
  const [command, args] = SERVERS[name].command(dir);
  const began = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /localhost:(\d+)/.exec(line);
      if (match) resolve(match[1]);
    });
    child.once("exit", () => reject(new Error(`${name} ended`)));
  });
  child.removeAllListeners("exit");
  return { name, child, began, origin: `http://127.0.0.1:${port}` };
}

export async function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

/** What the server says of updates: `next()` is the next message that is one. */
export async function listen({ name, origin }, texts, page) {
  const { socket: address, updates } = SERVERS[name];
  const waiting = [];
  const take = (data) => {
    if (!updates.test(data)) return;
    for (const resolve of waiting.splice(0)) resolve(String(data));
  };
  const next = () =>
    new Promise((resolve, reject) => {
      waiting.push(resolve);
      setTimeout(() => reject(new Error(`${name} told of no update within a minute`)), 60_000).unref();
    });
  if (!address) {
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => take(payload)));
    return { next, close: () => {} };
  }
  const [path, protocol] = address(texts);
  const socket = new WebSocket(origin.replace("http", "ws") + path, protocol, { origin });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("message", take);
  return { next, close: () => socket.close() };
}
