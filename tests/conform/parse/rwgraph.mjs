// Runs `rwgraph parse --json-lines` as a co-process: a path in, a line out, in the same order.
//
// The program answers for its own life: when it dies or says nothing for a while, the file it had
// in hand gets that as its answer ({ failure }), and a new process goes on with the next file.

import { spawn } from "node:child_process";
import readline from "node:readline";

/** Paths sent ahead of the answers, so that neither side waits for the other. */
const window = 64;

async function runOnce(program, args, files, first, silence_ms, onLine) {
  const child = spawn(program, ["parse", "--json-lines", ...args], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaint = "";
  let next = first;
  let sent = first;
  let timedOut = false;
  let timer = null;
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(signal ? `signal ${signal}` : `exit ${code}`));
  });
  child.stderr.on("data", (data) => {
    if (complaint.length < 2000) complaint += data;
  });
  child.stdin.on("error", () => {}); // its end is what `ended` tells
  const feed = () => {
    while (sent < files.length && sent - next < window) {
      child.stdin.write(`${JSON.stringify({ file: files[sent] })}\n`);
      sent++;
    }
    if (sent === files.length) child.stdin.end();
  };
  const arm = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, silence_ms);
  };
  feed();
  arm();
  for await (const line of readline.createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    if (next >= files.length) throw new Error("rwgraph wrote more lines than it was asked for");
    onLine(next, line);
    next++;
    arm();
    feed();
  }
  clearTimeout(timer);
  const how = await ended;
  const reason = timedOut ? `no answer in ${silence_ms / 1000} s` : how;
  return { next, reason, complaint: complaint.trim() };
}

/** Calls onAnswer(index, { line } | { failure }) once for each file, in order. */
export async function parseFiles(program, args, files, onAnswer, silence_ms = 60_000) {
  let first = 0;
  let startsThatFailed = 0;
  while (first < files.length) {
    const { next, reason, complaint } = await runOnce(
      program,
      args,
      files,
      first,
      silence_ms,
      (i, line) => onAnswer(i, { line }),
    );
    if (next === files.length) return;
    startsThatFailed = next === first ? startsThatFailed + 1 : 0;
    if (startsThatFailed > 20)
      throw new Error(`${program} does not answer: ${reason}\n${complaint}`);
    onAnswer(next, { failure: complaint ? `${reason}: ${complaint.split("\n")[0]}` : reason });
    first = next + 1;
  }
}
