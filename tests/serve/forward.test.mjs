/* Requests handed on to another server: bodies, headers, failures, and WebSockets joined byte by byte. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import test from 'node:test';

import { connect, frame, get, raw, start, until, websocket } from './harness.mjs';

/** An upstream that goes with the test. */
async function upstream(t, handler, listen = (server) => server.listen(0, '127.0.0.1')) {
    const server = http.createServer(handler);
    listen(server);
    await new Promise((resolve) => server.once('listening', resolve));
    t.after(() => {
        server.closeAllConnections();
        server.close();
    });
    return { server, port: server.address().port };
}

function ask(port, target, options = {}, body) {
    return new Promise((resolve, reject) => {
        const request = http.request({ host: '127.0.0.1', port, path: target, ...options }, (response) => {
            const parts = [];
            response.on('data', (part) => parts.push(part));
            response.on('error', reject);
            response.on('end', () => resolve({ response, body: Buffer.concat(parts) }));
        });
        request.on('error', reject);
        request.end(body);
    });
}

test('method, target, headers, status and both bodies arrive as they were sent', async (t) => {
    const up = await upstream(t, (request, response) => {
        const parts = [];
        request.on('data', (part) => parts.push(part));
        request.on('end', () => {
            response.writeHead(207, 'Odd', { 'set-cookie': ['a=1', 'b=2'], 'x-seen': JSON.stringify([
                request.method, request.url, request.headers,
            ]) });
            response.end(Buffer.concat(parts));
        });
    });
    const { port } = await start(t, { upstream: up.port });
    const body = randomBytes(2_000_000);
    for (const framing of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
        const { response, body: back } = await ask(port, '/forward/a%2Fb//c?x=%20&y?', {
            method: 'PROPFIND',
            headers: { ...framing, 'x-removed': 'me', 'x-kept': 'yes', te: 'trailers', 'x-hop': '1',
                connection: 'close, x-hop', 'x-forwarded-host': 'lie' },
        }, body);
        assert.equal(response.statusCode, 207);
        assert.deepEqual(back, body);
        assert.deepEqual(response.headers['set-cookie'], ['a=1', 'b=2']);
        assert.equal(response.headers['x-from'], 'server');
        const [method, url, headers] = JSON.parse(response.headers['x-seen']);
        assert.equal(method, 'PROPFIND');
        assert.equal(url, '/a%2Fb//c?x=%20&y?');
        assert.equal(headers.host, `127.0.0.1:${up.port}`);
        assert.equal(headers['x-forwarded-host'], `127.0.0.1:${port}`);
        assert.equal(headers['x-kept'], 'yes');
        assert.equal(headers['x-added'], 'yes');
        for (const name of ['x-removed', 'te', 'x-hop']) {
            assert.equal(headers[name], undefined, name);
        }
    }
});

test('answers without a body stay without', async (t) => {
    const up = await upstream(t, (request, response) => {
        if (request.url === '/head') {
            response.writeHead(200, { 'content-length': 1234 }).end();
        } else {
            response.writeHead(Number(request.url.slice(1))).end();
        }
    });
    const { port } = await start(t, { upstream: up.port });
    for (const status of [200, 204, 304]) {
        const { response, body } = await ask(port, `/forward/${status}`);
        assert.equal(response.statusCode, status);
        assert.equal(body.length, 0);
    }
    const head = await ask(port, '/forward/head', { method: 'HEAD' });
    assert.equal(head.response.headers['content-length'], '1234');
});

test('an answer streams: its first part comes before its last is made', async (t) => {
    let finish;
    const up = await upstream(t, (request, response) => {
        response.write('first');
        finish = () => response.end('last');
    });
    const { port } = await start(t, { upstream: up.port });
    const text = await new Promise((resolve, reject) => {
        http.get({ host: '127.0.0.1', port, path: '/forward/' }, (response) => {
            let all = '';
            response.on('data', (part) => {
                all += part;
                if (all === 'first') {
                    finish();
                }
            });
            response.on('end', () => resolve(all));
        }).on('error', reject);
    });
    assert.equal(text, 'firstlast');
});

test('a large answer to a client that reads slowly is not held in memory', async (t) => {
    let written = 0;
    const part = Buffer.alloc(64 * 1024);
    const up = await upstream(t, (request, response) => {
        const more = () => {
            while (written < 512 * part.length) {
                written += part.length;
                if (!response.write(part)) {
                    response.once('drain', more);
                    return;
                }
            }
            response.end();
        };
        more();
    });
    const { port } = await start(t, { upstream: up.port });
    const socket = await connect(port);
    socket.pause();
    socket.write('GET /forward/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    let before = -1;
    await until(async () => {
        const same = written === before && written > 0;
        before = written;
        await get(port, '/cached');
        return same;
    });
    assert.ok(written < 512 * part.length, 'all of it was taken in');
    let read = 0;
    socket.on('data', (data) => {
        read += data.length;
    });
    socket.resume();
    await new Promise((resolve) => socket.once('end', resolve));
    assert.ok(read > 512 * part.length);
});

test('a client that leaves closes the connection behind it', async (t) => {
    let reached;
    const arrived = new Promise((resolve) => {
        reached = resolve;
    });
    let left;
    const aborted = new Promise((resolve) => {
        left = resolve;
    });
    const up = await upstream(t, (request) => {
        request.on('aborted', left);
        request.on('error', () => {});
        reached();
    });
    const { port } = await start(t, { upstream: up.port });
    const socket = await connect(port);
    socket.write('GET /forward/ HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await arrived;
    socket.destroy();
    await aborted;
});

test('no connection, no answer in time, and no HTTP are told apart', async (t) => {
    const closed = await upstream(t, () => {});
    await new Promise((resolve) => closed.server.close(resolve));
    const silent = await upstream(t, () => {});
    const rude = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.end('SSH-2.0-nonsense\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => rude.once('listening', resolve));
    t.after(() => rude.close());
    for (const [up, text] of [[closed.port, 'failed: 1'], [silent.port, 'failed: 2'], [rude.address().port, 'failed: 3']]) {
        const { port } = await start(t, { upstream: up, 'upstream-timeout': 200 });
        const { response, body } = await ask(port, '/forward/');
        assert.equal(response.statusCode, 502);
        assert.equal(`${body}`, text);
    }
});

test('an answer that breaks off breaks off for the client too', async (t) => {
    const up = await upstream(t, (request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half', () => response.destroy());
    });
    const { port } = await start(t, { upstream: up.port });
    await assert.rejects(ask(port, '/forward/'), { code: 'ECONNRESET' });
});

test('each request reaches the other side exactly once, under load', async (t) => {
    const seen = new Map();
    const up = await upstream(t, (request, response) => {
        seen.set(request.url, (seen.get(request.url) ?? 0) + 1);
        request.resume().on('end', () => response.end(request.url));
    });
    const { port } = await start(t, { upstream: up.port });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
    await Promise.all(Array.from({ length: 500 }, async (_, i) => {
        const { response, body } = await ask(port, `/forward/${i}`, { agent, method: 'POST' }, 'x'.repeat(i * 10));
        assert.equal(response.statusCode, 200);
        assert.equal(`${body}`, `/${i}`);
    }));
    agent.destroy();
    assert.equal(seen.size, 500);
    assert.deepEqual(new Set(seen.values()), new Set([1]));
});

/** A server that answers whatever comes, and what came. */
async function listener(t, answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok') {
    const heard = [];
    const server = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', (data) => {
            heard.push(`${data}`);
            if (heard.join('').includes('END')) {
                socket.end(answer);
            }
        });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    return { upstream: server.address().port, heard: () => heard.join('') };
}

test('a request that hides another in its body stays one request', async (t) => {
    const hidden = 'GET /hidden HTTP/1.1\r\nhost: x\r\n\r\nEND';
    const cases = [
        `connection: content-length, close\r\ncontent-length: ${hidden.length}\r\n\r\n${hidden}`,
        `connection: close\r\nconnection: Content-Length, host\r\ncontent-length: ${hidden.length}\r\n\r\n${hidden}`,
        `connection: close, upgrade\r\nupgrade: websocket\r\ncontent-length: ${hidden.length}\r\n\r\n${hidden}`,
        `connection: close, upgrade\r\nupgrade: websocket\r\ntransfer-encoding: chunked\r\n\r\n` +
            `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
        `connection: close, transfer-encoding\r\ntransfer-encoding: chunked\r\n\r\n` +
            `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    ];
    for (const lines of cases) {
        const { upstream, heard } = await listener(t);
        const { port } = await start(t, { upstream });
        const text = await raw(port, `GET /forward/a HTTP/1.1\r\nhost: localhost\r\n${lines}`);
        assert.match(text, /^HTTP\/1\.1 200 /, lines);
        const head = heard().slice(0, heard().indexOf('\r\n\r\n')).toLowerCase();
        assert.match(head, new RegExp(`content-length: ${hidden.length}|transfer-encoding: chunked`), lines);
        assert.doesNotMatch(head, /upgrade/, lines);
        assert.equal(head.match(/host: /g).length, 2, 'host and x-forwarded-host');
    }
});

test('interim heads are passed over, but not without end', async (t) => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
    const whole = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
    const ask = async (answer) => {
        const { upstream } = await listener(t, answer);
        const { port } = await start(t, { upstream });
        return raw(port, 'POST /forward/a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 3\r\n\r\nEND');
    };
    assert.match(await ask(interim.repeat(3) + whole), /^HTTP\/1\.1 200 OK[^]*\r\n\r\nok$/);
    assert.match(await ask(interim.repeat(1000) + whole), /^HTTP\/1\.1 502 /);
});

test('a WebSocket is joined to one of the other side', async (t) => {
    const other = await start(t);
    const { port } = await start(t, { upstream: other.port });
    const client = await websocket(port, '/forward/@rwgraph/ws');
    assert.match(client.head, /^HTTP\/1\.1 101 /);
    assert.ok(client.head.includes(client.accept));
    for (const text of ['hello', 'x'.repeat(900_000)]) {
        client.socket.write(frame(1, text));
        assert.equal(`${(await client.next()).data}`, text);
    }
    client.socket.destroy();
    await until(async () => (await get(other.port, '/clients')).body === '0');
});

test('a WebSocket that the other side refuses is refused', async (t) => {
    const up = await upstream(t, () => {});
    up.server.on('upgrade', (request, socket) => socket.end('HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\nno'));
    const { port } = await start(t, { upstream: up.port });
    const client = await websocket(port, '/forward/');
    assert.match(client.head, /^HTTP\/1\.1 401 /);
    client.socket.destroy();
});

test('a control message is posted and its answer collected', async (t) => {
    const up = await upstream(t, (request, response) => {
        let text = '';
        request.on('data', (part) => {
            text += part;
        });
        request.on('end', () => response.end(`${request.method} ${request.url} ${request.headers['x-token']} ${text}`));
    });
    const { port } = await start(t, { upstream: up.port });
    const { body } = await ask(port, '/post', { method: 'POST' }, '{"generation":7}');
    assert.equal(`${body}`, '0 200 POST /control t {"generation":7}');
    const refused = await raw((await start(t, { upstream: 1 })).port,
        'POST /post HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    assert.match(refused, /1 0 $/);
});
