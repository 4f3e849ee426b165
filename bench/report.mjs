// What the scripts of this folder share: options, results on disk, Markdown.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../build/bench");

export const program = resolve(process.env.RWGRAPH_BIN ?? join(here, "../build/release/cli/rwgraph"));

/**
 * Options of the command line. `defaults` names them: numbers, texts, and lists, of which some are chosen (a list of
 * numbers takes any numbers).
 */
export function options(defaults) {
  const given = { ...defaults };
  const args = process.argv.slice(2);
  for (let i = 0; i < args.length; i += 2) {
    const name = args[i].replace(/^--/, "");
    const value = args[i + 1];
    const usage = Object.keys(defaults).map((key) => `[--${key} ${[defaults[key]].flat().join(",")}]`);
    if (!args[i].startsWith("--") || !(name in defaults) || value === undefined) {
      console.error(`usage: ${usage.join(" ")}`);
      process.exit(2);
    }
    if (Array.isArray(defaults[name])) {
      given[name] = value.split(",");
      const numbers = defaults[name].every((item) => /^\d+$/.test(item));
      const stranger = given[name].find((item) => (numbers ? !/^\d+$/.test(item) : !defaults[name].includes(item)));
      if (stranger !== undefined) {
        console.error(`--${name}: not ${stranger}, but ${numbers ? "numbers" : defaults[name].join(", ")}`);
        process.exit(2);
      }
    } else {
      given[name] = typeof defaults[name] === "number" ? Number(value) : value;
    }
  }
  return given;
}

/** Writes build/bench/NAME.json with the machine it was made on. */
export function save(name, results) {
  mkdirSync(out, { recursive: true });
  const machine = { cpus: cpus().length, model: cpus()[0].model };
  writeFileSync(join(out, `${name}.json`), JSON.stringify({ ...machine, ...results }, null, 1) + "\n");
}

/** What was saved under this name, or null. */
export function load(name) {
  try {
    return JSON.parse(readFileSync(join(out, `${name}.json`), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/** A Markdown table; the first column is text, the others are figures. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i ? "---:" : "---"))), ...rows.map(line)].join("\n");
}

export const ms = (value) =>
  value === null || value === undefined ? "–"
  : value >= 10_000 ? `${(value / 1000).toFixed(1)} s`
  : value >= 1000 ? `${(value / 1000).toFixed(2)} s`
  : `${value.toFixed(value < 10 ? 1 : 0)} ms`;

export const mb = (value) => (value === null || value === undefined ? "–" : `${Math.round(value)} MB`);

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Resident memory of a process and all that it has started, from /proc, in MB. */
export function memory(pid) {
  const queue = [pid];
  let total = 0;
  for (const next of queue) {
    try {
      total += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${next}/status`, "utf8"))?.[1] ?? 0);
      const children = readFileSync(`/proc/${next}/task/${next}/children`, "utf8").trim();
      queue.push(...children.split(" ").filter(Boolean));
    } catch (error) {
      if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error; // it ended meanwhile
    }
  }
  return total / 1024;
}

/** The version of a package in a node_modules folder. */
export const versionOf = (folder, name) => JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")).version;
