import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PATH = fileURLToPath(new URL('../../bundler/runtime/state.mts', import.meta.url));
const conform = createRequire(new URL('../conform/package.json', import.meta.url));
const ts = conform('typescript');

/** The module as erasing its types leaves it. */
async function load() {
    const options = { target: 'esnext', module: 'esnext', erasableSyntaxOnly: true };
    const source = readFileSync(PATH, 'utf8');
    const { outputText } = ts.transpileModule(source, { compilerOptions: options });
    return import(`data:text/javascript,${encodeURIComponent(`${outputText}//${Math.random()}`)}`);
}

test('an initializer runs once, and everybody gets the same value', async () => {
    const { defineRwState, getRwState } = await load();
    let runs = 0;
    const init = () => ({ run: ++runs });
    const first = defineRwState('store', init);
    assert.equal(defineRwState('store', init), first);
    assert.equal(getRwState('store'), first);
    assert.equal(runs, 1);
});

test('a value may be undefined and is defined all the same', async () => {
    const { defineRwState } = await load();
    let runs = 0;
    defineRwState('nothing', () => void runs++);
    defineRwState('nothing', () => void runs++);
    assert.equal(runs, 1);
});

test('an initializer that throws leaves the key undefined and is tried again', async () => {
    const { defineRwState, getRwState } = await load();
    const fail = () => {
        throw new Error('not yet');
    };
    assert.throws(() => defineRwState('late', fail), /not yet/);
    assert.equal(getRwState('late'), undefined);
    assert.equal(
        defineRwState('late', () => 1),
        1,
    );
});

test('set defines and replaces; what nobody defined is undefined', async () => {
    const { defineRwState, getRwState, setRwState } = await load();
    assert.equal(getRwState('x'), undefined);
    assert.equal(getRwState('__proto__'), undefined);
    setRwState('x', 1);
    assert.equal(
        defineRwState('x', () => 2),
        1,
    );
    setRwState('x', 3);
    assert.equal(getRwState('x'), 3);
});

test('keys can be typed by augmenting an interface, and others stay free', () => {
    const use = `
        import { defineRwState, getRwState, setRwState } from './state.mjs';
        declare module './state.mjs' { interface RwState { count: number } }
        const n: number = defineRwState('count', () => 1);
        const m: number | undefined = getRwState('count');
        const free: string = defineRwState('free', () => 'text');
        const some: Date | undefined = getRwState<Date>('when');
        setRwState('count', n + (m ?? 0) + free.length + (some?.getTime() ?? 0));
        // @ts-expect-error
        const wrong: string = defineRwState('count', () => 1);
    `;
    const files = { '/state.mts': readFileSync(PATH, 'utf8'), '/use.mts': use };
    const options = { strict: true, noEmit: true, module: 199, target: 99, types: [] };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists, readFile } = host;
    host.fileExists = (name) => name in files || fileExists(name);
    host.readFile = (name) => files[name] ?? readFile(name);
    host.getSourceFile = (name, ...rest) =>
        name in files
            ? ts.createSourceFile(name, files[name], rest[0])
            : getSourceFile(name, ...rest);
    const program = ts.createProgram(['/use.mts', '/state.mts'], options, host);
    const problems = ts
        .getPreEmitDiagnostics(program)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    assert.deepEqual(problems, []);
});
