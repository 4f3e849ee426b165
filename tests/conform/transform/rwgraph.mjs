// Runs `rwgraph transform --json-lines` as a co-process: a job in, an answer out, in the same
// order.
//
// When the process dies, or says nothing for a while, the job it had in hand gets that as its
// answer ({ failure }), and a new process goes on with the next one.

import { spawn } from "node:child_process";
import readline from "node:readline";

/** Jobs sent ahead of the answers, so that neither side waits for the other. */
const WINDOW = 16;
const SILENCE_MS = 60_000;

async function runOnce(program, args, jobs, first, onAnswer) {
    const child = spawn(program, ["transform", "--json-lines", ...args], {
        stdio: ["pipe", "pipe", "inherit"],
    });
    let next = first;
    let sent = first;
    let reason = "";
    let timer = null;
    const ended = new Promise((resolve) => {
        child.on("error", (error) => resolve(error.message));
        child.on("close", (code, signal) => resolve(signal ? `signal ${signal}` : `exit ${code}`));
    });
    child.stdin.on("error", () => {}); // its end is what `ended` tells
    const feed = () => {
        while (sent < jobs.length && sent - next < WINDOW) {
            child.stdin.write(`${JSON.stringify(jobs[sent])}\n`);
            sent++;
        }
        if (sent === jobs.length) child.stdin.end();
    };
    const arm = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
            reason = `no answer in ${SILENCE_MS / 1000} s`;
            child.kill("SIGKILL");
        }, SILENCE_MS);
    };
    feed();
    arm();
    const lines = readline.createInterface({ input: child.stdout, crlfDelay: Infinity });
    for await (const line of lines) {
        onAnswer(next, JSON.parse(line));
        next++;
        arm();
        feed();
    }
    clearTimeout(timer);
    const how = await ended;
    return { next, reason: reason || how };
}

/**
 * Calls onAnswer(index, answer) once for each job, in order. A job is what a line of the program's
 * input may be; an answer is its line of output, or { failure }.
 */
export async function transformAll(program, args, jobs, onAnswer) {
    let first = 0;
    while (first < jobs.length) {
        const { next, reason } = await runOnce(program, args, jobs, first, onAnswer);
        if (next === jobs.length) return;
        if (next === 0) throw new Error(`${program} does not answer: ${reason}`);
        onAnswer(next, { failure: reason });
        first = next + 1;
    }
}
