import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Channel } from '../../bundler/runtime/channel.mjs';

/** A page and a server that do what the test says. */
function makeWorld(state = { session: 's1', generation: 1, version: 'v1' }) {
    const world = { sockets: [], received: [], events: [], reloads: [], mark: null };
    const back = [];
    world.channel = new Channel(
        {
            connect() {
                const socket = new FakeSocket();
                world.sockets.push(socket);
                return socket;
            },
            serverIsBack: () => new Promise((resolve) => back.push(resolve)),
            receive: (message) => world.received.push(message),
            changed: (event) => world.events.push(event),
            reload: (why) => world.reloads.push(why),
            reloadedFor: {
                get: () => world.mark,
                set: (mark) => (world.mark = mark),
            },
        },
        state,
    );
    world.socket = () => world.sockets.at(-1);
    world.restart = async () => {
        back.shift()();
        await new Promise(setImmediate);
    };
    return world;
}

class FakeSocket extends EventTarget {
    sent = [];
    send = (text) => this.sent.push(JSON.parse(text));
    happen = (type, fields = {}) => this.dispatchEvent(Object.assign(new Event(type), fields));
    open = () => this.happen('open');
    close = () => this.happen('close');
    tell = (message) => this.happen('message', { data: JSON.stringify(message) });
}

const connected = (fields) => ({
    type: 'connected',
    session: 's1',
    generation: 1,
    version: 'v1',
    ...fields,
});
const hello = (fields) => ({
    type: 'hello',
    session: 's1',
    generation: 1,
    version: 'v1',
    ...fields,
});
const custom = (data) => ({ type: 'custom', event: 'e', data });

test('messages sent before the socket is open are delivered in order, after hello', () => {
    const world = makeWorld();
    world.channel.send(custom(1));
    world.channel.send(custom(2));
    world.socket().open();
    world.channel.send(custom(3));
    assert.deepEqual(world.socket().sent, [hello(), custom(1), custom(2), custom(3)]);
});

test('messages sent while the connection is lost wait for the next one', async () => {
    const world = makeWorld();
    world.socket().open();
    world.socket().close();
    world.channel.send(custom(1));
    await world.restart();
    world.socket().open();
    assert.deepEqual(world.socket().sent, [hello(), custom(1)]);
    assert.deepEqual(world.events, ['ws:connect', 'ws:disconnect', 'ws:connect']);
});

test('a server that was never there is waited for as well', async () => {
    const world = makeWorld();
    world.socket().close();
    assert.equal(world.sockets.length, 1);
    await world.restart();
    assert.equal(world.sockets.length, 2);
    assert.deepEqual(world.events, []);
});

test('a restarted server with the same modules does not reload the page', async () => {
    const world = makeWorld();
    world.socket().open();
    world.socket().tell(connected());
    world.socket().close();
    await world.restart();
    world.socket().open();
    world.socket().tell(connected({ session: 's2', generation: 9 }));
    assert.deepEqual(world.reloads, []);
    world.socket().close();
    await world.restart();
    world.socket().open();
    assert.deepEqual(world.socket().sent, [hello({ session: 's2', generation: 9 })]);
});

test('other modules reload it, once for a version', async () => {
    const world = makeWorld();
    world.socket().open();
    world.socket().tell(connected({ version: 'v2' }));
    assert.equal(world.reloads.length, 1);
    const again = makeWorld(); // served stale once more
    again.mark = world.mark;
    again.socket().open();
    again.socket().tell(connected({ version: 'v2' }));
    assert.deepEqual(again.reloads, []);
    again.socket().tell(connected({ version: 'v3' }));
    assert.equal(again.reloads.length, 1);
});

test('a restarted server cannot go on from updates of another process', async () => {
    const world = makeWorld();
    world.socket().open();
    world.socket().tell(connected());
    world.channel.moved({ generation: 2, version: 'v2' });
    world.socket().close();
    await world.restart();
    world.socket().open();
    world.socket().tell(connected({ generation: 2, version: 'v2' }));
    assert.deepEqual(world.reloads, [], 'the same process can');
    world.socket().tell(connected({ session: 's2', generation: 1, version: 'v2' }));
    assert.equal(world.reloads.length, 1);
});

test('the server knows better what is stale', () => {
    const world = makeWorld();
    world.socket().open();
    world.socket().tell(connected({ version: 'v2', stale: false }));
    assert.deepEqual(world.reloads, []);
    world.socket().tell(connected({ version: 'v2', stale: true }));
    assert.equal(world.reloads.length, 1);
});

test('updates move the page on', async () => {
    const world = makeWorld();
    world.socket().open();
    world.socket().tell({ type: 'update', generation: 2, version: 'v2', updates: [] });
    assert.equal(world.received.length, 1);
    world.channel.moved(world.received[0]);
    world.socket().close();
    await world.restart();
    world.socket().open();
    assert.deepEqual(world.socket().sent, [hello({ generation: 2, version: 'v2' })]);
    world.socket().tell(connected({ generation: 2, version: 'v2' }));
    assert.deepEqual(world.reloads, []);
});
