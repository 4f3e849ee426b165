/*
 * Timers of the app's requests, in workerd.
 *
 * Of all timers of one I/O context workerd calls a single one, and that when nothing else is left
 * to do; then the next. All requests of the app share a context (workerd.mjs). While some keep it
 * busy, others that wait for `setTimeout(…, 0)`, as React does between the pieces of a page, would
 * wait for all of them. So one timer of workerd's stands for ours, and whatever is due is called in
 * a turn of its own, as the order of promise reactions wants it. What makes a turn is a byte
 * through a stream of workerd's: it comes back in line with requests and all other I/O.
 *
 *   setTimeout ──▶ later (by time) ──due──▶ due ──a turn each──▶ called
 *
 * Code in another context, of a Durable Object of the app, keeps workerd's timers, and so do the
 * functions of `node:timers`.
 */

import { AsyncLocalStorage } from 'node:async_hooks';

const NAMES = [
    ...['setTimeout', 'setInterval', 'setImmediate'],
    ...['clearTimeout', 'clearInterval', 'clearImmediate'],
];
const BYTE = new Uint8Array(1);
const { now } = Date;
let last = 2 ** 40; // ids of ours; workerd counts its own from 1

/** What setTimeout gives where it gives an object. */
class Timer {
    constructor(timers, callback, ms, repeats) {
        this.id = ++last;
        this.timers = timers;
        this.callback = callback;
        this.ms = ms > 0 ? Math.trunc(ms) : 0;
        this.repeats = repeats;
        this.at = 0;
        this.round = 0; // how often it was added or removed: tells what is due still from what was
    }

    ref() {
        return this;
    }

    unref() {
        return this;
    }

    hasRef() {
        return true;
    }

    refresh() {
        this.timers.remove(this);
        this.timers.add(this);
        return this;
    }

    close() {
        this.timers.remove(this);
        return this;
    }

    [Symbol.toPrimitive]() {
        return this.id;
    }
}

if (Symbol.dispose) {
    Timer.prototype[Symbol.dispose] = Timer.prototype.close;
}

/** The timers of one I/O context, in which every method has to be called. */
class Timers {
    #native;
    #later = []; // by time, equal ones in the order in which they were set
    #due = [];
    #alarm = null; // of workerd's: { at, timer }
    #turns = []; // streams that nobody uses
    #byId = new Map();

    /** @param {{ setTimeout: Function, clearTimeout: Function }} native of workerd */
    constructor(native) {
        this.#native = native;
    }

    /** Sets a timer. */
    set(callback, ms, repeats) {
        const timer = new Timer(this, callback, Number(ms), repeats);
        this.add(timer);
        return timer;
    }

    /** The timer of an id. */
    find(id) {
        return this.#byId.get(Number(id));
    }

    add(timer) {
        timer.round++;
        this.#byId.set(timer.id, timer);
        if (timer.ms === 0 && !timer.repeats) {
            this.#call(timer);
            return;
        }
        timer.at = now() + Math.max(timer.ms, 1);
        this.#later.splice(this.#after(timer.at), 0, timer);
        this.#arm();
    }

    remove(timer) {
        timer.round++;
        this.#byId.delete(timer.id);
        const at = this.#later.indexOf(timer, this.#after(timer.at - 1));
        if (at >= 0) {
            this.#later.splice(at, 1);
            this.#arm();
        }
    }

    /** Where a timer of this time belongs: behind all that are not later. */
    #after(time) {
        let low = 0;
        let high = this.#later.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.#later[middle].at <= time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Has workerd call when the first of them is due. */
    #arm() {
        const at = this.#later[0]?.at ?? Infinity;
        if (at === (this.#alarm?.at ?? Infinity)) {
            return;
        }
        if (this.#alarm) {
            this.#native.clearTimeout(this.#alarm.timer);
            this.#alarm = null;
        }
        if (at < Infinity) {
            const timer = this.#native.setTimeout(() => this.#ring(), Math.max(at - now(), 0));
            this.#alarm = { at, timer };
        }
    }

    #ring() {
        const until = Math.max(now(), this.#alarm.at);
        this.#alarm = null;
        this.#later.splice(0, this.#after(until)).forEach((timer) => this.#call(timer));
        this.#arm();
    }

    /** Calls it in a turn of the event loop, after all that came before. */
    async #call(timer) {
        this.#due.push({ timer, round: timer.round });
        await this.#turn();
        const first = this.#due.shift(); // in order, whichever turn came first
        if (first.round === first.timer.round) {
            this.#fire(first);
        }
    }

    #fire({ timer, round }) {
        if (!timer.repeats) {
            this.#byId.delete(timer.id);
        }
        try {
            timer.callback();
        } catch (error) {
            console.error(error);
        }
        if (timer.repeats && round === timer.round) {
            this.add(timer);
        }
    }

    async #turn() {
        const turn = this.#turns.pop() ?? openTurn();
        const back = turn.reader.read();
        turn.writer.write(BYTE);
        await back;
        this.#turns.push(turn);
    }
}

function openTurn() {
    const { readable, writable } = new IdentityTransformStream();
    return { reader: readable.getReader(), writer: writable.getWriter() };
}

/**
 * Replaces the global functions, in the I/O context that the timers are to be called in.
 *
 * @param {() => boolean} isHere whether the running code is in that context
 */
export function installTimers(isHere) {
    const native = Object.fromEntries(
        NAMES.map((name) => [name, globalThis[name].bind(globalThis)]),
    );
    const timers = new Timers(native);
    const sample = native.setTimeout(() => {}, 0);
    const givesObjects = typeof sample === 'object'; // as Node does, since a date
    native.clearTimeout(sample);

    const set = (callback, ms, args, repeats) =>
        timers.set(AsyncLocalStorage.bind(() => callback(...args)), ms, repeats);
    const setter = (name, repeats) => (callback, ms, ...args) => {
        if (typeof callback !== 'function' || !isHere()) {
            return native[name](callback, ms, ...args);
        }
        const timer = set(callback, ms, args, repeats);
        return givesObjects ? timer : timer.id;
    };
    const clearer = (name) => (id) => {
        const timer = id instanceof Timer ? id : timers.find(id);
        return timer ? timers.remove(timer) : native[name](id);
    };
    Object.assign(globalThis, {
        setTimeout: setter('setTimeout', false),
        setInterval: setter('setInterval', true),
        setImmediate: (callback, ...args) =>
            typeof callback === 'function' && isHere()
                ? set(callback, 0, args, false)
                : native.setImmediate(callback, ...args),
        clearTimeout: clearer('clearTimeout'),
        clearInterval: clearer('clearInterval'),
        clearImmediate: clearer('clearImmediate'),
    });
}
