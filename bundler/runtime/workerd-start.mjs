/*
 * Starts workerd with workerd.mjs as its worker, in the place of runner.mjs: the same environment
 * variables, the same first line on stdout (PROTOCOL.md, 5).
 *
 * Workerd ends with this process, and this process with its parent. A parent that is killed kills
 * this process without a word, so a shell waits at the end of a pipe and ends workerd then.
 */

import { spawn } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { readDevVars } from './devvars.mjs';
import { NO_WORKERD, findWorkerd } from './runtimechoice.mjs';
import { hint, mainModule, objectClasses, servedPlaces, workerdConfig } from './workerdconfig.mjs';
import { assetsFolder, envPlan, partBindings, readWrangler } from './wrangler.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** The worker's own files. */
const MODULES = [
    'appenv.mjs',
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
    'memo.mjs',
    'serverhot.mjs',
    'session.mjs',
    'stacks.mjs',
    'workerd.mjs',
    'workerdhost.mjs',
    'workerdmap.mjs',
    'workerdobjects.mjs',
    'workerdtimers.mjs',
];
const OWN_PLACES = ['assets', 'services']; // bindings that are made inside of the worker
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
    const schema = workerd.schema ? readFileSync(workerd.schema, 'utf8') : '';
    const hasBundled = /\bbundled @/.test(schema);
    const offers = {
        places: servedPlaces(hasBundled),
        hint,
        environments: config.environments,
    };
    const { served, absent, notice } = partBindings(wrangler, offers);
    if (notice) {
        console.error(notice);
    }
    const folder = mkdtempSync(join(tmpdir(), 'rwgraph-workerd-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    const { entry, generation = 1, grace = 30_000, head = '' } = config;
    const secrets = readDevVars(RWGRAPH_DEV_VARS ?? join(config.root, '.dev.vars'));
    const worker = {
        entry: entry.startsWith('/') ? `${RWGRAPH_ENV}:${entry}` : entry,
        generation,
        grace,
        head,
        env: { ...wrangler?.vars, ...config.env, ...secrets },
        native: served.filter(({ place }) => !OWN_PLACES.includes(place)).map(({ name }) => name),
        plan: envPlan({ served, absent }),
        server: RWGRAPH_SERVER,
        token: RWGRAPH_TOKEN,
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(worker), { mode: 0o600 });
    writeFileSync(join(folder, 'main.mjs'), mainModule(objectClasses(served)));
    const { text, folders } = workerdConfig({
        served,
        wrangler,
        modules: MODULES,
        server: new URL(RWGRAPH_SERVER).host,
        storage: storageFolder(config.root),
        assets: assetsFolder(served, config.root),
    });
    folders.forEach((each) => mkdirSync(each, { recursive: true }));
    writeFileSync(join(folder, 'workerd.capnp'), text);
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
        workerd.kill('SIGKILL'); // what is stored is on disk before anybody hears of it
        process.exit(0);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    ended.then(stop);
}

/** Where Durable Objects and the like keep what they store: beside the caches. */
function storageFolder(root) {
    const packages = lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false });
    const cache = packages?.isDirectory() ? 'node_modules/.cache/rwgraph' : '.rwgraph';
    return join(root, cache, 'workerd');
}

function fail(message) {
    console.error(message);
    process.exit(2);
}
