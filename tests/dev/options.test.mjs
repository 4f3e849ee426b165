/* Where the server listens and who may ask it: options of the program over `server` in rwgraph.json. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { raw, until } from '../serve/harness.mjs';
import { Dev, project } from './harness.mjs';

const FILES = {
    'index.html': '<!doctype html><p>page</p><script type="module" src="/src/main.ts"></script>',
    'src/main.ts': 'export {};\n',
};

const config = (server) => ({ 'rwgraph.json': JSON.stringify({ server }, null, 4) });

/** A server on a project whose configuration says this. */
const open = async (t, server, options) =>
    Dev.start(await project(t, { ...FILES, ...config(server) }), [], options);

/** A port that is free now, and in no range that systems give out by themselves. */
async function freePort() {
    for (;;) {
        const port = 20_000 + Math.floor(Math.random() * 10_000);
        const server = net.createServer();
        const free = await new Promise((resolve) => {
            server.once('error', () => resolve(false));
            server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
        });
        if (free) {
            return port;
        }
    }
}

/** The program, expected to end by itself: its exit code and what it said on stderr. */
async function fails(root, args = []) {
    const child = spawn(process.env.RWGRAPH_BIN, ['dev', ...args, root], { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (data) => {
        text += data;
    });
    const [code] = await once(child, 'close');
    return { code, text };
}

test('host and port of the configuration are taken, and options of the program win', async (t) => {
    const port = await freePort();
    const dev = await open(t, { host: '127.0.0.1', port }, { bare: true });
    assert.equal(dev.port, port);
    await dev.stop();
    const other = await freePort();
    const asked = await Dev.start(dev.root, ['--port', `${other}`], { bare: true });
    assert.equal(asked.port, other);
});

test('a port that is taken is passed over, or fails where it must be that one', async (t) => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    t.after(() => taken.close());
    const { port } = taken.address();
    const dev = await open(t, { port }, { bare: true });
    assert.ok(dev.port > port && dev.port <= port + 100, `${dev.port}`);
    await dev.stop();
    const flagged = await fails(dev.root, ['--strict-port']);
    assert.equal(flagged.code, 2);
    assert.match(flagged.text, new RegExp(`cannot listen on port ${port}: address already in use`));
    const strict = await project(t, { ...FILES, ...config({ port, strictPort: true }) });
    assert.match((await fails(strict)).text, new RegExp(`cannot listen on port ${port}`));
});

/** This machine's own addresses in its networks. */
const networks = () =>
    Object.values(os.networkInterfaces()).flat()
        .filter(({ internal, family }) => !internal && family === 'IPv4')
        .map(({ address }) => address);

test('--host without an address is every network, and each address is printed', async (t) => {
    const root = await project(t, FILES);
    for (const args of [['--host'], ['--host', '--explain'], ['--host=*']]) {
        const dev = await Dev.start(root, args);
        for (const address of networks()) {
            assert.ok(dev.lines.some((line) => line.includes(`http://${address}:${dev.port}/ (network)`)), `${dev.lines}`);
            const answer = await fetch(`http://${address}:${dev.port}/src/main.ts`);
            assert.equal(answer.status, 200);
        }
        assert.match(await dev.text('/src/main.ts'), /export/);
        await dev.stop();
    }
});

test('without --host only this machine can ask', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    assert.ok(!dev.lines.some((line) => line.includes('(network)')));
    for (const address of networks()) {
        await assert.rejects(fetch(`http://${address}:${dev.port}/`), address);
    }
});

test('an address that is none of this machine fails with its name', async (t) => {
    const root = await project(t, FILES);
    assert.match((await fails(root, ['--host', '192.0.2.1'])).text, /cannot listen/);
    const named = await project(t, { ...FILES, ...config({ host: 'nowhere' }) });
    assert.match((await fails(named)).text, /"nowhere" is not an address to listen on/);
});

/** A program that takes the place of a browser: it writes down what it was given. */
async function browser(t, root) {
    const note = path.join(root, '../opened');
    const program = path.join(root, '../browser');
    await fs.writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$@" >> '${note}'\n`, { mode: 0o755 });
    const read = () => fs.readFile(note, 'utf8').catch(() => '');
    return { program, read };
}

test('--open opens the address in $BROWSER, once', async (t) => {
    const root = await project(t, FILES);
    const { program, read } = await browser(t, root);
    const dev = await Dev.start(root, ['--open'], { env: { BROWSER: program } });
    const url = `http://localhost:${dev.port}/\n`;
    await until(async () => (await read()) === url);
    await dev.write(config({ headers: { 'x-a': '1' } }));
    await dev.line(/begins anew/);
    await dev.line(/localhost/);
    assert.equal(await read(), url);
});

test('"open" of the configuration may name the page', async (t) => {
    const root = await project(t, { ...FILES, ...config({ open: '/docs/?a=1' }) });
    const { program, read } = await browser(t, root);
    const dev = await Dev.start(root, [], { env: { BROWSER: program } });
    await until(async () => (await read()) === `http://localhost:${dev.port}/docs/?a=1\n`);
});

test('a browser that cannot be started is said, and the server serves', async (t) => {
    const dev = await Dev.start(await project(t, FILES), ['--open'], { env: { BROWSER: '/nowhere/browser' } });
    await dev.line(/no browser could be started \(\/nowhere\/browser: No such file or directory\).*BROWSER/);
    assert.match(await dev.text('/'), /page/);
});

test('https of the configuration names files beside it', async (t) => {
    const root = await project(t, {
        ...FILES,
        ...config({ https: { cert: 'certs/dev.pem', key: 'certs/dev.key' } }),
        'certs/.keep': '',
    });
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
        '-keyout', path.join(root, 'certs/dev.key'), '-out', path.join(root, 'certs/dev.pem'), '-days', '2',
        '-subj', '/CN=localhost'], { stdio: 'ignore' });
    const dev = await Dev.start(root);
    assert.ok(dev.lines.some((line) => line.includes(`https://localhost:${dev.port}/`)));
    const [response] = await once(https.get({ port: dev.port, path: '/src/main.ts', rejectUnauthorized: false }), 'response');
    response.resume();
    assert.equal(response.statusCode, 200);
});

test('hosts beyond this machine are allowed by name', async (t) => {
    const dev = await open(t, { allowedHosts: ['app.test', '.sub.test'] });
    for (const [host, status] of [['app.test', 200], ['x.sub.test', 200], ['other.test', 403], ['localhost', 200]]) {
        assert.equal((await dev.get('/src/main.ts', { host })).status, status, host);
    }
    const any = await open(t, { allowedHosts: true });
    assert.equal((await any.get('/src/main.ts', { host: 'other.test' })).status, 200);
});

const allowed = async (dev, origin) =>
    /access-control-allow-origin: (.*)/i.exec((await dev.get('/src/main.ts', { origin })).head)?.[1].trim();

test('who may read across origins is what cors says', async (t) => {
    const [app, evil, local] = ['https://app.test', 'https://evil.test', 'http://localhost:3000'];
    const table = [
        [{ origin: app }, [app, undefined, local]],
        [{ origin: [app, evil] }, [app, evil, local]],
        [{ origin: true }, [app, evil, local]],
        [true, [app, evil, local]],
        [false, [undefined, undefined, undefined]],
    ];
    for (const [cors, expected] of table) {
        const dev = await open(t, { cors });
        const got = [await allowed(dev, app), await allowed(dev, evil), await allowed(dev, local)];
        assert.deepEqual(got, expected, JSON.stringify(cors));
        await dev.stop();
    }
});

test('without CORS of its own the server leaves preflights to the app', async (t) => {
    const worker = `export default { fetch: (request) => new Response(request.method, {
        headers: { 'access-control-allow-origin': 'https://app.test' } }) };\n`;
    const files = { 'wrangler.jsonc': '{ "name": "app", "main": "src/worker.ts" }', 'src/worker.ts': worker };
    const ask = (dev) => raw(dev.port, 'OPTIONS /x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n' +
        'origin: https://app.test\r\naccess-control-request-method: PUT\r\n\r\n');
    const dev = await Dev.start(await project(t, { ...files, ...config({ cors: false }) }));
    await dev.answers('/', 200);
    assert.match(await ask(dev), /^HTTP\/1\.1 200[^]*allow-origin: https:\/\/app\.test[^]*OPTIONS/i);
    await dev.stop();
    const own = await Dev.start(await project(t, files));
    assert.match(await ask(own), /^HTTP\/1\.1 403/);
});

test('headers are added to every answer', async (t) => {
    const dev = await open(t, { headers: { 'X-Frame-Options': 'DENY', 'Cross-Origin-Opener-Policy': 'same-origin' } });
    for (const target of ['/', '/src/main.ts', '/@rwgraph/client', '/nowhere.png']) {
        const { head } = await dev.get(target);
        assert.match(head, /^x-frame-options: DENY$/im, target);
        assert.match(head, /^cross-origin-opener-policy: same-origin$/im, target);
    }
});

test('a mistake in the configuration names its line, its key and what may stand there', async (t) => {
    const table = [
        ['{\n  "server": {\n    "prot": 3000\n  }\n}', /rwgraph\.json: line 3: server\.prot is no option; did you mean "port"\?/],
        ['{\n  "server": { "wholly": 1 }\n}', /line 2: server\.wholly is no option; there are host, port/],
        ['{ "server": [] }', /line 1: server must be an object/],
        ['{ "server": { "port": "3000" } }', /server\.port must be a whole number from 1 to 65535/],
        ['{ "server": { "port": 70000 } }', /server\.port must be a whole number/],
        ['{ "server": { "port": 1.5 } }', /server\.port must be a whole number/],
        ['{ "server": { "strictPort": "yes" } }', /server\.strictPort must be true or false/],
        ['{ "server": { "host": 1 } }', /server\.host must be an address/],
        ['{ "server": { "fs": [] } }', /server\.fs must be an object with "allow" and "deny"/],
        ['{ "server": { "fs": { "strict": false } } }', /server\.fs\.strict is no option; there are allow, deny/],
        ['{ "server": { "fs": { "allow": ".." } } }', /server\.fs\.allow must be a list of folders/],
        ['{ "server": { "fs": { "deny": [1] } } }', /server\.fs\.deny must be a list of patterns/],
        ['{ "server": { "watch": { "ignore": [] } } }', /server\.watch\.ignore is no option; did you mean "ignored"/],
        ['{ "base": "app/" }', /base must be a path .* that begins with \/: "\/app\/"/],
        ['{\n"base": "https://cdn.test/" }', /line 2: base must be a path/],
        ['{ "base": "./" }', /base must be a path/],
        ['{ "base": "/a//b/" }', /base must be a path/],
        ['{ "base": "/a/../b/" }', /base must be a path/],
        ['{ "base": "/a\\"onload=/" }', /base must be a path/],
        ['{ "base": "//evil.test/" }', /base must be a path/],
        ['{ "base": false }', /base must be a path/],
        ['{ "publicDir": "." }', /publicDir holds the project itself/],
        ['{ "publicDir": ".." }', /publicDir holds the project itself/],
        ['{ "publicDir": true }', /publicDir must be a folder, or false/],
        ['{ "envDir": "" }', /envDir must be a folder, or false/],
        ['{ "envPrefix": "" }', /envPrefix must be what names begin with .* every secret/],
        ['{ "envPrefix": [] }', /envPrefix must be what names begin with/],
        ['{ "envPrefix": ["A_", ""] }', /envPrefix must be what names begin with/],
        ['{ "server": { "open": 1 } }', /server\.open must be true, false, or the path/],
        ['{ "server": { "https": true } }', /server\.https must be an object: { "cert"/],
        ['{ "server": { "https": { "cert": "a" } } }', /server\.https must be an object: { "cert"/],
        ['{ "server": { "https": { "crt": "a" } } }', /server\.https\.crt is no option; did you mean "cert"/],
        ['{ "server": { "allowedHosts": "a" } }', /server\.allowedHosts must be true/],
        ['{ "server": { "cors": 1 } }', /server\.cors must be true, false/],
        ['{ "server": { "cors": { "origins": [] } } }', /server\.cors\.origins is no option; did you mean "origin"/],
        ['{ "server": { "headers": { "a b": "c" } } }', /server\.headers\["a b"\] is no name of a header/],
        ['{ "server": { "headers": { "a": "b\\r\\nc: d" } } }', /server\.headers\.a must be a text on one line/],
        ['{ "server": { "proxy": { "api": "http://x" } } }', /server\.proxy\.api must begin with \//],
        ['{ "server": { "proxy": {\n\n "/api": "localhost:3000" } } }', /line 3: server\.proxy\["\/api"\] must be an address: "http:/],
        ['{ "server": { "proxy": { "/api": "http://x:99999" } } }', /server\.proxy\["\/api"\] must be an address/],
        ['{ "server": { "proxy": { "/api": {} } } }', /server\.proxy\["\/api"\] has no target/],
        ['{ "server": { "proxy": { "/api": { "target": "http://x",\n"changeOrigin": 1 } } } }', /line 2: server\.proxy\["\/api"\]\.changeOrigin must be true or false/],
        ['{ "server": { "proxy": { "/api": { "target": "http://x", "bypass": 1 } } } }', /proxy\["\/api"\]\.bypass is no option/],
        ['{ "server": { "proxy": { "/api": { "target": "http://x", "rewrite": "" } } } }', /proxy\["\/api"\]\.rewrite must be an object/],
        ['{ // "server": {\n /* "server" */ "server": { "port": 1, "headers": { "port": "server" },\n "proxy": { "^/(?!a)": "http://x" } } }', /line 3: server\.proxy\["\^\/\(\?!a\)"\] lookahead/],
        ['{ "server": { "proxy": { "/a": "http://x",\n "^/\\\\d(": "http://x" } } }', /line 2: server\.proxy\["\^\/\\d\("\]/],
    ];
    for (const [text, expected] of table) {
        const root = await project(t, { ...FILES, 'rwgraph.json': text });
        const { code, text: said } = await fails(root, ['--any-port']);
        assert.equal(code, 2, text);
        assert.match(said, expected, text);
    }
});

test('a configuration that is broken while the server runs is said, and the server goes on with what it had', async (t) => {
    const dev = await open(t, { headers: { 'x-a': '1' } });
    await dev.write({ 'rwgraph.json': '{ "server": { "headers": ' });
    await dev.line(/rwgraph\.json is not used as it is: .*line 1/);
    assert.match((await dev.get('/')).head, /x-a: 1/i);
    await dev.write(config({ prot: 1 }));
    await dev.line(/rwgraph\.json is not used as it is: .*server\.prot is no option/);
    assert.match((await dev.get('/')).head, /x-a: 1/i);
    await dev.write(config({ https: { cert: 'none.pem', key: 'none.key' } }));
    await dev.line(/rwgraph\.json is not used as it is: .*none\.pem.*cannot use this certificate/);
    await dev.write(config({ headers: { 'x-a': '2' } }));
    await dev.line(/rwgraph\.json changed: the server begins anew/);
    await dev.line(/localhost/);
    assert.match((await dev.get('/')).head, /x-a: 2/i);
});

test('another port in the configuration moves the server', async (t) => {
    const [first, second] = [await freePort(), await freePort()];
    const dev = await open(t, { port: first }, { bare: true });
    assert.equal(dev.port, first);
    await dev.write(config({ port: second }));
    await dev.line(/begins anew/);
    const [, port] = await dev.line(/localhost:(\d+)/);
    assert.equal(Number(port), second);
});
