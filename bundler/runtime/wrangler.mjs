/*
 * Wrangler's file, as far as rwgraph dev goes by it: date and flags, `vars`, and bindings, each as
 * something that is served here or as something whose use says why it is not.
 */

import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse, TomlError } from 'smol-toml';

import { WRANGLER_FILES } from './runtimechoice.mjs';

const JSONC = /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[^]*?\*\//g;
const TRAILING_COMMA = /("(?:\\.|[^"\\])*")|,(?=\s*[\]}])/g;

/** Where bindings stand in the file, and which field holds the name in `env`. */
const PLACES = {
    ai: 'binding',
    analytics_engine_datasets: 'binding',
    assets: 'binding',
    browser: 'binding',
    d1_databases: 'binding',
    dispatch_namespaces: 'binding',
    'durable_objects.bindings': 'name',
    hyperdrive: 'binding',
    images: 'binding',
    kv_namespaces: 'binding',
    mtls_certificates: 'binding',
    pipelines: 'binding',
    'queues.producers': 'binding',
    r2_buckets: 'binding',
    ratelimits: 'name',
    secrets_store_secrets: 'binding',
    send_email: 'name',
    services: 'binding',
    'unsafe.bindings': 'name',
    vectorize: 'binding',
    version_metadata: 'binding',
    workflows: 'binding',
};

/** What files may be that an import names; the project's graph follows these (rules.c). */
const RULE_TYPES = ['ESModule', 'CommonJS', 'Text', 'Data', 'CompiledWasm'];

/** Where the names are the keys. */
const TABLES = ['data_blobs', 'text_blobs', 'wasm_modules'];

/**
 * @typedef {object} Binding
 * @property {string} name in `env`
 * @property {string} place in the wrangler file
 * @property {object} said what the file says of it
 * @property {string} [entry] of the environment that serves it, when that is another one
 */

/** What a named environment has for itself: it does not get the file's. Other fields it inherits. */
const OWN_FIELDS = new Set([
    'define',
    'vars',
    ...TABLES,
    ...Object.keys(PLACES).map((place) => place.split('.')[0]),
]);
OWN_FIELDS.delete('assets');

/**
 * @param {string} root folder of the project
 * @param {string} [environment] one of the file's "env"
 * @returns {{ file: string, name: string, date?: string, flags: string[],
 *     vars: Record<string, unknown>, bindings: Binding[], value: object }|null} null without such a
 *     file; value: all of it
 */
export function readWrangler(root, environment = process.env.CLOUDFLARE_ENV) {
    for (const base of WRANGLER_FILES) {
        const file = join(root, base);
        const text = readText(file);
        if (text !== null) {
            const whole = base.endsWith('.toml') ? parseToml(text, file) : parseJsonc(text, file);
            const value = environment ? ofEnvironment(whole, environment, file) : whole;
            const { name = 'app', compatibility_date: date, compatibility_flags, vars } = value;
            const flags = compatibility_flags ?? [];
            const bindings = bindingsOf(value);
            return { file, name, date, flags, vars: vars ?? {}, bindings, value };
        }
    }
    return null;
}

/** The file as it is for one of its environments. */
function ofEnvironment({ env = {}, ...common }, environment, file) {
    if (!Object.hasOwn(env, environment)) {
        const names = Object.keys(env).join(', ') || 'none';
        throw new Error(`${file}: CLOUDFLARE_ENV is ${environment}, "env" has ${names}`);
    }
    const inherited = Object.entries(common).filter(([field]) => !OWN_FIELDS.has(field));
    const name = `${common.name ?? 'app'}-${environment}`;
    return { ...Object.fromEntries(inherited), name, ...env[environment] };
}

/** TOML; dates become the texts that they are in JSON. */
export function parseToml(text, file) {
    try {
        return JSON.parse(JSON.stringify(parse(text)));
    } catch (error) {
        if (!(error instanceof TomlError)) {
            throw error;
        }
        const [what] = error.message.split('\n');
        throw new Error(`${file}:${error.line}:${error.column}: ${what}`);
    }
}

/** JSON with comments and trailing commas. */
export function parseJsonc(text, file) {
    const plain = text.replace(JSONC, '$1').replace(TRAILING_COMMA, '$1');
    try {
        return JSON.parse(plain);
    } catch (error) {
        throw new Error(`${file}: ${error.message}`);
    }
}

function bindingsOf(value) {
    const bindings = [];
    for (const [place, field] of Object.entries(PLACES)) {
        const found = place.split('.').reduce((inner, key) => inner?.[key], value);
        for (const said of [found ?? []].flat()) {
            if (typeof said?.[field] === 'string') {
                bindings.push({ name: said[field], place, said });
            }
        }
    }
    for (const place of TABLES) {
        for (const [name, path] of Object.entries(value[place] ?? {})) {
            bindings.push({ name, place, said: { path } });
        }
    }
    return bindings;
}

/**
 * Parts the bindings of a wrangler file by what a runtime serves.
 *
 * @param {ReturnType<typeof readWrangler>} wrangler
 * @param {object} offers of the runtime
 * @param {string[]} offers.places whose bindings it serves
 * @param {(place: string) => string} offers.hint for one that it does not serve: what to do
 * @param {Record<string, string>} [offers.environments] of the project beside the worker's: the
 *     qualified id of the entry by name. A service of that name is served by it.
 * @returns {{ served: Binding[], absent: { name: string, message: string }[], notice: string }}
 *     notice: for the terminal, "" without one
 */
export function partBindings(wrangler, { places, hint, environments = {} }) {
    const served = [];
    const absent = [];
    const told = [];
    for (const binding of wrangler?.bindings ?? []) {
        const { name, place, said } = binding;
        const worker = place === 'services' ? said.service : said.script_name;
        const isEnvironment = place === 'services' && Object.hasOwn(environments, worker);
        const isOther = worker !== undefined && worker !== wrangler.name && !isEnvironment;
        if (places.includes(place) && !isOther) {
            served.push(isEnvironment ? { ...binding, entry: environments[worker] } : binding);
        } else {
            const why = isOther ? 'is a worker that is no environment here' : hint(place);
            absent.push({ name, message: `env.${name} (${place} in the wrangler file) ${why}` });
            told.push(`${name} (${place}) ${why}`);
        }
    }
    for (const { type } of wrangler?.value.rules ?? []) {
        if (!RULE_TYPES.includes(type)) {
            told.push(`rules of the type ${type} are not followed`);
        }
    }
    for (const [name, entry] of Object.entries(environments)) {
        if (!served.some((binding) => binding.entry === entry)) {
            told.push(
                `no request reaches the environment ${name}: bind it ("services" of the ` +
                    `wrangler file, "service": "${name}"), or import("${entry}")`,
            );
        }
    }
    const head = wrangler?.file ?? 'server environments';
    const lines = told.map((each) => `\n    ${each}`);
    return { served, absent, notice: told.length > 0 ? `${head}:${lines.join('')}` : '' };
}

/**
 * What `env` gets from us rather than from workerd: data for appenv.mjs.
 *
 * @param {{ served: Binding[], absent: object[] }} parts
 */
export function envPlan({ served, absent }) {
    const selves = served
        .filter(({ place }) => place === 'services')
        .map(({ name, said, entry }) => ({ name, entrypoint: said.entrypoint, entry }));
    const [assets] = served.filter(({ place }) => place === 'assets');
    const files = assets && { name: assets.name, notFound: assets.said.not_found_handling };
    return { absent, selves, assets: files ?? null };
}

/**
 * The folder of the assets' binding: what the file says, else what the dev server serves as it is.
 * Frameworks let their build fill in a folder.
 *
 * @returns {string|null} null without the binding, or the folder
 */
export function assetsFolder(served, root) {
    const assets = served.find(({ place }) => place === 'assets');
    const folder = assets && join(root, assets.said.directory ?? 'public');
    return folder && existsSync(folder) ? folder : null;
}

/** Reads a file of a folder by the path of a URL; null: there is none. Hidden ones are none. */
export const assetReader = (folder) => async (path) => {
    const name = decoded(path);
    const isHidden = /(?:^|[/\\])\.|\0/.test(name);
    return folder && !isHidden ? readFile(join(folder, name)).catch(() => null) : null;
};

function decoded(path) {
    try {
        return decodeURIComponent(path);
    } catch {
        return '\0'; // names no file
    }
}

function readText(file) {
    try {
        return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
    } catch (error) {
        if (error.code === 'ENOENT') {
            return null;
        }
        throw error;
    }
}
