/*
 * Starts workerd with workerd.mjs as its worker, in the place of runner.mjs: the same environment
 * variables, the same first line on stdout (PROTOCOL.md, 5).
 *
 * Workerd ends with this process, and this process with its parent. A parent that is killed kills
 * this process without a word, so a shell waits at the end of a pipe and ends workerd then.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { readDevVars } from './devvars.mjs';
import { NO_WORKERD, findWorkerd } from './runtimechoice.mjs';
import { readWrangler } from './workerdconfig.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const MODULES = [
    'workerd.mjs', // the worker; the others are what it imports
    'appserver.mjs',
    'cloudflare.mjs',
    'errorpage.mjs',
    'evaluate.mjs',
    'hopbyhop.mjs',
    'htmlhead.mjs',
    'link.mjs',
    'loader.mjs',
    'record.mjs',
    'registry.mjs',
    'serverhost.mjs',
    'serverhot.mjs',
    'stacks.mjs',
    'workerdhost.mjs',
    'workerdmap.mjs',
];
const DEFAULT_DATE = '2025-04-01';
const BUILTINS_DATE = '2024-09-23'; // from here on nodejs_compat is all that there is
const WATCH = 'cat >/dev/null; kill -9 "$1"';

const { RWGRAPH_SERVER, RWGRAPH_TOKEN, RWGRAPH_ENV, RWGRAPH_DEV_VARS, RWGRAPH_CONFIG } =
    process.env;
if (!RWGRAPH_SERVER || !RWGRAPH_TOKEN || !RWGRAPH_ENV) {
    fail('workerd-start.mjs is started by rwgraph: RWGRAPH_SERVER, RWGRAPH_TOKEN, RWGRAPH_ENV');
}

const input = createInterface({ input: process.stdin });
const ended = new Promise((resolve) => input.once('close', resolve));
const told = RWGRAPH_CONFIG ?? (await new Promise((resolve) => input.once('line', resolve)));
await start(JSON.parse(told)).catch((error) => fail(error.message));

async function start(config) {
    const workerd = findWorkerd(config.root);
    if (!workerd) {
        throw new Error(NO_WORKERD);
    }
    const wrangler = readWrangler(config.root);
    if (wrangler?.bindings.length > 0) {
        console.error(
            `${wrangler.file}: ${wrangler.bindings.join(', ')}: not there in rwgraph dev, where ` +
                'env has vars and .dev.vars alone',
        );
    }
    const folder = mkdtempSync(join(tmpdir(), 'rwgraph-workerd-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    const { entry, generation = 1, grace = 30_000, head = '' } = config;
    const worker = {
        entry: entry.startsWith('/') ? `${RWGRAPH_ENV}:${entry}` : entry,
        generation,
        grace,
        head,
        env: { ...wrangler?.vars, ...config.env, ...readDevVars(RWGRAPH_DEV_VARS) },
        server: RWGRAPH_SERVER,
        token: RWGRAPH_TOKEN,
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(worker), { mode: 0o600 });
    writeFileSync(join(folder, 'workerd.capnp'), workerdConfig(wrangler));
    run(workerd.binary, folder);
}

function run(binary, folder) {
    const args = ['serve', '--experimental', '--control-fd=3', `--import-path=${HERE}`];
    const env = { ...process.env };
    delete env.RWGRAPH_TOKEN;
    delete env.RWGRAPH_CONFIG;
    const workerd = spawn(binary, [...args, join(folder, 'workerd.capnp')], {
        env,
        stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    workerd.on('error', (error) => fail(`${binary}: ${error.message}`));
    workerd.on('spawn', () => {
        const stdio = ['pipe', 'ignore', 'ignore'];
        const watch = spawn('/bin/sh', ['-c', WATCH, 'sh', `${workerd.pid}`], { stdio });
        workerd.on('exit', (code, signal) => {
            watch.kill('SIGKILL');
            process.exit(signal ? 1 : code);
        });
    });
    createInterface({ input: workerd.stdio[3] }).on('line', (line) => {
        const { event, port } = JSON.parse(line);
        if (event === 'listen') {
            process.stdout.write(`${JSON.stringify({ listening: port })}\n`);
        }
    });
    const stop = () => {
        workerd.removeAllListeners('exit');
        workerd.kill('SIGKILL'); // it holds nothing that is worth an orderly end
        process.exit(0);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    ended.then(stop);
}

/** Workerd's configuration. Strings of JSON are strings of Cap'n Proto. */
function workerdConfig(wrangler) {
    const quote = (text) => JSON.stringify(text);
    const list = (items) => `[${items.join(', ')}]`;
    const modules = MODULES.map(
        (file) => `(name = ${quote(`rwgraph/${file}`)}, esModule = embed ${quote(`/${file}`)})`,
    );
    modules.push('(name = "rwgraph/config.json", json = embed "config.json")');
    const date = wrangler?.date ?? DEFAULT_DATE;
    const own = ['nodejs_compat', ...(date < BUILTINS_DATE ? ['nodejs_compat_v2'] : [])];
    const flags = [...new Set([...own, ...(wrangler?.flags ?? [])])];
    return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
    services = [
        (name = "app", worker = .app),
        (name = "dev-server", external = (address = ${quote(new URL(RWGRAPH_SERVER).host)}, http = ())),
        (name = "internet", network = (
            allow = ["public", "private"],
            tlsOptions = (trustBrowserCas = true),
        )),
    ],
    sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "app")],
);
const app :Workerd.Worker = (
    modules = ${list(modules)},
    bindings = [
        (name = "UNSAFE_EVAL", unsafeEval = void),
        (name = "DEV_SERVER", service = "dev-server"),
        (name = "RUNNER", durableObjectNamespace = "Runner"),
    ],
    durableObjectNamespaces = [
        (className = "Runner", ephemeralLocal = void, preventEviction = true),
    ],
    durableObjectStorage = (inMemory = void),
    globalOutbound = "internet",
    compatibilityDate = ${quote(date)},
    compatibilityFlags = ${list(flags.map(quote))},
);
`;
}

function fail(message) {
    console.error(message);
    process.exit(2);
}
