/*
 * Which runtime a project's server environments run in, when nobody has said: workerd for a project
 * that has a wrangler file and workerd among its packages, else Node.
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Wrangler's own names, in its own order. */
export const WRANGLER_FILES = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'];

/** How packages bring workerd: the binary's own package is there, or below one of these. */
const CHAINS = [[], ['workerd'], ['wrangler', 'workerd'], ['wrangler', 'miniflare', 'workerd']];
const HOW = 'add the package "workerd" to the project';

/**
 * @param {string} root folder of the project
 * @param {'auto'|'node'|'workerd'} asked
 * @returns {{ runtime: 'node'|'workerd', why: string }}
 */
export function chooseRuntime(root, asked) {
    if (asked !== 'auto') {
        return { runtime: asked, why: `--runtime ${asked}` };
    }
    const wrangler = WRANGLER_FILES.find((name) => existsSync(join(root, name)));
    if (!wrangler) {
        return { runtime: 'node', why: 'the project has no wrangler file' };
    }
    return findWorkerd(root)
        ? { runtime: 'workerd', why: `the project has ${wrangler} and workerd` }
        : { runtime: 'node', why: `${wrangler} is there, but not workerd: ${HOW} to run in it` };
}

/**
 * The workerd that the project's packages bring.
 *
 * @param {string} root
 * @returns {{ binary: string, schema: string|null }|null} schema: workerd.capnp, which says what
 *     configurations it takes; the package of the binary alone does not have it
 */
export function findWorkerd(root) {
    const arch = { x64: '64', arm64: 'arm64' }[process.arch];
    const name = `@cloudflare/workerd-${process.platform}-${arch}/bin/workerd`;
    let binary = null;
    let schema = null;
    for (const chain of CHAINS) {
        try {
            let from = join(root, 'package.json');
            for (const each of chain) {
                from = createRequire(from).resolve(`${each}/package.json`);
            }
            binary ??= createRequire(from).resolve(name);
            schema ??= chain.length > 0 ? join(dirname(from), 'workerd.capnp') : null;
        } catch {
            // the next way
        }
    }
    return binary && { binary, schema: schema && existsSync(schema) ? schema : null };
}

/** What to tell where workerd is asked for and not there. */
export const NO_WORKERD =
    `workerd is not installed: ${HOW}, or run rwgraph dev with --runtime node`;
