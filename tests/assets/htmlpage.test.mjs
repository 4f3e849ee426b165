/*
 * What a build makes of index.html: scripts and stylesheets in all the ways that a page names them.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { App, Browser, startPreview } from '../playground/harness.mjs';

const PAGE = `<!doctype html>
<html>
<HEAD>
<title>%VITE_TITLE%</title>
<link rel="icon" href="/src/mark.svg#part">
<link rel="manifest" href="./free.json">
<link rel="stylesheet" href="./src/linked.css" media="screen">
<style>.inline { background-image: url(src/two%20words.svg) }</style>
<script>globalThis.order = ['classic'];</script>
<script type="module">
import { name } from './src/named';
order.push('inline ' + name);
import('./src/late.js').then((late) => order.push(late.default));
await 0;
order.push('awaited');
</script>
<script type=module src=src/main.ts></script>
</HEAD>
<body class=inline>
<img src=./src/mark.svg srcset="./src/mark.svg 1x, /src/two%20words.svg 2x">
<a href="./src/mark.svg">left alone</a>
<p id=linked>
<script type="module">
import 'packed';
order.push('second');
</script>
</body>
</html>
`;

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>';

const FILES = {
    'index.html': PAGE,
    '.env': 'VITE_TITLE=Mine & <yours>\n',
    'package.json': '{ "name": "page" }',
    'public/free.json': '{}',
    'src/mark.svg': SVG,
    'src/two words.svg': SVG.replace('/>', ' id="b"/>'),
    'src/linked.css': '@import "./behind.css";\n',
    'src/behind.css': '#linked { color: rgb(1, 2, 3); background-image: url("./mark.svg") }\n',
    'src/named.ts': "export const name: string = 'named';\n",
    'src/late.js': "export default 'late';\n",
    'src/main.ts': "import './shown.css';\n(globalThis as any).order.push('main' as string);\n",
    'src/shown.css': '#linked { margin-left: 3px }\n',
    'src/unused.js': "import 'nothing';\nimport './unused.css';\n",
    'src/unused.css': '#linked { color: red !important }\n',
    'node_modules/packed/package.json': '{ "name": "packed", "main": "index.js" }',
    'node_modules/packed/index.js': "order.push('packed');\n",
};

describe('a page', () => {
    let app;
    let server;
    let browser;
    let html;

    before(async () => {
        app = new App(await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-page-')));
        for (const [name, text] of Object.entries(FILES)) {
            await fs.mkdir(path.dirname(path.join(app.root, name)), { recursive: true });
            await fs.writeFile(path.join(app.root, name), text);
        }
        await promisify(execFile)(process.env.RWGRAPH_BIN, ['build', app.root]);
        html = await fs.readFile(path.join(app.root, 'dist/client/index.html'), 'utf8');
        server = await startPreview(app);
        browser = await Browser.open();
        await browser.page.goto(server.url);
    });

    after(async () => {
        await browser?.close();
        await server?.stop();
        await app?.remove();
    });

    test('its scripts run in their order, inline ones and what they import with them', async () => {
        await browser.page.waitForFunction(() => globalThis.order?.length >= 7);
        const order = await browser.page.evaluate(() => globalThis.order);
        const late = order.indexOf('late');
        assert.ok(late > order.indexOf('inline named'));
        assert.deepEqual(order.toSpliced(late, 1), [
            'classic',
            'inline named',
            'awaited',
            'main',
            'packed',
            'second',
        ]);
        assert.deepEqual(browser.errors, []);
        assert.deepEqual(browser.failures, []);
    });

    test('a linked stylesheet is one file, with what it imports, under its own conditions', async () => {
        const [, address] = /<link rel="stylesheet" href="(\/assets\/linked-\w{12}\.css)" media="screen">/.exec(html);
        const css = await (await fetch(server.url + address)).text();
        assert.match(css, /#linked \{ color: rgb\(1, 2, 3\); background-image: url\("data:image\/svg/);
        assert.doesNotMatch(css, /@import/);
        const [color, margin] = await browser.page.evaluate(() => {
            const { color, marginLeft } = getComputedStyle(document.querySelector('#linked'));
            return [color, marginLeft];
        });
        assert.deepEqual([color, margin], ['rgb(1, 2, 3)', '3px']); // nor what nothing imports
    });

    test('files that it names are there under names with their hash, others stay', async () => {
        assert.match(html, /<link rel="icon" href="\/assets\/mark-\w{12}\.svg#part">/);
        assert.match(
            html,
            /<img src=\/assets\/mark-\w{12}\.svg srcset="\/assets\/mark-\w{12}\.svg 1x, \/assets\/two_words-\w{12}\.svg 2x">/,
        );
        assert.match(html, /url\("\/assets\/two_words-\w{12}\.svg"\)/);
        assert.match(html, /<link rel="manifest" href="\.\/free\.json">/);
        assert.match(html, /<a href="\.\/src\/mark\.svg">/);
    });

    test('variables are put into it', () => {
        assert.match(html, /<title>Mine &amp; &lt;yours&gt;<\/title>/);
    });
});
