/*
 * What a build wrote for the server, run on Node as `rwgraph preview` does: requests come from the
 * C program, which serves files itself. It runs in the project's folder, whose wrangler file and
 * `.dev.vars` say what `env` has.
 *
 *     node preview.mjs DIST/server/index.js
 *
 * Prints {"listening":port} on its first line, like runner.mjs.
 */

import { register } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import './globals.mjs';
import { ownBindings } from './appenv.mjs';
import { readDevVars } from './devvars.mjs';
import { NodeServer } from './nodeserver.mjs';
import { env, requests, waitUntil } from './workers.mjs';
import { assetReader, envPlan, partBindings, readWrangler } from './wrangler.mjs';

/** What of a wrangler file is there. */
const OFFERS = {
    places: ['assets', 'services'],
    hint: () => 'is not there in rwgraph preview, which runs what is built on Node',
};

// `cloudflare:workers` is the runtime's own module; on Node its stand-in takes its place.
const STAND_IN = new URL('./workers.mjs', import.meta.url).href;
const hooks = `export function resolve(specifier, context, next) {
    return specifier === 'cloudflare:workers'
        ? { url: ${JSON.stringify(STAND_IN)}, shortCircuit: true }
        : next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const [, , file] = process.argv;
const root = process.cwd(); // of the project
const wrangler = readWrangler(root);
const { served, absent, notice } = partBindings(wrangler, OFFERS);
if (notice) {
    console.error(notice);
}
Object.assign(env, wrangler?.vars);
Object.assign(env, readDevVars(process.env.RWGRAPH_DEV_VARS ?? join(root, '.dev.vars')));
const program = import(pathToFileURL(file).href);

/** What NodeServer asks of a host, for a program that has one generation. */
const host = {
    env,
    generation: () => 1,
    waitUntil,
    importEntry: () => program,
    requests,
    loader: { newest: 1, entry: file, generations: new Map(), pin() {}, unpin() {} },
    registry: { table: new Map(), evaluations: 0 },
    hot: { emit() {} },
    stacks: { place: () => ({}) },
};

const readAsset = assetReader(join(dirname(file), '../client'));
Object.assign(env, ownBindings(host, envPlan({ served, absent }), readAsset));

process.on('unhandledRejection', (error) => console.error(error));

await program;
const server = new NodeServer(host, '');
console.log(JSON.stringify({ listening: await server.listen() }));
