/* `server.proxy` of rwgraph.json: requests that go to other servers, over real sockets. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';

import { connect, folder, frame, get, start, until, websocket } from '../serve/harness.mjs';
import { Dev, project } from './harness.mjs';

/** A server that goes with the test; `tls` makes it one of HTTPS. */
async function upstream(t, handler, tls) {
    const server = tls ? https.createServer(tls, handler) : http.createServer(handler);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
        server.closeAllConnections();
        server.close();
    });
    return server.address().port;
}

/** What a request was when it arrived. */
const echo = (request, response) => {
    const { method, url, headers } = request;
    let length = 0;
    request.on('data', (part) => {
        length += part.length;
    });
    request.on('end', () => response.end(JSON.stringify({ method, url, headers, length })));
};

/** A server with these rules, on a page. */
async function open(t, proxy, env = {}) {
    const root = await project(t, {
        'index.html': '<!doctype html><script type="module" src="/src/main.ts"></script>',
        'src/main.ts': 'export {};\n',
        'rwgraph.json': JSON.stringify({ server: { proxy } }),
    });
    return Dev.start(root, [], { env });
}

async function ask(port, target, options = {}, body) {
    const request = http.request({ host: '127.0.0.1', port, path: target, ...options });
    request.end(body);
    const [response] = await once(request, 'response');
    const parts = [];
    for await (const part of response) {
        parts.push(part);
    }
    return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) };
}

const seen = async (dev, target, options) => JSON.parse((await ask(dev.port, target, options)).body);

test('the first rule whose beginning or expression fits has the request, and nothing else has', async (t) => {
    const a = await upstream(t, (request, response) => response.end(`a ${request.url}`));
    const b = await upstream(t, (request, response) => response.end(`b ${request.url}`));
    const dev = await open(t, {
        '/api/special': `http://127.0.0.1:${b}`,
        '/api': `http://127.0.0.1:${a}`,
        '^/v\\d+/(?:users|items)(\\?|$)': `http://localhost:${b}`,
    });
    assert.equal(await dev.text('/api/x'), 'a /api/x');
    assert.equal(await dev.text('/api/special/x?y=1'), 'b /api/special/x?y=1');
    assert.equal(await dev.text('/v12/users?a'), 'b /v12/users?a');
    assert.match(await dev.text('/v12/other'), /<!doctype html>/);
    assert.match(await dev.text('/'), /<!doctype html>/);
    assert.match(await dev.text('/src/main.ts'), /export/);
});

test('what belongs to the dev server is never handed on', async (t) => {
    const port = await upstream(t, (request, response) => response.end('other'));
    const dev = await open(t, { '^/': { target: `http://127.0.0.1:${port}`, ws: true } });
    assert.equal(await dev.text('/'), 'other');
    assert.match(await dev.text('/@rwgraph/client'), /createHotContext/);
    await dev.page(t);
    assert.equal((await dev.get('/@deps/client/x')).status, 404);
});

test('target, method, body and headers arrive as they were sent, hop-by-hop headers do not', async (t) => {
    const port = await upstream(t, (request, response) => {
        const parts = [];
        request.on('data', (part) => parts.push(part));
        request.on('end', () => {
            response.writeHead(418, { 'set-cookie': ['a=1', 'b=2'], connection: 'close, x-secret', 'x-secret': '1',
                'x-seen': JSON.stringify([request.method, request.url, request.headers]) });
            response.end(Buffer.concat(parts));
        });
    });
    const dev = await open(t, { '/api': { target: `http://127.0.0.1:${port}`, headers: { 'X-Added': 'yes' } } });
    const body = randomBytes(300_000);
    const answer = await ask(dev.port, '/api/a%2Fb//c?x=%20&y?', { method: 'PROPFIND',
        headers: { 'x-kept': '1', te: 'trailers', 'x-hop': '1', connection: 'close, x-hop' } }, body);
    assert.equal(answer.status, 418);
    assert.deepEqual(answer.body, body);
    assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2']);
    assert.equal(answer.headers['x-secret'], undefined);
    const [method, url, headers] = JSON.parse(answer.headers['x-seen']);
    assert.deepEqual([method, url], ['PROPFIND', '/api/a%2Fb//c?x=%20&y?']);
    assert.equal(headers['x-kept'], '1');
    assert.equal(headers['x-added'], 'yes');
    assert.equal(headers.te, undefined);
    assert.equal(headers['x-hop'], undefined);
    assert.equal(headers.host, `127.0.0.1:${dev.port}`);
});

test('changeOrigin sends the host of the target', async (t) => {
    const port = await upstream(t, echo);
    const dev = await open(t, { '/api': { target: `http://localhost:${port}`, changeOrigin: true } });
    const { headers } = await seen(dev, '/api');
    assert.equal(headers.host, `localhost:${port}`);
    assert.equal(headers['x-forwarded-host'], `127.0.0.1:${dev.port}`);
});

test('beginnings are rewritten, and the path of the target comes before them', async (t) => {
    const port = await upstream(t, echo);
    const dev = await open(t, {
        '/api': { target: `http://127.0.0.1:${port}`, rewrite: { '/api/old': '/new', '/api': '' } },
        '/based': `http://127.0.0.1:${port}/v1/`,
        '/both': { target: `http://127.0.0.1:${port}/v2`, rewrite: { '/both': 'x' } },
    });
    const table = {
        '/api/x?y': '/x?y',
        '/api': '/',
        '/api?q=1': '/?q=1',
        '/api/old/x': '/new/x',
        '/api%2fx': '/%2fx',
        '/based/a': '/v1/based/a',
        '/both/a': '/v2/x/a',
    };
    for (const [target, expected] of Object.entries(table)) {
        assert.equal((await seen(dev, target)).url, expected, target);
    }
});

test('a large body goes through in both directions without being held', async (t) => {
    let read = 0;
    let pause;
    const port = await upstream(t, (request, response) => {
        pause = request;
        request.pause();
        request.on('data', (part) => {
            read += part.length;
            if (!response.write(part)) {
                request.pause();
                response.once('drain', () => request.resume());
            }
        });
        request.on('end', () => response.end());
    });
    // A sanitizer would keep what was freed, and the body with it.
    const env = { ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=1` };
    const dev = await open(t, { '/api': `http://127.0.0.1:${port}` }, env);
    const size = 48 * 1024 * 1024;
    const before = memory(dev.child.pid);
    const request = http.request({ host: '127.0.0.1', port: dev.port, path: '/api', method: 'POST',
        headers: { 'content-length': size } });
    const part = randomBytes(1024 * 1024);
    let sent = 0;
    let stuck;
    const more = () => {
        while (sent < size) {
            sent += part.length;
            if (!request.write(part)) {
                stuck = sent;
                request.once('drain', more);
                return;
            }
        }
        request.end();
    };
    more();
    await until(async () => pause !== undefined);
    // The other side reads nothing: soon nothing moves any more, long before all is sent.
    let last = -1;
    await until(async () => {
        await dev.get('/src/main.ts');
        const same = stuck === last;
        last = stuck;
        return same;
    });
    assert.ok(sent < size / 2, `${sent} bytes were taken in`);
    pause.resume();
    const [response] = await once(request, 'response');
    let back = 0;
    for await (const data of response) {
        back += data.length;
    }
    assert.equal(read, size);
    assert.equal(back, size);
    assert.ok(memory(dev.child.pid) - before < 24 * 1024, 'the server grew by the body');
});

/** Resident memory in KB. */
function memory(pid) {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

test('server-sent events come one by one, as they are made', async (t) => {
    let events;
    const port = await upstream(t, (request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
        events = response;
        events.flushHeaders();
    });
    const dev = await open(t, { '/events': `http://127.0.0.1:${port}` });
    const request = http.get({ host: '127.0.0.1', port: dev.port, path: '/events',
        headers: { 'accept-encoding': 'gzip' } });
    const [response] = await once(request, 'response'); // before any event was made
    assert.equal(response.headers['content-encoding'], undefined);
    for (let i = 0; i < 5; i++) {
        const next = once(response, 'data');
        events.write(`data: ${i}\n\n`);
        assert.equal(`${await next}`, `data: ${i}\n\n`);
    }
    const closed = once(events, 'close');
    request.destroy();
    await closed; // who leaves is known to have left behind us, too
});

test('a target that is not there is an answer that names it, and is used when it comes back', async (t) => {
    const gone = net.createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address();
    gone.close();
    await once(gone, 'close');
    const dev = await open(t, { '/api': `http://127.0.0.1:${port}` });
    const plain = await dev.get('/api/x');
    assert.equal(plain.status, 502);
    assert.match(plain.body, new RegExp(`http://127.0.0.1:${port}.*connection refused.*"/api"`));
    const page = await dev.get('/api/x', { accept: 'text/html' });
    assert.equal(page.status, 502);
    assert.match(page.head, /content-type: text\/html/i);
    assert.match(page.body, /connection refused/);
    assert.match(page.body, /@rwgraph\/client/);
    await dev.line(/127\.0\.0\.1:\d+ did not answer: connection refused/);
    const back = http.createServer((request, response) => response.end('back')).listen(port, '127.0.0.1');
    await once(back, 'listening');
    t.after(() => back.close());
    assert.equal(await dev.text('/api/x'), 'back');
});

test('a name that nobody knows is said to be unknown', async (t) => {
    const dev = await open(t, { '/api': 'http://no-such-host.invalid:1' });
    const { status, body } = await dev.get('/api/x');
    assert.equal(status, 502);
    assert.match(body, /no-such-host\.invalid/);
});

test('a target that dies before its answer, and in the midst of it', async (t) => {
    const port = await upstream(t, (request, response) => {
        if (request.url.endsWith('before')) {
            request.socket.destroy();
        } else {
            response.writeHead(200, { 'content-length': 100 });
            response.write('half', () => response.destroy());
        }
    });
    const dev = await open(t, { '/api': `http://127.0.0.1:${port}` });
    const before = await dev.get('/api/before');
    assert.equal(before.status, 502);
    assert.match(before.body, /closed the connection/);
    await assert.rejects(ask(dev.port, '/api/within'), { code: 'ECONNRESET' });
    assert.match(await dev.text('/'), /<!doctype html>/);
});

test('a target that is slow is waited for, for as long as its rule says', async (t) => {
    const held = [];
    const port = await upstream(t, (request, response) => held.push(response));
    const target = `http://127.0.0.1:${port}`;
    const dev = await open(t, { '/soon': { target, timeout: 200 }, '/later': { target, timeout: 60_000 } });
    const late = dev.get('/soon');
    assert.equal((await late).status, 504);
    assert.match((await late).body, /no answer in time/);
    const patient = dev.text('/later');
    await until(async () => held.length === 2);
    held[1].end('at last');
    assert.equal(await patient, 'at last');
});

test('a hundred slow requests hold up nobody else', async (t) => {
    const held = [];
    const port = await upstream(t, (request, response) => held.push(response));
    const dev = await open(t, { '/api': `http://127.0.0.1:${port}` });
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connect(dev.port)));
    for (const socket of sockets) {
        socket.write('GET /api HTTP/1.1\r\nhost: localhost\r\n\r\n');
    }
    await until(async () => held.length === 100);
    assert.match(await dev.text('/src/main.ts'), /export/);
    sockets.forEach((socket) => socket.destroy());
    await Promise.all(held.map((response) => response.closed || once(response, 'close')));
});

test('a WebSocket is joined to the target where the rule says so', async (t) => {
    const other = await start(t); // echoes
    const dev = await open(t, {
        '/socket': { target: `ws://127.0.0.1:${other.port}`, rewrite: { '/socket': '/@rwgraph/ws' } },
        '/set': { target: `http://127.0.0.1:${other.port}`, ws: true, rewrite: { '/set': '/@rwgraph/ws' } },
        '/plain': { target: `http://127.0.0.1:${other.port}`, rewrite: { '/plain': '/@rwgraph/ws' } },
    });
    for (const target of ['/socket', '/set']) {
        const client = await websocket(dev.port, target);
        assert.match(client.head, /^HTTP\/1\.1 101 /, target);
        assert.ok(client.head.includes(client.accept));
        for (const text of ['hello', 'x'.repeat(300_000)]) {
            client.socket.write(frame(1, text));
            assert.equal(`${(await client.next()).data}`, text);
        }
        client.socket.destroy();
    }
    await until(async () => (await get(other.port, '/clients')).body === '0');
    const refused = await websocket(dev.port, '/plain');
    assert.doesNotMatch(refused.head, /^HTTP\/1\.1 101 /);
    refused.socket.destroy();
});

test('a WebSocket whose target goes away is closed', async (t) => {
    let other;
    const server = http.createServer();
    server.on('upgrade', (request, socket) => {
        other = socket;
        socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const dev = await open(t, { '/ws': { target: `http://127.0.0.1:${server.address().port}`, ws: true } });
    const client = await websocket(dev.port, '/ws');
    assert.match(client.head, /^HTTP\/1\.1 101 /);
    other.destroy();
    assert.equal(await client.next(), null);
});

/** A certificate for localhost and 127.0.0.1, by its own word. */
function certificate(t) {
    const dir = folder(t);
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(dir, name));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
        '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost',
        '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
    return { file: cert, key: readFileSync(key), cert: readFileSync(cert) };
}

test('over TLS a target has to prove who it is, unless the rule says otherwise', async (t) => {
    const tls = certificate(t);
    const port = await upstream(t, echo, tls);
    const rules = {
        '/strict': { target: `https://localhost:${port}`, changeOrigin: true },
        '/address': `https://127.0.0.1:${port}`,
        '/lax': { target: `https://localhost:${port}`, secure: false },
    };
    const wary = await open(t, rules);
    const refused = await wary.get('/strict');
    assert.equal(refused.status, 502);
    assert.match(refused.body, /TLS: self.signed certificate/);
    assert.equal((await wary.get('/address')).status, 502);
    assert.equal((await seen(wary, '/lax')).url, '/lax');
    const trusting = await open(t, rules, { SSL_CERT_FILE: tls.file });
    assert.equal((await seen(trusting, '/strict')).headers.host, `localhost:${port}`);
    assert.equal((await seen(trusting, '/address')).url, '/address');
    const body = randomBytes(3_000_000);
    const posted = await ask(trusting.port, '/strict', { method: 'POST' }, body);
    assert.equal(JSON.parse(posted.body).length, body.length);
});

test('a certificate that is made out to another is refused', async (t) => {
    const tls = certificate(t);
    const port = await upstream(t, echo, tls);
    const dev = await open(t, { '/x': `https://127.0.0.2:${port}`, '/y': `https://127.0.0.1:${port}` },
        { SSL_CERT_FILE: tls.file });
    assert.equal((await dev.get('/y')).status, 200);
    // 127.0.0.2 is this machine as well, but nobody listens there: give it somebody.
    const server = https.createServer(tls, echo).listen(port, '127.0.0.2');
    await once(server, 'listening');
    t.after(() => server.close());
    const refused = await dev.get('/x');
    assert.equal(refused.status, 502);
    assert.match(refused.body, /TLS: (IP address|hostname) mismatch/i);
});

test('a target that speaks no TLS is said not to', async (t) => {
    const port = await upstream(t, echo);
    const dev = await open(t, { '/x': `https://127.0.0.1:${port}` });
    const { status, body } = await dev.get('/x');
    assert.equal(status, 502);
    assert.match(body, /TLS: wrong version number/);
});

test('a rule that changes is in force without a restart by hand, with pages on the same port', async (t) => {
    const a = await upstream(t, (request, response) => response.end('a'));
    const b = await upstream(t, (request, response) => response.end('b'));
    const dev = await open(t, { '/api': `http://127.0.0.1:${a}` });
    assert.equal(await dev.text('/api'), 'a');
    await dev.write({ 'rwgraph.json': JSON.stringify({ server: { proxy: { '/api': `http://127.0.0.1:${b}` } } }) });
    await dev.line(/rwgraph\.json changed: the server begins anew/);
    const [, port] = await dev.line(/localhost:(\d+)/);
    assert.equal(Number(port), dev.port);
    assert.equal(await dev.text('/api'), 'b');
});
