/*
 * Programs for the registry's tests: files by name, turned into definitions and run.
 *
 *   { 'a.mjs': 'import "./b.cjs"', 'b.cjs': 'exports.x = 1', 'c.json': '{}' }
 *
 * `log(x)` is there in every module. Keys are `t:/name@0`; `external` names what is a host's
 * module.
 */

import { Registry } from '../../bundler/runtime/registry.mjs';
import { emit } from './emit.mjs';

export const keyOf = (name) => `t:/${name}@0`;

/** Source text, a line an argument. */
export const lines = (...all) => all.join('\n');

/**
 * @param {Record<string, string|object>} files source by name, or fields of a definition
 * @param {object} [options] `host` functions, `external`: namespaces by specifier
 */
export function program(files, { host = {}, external = {} } = {}) {
    const log = [];
    const registry = new Registry({
        compile: ({ code }) =>
            new Function('log', `return (${code}\n)`)((value) => log.push(value)),
        external: ({ id }) => ({ namespace: external[id] }),
        dynamic: (definition, specifier) => {
            const key = definition.dynamic[specifier];
            if (!key) {
                throw new Error(`no ${specifier}`);
            }
            return key;
        },
        ...host,
    });
    for (const [name, source] of Object.entries(files)) {
        registry.define([typeof source === 'string' ? definition(name, source, files) : source]);
    }
    for (const id of Object.keys(external)) {
        registry.define([{ key: `external:${id}`, id, form: 'external' }]);
    }
    return {
        registry,
        log,
        import: (name, nodeMode = true) => registry.import(keyOf(name), nodeMode),
        importSync: (name, nodeMode = true) => registry.importSync(keyOf(name), nodeMode),
        require: (name) => registry.require(keyOf(name)),
    };
}

/** The definition of one file; specifiers are `./name` of another file, or an external. */
export function definition(name, source, files = {}, key = keyOf(name)) {
    const target = (specifier) => {
        const file = specifier.replace(/^\.\//, '');
        return specifier.startsWith('./')
            ? (files[file]?.key ?? keyOf(file))
            : `external:${specifier}`;
    };
    const base = {
        key,
        id: `/${name}`,
        nodeMode: name.endsWith('.mjs'),
        url: `file:///app/${name}`,
    };
    return define(base, source, target, target);
}

/**
 * Completes a definition from source. `target` and `lazy` give what static and dynamic imports
 * lead to.
 */
export function define(base, source, target, lazy) {
    const table = (specifiers, to) =>
        Object.fromEntries(specifiers.map((each) => [each, to(each)]));
    if (base.id.endsWith('.json')) {
        return { ...base, form: 'json', code: source };
    }
    if (base.id.endsWith('.cjs')) {
        const all = (pattern) => [...source.matchAll(pattern)].map((match) => match[1]);
        const text = source.replaceAll('import(', '__rwg_d(');
        return {
            ...base,
            form: 'cjs',
            code: `function (module, exports, require, __filename, __dirname, __rwg_d) {${text}\n}`,
            requires: table(all(/require\(["']([^"']+)["']\)/g), target),
            dynamic: table(all(/import\(["']([^"']+)["']\)/g), lazy),
            names: [...new Set(all(/(?<![.\w])exports\.(\w+)\s*=/g))],
        };
    }
    const { code, specifiers, bindings, dynamic, async } = emit(source);
    return {
        ...base,
        form: 'esm',
        code,
        imports: specifiers.map(target),
        bindings,
        dynamic: table(dynamic, lazy),
        async,
    };
}
