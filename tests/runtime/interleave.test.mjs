/*
 * Laws 1 to 7 in all orders of events for small cases, and in random ones for large cases
 * (interleave.mjs says what the events are).
 *
 * A random case is its seed: RWGRAPH_SEED names the first, RWGRAPH_ORDERS says how many. With
 * RWGRAPH_ORDERS the small cases that take minutes are played as well: `ninja interleavings`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
    EDITS,
    EVENTS,
    Laws,
    MUTATIONS,
    countOrders,
    orders,
    play,
    randomCase,
} from './interleave.mjs';

const { RWGRAPH_ORDERS, RWGRAPH_SEED } = process.env;
const SEED = Number(RWGRAPH_SEED ?? 1);
const RANDOM = Number(RWGRAPH_ORDERS ?? 1500);
const isLong = RWGRAPH_ORDERS !== undefined;

/** Small cases: events, how many edits there are, whether answers of the server wait. */
const CASES = [
    { name: 'each event once', events: EVENTS, edits: 1 },
    { name: 'two requests and two reloads', events: [...EVENTS, 'request', 'reload'], edits: 1 },
    {
        name: 'a save that changes nothing',
        events: [...EVENTS, 'edit', 'load', 'resolve', 'commit'],
        edits: 2,
        isLong: true,
    },
    {
        name: 'answers and late imports that wait',
        events: [...EVENTS, 'answer', 'open'],
        edits: 1,
        isHolding: true,
        isLong: true,
    },
];

/** Plays an order; a failure names it. */
async function playNamed(laws, events, options, name) {
    try {
        await play(laws, events, options);
    } catch (error) {
        error.message = `${name}: ${events.join(' ')}\n${error.message}`;
        throw error;
    }
}

for (const { name, events, edits: count, isHolding, isLong: takesLong } of CASES) {
    const skip = takesLong && !isLong && 'takes minutes: ninja interleavings';
    test(`the laws hold in all orders of ${name}`, { skip }, async (t) => {
        const laws = new Laws();
        const edits = EDITS.slice(0, count);
        const different = orders(events, edits);
        for (const order of different) {
            await playNamed(laws, order.split(' '), { edits, isHolding }, name);
        }
        t.diagnostic(`${countOrders(events)} orders, ${different.size} different: ${laws}`);
        assert.ok(laws.checks.slice(1).every((n) => n > 0));
    });
}

test('the laws hold in random orders of many events', async (t) => {
    const laws = new Laws();
    for (let seed = SEED; seed < SEED + RANDOM; seed++) {
        const { events, ...options } = randomCase(seed);
        await playNamed(laws, events, options, `RWGRAPH_SEED=${seed}`);
    }
    t.diagnostic(`${RANDOM} orders from seed ${SEED}: ${laws}`);
    assert.ok(laws.checks.slice(1).every((n) => n > 0));
});

test('a seed is one order, in every run', () => {
    assert.deepEqual(randomCase(7), randomCase(7));
    assert.notDeepEqual(randomCase(7).events, randomCase(8).events);
});

for (const [number, { law, what }] of Object.entries(MUTATIONS)) {
    test(`the check of law ${law} alone notices when ${what}`, async () => {
        const laws = new Laws(law);
        let caught = null;
        for (let seed = 1; seed <= 200 && caught?.law !== law; seed++) {
            const { events, ...options } = randomCase(seed);
            const mutated = { ...options, mutation: Number(number) };
            caught = await play(laws, events, mutated).catch((error) => error);
        }
        assert.equal(caught?.law, law, 'noticed');
    });
}
