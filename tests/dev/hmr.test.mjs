/* What pages are told when files change: who accepts, under which URL, and what goes. */

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { Dev, imports, project } from './harness.mjs';

const HTML = '<!doctype html><script type="module" src="/src/main.ts"></script>';

/** A server on these files, and a page that has loaded all modules. */
async function open(t, files) {
    const dev = await Dev.start(await project(t, { 'index.html': HTML, ...files }));
    return { dev, page: await dev.page(t) };
}

/** The boundary, what it accepts, and the path of the new URL. */
const brief = (updates) =>
    updates.map(({ path, acceptedPath, url }) => [path, acceptedPath, url.replace(/\?.*/, '')]);

/** Deletes, and waits for what is said about it. */
async function remove(dev, page, file) {
    await fs.rm(path.join(dev.root, file));
    return page.next();
}

const ACCEPTS = 'if (import.meta.hot) import.meta.hot.accept();\n';

test('a module that accepts itself is updated, under a URL with the new text', async (t) => {
    const { dev, page } = await open(t, {
        'src/main.ts': "import './self.ts';\n",
        'src/self.ts': `export const a: number = 1;\n${ACCEPTS}`,
    });
    const updates = await page.update({ 'src/self.ts': `export const a: number = 2;\n${ACCEPTS}` });
    assert.deepEqual(brief(updates), [['/src/self.ts', '/src/self.ts', '/src/self.ts']]);
    assert.match(await dev.text(updates[0].url), /a = 2/);
    assert.match(updates[0].why, /src\/self\.ts changed/);
});

test('a module is updated by the importer that accepts it', async (t) => {
    const accept = "if (import.meta.hot) import.meta.hot.accept('./dep.ts', () => {});\n";
    const { dev, page } = await open(t, {
        'src/main.ts': `import './dep.ts';\n${accept}`,
        'src/dep.ts': "export { v } from './leaf.ts';\n",
        'src/leaf.ts': 'export const v = 1;\n',
    });
    const updates = await page.update({ 'src/leaf.ts': 'export const v = 2;\n' });
    assert.deepEqual(brief(updates), [['/src/main.ts', '/src/dep.ts', '/src/dep.ts']]);
    const [leaf] = imports(await dev.text(updates[0].url)).filter((url) => url.includes('leaf'));
    assert.match(await dev.text(leaf), /v = 2/);
});

test('a stylesheet is updated by itself', async (t) => {
    const { dev, page } = await open(t, {
        'src/main.ts': "import './style.css';\n",
        'src/style.css': 'body { color: red }\n',
    });
    const updates = await page.update({ 'src/style.css': 'body { color: green }\n' });
    assert.deepEqual(brief(updates), [['/src/style.css', '/src/style.css', '/src/style.css']]);
    assert.match(await dev.text(updates[0].url), /green/);
});

test('code that is imported as text updates who shows it, though it would accept itself', async (t) => {
    const { dev, page } = await open(t, {
        'src/main.ts': `import './shown.ts';\n`,
        'src/shown.ts': `import text from './code.ts?raw';\nexport default text;\n${ACCEPTS}`,
        'src/code.ts': `export const a = 1;\n${ACCEPTS}`,
    });
    const updates = await page.update({ 'src/code.ts': `export const a = 2;\n${ACCEPTS}` });
    assert.deepEqual(brief(updates), [['/src/shown.ts', '/src/shown.ts', '/src/shown.ts']]);
    const [code] = imports(await dev.text(updates[0].url)).filter((url) => url.includes('/code.ts'));
    assert.match(await dev.text(code), /a = 2/);
});

test('a boundary is found through a cycle, and every module of the cycle has a new URL', async (t) => {
    const { dev, page } = await open(t, {
        'src/main.ts': `import './a.ts';\n${ACCEPTS}`,
        'src/a.ts': "import { b } from './b.ts';\nexport const a = 1;\nexport const f = () => b;\n",
        'src/b.ts': "import { a } from './a.ts';\nexport const b = 1;\nexport const g = () => a;\n",
    });
    const updates = await page.update({
        'src/b.ts': "import { a } from './a.ts';\nexport const b = 2;\nexport const g = () => a;\n",
    });
    assert.deepEqual(brief(updates), [['/src/main.ts', '/src/main.ts', '/src/main.ts']]);
    const [a] = imports(await dev.text(updates[0].url)).filter((url) => url.includes('/a.ts'));
    const [b] = imports(await dev.text(a)).filter((url) => url.includes('/b.ts'));
    const code = await dev.text(b);
    assert.match(code, /b = 2/);
    assert.ok(imports(code).includes(a), `${code} imports another ${a}`);
});

test('a change that nobody accepts reloads, and says up to where it went', async (t) => {
    const { page } = await open(t, {
        'src/main.ts': "import './leaf.ts';\n",
        'src/leaf.ts': 'export const v = 1;\n',
    });
    const message = await page.after({ 'src/leaf.ts': 'export const v = 2;\n' });
    assert.equal(message.type, 'full-reload');
    assert.match(message.why, /src\/leaf\.ts changed.*src\/main\.ts/);
});

test('a module that nobody imports any more is pruned', async (t) => {
    const { page } = await open(t, {
        'src/main.ts': `import './style.css';\n${ACCEPTS}`,
        'src/style.css': 'body { color: red }\n',
    });
    const updates = await page.update({ 'src/main.ts': ACCEPTS });
    assert.deepEqual(brief(updates), [['/src/main.ts', '/src/main.ts', '/src/main.ts']]);
    const message = await page.next();
    assert.equal(message.type, 'prune');
    assert.deepEqual(message.paths, ['/src/style.css']);
});

test('a file that is written with the text it has is no change', async (t) => {
    const main = `import './leaf.ts';\n${ACCEPTS}`;
    const { page } = await open(t, { 'src/main.ts': main, 'src/leaf.ts': 'export {};\n' });
    await page.dev.write({ 'src/main.ts': main, 'src/leaf.ts': 'export {};\n' });
    const updates = await page.update({ 'src/leaf.ts': 'export const changed = 1;\n' });
    assert.match(updates[0].why, /src\/leaf\.ts changed/); // the first message of all
});

test('a comment in a module is a change of its text alone', async (t) => {
    const { dev, page } = await open(t, {
        'src/main.ts': `import './leaf.ts';\nimport './other.ts';\n${ACCEPTS}`,
        'src/leaf.ts': 'export const v = 1;\n',
        'src/other.ts': 'export const o = 1;\n',
    });
    const updates = await page.update({ 'src/leaf.ts': '// a comment\nexport const v = 1;\n' });
    assert.deepEqual(brief(updates), [['/src/main.ts', '/src/main.ts', '/src/main.ts']]);
    const used = imports(await dev.text(updates[0].url));
    assert.ok(used.includes('/src/other.ts'), `what did not change keeps its URL: ${used}`);
});

test('a text that comes back comes back under a third URL', async (t) => {
    const a = `export const v = 'a';\n${ACCEPTS}`;
    const b = `export const v = 'b';\n${ACCEPTS}`;
    const { dev, page } = await open(t, { 'src/main.ts': "import './v.ts';\n", 'src/v.ts': a });
    const urls = ['/src/v.ts'];
    for (const text of [b, a, b]) {
        const [{ url }] = await page.update({ 'src/v.ts': text });
        urls.push(url);
        assert.match(await dev.text(url), text === a ? /'a'|"a"/ : /'b'|"b"/);
    }
    assert.equal(new Set(urls).size, 4, `${urls}`);
});

test('a file that is deleted and created again works again', async (t) => {
    const main = `import { v } from './leaf.ts';\nconsole.log(v);\n${ACCEPTS}`;
    const { dev, page } = await open(t, { 'src/main.ts': main, 'src/leaf.ts': 'export const v = 1;\n' });
    const gone = await remove(dev, page, 'src/leaf.ts');
    assert.equal(gone.type, 'update');
    const broken = await dev.text(gone.updates[0].url);
    const missing = imports(broken).find((url) => url.includes('missing'));
    assert.match(await dev.text(missing), /throw new Error/);
    let message = await page.after({ 'src/leaf.ts': 'export const v = 3;\n' });
    while (message.type !== 'update') {
        message = await page.next();
    }
    const [leaf] = imports(await dev.text(message.updates[0].url)).filter((url) => url.includes('leaf'));
    assert.match(await dev.text(leaf), /v = 3/);
});

test('an import of a file that is not there yet is mended by the file alone', async (t) => {
    const main = `import { v } from './later.ts';\nconsole.log(v);\n${ACCEPTS}`;
    const { dev, page } = await open(t, { 'src/main.ts': main });
    const missing = imports(await dev.text('/src/main.ts')).find((url) => url.includes('missing'));
    assert.match(await dev.text(missing), /\.\/later\.ts/);
    const updates = await page.update({ 'src/later.ts': 'export const v = 1;\n' });
    assert.deepEqual(brief(updates), [['/src/main.ts', '/src/main.ts', '/src/main.ts']]);
    const used = imports(await dev.text(updates[0].url));
    assert.ok(used.some((url) => url.startsWith('/src/later.ts')), `${used}`);
});

test('a module with a mistake throws what is wrong, and works when that is mended', async (t) => {
    const { dev, page } = await open(t, {
        'src/main.ts': "import './self.ts';\n",
        'src/self.ts': `export const v = 1;\n${ACCEPTS}`,
    });
    await page.after({ 'src/self.ts': `export const v = (;\n${ACCEPTS}` });
    const [url] = imports(await dev.text('/src/main.ts')).filter((name) => name.includes('self'));
    const broken = await dev.text(url);
    assert.match(broken, /throw new Error\(message\)/);
    assert.match(broken, /src\/self\.ts:1/);
    const message = await page.after({ 'src/self.ts': `export const v = 2;\n${ACCEPTS}` });
    assert.notEqual(message.type, 'error');
    const [mended] = imports(await dev.text('/src/main.ts')).filter((name) => name.includes('self'));
    assert.notEqual(mended, url);
    assert.match(await dev.text(mended), /v = 2/);
});

test('an import of a package that is removed and comes back has the URL it had', async (t) => {
    const used = `import { twice } from 'pack';\ntwice(1);\n${ACCEPTS}`;
    const { dev, page } = await open(t, {
        'src/main.ts': used,
        'node_modules/pack/package.json': '{ "name": "pack", "main": "index.js" }',
        'node_modules/pack/index.js': 'exports.twice = (n) => n * 2;\n',
    });
    const find = async (url) => imports(await dev.text(url)).find((name) => name.includes('pack'));
    const before = await find('/src/main.ts');
    await page.update({ 'src/main.ts': ACCEPTS });
    const [{ url }] = await page.update({ 'src/main.ts': used });
    assert.equal(await find(url), before);
});

test('a package that is imported for the first time reloads nothing', async (t) => {
    const { dev, page } = await open(t, {
        'src/main.ts': ACCEPTS,
        'node_modules/pack/package.json': '{ "name": "pack", "main": "index.js" }',
        'node_modules/pack/index.js': 'exports.twice = (n) => n * 2;\n',
    });
    const updates = await page.update({ 'src/main.ts': `import 'pack';\n${ACCEPTS}` });
    assert.deepEqual(brief(updates), [['/src/main.ts', '/src/main.ts', '/src/main.ts']]);
    const facade = imports(await dev.text(updates[0].url)).find((url) => url.includes('pack'));
    assert.match(await dev.text(facade), /importSync/);
});

test('a file that only types are imported from touches no page', async (t) => {
    const { page } = await open(t, {
        'src/main.ts': `import type { T } from './types.ts';\nimport './leaf.ts';\nexport const t: T = 1;\n${ACCEPTS}`,
        'src/types.ts': 'export type T = number;\n',
        'src/leaf.ts': 'export const v = 1;\n',
    });
    await page.dev.write({ 'src/types.ts': 'export type T = number | string;\n' });
    await page.dev.line(/src\/types\.ts: generation/);
    const updates = await page.update({ 'src/leaf.ts': 'export const v = 2;\n' });
    assert.match(updates[0].why, /src\/leaf\.ts changed/); // the first message of all
});

test('the terminal says what was edited, who takes it, and with --explain what it made stale', async (t) => {
    const root = await project(t, {
        'index.html': HTML,
        'src/main.ts': `import './a.ts';\n${ACCEPTS}`,
        'src/a.ts': "export { v } from './leaf.ts';\n",
        'src/leaf.ts': 'export const v = 1;\n',
    });
    for (const [args, chain] of [[[], false], [['--explain'], true]]) {
        const dev = await Dev.start(root, args);
        await dev.write({ 'src/leaf.ts': `export const v = 1; export const w${args.length} = 1;\n` });
        await dev.line(/^src\/leaf\.ts: generation \d+, \d+ modules new/);
        if (chain) {
            await dev.line(/^ {2}client src\/a\.ts: surface of src\/leaf\.ts$/);
            await dev.line(/^ {2}client src\/leaf\.ts: content$/);
        }
        await dev.line(/^ {2}src\/leaf\.ts changed, accepted by src\/main\.ts$/);
        await dev.stop();
    }
});

test('an owner that gives up on its own update hands it to its importers', async (t) => {
    const { page } = await open(t, {
        'src/main.ts': `import './self.ts';\n${ACCEPTS}`,
        'src/self.ts': `export const v = 1;\n${ACCEPTS}`,
    });
    await page.update({ 'src/self.ts': `export const v = 2;\n${ACCEPTS}` });
    page.send({ type: 'invalidate', path: '/src/self.ts' });
    const message = await page.next();
    assert.equal(message.type, 'update');
    assert.deepEqual(brief(message.updates), [['/src/main.ts', '/src/main.ts', '/src/main.ts']]);
});

test('an edit in a cycle that the page begins with reloads it', async (t) => {
    const { page } = await open(t, {
        'src/main.ts': "import { n } from './ring.ts';\nexport const get = () => n;\n",
        'src/ring.ts': "import { get } from './main.ts';\nexport const n = 1;\nexport const again = get;\n",
    });
    const message = await page.after({
        'src/ring.ts': "import { get } from './main.ts';\nexport const n = 2;\nexport const again = get;\n",
    });
    assert.equal(message.type, 'full-reload');
    assert.match(message.why, /src\/ring\.ts changed.*src\/main\.ts/);
});

test('a cycle in which somebody accepts reloads nothing', async (t) => {
    const ring = (n) => `import { get } from './main.ts';\nexport const n = ${n};\nexport const again = get;\n`;
    const { page } = await open(t, {
        'src/main.ts': `import { n } from './ring.ts';\nexport const get = () => n;\n${ACCEPTS}`,
        'src/ring.ts': ring(1),
    });
    const updates = await page.update({ 'src/ring.ts': ring(2) });
    assert.deepEqual(brief(updates), [['/src/main.ts', '/src/main.ts', '/src/main.ts']]);
});

test('many files that change at once are one update, in which each accepts once', async (t) => {
    const names = Array.from({ length: 300 }, (_, n) => `part${n}`);
    const part = (n) => `import './shared.ts';\nexport const v = ${n};\n${ACCEPTS}`;
    const parts = (n) => Object.fromEntries(names.map((name) => [`src/${name}.ts`, part(n)]));
    const { page } = await open(t, {
        'src/main.ts': names.map((name) => `import './${name}.ts';\n`).join(''),
        'src/shared.ts': 'export {};\n',
        ...parts(1),
    });
    await page.dev.write({ 'src/shared.ts': 'export const s = 1;\n', ...parts(2) });
    const accepted = new Set();
    while (accepted.size < names.length) {
        const { type, updates } = await page.next();
        assert.equal(type, 'update');
        const paths = updates.map(({ path }) => path);
        assert.equal(new Set(paths).size, paths.length);
        paths.forEach((path) => accepted.add(path));
    }
});

test('a picture that is edited has another address, with the new one behind it', async (t) => {
    const root = await project(t, {
        'index.html': '<script type="module" src="/src/main.ts"></script>',
        'src/main.ts': `import logo from './logo.svg';
            import.meta.hot.accept('./logo.svg', (next) => show(next.default));
            const show = (address) => (document.querySelector('img').src = address);
            show(logo);\n`,
        'src/logo.svg': '<svg id="first"/>',
    });
    const dev = await Dev.start(root);
    const address = async (url) => /default "([^"]+)"/.exec(await dev.text(url))[1];
    const link = imports(await dev.text('/src/main.ts')).find((each) => /logo/.test(each));
    const first = await address(link);
    assert.match(await dev.text(first), /first/);
    const page = await dev.page(t);
    const [update] = await page.update({ 'src/logo.svg': '<svg id="second"/>' });
    const second = await address(update.url);
    assert.notEqual(second, first);
    assert.match(await dev.text(second), /second/);
});

test('who has the text of a sheet gets another when a sheet in it changes', async (t) => {
    const { page } = await open(t, {
        'src/main.ts': `import text from './a.css?inline';
            import.meta.hot.accept('./a.css?inline', (next) => show(next.default));
            const show = (css) => console.log(css);
            show(text);\n`,
        'src/a.css': '@import "./b.css";\na { color: red }\n',
        'src/b.css': '@import "./c.css";\n',
        'src/c.css': 'c { color: blue }\n',
    });
    const updates = await page.update({ 'src/c.css': 'c { color: green }\n' });
    const update = updates.find((each) => each.path === '/src/main.ts');
    assert.equal(update.acceptedPath, '/src/a.css');
    assert.match(await page.dev.text(update.url), /color: green[^]*color: red/);
});
