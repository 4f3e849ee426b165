/* What the tests of the server share: starting it, raw requests, and a WebSocket client of a few lines. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/**
 * Starts the server; options become its flags.
 * @param {import('node:test').TestContext} t - stops it at the end, and fails if it did not end well
 * @param {Record<string, string | number>} options
 * @returns {Promise<{ port: number, url: string, pid: number }>}
 */
export async function start(t, options = {}) {
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    const child = spawn(process.env.SERVE_SERVER, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    t.after(async () => {
        child.stdin.end();
        const code = await ended;
        if (code !== 0) {
            throw new Error(`the server ended with ${code}`);
        }
    });
    const line = await new Promise((resolve, reject) => {
        child.stdout.once('data', (data) => resolve(`${data}`));
        child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
    const { port } = JSON.parse(line);
    return { port, url: `http://127.0.0.1:${port}`, pid: child.pid };
}

/**
 * A new folder that goes with the test, by its real path.
 * @param {import('node:test').TestContext} t
 */
export function folder(t) {
    const dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'rwg-serve-')));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    return dir;
}

/**
 * Opens a connection. Its property `over` is a promise for its end, made before anything can end it; an end by the
 * other side shows once the socket is read.
 * @param {number} port
 * @returns {Promise<net.Socket & { over: Promise<void> }>}
 */
export function connect(port) {
    return new Promise((resolve, reject) => {
        const socket = net.connect({ host: '127.0.0.1', port }, () => resolve(socket));
        socket.over = new Promise((end) => socket.once('close', () => end()));
        socket.on('error', reject); // later ones are resets, which tests see by `over`
    });
}

/**
 * Sends bytes as they are and reads until the server closes.
 * @param {number} port
 * @param {string | Buffer} text
 * @returns {Promise<string>} what came, as latin1
 */
export async function raw(port, text) {
    const socket = await connect(port);
    const parts = [];
    socket.on('data', (part) => parts.push(part));
    socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    await socket.over;
    return Buffer.concat(parts).toString('latin1');
}

/**
 * One GET with the target as it is written here.
 * @param {number} port
 * @param {string} target
 * @param {Record<string, string>} headers
 */
export async function get(port, target, headers = {}) {
    const lines = Object.entries({ host: `127.0.0.1:${port}`, connection: 'close', ...headers });
    const text = await raw(
        port,
        `GET ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    );
    const end = text.indexOf('\r\n\r\n');
    return { status: Number(text.slice(9, 12)), head: text.slice(0, end), body: text.slice(end + 4), text };
}

/**
 * Asks again until the answer is the one waited for.
 * @param {() => Promise<boolean>} condition
 */
export async function until(condition) {
    while (!(await condition())) {
        await new Promise((resolve) => setImmediate(resolve));
    }
}

/** A masked frame, as clients send them. */
export function frame(op, data, { fin = true, mask = true, rsv = 0 } = {}) {
    const body = Buffer.from(data);
    const key = randomBytes(4);
    const head = [(fin ? 0x80 : 0) | (rsv << 4) | op];
    const bit = mask ? 0x80 : 0;
    if (body.length < 126) {
        head.push(bit | body.length);
    } else if (body.length < 65536) {
        head.push(bit | 126, body.length >> 8, body.length & 255);
    } else {
        head.push(bit | 127, 0, 0, 0, 0);
        head.push(...[24, 16, 8, 0].map((shift) => (body.length >>> shift) & 255));
    }
    if (!mask) {
        return Buffer.concat([Buffer.from(head), body]);
    }
    return Buffer.concat([Buffer.from(head), key, body.map((byte, i) => byte ^ key[i & 3])]);
}

/** Frames in the bytes, and what is left of them. */
function parseFrames(bytes) {
    const frames = [];
    for (;;) {
        if (bytes.length < 2) {
            return [frames, bytes];
        }
        let length = bytes[1] & 127;
        let at = 2;
        if (length === 126 && bytes.length >= 4) {
            length = bytes.readUInt16BE(2);
            at = 4;
        } else if (length === 127 && bytes.length >= 10) {
            length = Number(bytes.readBigUInt64BE(2));
            at = 10;
        } else if (length > 125) {
            return [frames, bytes];
        }
        if (bytes.length < at + length) {
            return [frames, bytes];
        }
        frames.push({ op: bytes[0] & 15, fin: bytes[0] >> 7 === 1, data: bytes.subarray(at, at + length) });
        bytes = bytes.subarray(at + length);
    }
}

/**
 * Opens a WebSocket.
 * @returns {Promise<{ head: string, socket: net.Socket, next: () => Promise<{op: number, data: Buffer} | null> }>}
 *     `next` gives null once the connection is closed
 */
export async function websocket(port, target, headers = {}) {
    const socket = await connect(port);
    const key = randomBytes(16).toString('base64');
    const lines = {
        host: `127.0.0.1:${port}`,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
        'sec-websocket-protocol': 'rwgraph-hmr',
        ...headers,
    };
    const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`GET ${target} HTTP/1.1\r\n${text}\r\n`);
    let bytes = Buffer.alloc(0);
    let head = null;
    let closed = false;
    let wake = () => {};
    const queue = [];
    void socket.over.then(() => {
        closed = true;
        wake();
    });
    socket.on('data', (part) => {
        bytes = Buffer.concat([bytes, part]);
        const end = bytes.indexOf('\r\n\r\n');
        if (head === null && end >= 0) {
            head = bytes.toString('latin1', 0, end);
            bytes = bytes.subarray(end + 4);
        }
        if (head?.startsWith('HTTP/1.1 101')) {
            const [frames, rest] = parseFrames(bytes);
            queue.push(...frames);
            bytes = rest;
        }
        wake();
    });
    const change = () => new Promise((resolve) => {
        wake = resolve;
    });
    while (head === null && !closed) {
        await change();
    }
    return {
        head: head ?? '',
        socket,
        accept: createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64'),
        async next() {
            while (queue.length === 0 && !closed) {
                await change();
            }
            return queue.shift() ?? null;
        },
    };
}
