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

test('who breaks the protocol is told which rule, and closed', async (t) => {
    const { port } = await start(t);
    const cases = [
        [frame(1, 'unmasked', { mask: false }), 1002],
        [frame(1, 'reserved bit', { rsv: 4 }), 1002],
        [frame(3, 'unknown'), 1002],
        [frame(11, 'unknown control'), 1002],
        [frame(0, 'nothing to continue'), 1002],
        [Buffer.concat([frame(1, 'a', { fin: false }), frame(1, 'b')]), 1002],
        [frame(9, 'x'.repeat(126)), 1002],
        [frame(9, 'cut', { fin: false }), 1002],
        [frame(8, Buffer.from([3])), 1002],
        [frame(8, Buffer.from([3, 237])), 1002], // 1005 must not be sent
        [frame(1, Buffer.from([0xc0, 0xae])), 1007],
        [frame(2, 'binary'), 1003],
        [Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]), 1009], // 4 GB announced
    ];
    for (const [bytes, code] of cases) {
        const client = await websocket(port, TARGET);
        client.socket.write(bytes);
        assert.equal(await closeCode(client), code);
        assert.equal(await client.next(), null);
    }
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
