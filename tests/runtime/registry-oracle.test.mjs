/*
 * Random module graphs, run by the registry and by the engine itself (vm.SourceTextModule, so Node
 * needs --experimental-vm-modules): the same log, the same outcome, the same names.
 *
 * Asynchronous bodies wait for numbered turns that the test gives one at a time, so that the order
 * of the log says what the specification fixes and not how many microtasks an implementation takes.
 *
 * One rule V8 has otherwise: a name that is ambiguous in a starred module counts as absent there,
 * where the specification makes it ambiguous for whoever stars that module as well. Graphs in which
 * that matters are left out.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';

import { AMBIGUOUS } from '../../bundler/runtime/link.mjs';
import { program } from './program.mjs';

const GRAPHS = 1000;

test('random graphs evaluate in the order and with the results of the engine', async () => {
    const outcomes = new Map();
    for (let seed = 1; seed <= GRAPHS; seed++) {
        const files = randomGraph(seed);
        const expected = await runNative(files);
        const { hasNestedAmbiguity, ...actual } = await runRegistry(files);
        if (hasNestedAmbiguity) {
            outcomes.set('left out', (outcomes.get('left out') ?? 0) + 1);
            continue;
        }
        assert.deepEqual(actual, expected, `seed ${seed}\n${JSON.stringify(files, null, 1)}`);
        const kind = expected.outcomes[0].split(':')[0];
        outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
    }
    assert.ok(outcomes.get('left out') < GRAPHS / 5, 'too many graphs are left out');
    for (const kind of ['ok', 'throw', 'link']) {
        assert.ok(outcomes.get(kind) > GRAPHS / 50, `too few graphs end with ${kind}`);
    }
});

function randomGraph(seed) {
    const random = mulberry(seed);
    const below = (n) => Math.floor(random() * n);
    const size = 2 + below(8);
    const files = {};
    for (let i = 0; i < size; i++) {
        const lines = [];
        const names = [];
        const imported = [];
        for (let n = below(4); n > 0; n--) {
            const to = below(size);
            const kind = below(7);
            const name = `n${below(6)}`;
            if (kind < 2) {
                lines.push(`import "./${to}.mjs";`);
            } else if (kind < 4) {
                lines.push(`export * from "./${to}.mjs";`);
            } else if (kind === 4 && !names.includes(name)) {
                names.push(name);
                lines.push(`export { n${below(6)} as ${name} } from "./${to}.mjs";`);
            } else if (kind === 5 && !names.includes(name)) {
                names.push(name);
                lines.push(`export * as ${name} from "./${to}.mjs";`);
            } else if (kind === 6) {
                imported.push(`i${n}`);
                lines.push(`import { n${below(6)} as i${n} } from "./${to}.mjs";`);
            }
        }
        lines.push(`log("${i} starts");`);
        if (below(4) === 0) {
            lines.push(`await turn(${i});`, `log("${i} goes on");`);
        }
        for (const name of imported) {
            lines.push(
                `try { log("${i} reads " + typeof ${name}); } catch (e) { log("${i} " + e.name); }`,
            );
        }
        if (below(14) === 0) {
            lines.push(`throw new Error("${i} fails");`);
        }
        for (let n = 0; n < 6; n++) {
            if (!names.includes(`n${n}`) && below(3) === 0) {
                const forms = [`function n${n}() { return ${i}; }`, `const n${n} = ${i};`];
                lines.push(`export ${forms[below(2)]}`);
            }
        }
        files[`${i}.mjs`] = lines.join('\n');
    }
    return files;
}

async function runNative(files) {
    const log = [];
    const turns = makeTurns();
    const context = vm.createContext({ log: (text) => log.push(text), turn: turns.wait });
    const modules = new Map();
    for (const [name, source] of Object.entries(files)) {
        modules.set(`./${name}`, new vm.SourceTextModule(source, { context, identifier: name }));
    }
    const importNative = async (name) => {
        const module = modules.get(`./${name}`);
        try {
            if (module.status === 'unlinked') {
                await module.link((specifier) => modules.get(specifier));
            }
        } catch {
            return { kind: 'link' };
        }
        await module.evaluate();
        return { kind: 'ok', namespace: module.namespace };
    };
    return outcome(files, importNative, turns, log);
}

async function runRegistry(files) {
    const turns = makeTurns();
    const scope = { log: (text) => p.log.push(text), turn: turns.wait };
    const compile = ({ code }) =>
        new Function(...Object.keys(scope), `return (${code}\n)`)(...Object.values(scope));
    const p = program(files, { host: { compile } });
    const importOurs = (name) =>
        p.import(name).then(
            (namespace) => ({ kind: 'ok', namespace }),
            (error) => {
                if (error.code === 'RWGRAPH_MISSING_EXPORT') {
                    return { kind: 'link' };
                }
                throw error;
            },
        );
    const result = await outcome(files, importOurs, turns, p.log);
    const isAmbiguous = (record) => [...record.table.values()].includes(AMBIGUOUS);
    const records = [...p.registry.table.values()];
    const hasNestedAmbiguity = records.some((record) => record.stars.some(isAmbiguous));
    return { ...result, hasNestedAmbiguity };
}

/** Imports the first module, gives all turns, then imports the second as well. */
async function outcome(files, importModule, turns, log) {
    const outcomes = [];
    const failed = (error) => ({ kind: `throw: ${error.message}` });
    for (const name of ['0.mjs', '1.mjs']) {
        const pending = importModule(name).catch(failed);
        await turns.giveAll(Object.keys(files).length);
        const { kind, namespace } = await pending;
        outcomes.push(kind === 'ok' ? `ok: ${Object.keys(namespace)}` : kind);
        if (kind !== 'ok') {
            break; // vm cannot be asked again for what failed, as import() can
        }
    }
    return { outcomes, log };
}

function makeTurns() {
    const waiting = new Map();
    return {
        wait: (n) => new Promise((resolve) => waiting.set(n, resolve)),
        async giveAll(count) {
            for (let rounds = 0; rounds < count; rounds++) {
                await macrotask();
                for (let n = 0; n < count; n++) {
                    const resolve = waiting.get(n);
                    waiting.delete(n);
                    if (resolve) {
                        resolve();
                        await macrotask();
                    }
                }
            }
            await macrotask();
        },
    };
}

function macrotask() {
    return new Promise(setImmediate);
}

function mulberry(seed) {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}
