// The playground `requestInfo`, a RedwoodSDK application, under `rwgraph dev` and under RedwoodSDK on Vite: what a
// person in front of Chromium keeps and loses while parts with new packages come to life, and what 50 requests at
// a time meet meanwhile. One run, one server after the other.
//
//   RWGRAPH_BIN=… node bench/playground/run.mjs [--only rwgraph,rwgraph-workerd,vite] [--requests 50]
//
// The application, the session and the load are those of tests/playground; what is asserted there is counted here.
// Prints Markdown; everything is in build/bench/playground.json.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { App, Browser, Server } from "../../tests/playground/harness.mjs";
import { Load, STEPS, act, look, open, p99 } from "../../tests/playground/sequence.mjs";
import { memory, ms, options, program, save, table, versionOf } from "../report.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PACKAGES = join(HERE, "node_modules");
const PLAYGROUND_PACKAGES = join(HERE, "../../tests/playground/requestInfo/node_modules");
const WORK = join(HERE, "../../build/bench/playground");
const QUIET_MS = 1500;

const rwgraph = (runtime) => ({
  packages: PLAYGROUND_PACKAGES,
  start: (app) => Server.start(program, ["dev", "--any-port", "--runtime", runtime, app.root]),
});
const SERVERS = {
  rwgraph: rwgraph("node"),
  "rwgraph-workerd": rwgraph("workerd"),
  vite: {
    packages: PACKAGES,
    // Its server for Workers needs a newer Node than Debian has; npm has one.
    start: (app) =>
      Server.start(join(PACKAGES, `node-linux-${process.arch}/bin/node`), [join(HERE, "vite.mjs")], {
        cwd: app.root,
        // It would ask an address on the Internet for the place of this machine, and wait.
        env: { ...process.env, CI: "1", NO_COLOR: "1", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
      }),
  },
};

const say = (text) => process.stderr.write(`${text}\n`);

// A copy of the application with packages of its own, whose files are links: RedwoodSDK cannot use packages that are
// really outside of the application's folder. Nothing that a server has kept is in it.
async function freshApp(name) {
  mkdirSync(WORK, { recursive: true });
  const install = async (where) => {
    await promisify(execFile)("cp", ["-al", SERVERS[name].packages, where]);
    for (const cache of [".vite", ".cache"]) rmSync(join(where, cache), { recursive: true, force: true });
  };
  const app = await App.copy("requestInfo", { parent: WORK, install });
  mkdirSync(join(app.root, ".wrangler")); // without it RedwoodSDK sets a new project up
  return app;
}

// Starts a server; `first` is the time from there to the first page, in ms.
async function start(name, app) {
  const began = performance.now();
  const server = await SERVERS[name].start(app);
  const load = new Load(server.url, given.requests);
  let answer;
  do answer = await load.get();
  while (answer.status !== 200 && performance.now() - began < 60_000);
  if (answer.status !== 200) throw new Error(`${name}: no page within a minute\n${server.output()}`);
  return { app, server, load, first: performance.now() - began };
}

// Until the page has asked for nothing and has not been loaded for a while: what comes late is part of the step.
async function quiet(browser) {
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    const left = browser.last + QUIET_MS - performance.now();
    if (left <= 0) return;
    await new Promise((resolve) => setTimeout(resolve, left));
  }
}

async function openBrowser() {
  const browser = await Browser.open();
  browser.page.setDefaultTimeout(15_000);
  browser.console = [];
  browser.last = performance.now();
  for (const event of ["request", "response", "load"]) {
    browser.page.on(event, () => (browser.last = performance.now()));
  }
  browser.page.on("console", (message) => {
    const where = message.location().url;
    if (message.type() === "error" && !where.endsWith("/favicon.ico")) browser.console.push(message.text());
  });
  return browser;
}

// Null instead of what cannot be had from a page that is broken.
const orNull = (promise) => promise.catch(() => null);

async function callAction(browser) {
  const statuses = [];
  for (let click = 0; click < 5; click++) {
    const response = await orNull(act(browser));
    statuses.push(response?.status() ?? 0);
    const shown = await orNull(
      browser.page.waitForFunction(() => /\((\d+)\)/.exec(document.querySelector("#result")?.textContent)?.[1], null, {
        timeout: 3000,
      }),
    );
    if (shown) return { statuses, executions: Number(await shown.jsonValue()) };
  }
  return { statuses, executions: null };
}

// What a person does when the page is gone: loads it again. False if even that does not help.
async function reload(browser, { server }) {
  const { loads } = browser;
  const opened = await orNull(open(browser, server.url).then(() => true));
  browser.loads = loads; // not the server's doing
  await quiet(browser);
  return opened === true;
}

async function takeStep(step, running, browser) {
  const { app, load } = running;
  const before = { loads: browser.loads, errors: browser.console.length + browser.errors.length, failures: browser.failures.length };
  await step.change(app);
  const changed = performance.now();
  const shown = await orNull(browser.hasText(...step.shows));
  const result = { step: step.name, ms: shown && performance.now() - changed };
  await quiet(browser);
  const now = await orNull(look(browser));
  const page = await load.get();
  Object.assign(result, {
    loads: browser.loads - before.loads,
    kept: now?.count === "1" && now.text === "kept",
    session: page.session ?? null,
    reacts: now?.reacts ?? null,
    errors: browser.console.length + browser.errors.length - before.errors,
    failures: browser.failures.slice(before.failures),
    status: page.status,
  });
  say(`  ${step.name}: ${ms(result.ms)}, ${result.loads} loads, ${result.kept ? "state kept" : "state lost"}`);
  if (!result.kept) result.byHand = await reload(browser, running);
  if (step.acts) {
    result.action = await callAction(browser);
    await quiet(browser);
  }
  return result;
}

async function session(name) {
  const app = await freshApp(name);
  const running = await start(name, app);
  const browser = await openBrowser();
  const result = { cold: running.first, steps: [] };
  try {
    const began = performance.now();
    await open(browser, running.server.url);
    result.alive = performance.now() - began;
    await quiet(browser);
    result.loads = browser.loads - 1; // those of a first visit that reloads itself
    if ((await look(browser)).count !== "1") await reload(browser, running);
    result.session = (await running.load.get()).session;
    for (const step of STEPS) result.steps.push(await takeStep(step, running, browser));
    result.console = [...browser.console, ...browser.errors];
    result.memory = memory(running.server.child.pid);
  } finally {
    await browser.close();
    await running.server.stop();
  }
  await app.remove();
  return result;
}

// Across the three re-optimizations, with a client that follows no redirect and repeats nothing.
async function underLoad(name) {
  const app = await freshApp(name);
  const cold = await start(name, app);
  await cold.server.stop();
  const { server, load, first: warm } = await start(name, app);
  const answers = [];
  const steps = [];
  try {
    for (const step of STEPS.filter(({ html }) => html)) {
      let took = null;
      const taken = await load.across(async () => {
        await step.change(app);
        const changed = performance.now();
        if (await load.until(step.html)) took = performance.now() - changed;
      });
      steps.push({ step: step.name, ms: took, requests: taken.length, p99: p99(taken) });
      answers.push(...taken);
    }
  } finally {
    await server.stop();
    await app.remove();
  }
  const count = (what) => answers.filter(what).length;
  const actions = answers.filter(({ kind, status }) => kind === "action" && status === 200);
  const result = {
    cold: cold.first,
    warm,
    requests: answers.length,
    redirects: count(({ status }) => status >= 300 && status < 400),
    errors: count(({ status }) => status === 0 || status >= 400),
    wrongActions: actions.filter(({ once }) => !once).length,
    sessions: new Set(answers.flatMap(({ session }) => session ?? [])).size,
    p99: p99(answers),
    worst: Math.max(...answers.map((answer) => answer.ms)),
    steps,
    samples: answers.filter(({ status }) => status === 0 || status >= 400).slice(0, 3).map(({ status, text }) => ({ status, text: text.slice(0, 300) })),
  };
  say(`  under load: ${result.requests} requests, ${result.redirects} redirects, ${result.errors} errors, p99 ${ms(result.p99)}`);
  return result;
}

/** The table for README.md, of what a run has saved. */
export function render({ servers, versions }) {
  const names = {
    rwgraph: "rwgraph dev",
    "rwgraph-workerd": "rwgraph dev, runtime workerd",
    vite: `RedwoodSDK ${versions.rwsdk} on Vite ${versions.vite}`,
  };
  const columns = Object.values(servers);
  const row = (title, figure) => [title, ...columns.map(figure)];
  const states = ({ session: { session, steps } }) => new Set([session, ...steps.flatMap((step) => step.session ?? [])]).size;
  const action = ({ session: { steps } }) => steps.find((step) => step.action)?.action;
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const count = STEPS.length;
  return table(
    ["", ...Object.keys(servers).map((name) => names[name])],
    [
      row("full page loads after the first", ({ session: { loads, steps } }) => loads + sum(steps.map((step) => step.loads))),
      row(`steps that kept the input's text and the counter, of ${count}`, ({ session: { steps } }) => steps.filter((step) => step.kept).length),
      row(`steps that the page came to show, of ${count}`, ({ session: { steps } }) => steps.filter((step) => step.ms !== null).length),
      row("loads by hand to go on; of them in vain", ({ session: { steps } }) => {
        const loads = steps.filter((step) => step.byHand !== undefined);
        return `${loads.length}; ${loads.filter((step) => !step.byHand).length}`;
      }),
      row("times that the state was initialised", states),
      row("status of the action's first call", (server) => action(server)?.statuses[0] || "none"),
      row("calls until its result was shown; times it ran", (server) => {
        const { statuses, executions } = action(server) ?? { statuses: [], executions: null };
        return executions === null ? "never shown" : `${statuses.length}; ${executions}`;
      }),
      row("failed responses, errors in the console", ({ session: { steps, console: lines } }) =>
        `${sum(steps.map((step) => step.failures.length))}, ${lines.length}`),
      row("copies of React in the page, at most", ({ session: { steps } }) => Math.max(...steps.map((step) => step.reacts ?? 0))),
      row("start to first page, nothing cached", (server) => ms(Math.min(server.session.cold, server.load.cold))),
      row("start to first page, caches of the run before", (server) => ms(server.load.warm)),
      ...STEPS.map((step, index) => row(`edit to page: ${step.name}`, ({ session: { steps } }) =>
        steps[index].ms === null ? "not within 20 s" : ms(steps[index].ms))),
      row("under load: requests", ({ load }) => load.requests),
      row("under load: edit to page, slowest of 3", ({ load: { steps } }) =>
        steps.some((step) => step.ms === null) ? "not within 20 s" : ms(Math.max(...steps.map((step) => step.ms)))),
      row("under load: redirects, errors, actions not run once", ({ load }) =>
        `${load.redirects}, ${load.errors}, ${load.wrongActions}`),
      row("under load: 99 % of requests within", ({ load }) => ms(load.p99)),
      row("resident memory of all its processes", ({ session: { memory: size } }) => `${Math.round(size)} MB`),
    ],
  );
}

let given;
async function main() {
  given = options({ only: Object.keys(SERVERS), requests: 50 });
  if (!existsSync(PACKAGES)) throw new Error(`${PACKAGES} is missing: run it through ./dev bench playground`);
  const versions = Object.fromEntries(
    ["rwsdk", "vite", "@cloudflare/vite-plugin", "wrangler", "workerd", "react"].map((name) => [name, versionOf(PACKAGES, name)]),
  );
  versions["workerd under rwgraph"] = versionOf(PLAYGROUND_PACKAGES, "workerd");
  versions.node = process.versions.node;
  const servers = {};
  for (const name of given.only) {
    say(name);
    servers[name] = { session: await session(name), load: await underLoad(name) };
  }
  const results = { versions, requests: given.requests, servers };
  save("playground", results);
  console.log(render(results));
  console.log(`\n${Object.entries(versions).map((entry) => entry.join(" ")).join(", ")}`);
}

if (import.meta.url === `file://${process.argv[1]}`) await main();
