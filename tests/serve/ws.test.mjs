/* The WebSocket endpoint: messages both ways, the rules of RFC 6455, and clients that do not read. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { frame, get, raw, start, until, websocket } from './harness.mjs';

const TARGET = '/@rwgraph/ws';

/** The close code of the next frame. */
async function closeCode(client) {
    const message = await client.next();
    assert.equal(message?.op, 8);
    return message.data.readUInt16BE(0);
}

test('messages come back whole, whatever their size and however they are cut', async (t) => {
    const { port } = await start(t);
    const client = await websocket(port, TARGET);
    assert.match(client.head, /^HTTP\/1\.1 101 Switching Protocols/);
    assert.ok(client.head.includes(`Sec-WebSocket-Accept: ${client.accept}`));
    assert.match(client.head, /Sec-WebSocket-Protocol: rwgraph-hmr/);
    for (const length of [0, 1, 125, 126, 65535, 65536, 500_000]) {
        const text = 'ü'.repeat(length / 2) + 'x'.repeat(length % 2);
        client.socket.write(frame(1, text));
        assert.equal(`${(await client.next()).data}`, text);
    }
    client.socket.write(Buffer.concat([
        frame(1, 'in ', { fin: false }), frame(9, 'ping'), frame(0, 'three ', { fin: false }), frame(0, 'parts'),
    ]));
    assert.deepEqual([10, 'ping'], (({ op, data }) => [op, `${data}`])(await client.next()));
    assert.equal(`${(await client.next()).data}`, 'in three parts');
    for (const byte of frame(1, 'byte by byte')) {
        await new Promise((resolve) => client.socket.write(Buffer.from([byte]), resolve));
    }
    assert.equal(`${(await client.next()).data}`, 'byte by byte');
    client.socket.write(frame(8, Buffer.from([3, 232])));
    assert.equal(await closeCode(client), 1000);
    assert.equal(await client.next(), null);
});

/** The body of a close frame. */
function closing(code, reason = '') {
    return frame(8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));
}

/** A frame's head with a length of eight bytes, whatever follows. */
function wide(op, length, { fin = true } = {}) {
    const head = Buffer.alloc(14);
    head[0] = (fin ? 0x80 : 0) | op;
    head[1] = 0xff;
    head.writeBigUInt64BE(length, 2);
    return head;
}

/** What RFC 6455 makes of bytes: [what they are, the bytes, what comes back]. A text, "pong …", or a close code. */
const CASES = [
    ['an empty ping', [frame(9, '')], ['pong ']],
    ['the longest ping', [frame(9, 'x'.repeat(125))], [`pong ${'x'.repeat(125)}`]],
    ['ten pings at once', Array.from({ length: 10 }, (_, i) => frame(9, `${i}`)),
        Array.from({ length: 10 }, (_, i) => `pong ${i}`)],
    ['a pong that nobody asked for', [frame(10, 'x'), frame(1, 'on')], ['on']],
    ['fragments without a byte', [frame(1, '', { fin: false }), frame(0, '', { fin: false }), frame(0, '')], ['']],
    ['a ping between fragments',
        [frame(1, 'a', { fin: false }), frame(9, 'p'), frame(0, 'b', { fin: false }), frame(10, ''), frame(0, 'c')],
        ['pong p', 'abc']],
    ['a message behind a fragmented one',
        [frame(1, 'a', { fin: false }), frame(0, 'b'), frame(1, 'c')], ['ab', 'c']],
    ['a length that takes more bytes than it needs',
        [Buffer.concat([wide(1, 2n), Buffer.from('ok')])], ['ok']],
    ['a continuation of nothing', [frame(0, 'x')], [1002]],
    ['the beginning of a continuation of nothing', [frame(0, 'x', { fin: false })], [1002]],
    ['a continuation of a whole message', [frame(1, 'a'), frame(0, 'b')], ['a', 1002]],
    ['a message inside of another', [frame(1, 'a', { fin: false }), frame(1, 'b')], [1002]],
    ['bytes inside of a text', [frame(1, 'a', { fin: false }), frame(2, 'b')], [1002]],
    ['no mask', [frame(1, 'x', { mask: false })], [1002]],
    ['a ping without a mask', [frame(9, 'x', { mask: false })], [1002]],
    ['bytes', [frame(2, 'x')], [1003]],
    ['fragments of bytes', [frame(2, 'x', { fin: false }), frame(0, 'y')], [1003]],
    ...[1, 2, 3, 4, 5, 6, 7].flatMap((rsv) => [1, 8, 9].map((op) =>
        [`reserved bits ${rsv} on ${op}`, [frame(op, '', { rsv })], [1002]])),
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((op) => [`the reserved opcode ${op}`, [frame(op, '')], [1002]]),
    ...[8, 9, 10].flatMap((op) => [
        [`a cut control frame ${op}`, [frame(op, '', { fin: false })], [1002]],
        [`a control frame ${op} of 126 bytes`, [frame(op, 'x'.repeat(126))], [1002]],
    ]),
    // Lengths: the limit of the test's server is 1 MB.
    ['a length with its first bit set', [wide(1, 1n << 63n)], [1002]],
    ['the largest length', [wide(1, (1n << 63n) - 1n)], [1009]],
    ['a fragment and the largest length', [frame(1, 'ab', { fin: false }), wide(0, (1n << 63n) - 1n)], [1009]],
    ['a fragment and a length that wraps around', [frame(1, 'ab', { fin: false }), wide(0, (1n << 64n) - 1n)], [1002]],
    ['fragments that are too long together',
        [frame(1, 'x'.repeat(1 << 19), { fin: false }), frame(0, 'x'.repeat((1 << 19) + 1))], [1009]],
    // Texts.
    ...['\u{10ffff}', '\uffff', '\ud7ff', '\ue000', '\0', '\u{1f680}'].flatMap((text) => [
        [`the text ${encodeURIComponent(text)}`, [frame(1, text)], [text]],
        [`the text ${encodeURIComponent(text)}, cut in its midst`,
            [frame(1, Buffer.from(text).subarray(0, 1), { fin: false }), frame(0, Buffer.from(text).subarray(1))],
            [text]],
    ]),
    ...['80', 'bf', 'c080', 'c1bf', 'e08080', 'e09fbf', 'eda080', 'edbfbf', 'f0808080', 'f08fbfbf', 'f4908080',
        'f5808080', 'f888808080', 'fe', 'ff', 'c3', 'e282', 'f09f9a', '61c3c3', 'cebae1bdb9cf83cebcceb5eda080'].flatMap(
        (hex) => [
            [`no text: ${hex}`, [frame(1, Buffer.from(hex, 'hex'))], [1007]],
            [`no text, in fragments: ${hex}`,
                [frame(1, Buffer.from(hex, 'hex'), { fin: false }), frame(0, 'x')], [1007]],
        ],
    ),
    // Goodbyes.
    ['a close without a code', [frame(8, '')], [1000]],
    ['a close with a reason', [closing(1000, 'x'.repeat(123))], [1000]],
    ['a close whose reason is no text', [frame(8, Buffer.from('03e8c3', 'hex'))], [1007]],
    ['half a code', [frame(8, Buffer.from([3]))], [1002]],
    ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999].map(
        (code) => [`a close with ${code}`, [closing(code)], [code]],
    ),
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535].map(
        (code) => [`a close with ${code}, which is none`, [closing(code)], [1002]],
    ),
    ['words behind the close', [closing(1001), frame(1, 'x'), frame(9, 'y'), closing(1000)], [1001]],
    ['a close between fragments', [frame(1, 'a', { fin: false }), closing(1001), frame(0, 'b')], [1001]],
];

for (const cut of ['in one piece', 'cut anywhere']) {
    test(`every case of the protocol ends as it has to, ${cut}`, async (t) => {
        const { port } = await start(t);
        for (const [what, frames, expected] of CASES) {
            const client = await websocket(port, TARGET);
            client.socket.setNoDelay();
            const bytes = Buffer.concat(frames);
            const step = cut === 'in one piece' ? bytes.length : Math.max(1, Math.ceil(bytes.length / 7));
            for (let at = 0; at < bytes.length; at += step) {
                client.socket.write(bytes.subarray(at, at + step));
                await new Promise((resolve) => setImmediate(resolve));
            }
            const heard = [];
            while (heard.length < expected.length) {
                const got = await client.next();
                heard.push(
                    got === null ? 'the end'
                    : got.op === 8 ? got.data.readUInt16BE(0)
                    : got.op === 10 ? `pong ${got.data}`
                    : `${got.data}`,
                );
            }
            assert.deepEqual(heard, expected, what);
            if (typeof expected.at(-1) === 'number') {
                assert.equal(await client.next(), null, what);
            }
            client.socket.destroy();
        }
    });
}

test('extensions are not agreed to, a subprotocol is', async (t) => {
    const { port } = await start(t);
    const client = await websocket(port, TARGET, {
        'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
        'sec-websocket-protocol': 'other, rwgraph-hmr',
    });
    assert.match(client.head, /^HTTP\/1\.1 101 /);
    assert.doesNotMatch(client.head, /Extensions/i);
    assert.match(client.head, /Sec-WebSocket-Protocol: rwgraph-hmr\r?$/m);
    client.socket.destroy();
});

test('what is not quite a request for a WebSocket gets none', async (t) => {
    const { port } = await start(t);
    const good = {
        connection: 'keep-alive, Upgrade',
        upgrade: 'WebSocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'sec-websocket-protocol': 'rwgraph-hmr',
    };
    const ask = async (line, changes, body = '') => {
        const lines = Object.entries({ host: 'localhost', ...good, ...changes }).filter(([, value]) => value);
        const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
        return (await raw(port, `${line}\r\n${head}\r\n${body}`)).slice(9, 12);
    };
    const get11 = `GET ${TARGET} HTTP/1.1`;
    const whole = await websocket(port, TARGET, good);
    assert.match(whole.head, /^HTTP\/1\.1 101 /);
    whole.socket.destroy();
    assert.equal(await ask(`GET ${TARGET} HTTP/1.0`, { connection: 'close, Upgrade' }), '426');
    assert.equal(await ask(get11, { connection: 'close' }), '426');
    assert.equal(await ask(get11, { connection: 'close, Upgrade', upgrade: 'h2c' }), '426');
    assert.equal(await ask(get11, { connection: 'close, Upgrade', 'sec-websocket-version': '8' }), '426');
    assert.equal(await ask(get11, { connection: 'close, Upgrade', 'sec-websocket-key': '' }), '426');
    assert.equal(await ask(get11, { connection: 'close, Upgrade', 'sec-websocket-protocol': '' }), '426');
    assert.equal(await ask(get11, { connection: 'close, Upgrade', 'content-length': '2' }, 'ab'), '426');
    assert.equal(await ask(`POST ${TARGET} HTTP/1.1`, { connection: 'close, Upgrade' }), '426');
});

test('there are so many WebSockets and no more, and one that ends makes room', async (t) => {
    const { port } = await start(t, { upgrades: 3 });
    const clients = await Promise.all([1, 2, 3].map(() => websocket(port, TARGET)));
    const refused = await websocket(port, TARGET);
    assert.match(refused.head, /^HTTP\/1\.1 503 /);
    refused.socket.destroy();
    assert.equal((await get(port, '/clients')).body, '3');
    clients[0].socket.destroy();
    await until(async () => (await get(port, '/clients')).body === '2');
    const next = await websocket(port, TARGET);
    assert.match(next.head, /^HTTP\/1\.1 101 /);
    [next, ...clients].forEach((client) => client.socket.destroy());
});

test('a message to all reaches all', async (t) => {
    const { port } = await start(t);
    const clients = await Promise.all(Array.from({ length: 10 }, () => websocket(port, TARGET)));
    const body = 'to all';
    await raw(port, `POST /broadcast HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 6\r\n\r\n${body}`);
    for (const client of clients) {
        assert.equal(`${(await client.next()).data}`, body);
        client.socket.destroy();
    }
    await until(async () => (await get(port, '/clients')).body === '0');
});

test('a client that does not read is closed, the others hear everything', async (t) => {
    const { port } = await start(t, { 'ws-queue': 100_000 });
    const sleeper = await websocket(port, TARGET);
    const reader = await websocket(port, TARGET);
    sleeper.socket.pause();
    const body = 'x'.repeat(200_000);
    const request = `POST /broadcast HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
    let heard = 0;
    do {
        await raw(port, request + body);
        assert.equal((await reader.next()).data.length, body.length);
        heard++;
    } while ((await get(port, '/clients')).body === '2');
    assert.ok(heard > 1);
    reader.socket.destroy();
    sleeper.socket.destroy();
});

test('a client that does not answer pings is closed, one that does is kept', async (t) => {
    const { port } = await start(t, { 'ws-ping': 1000 });
    const alive = await websocket(port, TARGET);
    const dead = await websocket(port, TARGET);
    let pings = 0;
    const answers = (async () => {
        while ((await alive.next())?.op === 9) {
            pings++;
            alive.socket.write(frame(10, ''));
        }
    })();
    assert.equal((await dead.next()).op, 9);
    assert.equal(await dead.next(), null);
    await until(async () => pings >= 2);
    assert.equal((await get(port, '/clients')).body, '1');
    alive.socket.destroy();
    await answers;
});
