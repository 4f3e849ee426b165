/*
 * The process that runs the server environments of an app on Node. The dev server starts it,
 * forwards requests to it and tells it about generations; it asks the dev server for modules.
 * PROTOCOL.md, 4 and 5.
 *
 * It evaluates the app's code, so it must survive what that does: errors that nobody handles are
 * printed with mapped stacks and the process goes on. It ends when its parent does.
 */

import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { ownBindings } from './appenv.mjs';
import { fetchModules } from './appserver.mjs';
import { readDevVars } from './devvars.mjs';
import { NodeHost, importer } from './nodehost.mjs';
import { NodeServer } from './nodeserver.mjs';
import { assetReader, assetsFolder, envPlan, partBindings, readWrangler } from './wrangler.mjs';

/** What of a wrangler file is there on Node, and what is not. */
const OFFERS = {
    places: ['assets', 'services'],
    hint: () => 'is not there on Node: run the app with --runtime workerd',
};
const PARENT_INTERVAL = 1000; // ms

const { RWGRAPH_SERVER, RWGRAPH_TOKEN, RWGRAPH_ENV, RWGRAPH_DEV_VARS, RWGRAPH_CONFIG } =
    process.env;
if (!RWGRAPH_SERVER || !RWGRAPH_TOKEN || !RWGRAPH_ENV) {
    console.error('runner.mjs is started by rwgraph: RWGRAPH_SERVER, RWGRAPH_TOKEN, RWGRAPH_ENV');
    process.exit(2);
}
delete process.env.RWGRAPH_TOKEN; // not the app's business
delete process.env.RWGRAPH_CONFIG;

const { fetch } = globalThis; // apps and their tests replace it

await importQuietly();

const config = RWGRAPH_CONFIG ? JSON.parse(RWGRAPH_CONFIG) : await readConfig();
if (RWGRAPH_CONFIG) {
    watchParent();
}
const wrangler = readWrangler(config.root);
const { served, absent, notice } = partBindings(wrangler, {
    ...OFFERS,
    environments: config.environments,
});
if (notice) {
    console.error(notice);
}
const secrets = readDevVars(RWGRAPH_DEV_VARS ?? join(config.root, '.dev.vars'));
const options = {
    entry: config.entry.startsWith('/') ? `${RWGRAPH_ENV}:${config.entry}` : config.entry,
    generation: config.generation ?? 1,
    env: { ...wrangler?.vars, ...config.env, ...secrets },
    fetchModules: (body) =>
        fetchModules(fetch, { server: RWGRAPH_SERVER, token: RWGRAPH_TOKEN }, body),
};
const host = new NodeHost(options, config.root);
const readAsset = assetReader(assetsFolder(served, config.root));
Object.assign(host.env, ownBindings(host, envPlan({ served, absent }), readAsset));
host.stacks.install();
process.on('uncaughtException', (error) => console.error(error));
process.on('unhandledRejection', (error) => console.error(error));

const { grace, head } = config;
const server = new NodeServer(host, RWGRAPH_TOKEN, { grace, head });
process.stdout.write(`${JSON.stringify({ listening: await server.listen() })}\n`);

/** Without a pipe from the parent, its end shows in that somebody else adopts this process. */
function watchParent() {
    const parent = process.ppid;
    const watch = () => process.ppid !== parent && process.exit(0);
    setInterval(watch, PARENT_INTERVAL).unref();
}

/** The first line of stdin; its end is the end of the parent. */
function readConfig() {
    return new Promise((resolve) => {
        const input = createInterface({ input: process.stdin });
        input.once('line', (line) => resolve(JSON.parse(line)));
        input.once('close', () => process.exit(0));
    });
}

/**
 * Node says once that the way in which externals are imported (nodehost.mjs) is new to it, which is
 * no news about the app. It says so now, to nobody.
 */
async function importQuietly() {
    const { emitWarning } = process;
    process.emitWarning = () => {};
    try {
        await importer(process.cwd())('node:path');
    } finally {
        process.emitWarning = emitWarning;
    }
}
