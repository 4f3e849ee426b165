/*
 * Updates as pages in Chromium live through them, against what users of Vite expect: who is
 * evaluated again, in which order callbacks run, and when only a new page helps.
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

const ACCEPT = 'import.meta.hot.accept();\n';

/* ── callbacks and their order ───────────────────────────────────────────────────────────────── */

test('what an update runs comes in one order: events outside, dispose before, callbacks after', async (t) => {
    const text = (v) => `export const v = ${v};
${says(`evaluated ${v}`)}
import.meta.hot.on('vite:beforeUpdate', ({ type, updates }) => window.log.push('before ' + type + ' ' + updates.length));
import.meta.hot.on('vite:afterUpdate', ({ type }) => window.log.push('after ' + type));
import.meta.hot.accept((next) => window.log.push('first ' + next.v));
import.meta.hot.accept((next) => window.log.push('second ' + next.v));
import.meta.hot.dispose(() => window.log.push('disposed ' + v));\n`;
    const page = await open(t, { 'src/main.ts': "import './self.ts';\n", 'src/self.ts': text(1) });
    await page.logs('evaluated 1');
    for (const v of [2, 3]) {
        await page.clear();
        await page.write({ 'src/self.ts': text(v) });
        await page.logs(
            'before update 1', `disposed ${v - 1}`, `evaluated ${v}`,
            `first ${v}`, `second ${v}`, 'after update',
        );
    }
});

test('what the old version has put in a place of its own is gone before the new one comes there', async (t) => {
    const text = (v) => `if (window.place) { window.log.push('taken'); }
window.place = ${v};
import.meta.hot.dispose(() => { window.place = null; });
import.meta.hot.accept(() => window.log.push('at ' + window.place));\n`;
    const page = await open(t, { 'src/main.ts': "import './self.ts';\n", 'src/self.ts': text(1) });
    await page.write({ 'src/self.ts': text(2) });
    await page.logs('at 2');
});

test('data is one object over all versions, whether dispose wrote it or the module did', async (t) => {
    const text = (v) => `const { data } = import.meta.hot;
window.log.push([data.byModule, data.byDispose].join());
data.byModule = ${v};
import.meta.hot.dispose((given) => { given.byDispose = given === data ? ${v} : 'another'; });\n${ACCEPT}`;
    const page = await open(t, { 'src/main.ts': "import './self.ts';\n", 'src/self.ts': text(1) });
    await page.logs(',');
    await page.write({ 'src/self.ts': text(2) });
    await page.logs(',', '1,1');
    await page.write({ 'src/self.ts': text(3) });
    await page.logs(',', '1,1', '2,2');
});

test('a dependency that is accepted, alone and in a list, is disposed of once and handed to both', async (t) => {
    const dep = (v) => `export const v = ${v};\nexport { n } from './nested.ts';
window.log.push('dep ' + v + ' after ' + import.meta.hot.data.v);
import.meta.hot.dispose((data) => { data.v = v; window.log.push('disposed ' + v); });\n`;
    const page = await open(t, {
        'src/main.ts': `import './dep.ts';
import.meta.hot.accept('./dep', ({ v, n }) => window.log.push('one ' + v + n));
import.meta.hot.accept(['./dep.ts'], ([{ v, n }]) => window.log.push('list ' + v + n));\n`,
        'src/dep.ts': dep(1),
        'src/nested.ts': "export const n = 'a';\n",
    });
    await page.logs('dep 1 after undefined');
    await page.clear();
    await page.write({ 'src/dep.ts': dep(2) });
    await page.logs('disposed 1', 'dep 2 after 1', 'one 2a', 'list 2a');
    await page.clear();
    await page.write({ 'src/nested.ts': "export const n = 'b';\n" });
    await page.logs('disposed 2', 'dep 2 after 2', 'one 2b', 'list 2b');
});

test('an importer that is evaluated later has the newest version of what was updated before', async (t) => {
    const b = (v) => `import a from './a.ts';\nwindow.log.push('${v} ' + a);\n${ACCEPT}`;
    const a = (v) => `export default '${v}';\n${says(v)}${ACCEPT}`;
    const page = await open(t, {
        'src/main.ts': "import './a.ts';\nimport './b.ts';\n",
        'src/a.ts': a('a0'),
        'src/b.ts': b('b0'),
    });
    await page.logs('a0', 'b0 a0');
    await page.write({ 'src/a.ts': a('a1') });
    await page.logs('a0', 'b0 a0', 'a1');
    await page.write({ 'src/b.ts': b('b1') });
    await page.logs('a0', 'b0 a0', 'a1', 'b1 a1'); // a1 is not evaluated twice
});

test('accepting behind `?.` counts', async (t) => {
    const page = await open(t, {
        'src/main.ts': "import './dep';\nimport.meta.hot?.accept('./dep', (next) => window.log.push(next.v));\n",
        'src/dep.ts': 'export const v = 1;\n',
    });
    await page.write({ 'src/dep.ts': 'export const v = 2;\n' });
    await page.logs(2);
});


/* ── a module begins or ends to accept ───────────────────────────────────────────────────────── */

test('a module that did not accept updates, and does now, is not left as it was', async (t) => {
    const page = await open(t, {
        'src/main.ts': "import './self.ts';\n",
        'src/self.ts': says('old'),
    });
    await page.logs('old');
    await page.write({ 'src/self.ts': says('new') + ACCEPT });
    await page.isLoadedAnew('new');
    await page.write({ 'src/self.ts': says('newer') + ACCEPT });
    await page.logs('new', 'newer');
});

test('a dependency that was not accepted, and is now, is not left as it was', async (t) => {
    const page = await open(t, {
        'src/main.ts': `import './other.ts';\n${ACCEPT}`,
        'src/other.ts': "import './dep.ts';\n",
        'src/dep.ts': says('dep 1'),
    });
    await page.logs('dep 1');
    await page.write({
        'src/other.ts': "import './dep.ts';\nimport.meta.hot.accept('./dep.ts', () => window.log.push('accepted'));\n",
        'src/dep.ts': says('dep 2'),
    });
    await page.tab.waitForFunction(() => window.log.includes('dep 2'));
});

test('a module that does not accept any more hands its next change to its importers', async (t) => {
    const page = await open(t, {
        'src/main.ts': `import './self.ts';\n${says('main')}${ACCEPT}`,
        'src/self.ts': says('self 1') + ACCEPT,
    });
    await page.logs('self 1', 'main');
    await page.write({ 'src/self.ts': says('self 2') });
    await page.tab.waitForFunction(() => window.log.includes('self 2'));
    await page.write({ 'src/self.ts': says('self 3') });
    await page.tab.waitForFunction(() => window.log.at(-2) === 'self 3' && window.log.at(-1) === 'main');
});

/* ── acceptExports ───────────────────────────────────────────────────────────────────────────── */

const PARTS = (v, accepted) => `export const a = 'a${v}';\nexport const b = 'b${v}';
const c = 'c${v}';\nexport { c as d };\nexport default 'default${v}';
${says(`parts ${v}`)}
import.meta.hot.acceptExports(${JSON.stringify(accepted)}, (next) => window.log.push('accepted ' + next.a));\n`;

test('a module of which only accepted exports are used takes its changes and those below it', async (t) => {
    const parts = (v) => `import './dep.ts';\n${PARTS(v, ['a', 'default'])}`;
    const page = await open(t, {
        'src/main.ts': "import one, { a } from './parts.ts';\nwindow.log.push(a + one);\n",
        'src/parts.ts': parts(1),
        'src/dep.ts': says('dep 1'),
    });
    await page.logs('dep 1', 'parts 1', 'a1default1');
    await page.clear();
    await page.write({ 'src/dep.ts': says('dep 2') });
    await page.logs('dep 2', 'parts 1', 'accepted a1');
    await page.clear();
    await page.write({ 'src/parts.ts': parts(2) });
    await page.logs('parts 2', 'accepted a2');
});

for (const [what, imported, accepted] of [
    ['a named export', "import { a } from './parts.ts';\nvoid a;\n", ['b']],
    ['the default export', "import one from './parts.ts';\nvoid one;\n", ['a']],
    ['a namespace', "import * as all from './parts.ts';\nvoid all;\n", ['a', 'b', 'default']],
    ['an export under another name', "import { d } from './parts.ts';\nvoid d;\n", ['a', 'b', 'c']],
    ['all by export *', "export * from './parts.ts';\n", ['a', 'b']],
    ['all by import()', "void import('./parts.ts');\n", ['a', 'b', 'd']],
]) {
    test(`who uses ${what} that is not accepted has to take the change`, async (t) => {
        const page = await open(t, {
            'src/main.ts': "import './user.ts';\n",
            'src/user.ts': imported,
            'src/parts.ts': PARTS(1, accepted),
        });
        await page.logs('parts 1');
        await page.write({ 'src/parts.ts': PARTS(2, accepted) });
        await page.isLoadedAnew('parts 2');
    });
}

for (const [what, imported, accepted] of [
    ['nothing', "import './parts.ts';\n", ['b']],
    ['all as one name, with all accepted', "export * as all from './parts.ts';\n", ['a', 'b', 'd', 'default']],
    ['a namespace, with all accepted', "import * as all from './parts.ts';\nvoid all;\n", ['a', 'b', 'd', 'default']],
    ['all by import(), with all accepted', "void import('./parts.ts');\n", ['a', 'b', 'd', 'default']],
    ['all but the default by export *', "export * from './parts.ts';\n", ['a', 'b', 'd']],
]) {
    test(`who uses ${what}, is left alone`, async (t) => {
        const page = await open(t, {
            'src/main.ts': "import './user.ts';\n",
            'src/user.ts': imported,
            'src/parts.ts': PARTS(1, accepted),
        });
        await page.logs('parts 1');
        for (const v of [2, 3]) {
            await page.clear();
            await page.write({ 'src/parts.ts': PARTS(v, accepted) });
            await page.logs(`parts ${v}`, `accepted a${v}`);
        }
    });
}

/* ── giving up ───────────────────────────────────────────────────────────────────────────────── */

test('giving up is an event, and what follows is an update of its own', async (t) => {
    const child = (v) => `export const v = ${v};
import.meta.hot.accept(() => import.meta.hot.invalidate('too hard'));\n`;
    const page = await open(t, {
        'src/main.ts': `import './parent.ts';
import.meta.hot.on('vite:beforeUpdate', () => window.log.push('before'));
import.meta.hot.on('vite:afterUpdate', () => window.log.push('after'));
import.meta.hot.on('vite:invalidate', ({ path, message, firstInvalidatedBy }) =>
    window.log.push([path, message, firstInvalidatedBy].join(' ')));\n`,
        'src/parent.ts': `import { v } from './child.ts';\nwindow.log.push('parent ' + v);\n${ACCEPT}`,
        'src/child.ts': child(1),
    });
    await page.logs('parent 1');
    await page.write({ 'src/child.ts': child(2) });
    await page.logs(
        'parent 1',
        'before', '/src/child.ts too hard /src/child.ts', 'after',
        'before', 'parent 2', 'after',
    );
});

test('giving up where nobody is above has the page loaded anew', async (t) => {
    const text = (v) => `${says(`main ${v}`)}import.meta.hot.accept(() => import.meta.hot.invalidate());\n`;
    const page = await open(t, { 'src/main.ts': text(1) });
    await page.logs('main 1');
    await page.write({ 'src/main.ts': text(2) });
    await page.isLoadedAnew('main 2');
});

test('in a cycle, giving up ends where somebody takes it, and else in a new page', async (t) => {
    const child = (v) => `import './parent.ts';\nexport const v = ${v};
import.meta.hot.accept(() => import.meta.hot.invalidate());\n`;
    for (const [handled, parent] of [
        [true, 'import.meta.hot.accept(() => {});'],
        [false, 'import.meta.hot.accept(() => import.meta.hot.invalidate());'],
    ]) {
        const page = await open(t, {
            'src/main.ts': "import './parent.ts';\n",
            'src/parent.ts': `import { v } from './child.ts';\nsetTimeout(() => window.log.push(v));\n${parent}\n`,
            'src/child.ts': child(1),
        });
        await page.logs(1);
        await page.write({ 'src/child.ts': child(2) });
        await (handled ? page.logs(1, 2) : page.isLoadedAnew(2));
    }
});

/* ── cycles ──────────────────────────────────────────────────────────────────────────────────── */

test('a module that accepts itself in a cycle is updated, and no page is loaded', async (t) => {
    const c = (v) => `import './b.ts';\nexport const c = '${v}';\n${says(v)}
import.meta.hot.accept((next) => window.log.push('accepted ' + next.c));\n`;
    const page = await open(t, {
        'src/main.ts': "import { a } from './a.ts';\nwindow.log.push('main ' + a.b.c);\n",
        'src/a.ts': "import { b } from './b.ts';\nexport const a = { b };\n",
        'src/b.ts': "import { c } from './c.ts';\nexport const b = { c };\n",
        'src/c.ts': c('one'),
    });
    await page.logs('one', 'main one');
    await page.write({ 'src/c.ts': c('two') });
    await page.tab.waitForFunction(() => window.log.includes('accepted two') || window.log.includes('two'));
});

test('a cycle below who accepts is evaluated anew in its own order', async (t) => {
    const b = (v) => `import { value as c } from './c.ts';\nexport const value = '${v} ' + c;\n`;
    const page = await open(t, {
        'src/main.ts': `import { message } from './a.ts';\nwindow.log.push(message);\n${ACCEPT}`,
        'src/a.ts': "export const value = 'a';\nimport { value as b } from './b.ts';\nexport const message = 'a ' + b;\n",
        'src/b.ts': b('b'),
        'src/c.ts': `import { value as a } from './a.ts';
let seen;\ntry { seen = 'reached ' + a; } catch { seen = 'not yet'; }\nexport const value = 'c ' + seen;\n`,
    });
    await page.logs('a b c not yet');
    await page.write({ 'src/b.ts': b('B') });
    await page.logs('a b c not yet', 'a B c not yet');
});

/* ── what comes and goes ─────────────────────────────────────────────────────────────────────── */

test('a stylesheet and a module whose import is taken out and put back work as at first', async (t) => {
    const main = `import './style.css';\nimport './part.ts';\n${ACCEPT}`;
    const page = await open(t, {
        'src/main.ts': main,
        'src/style.css': 'body { color: rgb(1, 2, 3) }\n',
        'src/part.ts': `${says('part')}import.meta.hot.dispose(() => window.log.push('disposed'));
import.meta.hot.prune(() => window.log.push('pruned'));\n`,
    });
    await page.looks('color', 'rgb(1, 2, 3)');
    await page.logs('part');
    await page.write({ 'src/main.ts': ACCEPT });
    await page.logs('part', 'disposed', 'pruned');
    await page.looks('color', 'rgb(0, 0, 0)');
    await page.write({ 'src/main.ts': main });
    await page.looks('color', 'rgb(1, 2, 3)');
    await page.logs('part', 'disposed', 'pruned', 'part');
});

test('what modules between the change and who accepts it stop to import is pruned', async (t) => {
    const part = (name) => `import.meta.hot.dispose(() => window.log.push('disposed ${name}'));
import.meta.hot.prune(() => window.log.push('pruned ${name}'));\n`;
    const page = await open(t, {
        'src/main.ts': `import './middle.ts';\nimport.meta.hot.accept(() => {});\n`,
        'src/middle.ts': "import './one.ts';\nimport './two.ts';\n",
        'src/one.ts': part('one'),
        'src/two.ts': part('two'),
    });
    await page.write({ 'src/middle.ts': "import './two.ts';\n" });
    await page.logs('disposed one', 'pruned one');
    await page.write({ 'src/middle.ts': 'export {};\n' });
    await page.logs('disposed one', 'pruned one', 'disposed two', 'pruned two');
});

test('a file that is deleted is disposed of and pruned, and begins anew when it comes back', async (t) => {
    const child = `export const v = 'child';
window.log.push('child ' + import.meta.hot.data.kept);
import.meta.hot.data.kept = true;
import.meta.hot.accept();
import.meta.hot.dispose(() => window.log.push('disposed'));
import.meta.hot.prune(() => window.log.push('pruned'));\n`;
    const parent = (from) => `${from}\nwindow.log.push('parent ' + v);\n${ACCEPT}`;
    const page = await open(t, {
        'src/main.ts': "import './parent.ts';\n",
        'src/parent.ts': parent("import { v } from './child.ts';"),
        'src/child.ts': child,
    });
    await page.logs('child undefined', 'parent child');
    await page.clear();
    await page.write({ 'src/parent.ts': parent("const v = 'none';") });
    await page.remove('src/child.ts');
    await page.tab.waitForFunction(() => window.log.length === 3);
    assert.deepEqual((await page.tab.evaluate(() => window.log)).sort(), ['disposed', 'parent none', 'pruned']);
    await page.clear();
    await page.write({
        'src/child.ts': child.replace("'child'", "'another'"),
        'src/parent.ts': parent("import { v } from './child.ts';"),
    });
    await page.tab.waitForFunction(() => window.log.includes('parent another'));
    await page.logs('child undefined', 'parent another');
});

test('a file that nobody imports any more can be deleted, and what it led to goes on', async (t) => {
    const main = (from) => `import { text } from '${from}';\nwindow.log.push(text);\n${ACCEPT}`;
    const page = await open(t, {
        'src/main.ts': main('./through.ts'),
        'src/through.ts': "export * from './text.ts';\n",
        'src/text.ts': "export const text = 1;\n",
    });
    await page.logs(1);
    await page.write({ 'src/main.ts': main('./text.ts') });
    await page.tab.waitForFunction(() => window.log.length === 2);
    await page.remove('src/through.ts');
    await page.dev.line(/src\/through\.ts: generation/);
    await page.write({ 'src/text.ts': "export const text = 2;\n" });
    await page.logs(1, 1, 2);
});

test('a change of what was never loaded is nothing to the page', async (t) => {
    const page = await open(t, {
        'src/main.ts': `import './leaf.ts';\nwindow.later = () => import('./later.ts');\n`,
        'src/later.ts': says('later 1') + ACCEPT,
        'src/leaf.ts': ACCEPT,
    });
    await page.write({ 'src/later.ts': says('later 2') + ACCEPT });
    await page.dev.line(/src\/later\.ts: generation/);
    await page.write({ 'src/leaf.ts': says('leaf') + ACCEPT });
    await page.logs('leaf');
    await page.tab.evaluate(() => window.later());
    await page.logs('leaf', 'later 2');
});

/* ── pages and stylesheets ───────────────────────────────────────────────────────────────────── */

test('a page with a name in other letters is loaded anew when it is edited', async (t) => {
    const name = '中文-にほんご-한글-🌕 and 100%';
    const html = (title) => `<!doctype html><script>window.log = [];</script><p id="p">${title}</p>`;
    const page = await open(t, { [`${name}/index.html`]: html('one') }, { at: `/${encodeURIComponent(name)}/index.html` });
    await page.shows('#p', 'one');
    await page.write({ [`${name}/index.html`]: html('two') });
    await page.shows('#p', 'two');
});

test('a stylesheet that is linked with a query keeps it, and there is one of it after any number of edits', async (t) => {
    const css = (v) => `body { color: rgb(${v}, ${v}, ${v}) }\n`;
    const page = await open(t, {
        'index.html': HTML.replace('<body>', `<link rel="stylesheet"><link rel="stylesheet" class="kept"
            href="/styles/page.css?param=required"><link rel="stylesheet" disabled href="/styles/page.css?off"><body>`),
        'src/main.ts': 'export {};\n',
        'styles/page.css': css(1),
    });
    await page.looks('color', 'rgb(1, 1, 1)');
    for (const v of [2, 3]) {
        await page.write({ 'styles/page.css': css(v) });
        await page.looks('color', `rgb(${v}, ${v}, ${v})`);
        await page.tab.waitForFunction(() => document.querySelectorAll('link').length === 3);
        const href = await page.tab.evaluate(() => document.querySelector('.kept').getAttribute('href'));
        assert.match(href, /[?&]param=required(?:&|$)/);
    }
    await page.logs();
});

/* ── errors ──────────────────────────────────────────────────────────────────────────────────── */

test('an error is shown as text, and its places open the file that is meant', async (t) => {
    const page = await open(t, { 'src/main.ts': "import './self.ts';\n", 'src/self.ts': ACCEPT });
    const asked = page.tab.waitForRequest((request) => request.url().includes('@rwgraph/open'));
    await page.tab.route('**/@rwgraph/open*', (route) => route.fulfill({ status: 204 }));
    const markup = '<img src=x onerror=window.log.push(1)>';
    await page.write({ 'src/self.ts': `throw new Error('${markup}');\n${ACCEPT}` });
    assert.ok((await page.overlay()).includes(markup));
    const links = await page.tab.evaluate(() => {
        const { shadowRoot } = document.querySelector('rwgraph-error-overlay');
        const found = [...shadowRoot.querySelectorAll('a')];
        found[0].click();
        return found.map(({ textContent }) => textContent);
    });
    assert.equal(links.length, 1);
    assert.match(links[0], /^http:\/\/localhost:\d+\/src\/self\.ts\?h=\d+:\d+:\d+$/);
    const { searchParams } = new URL((await asked).url());
    assert.match(searchParams.get('file'), /^\/src\/self\.ts:\d+:\d+$/);
    await page.logs();
});

/* ── a server that begins anew ───────────────────────────────────────────────────────────────── */

test('a page outlives a server that begins anew, and is loaded anew only for what it missed', async (t) => {
    const self = (v) => says(`self ${v}`) + ACCEPT;
    const page = await open(t, {
        'src/main.ts': `import './self.ts';
const hot = import.meta.hot;
hot.on('vite:ws:disconnect', ({ webSocket }) => {
    window.log.push('lost ' + webSocket.readyState);
    hot.on('vite:ws:connect', ({ webSocket: next }) => window.log.push('back ' + next.readyState));
});\n`,
        'src/self.ts': self(1),
    });
    await page.logs('self 1');
    await page.write({ 'rwgraph.json': '{}' });
    await page.logs('self 1', 'lost 3', 'back 1');
    await page.write({ 'src/self.ts': self(2) });
    await page.logs('self 1', 'lost 3', 'back 1', 'self 2');
    await page.write({ 'rwgraph.json': '{ }', 'src/self.ts': self(3) });
    await page.isLoadedAnew('self 3');
});
