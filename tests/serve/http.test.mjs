/* HTTP/1.1 as clients meet it: keep-alive, conditions, encodings, limits, and clients that mean no good. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';

import { connect, folder, get, raw, start, until } from './harness.mjs';

/** A request through Node's own client. */
function ask(url, options = {}, body) {
    return new Promise((resolve, reject) => {
        const request = (url.startsWith('https') ? https : http).request(url, options, (response) => {
            const parts = [];
            response.on('data', (part) => parts.push(part));
            response.on('error', reject);
            response.on('end', () =>
                resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
        });
        request.on('error', reject);
        request.end(body);
    });
}

test('one connection carries many requests', async (t) => {
    const { url } = await start(t);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set();
    for (let i = 0; i < 50; i++) {
        const answer = await ask(`${url}/cached`, { agent });
        assert.equal(answer.body.length, 2048);
        sockets.add(Object.values(agent.freeSockets)[0]?.[0].localPort);
    }
    agent.destroy();
    assert.equal(sockets.size, 1);
});

test('pipelined requests are answered in their order', async (t) => {
    const { port } = await start(t);
    const one = (target) => `GET ${target} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
    const last = 'GET /path/c HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
    const text = await raw(port, one('/path/a') + one('/later') + one('/path/b') + last);
    const bodies = text.split(/HTTP\/1\.1 200 OK\r\n/).slice(1).map((answer) => answer.split('\r\n\r\n')[1]);
    assert.deepEqual(bodies, ['0 /path/a', 'later', '0 /path/b', '0 /path/c']);
});

test('a matching etag is answered without a body, also in a list and for HEAD', async (t) => {
    const { port } = await start(t);
    for (const tag of ['W/"cached"', '"cached"', '"x", W/"cached", "y"', '*']) {
        const answer = await get(port, '/cached', { 'if-none-match': tag });
        assert.equal(answer.status, 304, tag);
        assert.equal(answer.body, '');
        assert.match(answer.head, /ETag: W\/"cached"/);
        assert.doesNotMatch(answer.head, /Content-Length|Content-Type/);
    }
    assert.equal((await get(port, '/cached', { 'if-none-match': '"cache", "cachedd"' })).status, 200);
});

test('HEAD has the headers of GET and no body', async (t) => {
    const { port } = await start(t);
    const text = await raw(port, 'HEAD /cached HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(text, /Content-Length: 2048\r\n/);
    assert.ok(text.endsWith('\r\n\r\n'));
});

test('text over a kilobyte is gzipped for who takes it and is elsewhere', async (t) => {
    const { url, port } = await start(t);
    const plain = await ask(`${url}/cached`);
    const taken = { 'accept-encoding': 'br;q=1.0, gzip;q=0.8' };
    const here = await ask(`${url}/cached`, { headers: taken });
    assert.equal(here.headers['content-encoding'], undefined);
    assert.match(here.headers.vary, /Accept-Encoding/);
    const elsewhere = { 'x-forwarded-for': '203.0.113.1' };
    const small = await ask(`${url}/cached`, { headers: { ...taken, ...elsewhere } });
    assert.equal(small.headers['content-encoding'], 'gzip');
    assert.match(small.headers.vary, /Accept-Encoding/);
    assert.ok(small.body.length < plain.body.length);
    assert.deepEqual(gunzipSync(small.body), plain.body);
    const refused = await get(port, '/cached', { 'accept-encoding': 'gzip;q=0, identity', ...elsewhere });
    assert.doesNotMatch(refused.head, /Content-Encoding/);
    const binary = await ask(`${url}/big`, { headers: { 'accept-encoding': 'gzip', ...elsewhere } });
    assert.equal(binary.headers['content-encoding'], undefined);
});

test('bodies come back, with a length and in chunks', async (t) => {
    const { url } = await start(t);
    const body = randomBytes(1_500_000);
    const whole = await ask(`${url}/echo`, { method: 'POST', headers: { 'content-length': body.length } }, body);
    assert.deepEqual(whole.body, body);
    const chunked = await ask(`${url}/echo`, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }, body);
    assert.deepEqual(chunked.body, body);
    const streamed = await ask(
        `${url}/echo-stream`,
        { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } },
        body,
    );
    assert.deepEqual(streamed.body, body);
});

test('a body over the limit is refused, announced or not', async (t) => {
    const { port } = await start(t, { body: 1000 });
    const head = 'POST /echo HTTP/1.1\r\nhost: localhost\r\n';
    assert.match(await raw(port, `${head}content-length: 1001\r\n\r\n${'x'.repeat(1001)}`), /^HTTP\/1\.1 413 /);
    const chunk = `3e9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n`;
    assert.match(await raw(port, `${head}transfer-encoding: chunked\r\n\r\n${chunk}`), /^HTTP\/1\.1 413 /);
});

test('a client that waits for 100 Continue gets it', async (t) => {
    const { url } = await start(t);
    const answer = await new Promise((resolve, reject) => {
        const request = http.request(`${url}/echo`, { method: 'POST', headers: { expect: '100-continue' } });
        request.on('continue', () => request.end('after the word'));
        request.on('error', reject);
        request.on('response', (response) => response.on('data', (data) => resolve(`${data}`)));
        request.flushHeaders();
    });
    assert.equal(answer, 'after the word');
});

test('an answer that breaks off is seen to have broken off', async (t) => {
    const { url } = await start(t);
    await assert.rejects(ask(`${url}/abort`), { code: 'ECONNRESET' });
});

test('malformed requests are refused and the connection closed', async (t) => {
    const { port } = await start(t);
    const host = 'host: localhost\r\n';
    const cases = [
        ['GET / HTTP/1.1\r\n\r\n', 400], // no host
        [`GET / HTTP/1.1\r\n${host}${host}\r\n`, 400],
        ['GARBAGE\r\n\r\n', 400],
        [`GET  / HTTP/1.1\r\n${host}\r\n`, 400],
        [`GET /a b HTTP/1.1\r\n${host}\r\n`, 400],
        [`GET / HTTP/2.0\r\n${host}\r\n`, 505],
        [`GET / HTTP/1.1\r\n${host}bad header: x\r\n\r\n`, 400],
        [`GET / HTTP/1.1\r\n${host}bad : x\r\n\r\n`, 400],
        [`GET / HTTP/1.1\r\n${host}x: a\r\n folded\r\n\r\n`, 400],
        [`GET / HTTP/1.1\r\n${host}x: a\rb\r\n\r\n`, 400],
        [`GET / HTTP/1.1\r\n${host}x: a\0b\r\n\r\n`, 400],
        [`GET / HTTP/1.1\r\n${host}x\r\n\r\n`, 400],
        // Who could disagree about where a request ends could smuggle one in.
        [`POST /echo HTTP/1.1\r\n${host}content-length: 4\r\ncontent-length: 5\r\n\r\nabcde`, 400],
        [`POST /echo HTTP/1.1\r\n${host}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
        [`POST /echo HTTP/1.1\r\n${host}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 400],
        [`POST /echo HTTP/1.1\r\n${host}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
        [`POST /echo HTTP/1.0\r\n${host}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
        [`POST /echo HTTP/1.1\r\n${host}content-length: +4\r\n\r\nabcd`, 400],
        [`POST /echo HTTP/1.1\r\n${host}content-length: 4,4\r\n\r\nabcd`, 400],
        [`POST /echo HTTP/1.1\r\n${host}content-length: 0x4\r\n\r\nabcd`, 400],
        [`POST /echo HTTP/1.1\r\n${host}content-length: 99999999999999999999\r\n\r\n`, 400],
        [`POST /echo HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400],
        [`POST /echo HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n`, 400],
        [`POST /echo HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n1\nab\r\n`, 400],
        [`POST /echo HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n`, 400],
        [`GET / HTTP/1.1\r\n${host}x: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
        [`GET / HTTP/1.1\r\n${host}${'x: y\r\n'.repeat(200)}\r\n`, 431],
    ];
    for (const [text, status] of cases) {
        // Those that would be kept alive are told to close.
        const answer = await raw(port, text.replace(host, `${host}connection: close\r\n`));
        assert.equal(answer.slice(0, 12), `HTTP/1.1 ${status}`, JSON.stringify(text.slice(0, 120)));
    }
});

test('empty lines before a request are passed over, however they are cut', async (t) => {
    const { port } = await start(t);
    const request = '\r\n\r\nGET /path/a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
    for (let cut = 0; cut < 6; cut++) {
        const socket = await connect(port);
        let text = '';
        socket.on('data', (data) => {
            text += data;
        });
        socket.setNoDelay();
        socket.write(request.slice(0, cut));
        await new Promise((resolve) => setTimeout(resolve, 5));
        socket.write(request.slice(cut));
        await socket.over;
        assert.match(text, /^HTTP\/1\.1 200 /, `cut behind ${cut}`);
    }
});

test('close is the last word on a connection', async (t) => {
    const { port } = await start(t);
    const request = (lines) => `GET /path/a HTTP/1.1\r\nhost: localhost\r\n${lines}\r\n`;
    for (const lines of ['connection: close\r\nconnection: keep-alive\r\n', 'connection: keep-alive, close\r\n']) {
        const text = await raw(port, request(lines) + request('connection: close\r\n'));
        assert.equal(text.match(/HTTP\/1\.1 200/g).length, 1, lines);
        assert.match(text, /Connection: close/);
    }
});

test('a body that breaks the rules while it is answered gets no second answer', async (t) => {
    const { port } = await start(t);
    const text = await raw(
        port,
        'POST /echo-stream HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nnothing\r\n',
    );
    assert.match(text, /^HTTP\/1\.1 200 /);
    assert.equal(text.match(/HTTP\/1\.1/g).length, 1);
    assert.doesNotMatch(text, /0\r\n\r\n$/);
});

test('a connection that was said to be closed is, also when the body was over meanwhile', async (t) => {
    const { port } = await start(t);
    const text = await raw(
        port,
        'POST /echo-stream HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc' +
            'GET /path/a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    );
    assert.equal(text.match(/HTTP\/1\.1 200/g).length, 1);
    assert.match(text, /Connection: close/);
});

test('who speaks HTTP/1.0 gets no interim answer', async (t) => {
    const { port } = await start(t);
    const text = await raw(port, 'POST /echo HTTP/1.0\r\nhost: x.localhost\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nab');
    assert.match(text, /^HTTP\/1\.1 200 /);
});

test('when no connection is idle, one that does not take its answer makes room', async (t) => {
    const { port } = await start(t, { connections: 4 });
    const sleepers = await Promise.all([1, 2, 3, 4].map(() => connect(port)));
    for (const socket of sleepers) {
        socket.write('GET /big HTTP/1.1\r\nhost: localhost\r\n\r\n');
        await new Promise((resolve) => socket.once('readable', resolve)); // it has begun, and is not read
    }
    assert.equal((await get(port, '/path/a')).status, 200);
    sleepers.forEach((socket) => socket.destroy());
});

test('HTTP/1.0 is answered and closed, unless it asks to be kept', async (t) => {
    const { port } = await start(t);
    const text = await raw(port, 'GET /path/x HTTP/1.0\r\nhost: localhost\r\n\r\n');
    assert.match(text, /Connection: close/);
    const kept = 'GET /path/x HTTP/1.0\r\nhost: localhost\r\nconnection: keep-alive\r\n\r\n';
    const both = await raw(port, kept + 'GET /path/y HTTP/1.0\r\nhost: localhost\r\n\r\n');
    assert.match(both, /Connection: keep-alive[^]*\/path\/x[^]*\/path\/y/);
});

test('a client that reads nothing costs the others nothing, and little memory', async (t) => {
    const { port, url } = await start(t);
    const sleepers = await Promise.all(Array.from({ length: 20 }, async () => {
        const socket = await connect(port);
        socket.pause();
        socket.write('GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n');
        return socket;
    }));
    for (let i = 0; i < 200; i++) {
        assert.equal((await ask(`${url}/cached`)).status, 200);
    }
    // Of 512 parts of 64 KB each, no more than the queue's mark and the socket's buffers took.
    assert.ok(Number((await ask(`${url}/most-queued`)).body) < 200);
    sleepers.forEach((socket) => socket.destroy());
    await until(async () => Number((await ask(`${url}/gone`)).body) === 20);
});

test('a client that sends a byte at a time is served, and does not hold up others', async (t) => {
    const { port, url } = await start(t);
    const socket = await connect(port);
    socket.setNoDelay(true);
    const answer = new Promise((resolve) => socket.once('data', (data) => resolve(`${data}`)));
    for (const byte of 'POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nhello') {
        await new Promise((resolve) => socket.write(byte, resolve));
        assert.equal((await ask(`${url}/path/other`)).status, 200);
    }
    assert.match(await answer, /hello$/);
    socket.destroy();
});

test('who begins a request and does not go on is cut off', async (t) => {
    const { port } = await start(t, { 'head-timeout': 100, 'idle-timeout': 60_000 });
    assert.equal(await raw(port, 'GET / HTTP/1.1\r\nhos'), '');
});

test('idle connections are closed, and so are those that do not take their answer', async (t) => {
    const { port, url } = await start(t, { 'idle-timeout': 100 });
    const idle = await connect(port);
    const stuck = await connect(port);
    stuck.pause();
    stuck.write('GET /big HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await idle.resume().over;
    await until(async () => {
        const { body } = await ask(`${url}/connections`, { headers: { connection: 'close' } });
        return Number(body) === 1;
    });
    stuck.destroy();
});

test('over the limit of connections the one that waited longest makes room', async (t) => {
    const { port } = await start(t, { connections: 4 });
    const sockets = [];
    for (let i = 0; i < 8; i++) {
        const socket = await connect(port);
        sockets.push(socket);
    }
    assert.equal((await get(port, '/path/x')).status, 200);
    await sockets[0].resume().over;
    sockets.forEach((socket) => socket.destroy());
});

test('who hears nothing because the client has gone is told, and answers to nobody', async (t) => {
    const { port, url } = await start(t);
    const socket = await connect(port);
    socket.write('GET /never HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await until(async () => Number((await ask(`${url}/connections`)).body) >= 2);
    socket.destroy();
    await until(async () => Number((await ask(`${url}/gone`)).body) === 1);
});

test('clients that come, say anything and leave at any moment leave the server as it was', async (t) => {
    const { port, url } = await start(t, { upstream: 1, connections: 100 });
    const head = 'HTTP/1.1\r\nhost: localhost\r\n';
    const says = [
        `GET /cached ${head}\r\n`,
        `GET /cached ${head}\r\nGET /later ${head}\r\nGET /big ${head}\r\nGET /never ${head}\r\n`,
        `GET /later ${head}\r\n`,
        `GET /never ${head}\r\n`,
        `GET /stream ${head}\r\n`,
        `GET /big ${head}\r\n`,
        `GET /abort ${head}\r\n`,
        `POST /echo-stream ${head}transfer-encoding: chunked\r\n\r\n10000\r\n${'x'.repeat(65536)}\r\n`,
        `POST /echo ${head}content-length: 100000\r\n\r\n${'x'.repeat(50_000)}`,
        `POST /echo ${head}transfer-encoding: chunked\r\n\r\n5\r\nhelloXX`,
        `POST /forward/x ${head}content-length: 5\r\n\r\nhello`,
        `GET /@rwgraph/ws ${head}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
            'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: rwgraph-hmr\r\n\r\nnot a frame',
        `GET /.. ${head}\r\n`,
        '\0\x01\x02\xff'.repeat(100),
        '',
    ];
    // A fixed sequence of numbers: what failed once fails again.
    let seed = 12345;
    const next = (limit) => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return (seed >>> 8) % limit;
    };
    const visit = async () => {
        const socket = await connect(port).catch(() => null);
        if (!socket) {
            return;
        }
        const text = Buffer.from(says[next(says.length)], 'latin1');
        socket.write(text.subarray(0, next(4) === 0 ? next(text.length + 1) : text.length));
        const manner = next(4);
        if (manner === 0) {
            socket.destroy();
        } else if (manner === 1) {
            socket.resetAndDestroy();
        } else if (manner === 2) {
            socket.end();
            socket.resume();
        } else {
            socket.once('data', () => socket.destroy());
            setImmediate(() => socket.end());
        }
        await socket.over;
    };
    for (let round = 0; round < 20; round++) {
        await Promise.all(Array.from({ length: 50 }, visit));
        assert.equal((await get(port, '/cached')).status, 200);
    }
    await until(async () => Number((await ask(`${url}/connections`, { headers: { connection: 'close' } })).body) === 1);
});

test('a port in use is passed over, or refused when it must be that one', async (t) => {
    const { port } = await start(t);
    const next = await start(t, { port });
    assert.notEqual(next.port, port);
    assert.equal((await get(next.port, '/path/x')).status, 200);
    await assert.rejects(start({ after() {} }, { port, 'strict-port': 1 }), /ended with 1/);
});

test('localhost is served on both families of addresses', async (t) => {
    const { port } = await start(t);
    const v6 = await new Promise((resolve) => {
        const socket = net.connect({ host: '::1', port }, () => resolve(socket));
        socket.once('error', (error) => resolve(error.code));
    });
    // A machine without IPv6 has nothing to listen on.
    assert.ok(v6 instanceof net.Socket || v6 === 'EADDRNOTAVAIL' || v6 === 'EAFNOSUPPORT', `${v6}`);
    v6.destroy?.();
});

test('a signal ends the server in good order, with requests under way', async (t) => {
    for (const signal of ['SIGINT', 'SIGTERM']) {
        const { port, pid } = await start(t);
        const socket = await connect(port);
        socket.write('GET /never HTTP/1.1\r\nhost: localhost\r\n\r\n');
        await get(port, '/cached');
        process.kill(pid, signal);
        await socket.resume().over; // that it ended with 0 is asked at the end of the test
    }
});

test('files have types, ranges and etags', async (t) => {
    const root = folder(t);
    writeFileSync(path.join(root, 'video.ts'), 'export const x: number = 1;\n');
    const large = randomBytes(3_000_000);
    writeFileSync(path.join(root, 'large.bin'), large);
    writeFileSync(path.join(root, 'ä b.txt'), 'umlaut');
    const { port, url } = await start(t, { root });
    const script = await ask(`${url}/video.ts`);
    assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8');
    const again = await ask(`${url}/video.ts`, { headers: { 'if-none-match': script.headers.etag } });
    assert.equal(again.status, 304);
    assert.equal((await ask(`${url}/%C3%A4%20b.txt`)).body.toString(), 'umlaut');
    const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
    assert.equal(hash((await ask(`${url}/large.bin`)).body), hash(large));
    for (const [range, status, from, to] of [
        ['bytes=0-9', 206, 0, 10],
        ['bytes=-5', 206, large.length - 5, large.length],
        ['bytes=2999990-', 206, 2_999_990, large.length],
        ['bytes=100000-2900000', 206, 100_000, 2_900_001],
        ['bytes=0-99999999', 206, 0, large.length],
        ['bytes=5-2', 200, 0, large.length],
        ['bytes=0-1,5-6', 200, 0, large.length],
        ['lines=0-1', 200, 0, large.length],
        ['bytes=3000000-', 416, 0, 0],
        ['bytes=-0', 416, 0, 0],
    ]) {
        const part = await ask(`${url}/large.bin`, { headers: { range } });
        assert.equal(part.status, status, range);
        assert.equal(hash(part.body), hash(large.subarray(from, to)), range);
        if (status === 206) {
            assert.equal(part.headers['content-range'], `bytes ${from}-${to - 1}/${large.length}`);
        }
    }
    const text = await raw(port, 'HEAD /large.bin HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    assert.match(text, /Content-Length: 3000000\r\n[^]*\r\n\r\n$/);
});

test('https serves the same, and refuses plain text', async (t) => {
    const dir = folder(t);
    const key = path.join(dir, 'k');
    const cert = path.join(dir, 'c');
    execFileSync('openssl', [
        'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
        '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert,
    ], { stdio: 'ignore' });
    const { port } = await start(t, { cert, key });
    const url = `https://127.0.0.1:${port}`;
    const agent = new https.Agent({ ca: readFileSync(cert), keepAlive: true, maxSockets: 1 });
    assert.equal((await ask(`${url}/cached`, { agent })).body.length, 2048);
    assert.equal((await ask(`${url}/big`, { agent })).body.length, 8 * 1024 * 1024);
    const body = randomBytes(700_000);
    assert.deepEqual((await ask(`${url}/echo-stream`, { agent, method: 'POST' }, body)).body, body);
    agent.destroy();
    assert.doesNotMatch(await raw(port, 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'), /HTTP\/1/);
});
