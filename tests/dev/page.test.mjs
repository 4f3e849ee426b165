/*
 * Updates as a page lives through them, in Chromium: who is evaluated again, what is kept, and when
 * the page is loaded anew. Modules write what happens to them into `window.log`.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Browser } from '../playground/harness.mjs';
import { HTML, openTab, says } from './tab.mjs';

let browser;

before(async () => {
    browser = await Browser.open();
});

after(() => browser?.close());

const open = (t, files, options) => openTab(t, browser, files, options);

test('a module that accepts itself is evaluated again, by itself', async (t) => {
    const text = (v) => `${says(`self ${v}`)}export const v = ${v};
import.meta.hot.accept((next) => window.log.push('accepted ' + next.v));\n`;
    const page = await open(t, { 'src/main.ts': `import './self.ts';\n${says('main')}`, 'src/self.ts': text(1) });
    await page.logs('self 1', 'main');
    await page.write({ 'src/self.ts': text(2) });
    await page.logs('self 1', 'main', 'self 2', 'accepted 2');
    await page.write({ 'src/self.ts': text(3) });
    await page.logs('self 1', 'main', 'self 2', 'accepted 2', 'self 3', 'accepted 3');
});

test('what an importer accepts by its specifier comes to its callback, however it is spelt', async (t) => {
    const leaf = (v) => `${says(`leaf ${v}`)}export const v = ${v};\n`;
    for (const [imported, named] of [['./dep/leaf.ts', './dep/leaf.ts'], ['./dep/leaf', './dep/leaf.ts'], ['/src/dep/leaf.ts', './dep/leaf']]) {
        const page = await open(t, {
            'src/main.ts': `import { v } from '${imported}';\n${says('main')}window.log.push(v);
import.meta.hot.accept('${named}', (next) => window.log.push('accepted ' + next.v));\n`,
            'src/dep/leaf.ts': leaf(1),
        });
        await page.logs('leaf 1', 'main', 1);
        await page.write({ 'src/dep/leaf.ts': leaf(2) });
        await page.logs('leaf 1', 'main', 1, 'leaf 2', 'accepted 2');
    }
});

test('of several modules that are accepted together the callback gets the one that is new', async (t) => {
    const page = await open(t, {
        'src/main.ts': `import './a.ts';\nimport './b.ts';
import.meta.hot.accept(['./a.ts', './b.ts'], ([a, b]) => window.log.push(\`\${a?.v} \${b?.v}\`));\n`,
        'src/a.ts': 'export const v = "a1";\n',
        'src/b.ts': 'export const v = "b1";\n',
    });
    await page.write({ 'src/b.ts': 'export const v = "b2";\n' });
    await page.logs('undefined b2');
});

test('who uses only accepted exports is left alone, who uses others is updated', async (t) => {
    const parts = (v) => `${says(`parts ${v}`)}export const a = ${v};\nexport const b = ${v};
import.meta.hot.acceptExports(['a'], (next) => window.log.push('accepted ' + next.a));\n`;
    const user = (name) => `import { ${name} } from './parts.ts';\nwindow.log.push('uses ${name} ' + ${name});\nimport.meta.hot.accept();\n`;
    const page = await open(t, {
        'src/main.ts': "import './useA.ts';\nimport './useB.ts';\n",
        'src/useA.ts': user('a'),
        'src/useB.ts': user('b'),
        'src/parts.ts': parts(1),
    });
    await page.logs('parts 1', 'uses a 1', 'uses b 1');
    await page.write({ 'src/parts.ts': parts(2) });
    await page.logs('parts 1', 'uses a 1', 'uses b 1', 'parts 2', 'uses b 2', 'accepted 2');
});

test('dispose hands data to the new version, and undoes what the old one did', async (t) => {
    const text = (v) => `const data = import.meta.hot.data;
window.log.push('evaluated ${v}, count ' + (data.count ?? 0));
const timer = setInterval(() => {}, 1000);
import.meta.hot.dispose((next) => {
    clearInterval(timer);
    next.count = (data.count ?? 0) + 1;
    window.log.push('disposed ${v}');
});
import.meta.hot.accept();\n`;
    const page = await open(t, { 'src/main.ts': "import './timer.ts';\n", 'src/timer.ts': text('a') });
    await page.write({ 'src/timer.ts': text('b') });
    await page.logs('evaluated a, count 0', 'disposed a', 'evaluated b, count 1');
    await page.write({ 'src/timer.ts': text('c') });
    await page.logs('evaluated a, count 0', 'disposed a', 'evaluated b, count 1', 'disposed b', 'evaluated c, count 2');
});

test('what nobody imports any more is pruned: its callback runs and its style goes', async (t) => {
    const colour = () => page.tab.evaluate(() => getComputedStyle(document.body).color);
    const page = await open(t, {
        'src/main.ts': "import './gone.ts';\nimport './style.css';\nimport.meta.hot.accept();\n",
        'src/gone.ts': "import.meta.hot.prune(() => window.log.push('pruned'));\n",
        'src/style.css': 'body { color: rgb(1, 2, 3) }\n',
    });
    await page.tab.waitForFunction(() => getComputedStyle(document.body).color === 'rgb(1, 2, 3)');
    await page.write({ 'src/main.ts': 'import.meta.hot.accept();\n' });
    await page.logs('pruned');
    await page.tab.waitForFunction(() => getComputedStyle(document.body).color !== 'rgb(1, 2, 3)');
    assert.notEqual(await colour(), 'rgb(1, 2, 3)');
});

test('a module that gives up on its update has its importers evaluated again', async (t) => {
    const text = (v) => `export const v = ${v};
import.meta.hot.accept(() => import.meta.hot.invalidate('cannot take it'));\n`;
    const page = await open(t, {
        'src/main.ts': "import './user.ts';\n",
        'src/user.ts': "import { v } from './giver.ts';\nwindow.log.push('user ' + v);\nimport.meta.hot.accept();\n",
        'src/giver.ts': text(1),
    });
    await page.logs('user 1');
    await page.write({ 'src/giver.ts': text(2) });
    await page.logs('user 1', 'user 2');
    await page.write({ 'src/giver.ts': text(3) });
    await page.logs('user 1', 'user 2', 'user 3');
});

test('two pages that both give up on an update are updated once each', async (t) => {
    const text = (v) => `export const v = ${v};\nimport.meta.hot.accept(() => import.meta.hot.invalidate());\n`;
    const page = await open(t, {
        'src/main.ts': "import './user.ts';\n",
        'src/user.ts': "import { v } from './giver.ts';\nwindow.log.push('user ' + v);\nimport.meta.hot.accept();\n",
        'src/giver.ts': text(1),
    });
    const tab = await browser.browser.newPage();
    t.after(() => tab.close());
    await tab.goto(page.tab.url());
    await tab.waitForFunction(() => window.log?.length === 1);
    await page.write({ 'src/giver.ts': text(2) });
    await tab.waitForFunction(() => window.log.length === 2);
    await page.write({ 'src/giver.ts': text(3) });
    await page.logs('user 1', 'user 2', 'user 3');
    await tab.waitForFunction(() => window.log.length === 3);
    assert.deepEqual(await tab.evaluate(() => window.log), ['user 1', 'user 2', 'user 3']);
});

test('giving up round a cycle ends in a reload, not in going round', async (t) => {
    const text = (v) => `import './b.ts';\nwindow.log.push('a ${v}');\nexport const v = ${v};
import.meta.hot.accept(() => import.meta.hot.invalidate());\n`;
    const page = await open(t, {
        'src/main.ts': "import './a.ts';\n",
        'src/a.ts': text(1),
        'src/b.ts': "import './a.ts';\n",
    });
    await page.logs('a 1');
    await page.write({ 'src/a.ts': text(2) });
    await page.isLoadedAnew();
    await page.tab.waitForFunction(() => window.log[0] === 'a 2');
});

test('a module that declines has the page loaded anew', async (t) => {
    const text = (v) => `window.log.push(${v});\nimport.meta.hot.accept();\nimport.meta.hot.decline();\n`;
    const page = await open(t, { 'src/main.ts': "import './no.ts';\n", 'src/no.ts': text(1) });
    await page.logs(1);
    await page.write({ 'src/no.ts': text(2) });
    await page.isLoadedAnew();
});

test('a change that nobody accepts has the page loaded anew, once', async (t) => {
    const page = await open(t, { 'src/main.ts': "import './leaf.ts';\n", 'src/leaf.ts': 'window.log.push(1);\n' });
    await page.logs(1);
    let loads = 0;
    page.tab.on('load', () => loads++);
    await page.write({ 'src/leaf.ts': 'window.log.push(2);\n' });
    await page.isLoadedAnew();
    await page.tab.waitForFunction(() => window.log[0] === 2);
    assert.equal(loads, 1);
});

test('listeners hear of updates until they are taken back, and send goes out', async (t) => {
    const page = await open(t, {
        'src/main.ts': `import './leaf.ts';
const before = ({ updates }) => window.log.push('before ' + updates[0].path);
import.meta.hot.on('vite:beforeUpdate', before);
import.meta.hot.on('vite:afterUpdate', () => {
    window.log.push('after');
    import.meta.hot.off('vite:beforeUpdate', before);
});
import.meta.hot.send('mine', { a: 1 });\n`,
        'src/leaf.ts': 'import.meta.hot.accept();\n',
    });
    await page.write({ 'src/leaf.ts': 'import.meta.hot.accept(); // 2\n' });
    await page.logs('before /src/leaf.ts', 'after');
    await page.write({ 'src/leaf.ts': 'import.meta.hot.accept(); // 3\n' });
    await page.logs('before /src/leaf.ts', 'after', 'after');
});

test('in a cycle every module is evaluated again once, and they see each other', async (t) => {
    const page = await open(t, {
        'src/main.ts': "import './a.ts';\nimport.meta.hot.accept('./a.ts', (a) => window.log.push(a.sum()));\n",
        'src/a.ts': "import { b } from './b.ts';\nwindow.log.push('a');\nexport const a = 1;\nexport const sum = () => b();\n",
        'src/b.ts': "import { a } from './a.ts';\nwindow.log.push('b');\nexport const b = () => a + 1;\n",
    });
    await page.logs('b', 'a');
    await page.write({
        'src/b.ts': "import { a } from './a.ts';\nwindow.log.push('b');\nexport const b = () => a + 10;\n",
    });
    await page.logs('b', 'a', 'b', 'a', 11);
});

test('a stylesheet of a module changes in place', async (t) => {
    const page = await open(t, {
        'src/main.ts': "import './style.css';\n",
        'src/style.css': 'body { color: rgb(1, 1, 1) }\n',
    });
    await page.tab.waitForFunction(() => getComputedStyle(document.body).color === 'rgb(1, 1, 1)');
    await page.write({ 'src/style.css': 'body { color: rgb(2, 2, 2) }\n' });
    await page.tab.waitForFunction(() => getComputedStyle(document.body).color === 'rgb(2, 2, 2)');
    await page.logs();
});

test('a stylesheet that the page links changes in place, and so does one that it imports', async (t) => {
    const page = await open(t, {
        'index.html': HTML.replace('<body>', '<link rel="stylesheet" href="/styles/page.css"><body>'),
        'src/main.ts': 'export {};\n',
        'styles/page.css': '@import "./part.css";\nbody { color: rgb(1, 1, 1) }\n',
        'styles/part.css': 'body { background-color: rgb(5, 5, 5) }\n',
    });
    const becomes = (name, value) =>
        page.tab.waitForFunction(
            ([what, expected]) => getComputedStyle(document.body)[what] === expected,
            [name, value],
            { timeout: 10_000 },
        );
    await becomes('color', 'rgb(1, 1, 1)');
    await page.write({ 'styles/page.css': '@import "./part.css";\nbody { color: rgb(2, 2, 2) }\n' });
    await becomes('color', 'rgb(2, 2, 2)');
    await page.write({ 'styles/part.css': 'body { background-color: rgb(6, 6, 6) }\n' });
    await becomes('backgroundColor', 'rgb(6, 6, 6)');
    await page.logs();
});

test('a mistake shows the overlay, the page lives on, and mending it takes the overlay away', async (t) => {
    const text = (v) => `export const v = ${v};
import.meta.hot.dispose(() => window.log.push('disposed'));
import.meta.hot.accept(({ v }) => window.log.push(v));\n`;
    const page = await open(t, { 'src/main.ts': "import './self.ts';\n", 'src/self.ts': text(1) });
    await page.write({ 'src/self.ts': text('(;') });
    assert.match(await page.overlay(), /src\/self\.ts:1/);
    await page.logs(); // nothing was disposed of
    await page.write({ 'src/self.ts': text(2) });
    await page.noOverlay();
    await page.logs('disposed', 2);
});

test('a new version that throws leaves the old one accepting', async (t) => {
    const text = (v, rest = '') => `${says(`evaluated ${v}`)}${rest}
import.meta.hot.dispose(() => window.log.push('disposed ${v}'));
import.meta.hot.accept(() => window.log.push('accepted'));\n`;
    const page = await open(t, { 'src/main.ts': "import './self.ts';\n", 'src/self.ts': text(1) });
    await page.write({ 'src/self.ts': text(2, "throw new Error('no good');") });
    assert.match(await page.overlay(), /no good/);
    await page.logs('evaluated 1', 'disposed 1', 'evaluated 2');
    await page.write({ 'src/self.ts': text(3) });
    await page.noOverlay();
    await page.logs('evaluated 1', 'disposed 1', 'evaluated 2', 'evaluated 3', 'accepted');
});

test('a page that could not start is loaded anew when the mistake is mended', async (t) => {
    const page = await open(t, { 'src/main.ts': "import { v } from './later.ts';\nwindow.log.push(v);\n" });
    assert.match(await page.overlay(), /\.\/later\.ts/);
    await page.write({ 'src/later.ts': "export const v = 'there';\n" });
    await page.isLoadedAnew();
    await page.tab.waitForFunction(() => window.log[0] === 'there');
    await page.noOverlay();
});

test('a file with the text it had, and a type that changes, are no news', async (t) => {
    const page = await open(t, {
        'src/main.ts': "import './self.ts';\nimport type { T } from './types.ts';\nexport type U = T;\n",
        'src/self.ts': `${says('self')}import.meta.hot.accept();\n`,
        'src/types.ts': 'export type T = 1;\n',
    });
    await page.write({ 'src/self.ts': `${says('self')}import.meta.hot.accept();\n` });
    await page.write({ 'src/types.ts': 'export type T = 2;\n' });
    await page.dev.line(/generation 2/);
    await page.write({ 'src/self.ts': `${says('new')}import.meta.hot.accept();\n` });
    await page.logs('self', 'new');
});

/* ── inline scripts ──────────────────────────────────────────────────────────────────────────── */

const inline = (script) =>
    `<!doctype html><body><p id="p">first</p><script>window.log = [];</script><script type="module">${script}</script></body>`;

test('an inline script accepts what it imports', async (t) => {
    const page = await open(t, {
        'index.html': inline(`import { v } from './src/dep';
window.log.push('inline ' + v);
import.meta.hot.accept('./src/dep', (next) => window.log.push('accepted ' + next.v));`),
        'src/dep.ts': "export { v } from './leaf';\n",
        'src/leaf.ts': 'export const v: number = 1;\n',
    });
    await page.logs('inline 1');
    await page.write({ 'src/leaf.ts': 'export const v: number = 2;\n' });
    await page.logs('inline 1', 'accepted 2');
});

test('an inline script that accepts itself is evaluated again with what is new', async (t) => {
    const page = await open(t, {
        'index.html': inline(`import { v } from '/src/dep.ts';
window.log.push('inline ' + v + ' ' + (import.meta.hot.data.count ?? 0));
import.meta.hot.dispose((data) => { data.count = (data.count ?? 0) + 1; });
import.meta.hot.accept();`),
        'src/dep.ts': 'export const v: number = 1;\n',
    });
    await page.logs('inline 1 0');
    await page.write({ 'src/dep.ts': 'export const v: number = 2;\n' });
    await page.logs('inline 1 0', 'inline 2 1');
    await page.write({ 'src/dep.ts': 'export const v: number = 3;\n' });
    await page.logs('inline 1 0', 'inline 2 1', 'inline 3 2');
});

test('what an inline script imports without accepting it has the page loaded anew', async (t) => {
    const page = await open(t, {
        'index.html': inline("import { v } from './src/dep.ts';\nimport './src/other.ts';\nwindow.log.push(v);"),
        'src/dep.ts': 'export const v = 1;\n',
        'src/other.ts': "import { v } from './dep.ts';\nwindow.log.push(v);\nimport.meta.hot.accept();\n",
    });
    await page.logs(1, 1);
    await page.write({ 'src/dep.ts': 'export const v = 2;\n' });
    await page.dev.line(/src\/dep\.ts changed, and nothing up to index\.html accepts that/);
    await page.isLoadedAnew();
});

test('an edit of the page loads it anew, wherever in it the browser is; the same text does not', async (t) => {
    const other = '<!doctype html><script>window.log = [];</script><p>other</p>';
    const page = await open(t, {
        'index.html': inline(''),
        'other.html': other,
        'folder/index.html': other,
    }, { at: '/some/route' });
    await page.shows('#p', 'first');
    await page.write({ 'index.html': inline('') });
    await page.write({ 'other.html': `${other} ` });
    await page.logs();
    await page.write({ 'index.html': inline('').replace('first', 'second') });
    await page.shows('#p', 'second');
    await page.isLoadedAnew();
    for (const [at, file] of [['/other.html', 'other.html'], ['/other', 'other.html'], ['/folder/', 'folder/index.html']]) {
        await page.goto(at);
        await page.write({ [file]: `${other}<p id="new">${at}</p>` });
        await page.shows('#new', at);
    }
});

/* ── React ───────────────────────────────────────────────────────────────────────────────────── */

const APP = {
    'src/main.ts': "import './start.tsx';\n",
    'src/start.tsx': `import { createRoot } from 'react-dom/client';
import { Counter } from './Counter';
createRoot(document.getElementById('root')!).render(<Counter />);
import.meta.hot.accept(() => window.log.push('start again'));\n`,
};
const counter = (label, hooks = '') => `import { useState } from 'react';
export function Counter() {
    const [count, setCount] = useState(0);${hooks}
    return <button id="button" onClick={() => setCount(count + 1)}>${label} {count}</button>;
}\n`;

test('a component is refreshed with its state, until its hooks change', async (t) => {
    const page = await open(t, { ...APP, 'src/Counter.tsx': counter('clicks') }, { packages: true });
    await page.shows('#button', 'clicks 0');
    await page.tab.click('#button');
    await page.shows('#button', 'clicks 1');
    await page.write({ 'src/Counter.tsx': counter('presses') });
    await page.shows('#button', 'presses 1');
    await page.write({ 'src/Counter.tsx': counter('taps', '\n    useState(1);') });
    await page.shows('#button', 'taps 0');
    await page.logs();
});

test('a component with a mistake shows the overlay, and has its state when that is mended', async (t) => {
    const page = await open(t, { ...APP, 'src/Counter.tsx': counter('clicks') }, { packages: true });
    await page.shows('#button', 'clicks 0');
    await page.tab.click('#button');
    await page.write({ 'src/Counter.tsx': counter('presses').replace('return', 'retur n') });
    assert.match(await page.overlay(), /src\/Counter\.tsx/);
    await page.shows('#button', 'clicks 1');
    await page.write({ 'src/Counter.tsx': counter('presses') });
    await page.noOverlay();
    await page.shows('#button', 'presses 1');
});

test('a module that exports more than components has its importers updated', async (t) => {
    const more = (v) => `${counter('clicks')}export const version = ${v};\n`;
    const page = await open(t, {
        ...APP,
        'src/Counter.tsx': more(1),
        'src/start.tsx': `import { createRoot } from 'react-dom/client';
import { Counter, version } from './Counter';
window.log.push('start ' + version);
window.reactRoot ??= createRoot(document.getElementById('root')!);
window.reactRoot.render(<Counter />);
import.meta.hot.accept();\n`,
    }, { packages: true });
    await page.logs('start 1');
    await page.write({ 'src/Counter.tsx': more(2) });
    await page.logs('start 1', 'start 2');
});

test('below a base a page comes up and is updated, with its packages, styles, files and workers', async (t) => {
    const page = await open(t, {
        ...APP,
        'rwgraph.json': '{ "base": "/my/app/" }',
        'index.html': HTML.replace('</body>', '<script type="module">import "/src/start";</script></body>'),
        'src/main.ts': `import './start';
import './a.css';
import dot from './dot.svg';
import('./late.ts').then(({ late }) => window.log.push(late));
new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }).onmessage = ({ data }) => window.log.push(data);
const image = new Image();
image.onload = () => window.log.push('image');
image.onerror = () => window.log.push('no image at ' + dot);
image.src = dot;
`,
        'src/a.css': 'body { color: rgb(1, 2, 3); background: url("/dot.svg") }\n',
        'src/dot.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
        'public/dot.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
        'src/late.ts': 'export const late = "late";\n',
        'src/worker.ts': 'postMessage("worker");\n',
        'src/Counter.tsx': counter('clicks'),
    }, { at: '/my/app/', packages: true });
    await page.shows('#button', 'clicks 0');
    await page.tab.waitForFunction(() => window.log.length === 3);
    assert.deepEqual((await page.tab.evaluate(() => window.log)).sort(), ['image', 'late', 'worker']);
    await page.tab.click('#button');
    await page.shows('#button', 'clicks 1');
    await page.write({ 'src/Counter.tsx': counter('presses') });
    await page.shows('#button', 'presses 1');
    await page.looks('color', 'rgb(1, 2, 3)');
    await page.write({ 'src/a.css': 'body { color: rgb(4, 5, 6) }\n' });
    await page.looks('color', 'rgb(4, 5, 6)');
    assert.deepEqual(page.errors, []);
});
