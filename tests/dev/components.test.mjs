/*
 * React components while they are edited, in Chromium: what keeps its state, what begins anew, and
 * what a mistake costs.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Browser } from '../playground/harness.mjs';
import { openTab } from './tab.mjs';

let browser;

before(async () => {
    browser = await Browser.open();
});

after(() => browser?.close());

const START = {
    'src/main.ts': "import './start.tsx';\n",
    'src/start.tsx': `import { createRoot } from 'react-dom/client';
import { App } from './App';
window.log.push('start');
createRoot(document.getElementById('root')!).render(<App />);\n`,
};

/** A page with these components, below App. */
async function open(t, files) {
    const page = await openTab(t, browser, { ...START, ...files }, { packages: true });
    page.isKept = async () => {
        await page.logs('start'); // the page was not loaded anew, nor rendered from its start
        assert.deepEqual(page.errors, []);
    };
    return page;
}

/** A component with a counter: a button with its label and count. */
const counter = (name, label, { make = (code) => `export ${code}`, before = '', hooks = '' } = {}) =>
    `import { forwardRef, lazy, memo, useState, Component } from 'react';\n${before}${make(`function ${name}() {
    const [count, setCount] = useState(0);
    ${hooks}
    return <button id="${name}" onClick={() => setCount(count + 1)}>${label} {count}</button>;
}`)}\n`;

const app = (body, head = '') => `import * as React from 'react';\n${head}
export function App() { return <div id="app">${body}</div>; }\n`;

/** Clicks until the counter is at 2. */
async function countTo2(page, name, label) {
    await page.shows(`#${name}`, `${label} 0`);
    await page.tab.click(`#${name}`);
    await page.tab.click(`#${name}`);
    await page.shows(`#${name}`, `${label} 2`);
}

/* ── what keeps its state ────────────────────────────────────────────────────────────────────── */

for (const [what, make] of [
    ['a function', (code) => `export ${code}`],
    ['a default export', (code) => `export default ${code};\nexport { Counter };`],
    ['an arrow function', (code) => `export const Counter = () => {${code.slice(code.indexOf('{') + 1)};`],
    ['memo', (code) => `${code}\nconst Memo = memo(Counter);\nexport { Memo as Counter };`],
    ['memo around a function in place', (code) => `export const Counter = memo(${code});`],
    ['forwardRef', (code) => `export const Counter = forwardRef(${code});`],
    ['memo around forwardRef', (code) => `export const Counter = memo(forwardRef(${code}));`],
    ['a wrapper of its own', (code) => `const wrapped = (Inner) => (props) => <p><Inner {...props} /></p>;\n${code}\nconst Wrapped = wrapped(Counter);\nexport { Wrapped as Counter };`],
]) {
    test(`${what} keeps its state when it is edited, itself and around it`, async (t) => {
        const child = (label) => counter('Counter', label, { make });
        const page = await open(t, {
            'src/App.tsx': app('one <Counter />', "import { Counter } from './Counter';"),
            'src/Counter.tsx': child('clicks'),
        });
        await countTo2(page, 'Counter', 'clicks');
        await page.write({ 'src/Counter.tsx': child('presses') });
        await page.shows('#Counter', 'presses 2');
        await page.write({ 'src/App.tsx': app('two <Counter />', "import { Counter } from './Counter';") });
        await page.shows('#app', 'two presses 2');
        await page.write({ 'src/Counter.tsx': child('taps') });
        await page.shows('#Counter', 'taps 2');
        await page.isKept();
    });
}

test('a component that is loaded late keeps its state when it is edited', async (t) => {
    const child = (label) => counter('Counter', label, { make: (code) => `export default ${code}` });
    const page = await open(t, {
        'src/App.tsx': app(
            '<React.Suspense fallback="wait"><Counter /></React.Suspense>',
            "const Counter = React.lazy(() => import('./Counter'));",
        ),
        'src/Counter.tsx': child('clicks'),
    });
    await countTo2(page, 'Counter', 'clicks');
    await page.write({ 'src/Counter.tsx': child('presses') });
    await page.shows('#Counter', 'presses 2');
    await page.isKept();
});

test('a class begins anew when it is edited, and its neighbour goes on', async (t) => {
    const shown = (label) => `import { Component } from 'react';
export class Shown extends Component {
    state = { count: 0 };
    render() {
        return <i id="Shown" onClick={() => this.setState({ count: this.state.count + 1 })}>${label} {this.state.count}</i>;
    }
}\n`;
    const page = await open(t, {
        'src/App.tsx': app('<Counter /><Shown />', "import { Counter } from './Counter';\nimport { Shown } from './Shown';"),
        'src/Counter.tsx': counter('Counter', 'clicks'),
        'src/Shown.tsx': shown('one'),
    });
    await countTo2(page, 'Counter', 'clicks');
    await page.tab.click('#Shown');
    await page.shows('#Shown', 'one 1');
    await page.write({ 'src/Shown.tsx': shown('two') });
    await page.shows('#Shown', 'two 0');
    await page.shows('#Counter', 'clicks 2');
    await page.isKept();
});

/* ── hooks in files of their own ─────────────────────────────────────────────────────────────── */

for (const ext of ['ts', 'tsx']) {
    test(`a hook in a .${ext} file is edited, and the state of those who use it stays while its own hooks do`, async (t) => {
        const hook = (text, more = '') => `import { useEffect, useState } from 'react';
export function useLabel() {
    const [label] = useState('any');${more}
    return '${text}';
}\n`;
        const page = await open(t, {
            'src/App.tsx': app('<Counter />', "import { Counter } from './Counter';"),
            'src/Counter.tsx': counter('Counter', '{useLabel()}', { before: "import { useLabel } from './useLabel';\n" }),
            [`src/useLabel.${ext}`]: hook('clicks'),
        });
        await countTo2(page, 'Counter', 'clicks');
        await page.write({ [`src/useLabel.${ext}`]: hook('presses') });
        await page.shows('#Counter', 'presses 2');
        await page.isKept();
        await page.write({ [`src/useLabel.${ext}`]: hook('taps', "\n    const [more] = useState('more');\n    useEffect(() => {});") });
        await page.tab.waitForFunction(() => /^taps \d$/.test(document.querySelector('#Counter')?.textContent));
        await page.shows('#Counter', 'taps 0');
        await page.isKept();
    });
}

/* ── more than components ────────────────────────────────────────────────────────────────────── */

test('a constant beside a component reaches who imports it, and the state stays', async (t) => {
    const child = (version, label = 'clicks') => `${counter('Counter', label)}export const version = '${version}';\n`;
    const page = await open(t, {
        'src/App.tsx': app('{version} <Counter />', "import { Counter, version } from './Counter';"),
        'src/Counter.tsx': child('v1'),
    });
    await countTo2(page, 'Counter', 'clicks');
    await page.write({ 'src/Counter.tsx': child('v1', 'presses') });
    await page.shows('#app', 'v1 presses 2');
    await page.write({ 'src/Counter.tsx': child('v2', 'presses') });
    await page.shows('#app', 'v2 presses 2');
    await page.write({ 'src/Counter.tsx': child('v2', 'taps') });
    await page.shows('#app', 'v2 taps 2');
    await page.isKept();
});

test('an export that comes, and one that goes, reach who imports them', async (t) => {
    const child = (rest) => `${counter('Counter', 'clicks')}${rest}`;
    const page = await open(t, {
        'src/App.tsx': app('{Object.keys(all).sort().join()} <all.Counter />', "import * as all from './Counter';"),
        'src/Counter.tsx': child(''),
    });
    await countTo2(page, 'Counter', 'clicks');
    await page.write({ 'src/Counter.tsx': child('export const More = () => null;\n') });
    await page.shows('#app', 'Counter,More clicks 2');
    await page.write({ 'src/Counter.tsx': child('') });
    await page.shows('#app', 'Counter clicks 2');
    await page.isKept();
});

test('a context reaches its consumers through edits of its file, its provider and themselves', async (t) => {
    const context = (value) => `import { createContext } from 'react';\nexport const Theme = createContext('${value}');\n`;
    const provider = (text) => `import { useState } from 'react';\nimport { Theme } from './theme';
export function Provider({ children }) {
    const [value, setValue] = useState('dark');
    return <Theme.Provider value={value}><b id="set" onClick={() => setValue('light')}>${text}</b>{children}</Theme.Provider>;
}\n`;
    const consumer = (text) => `import { useContext, useState } from 'react';\nimport { Theme } from './theme';
export function Consumer() {
    const [count, setCount] = useState(0);
    return <i id="used" onClick={() => setCount(count + 1)}>${text} {useContext(Theme)} {count}</i>;
}\n`;
    const page = await open(t, {
        'src/App.tsx': app(
            '<Provider><Consumer /></Provider>',
            "import { Provider } from './Provider';\nimport { Consumer } from './Consumer';",
        ),
        'src/theme.ts': context('none'),
        'src/Provider.tsx': provider('one'),
        'src/Consumer.tsx': consumer('is'),
    });
    await page.shows('#used', 'is dark 0');
    await page.tab.click('#set');
    await page.tab.click('#used');
    await page.shows('#used', 'is light 1');
    await page.write({ 'src/Consumer.tsx': consumer('was') });
    await page.shows('#used', 'was light 1');
    await page.write({ 'src/Provider.tsx': provider('two') });
    await page.shows('#set', 'two');
    await page.shows('#used', 'was light 1');
    await page.write({ 'src/theme.ts': context('another') });
    await page.dev.line(/src\/theme\.ts: generation/);
    await page.write({ 'src/Consumer.tsx': consumer('will be') });
    await page.tab.waitForFunction(() => /^will be light \d$/.test(document.querySelector('#used')?.textContent));
    await page.isKept();
});

/* ── mistakes ────────────────────────────────────────────────────────────────────────────────── */

const WITH_GUARD = {
    'src/App.tsx': app(
        '<Neighbour /><Guard><Counter /></Guard>',
        `import { Counter } from './Counter';\nimport { Neighbour } from './Neighbour';\nimport { Guard } from './Guard';`,
    ),
    'src/Neighbour.tsx': counter('Neighbour', 'beside'),
    'src/Guard.tsx': `import { Component } from 'react';
export class Guard extends Component {
    state = { error: null };
    static getDerivedStateFromError(error) { return { error }; }
    render() { return this.state.error ? <p id="error">{this.state.error.message}</p> : this.props.children; }
}\n`,
};

test('a component that throws while it renders is back when that is mended, and its neighbour kept its state', async (t) => {
    const page = await open(t, { ...WITH_GUARD, 'src/Counter.tsx': counter('Counter', 'clicks') });
    await countTo2(page, 'Neighbour', 'beside');
    await page.write({ 'src/Counter.tsx': counter('Counter', 'clicks', { hooks: "throw new Error('no good');" }) });
    await page.shows('#error', 'no good');
    await page.write({ 'src/Counter.tsx': counter('Counter', 'presses') });
    await page.shows('#Counter', 'presses 0');
    await page.shows('#Neighbour', 'beside 2');
    await page.logs('start');
});

test('an app that nothing guards is back when what it throws is mended', async (t) => {
    const files = { 'src/App.tsx': app('<Counter />', "import { Counter } from './Counter';") };
    const page = await open(t, { ...files, 'src/Counter.tsx': counter('Counter', 'clicks') });
    await countTo2(page, 'Counter', 'clicks');
    await page.write({ 'src/Counter.tsx': counter('Counter', 'clicks', { hooks: "throw new Error('no good');" }) });
    await page.tab.waitForFunction(() => !document.querySelector('#Counter'));
    await page.write({ 'src/Counter.tsx': counter('Counter', 'presses') });
    await page.shows('#Counter', 'presses 0');
    await page.logs('start');
});

for (const [what, before, said] of [
    ['an import that leads nowhere', "import './nowhere';\n", /\.\/nowhere/],
    ['an import of what is not exported', "import { nothing } from './App';\nnothing();\n", /nothing/],
    ['a module that throws', "throw new Error('not today');\n", /not today/],
    ['a mistake in its text', 'const = 1;\n', /src\/Counter\.tsx/],
]) {
    test(`${what} costs a component no state`, async (t) => {
        const page = await open(t, {
            'src/App.tsx': app('<Counter />', "import { Counter } from './Counter';"),
            'src/Counter.tsx': counter('Counter', 'clicks'),
        });
        await countTo2(page, 'Counter', 'clicks');
        await page.write({ 'src/Counter.tsx': counter('Counter', 'broken', { before }) });
        assert.match(await page.overlay(), said);
        await page.shows('#Counter', 'clicks 2');
        await page.tab.evaluate(() => document.querySelector('#Counter').click()); // below the overlay
        await page.shows('#Counter', 'clicks 3');
        await page.write({ 'src/Counter.tsx': counter('Counter', 'mended') });
        await page.shows('#Counter', 'mended 3');
        await page.noOverlay();
        await page.logs('start');
    });
}
