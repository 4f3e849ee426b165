/*
 * What a build wrote for the server, run on Node as `rwgraph preview` does: requests come from the
 * C program, which serves files itself.
 *
 *     node preview.mjs DIST/server/index.js
 *
 * Prints {"listening":port} on its first line, like runner.mjs.
 */

import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

import './globals.mjs';
import { readDevVars } from './devvars.mjs';
import { NodeServer } from './nodeserver.mjs';
import { env, requests } from './workers.mjs';

// `cloudflare:workers` is the runtime's own module; on Node its stand-in takes its place.
const STAND_IN = new URL('./workers.mjs', import.meta.url).href;
const hooks = `export function resolve(specifier, context, next) {
    return specifier === 'cloudflare:workers'
        ? { url: ${JSON.stringify(STAND_IN)}, shortCircuit: true }
        : next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

Object.assign(env, readDevVars(process.env.RWGRAPH_DEV_VARS));
const [, , file] = process.argv;
const program = import(pathToFileURL(file).href);

/** What NodeServer asks of a host, for a program that has one generation. */
const host = {
    env,
    importEntry: () => program,
    requests,
    loader: { newest: 1, entry: file, generations: new Map(), pin() {}, unpin() {} },
    registry: { table: new Map(), evaluations: 0 },
    hot: { emit() {} },
    stacks: { place: () => ({}) },
};

process.on('unhandledRejection', (error) => console.error(error));

await program;
const server = new NodeServer(host, '');
console.log(JSON.stringify({ listening: await server.listen() }));
