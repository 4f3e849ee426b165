/*
 * What somebody does with the playground `requestInfo`: opens the page, works with it, and brings
 * its parts to life one after the other. The test asserts that nothing is lost; the benchmark lets
 * other servers go through the same and counts what they lose. So nothing here knows a server.
 */

const CLIENT = 'src/app/ClientComponent.tsx';
const HOME = 'src/app/pages/Home.tsx';

/**
 * Each step changes the application; `shows` is where, and as what, the page tells of it, and
 * `html` what the server then sends.
 */
export const STEPS = [
    {
        name: 'server component',
        sentence: 'a server component with a package never seen before appears',
        async change(app) {
            await app.switchOn('src/app/ServerComponent.tsx', 'server');
            await app.switchOn(HOME, 'server');
        },
        shows: ['#server', 'Is 2 even? Yes'],
        html: 'Is 2 even? Yes',
    },
    {
        name: 'client component',
        sentence: 'a client component that was edited while nobody imported it appears with its new package',
        async change(app) {
            await app.switchOn(CLIENT, 'client');
            await app.switchOn(HOME, 'client');
        },
        shows: ['#client', 'Is 5 a number? Yes'],
        html: 'Is 5 a number? Yes',
    },
    {
        name: 'server action',
        sentence: 'an action with a new package can be called',
        async change(app) {
            await app.switchOn('src/app/actions.ts', 'action');
            await app.switchOn(HOME, 'action');
        },
        shows: ['#act', 'act'],
        html: '<button id="act">',
        acts: true,
    },
    {
        name: '"use client" removed',
        sentence: '"use client" can be taken away',
        change: (app) =>
            app.edit(CLIENT, (text) =>
                text.replace('"use client";', '').replace('Is 5 a', 'On the server: is 5 a'),
            ),
        shows: ['#client', 'On the server: is 5 a number? Yes'],
    },
    {
        name: '"use client" restored',
        sentence: '"use client" can be put back',
        change: (app) =>
            app.edit(CLIENT, (text) => `"use client";\n${text.replace('On the server: is', 'Is')}`),
        shows: ['#client', 'Is 5 a number? Yes'],
    },
    {
        name: 'package sharing a module',
        sentence: 'a package that shares a module with one that is loaded brings no second copy of it',
        change: (app) => app.switchOn('src/app/Counter.tsx', 'pair'),
        shows: ['#pair', 'yes'],
    },
];

/** Opens the page, waits until it is alive, and leaves traces in it. */
export async function open(browser, url) {
    await browser.page.goto(url);
    await leaveTraces(browser);
}

/** A counter at 1 and a text in an input: what an update must not take away. */
export async function leaveTraces(browser) {
    await browser.isAlive('#count');
    await browser.page.click('#count');
    await browser.page.fill('#text', 'kept');
    await browser.hasText('#count', '1');
}

/** What the page and the browser show of what may be lost. */
export async function look(browser) {
    return {
        count: await browser.text('#count'),
        text: await browser.page.inputValue('#text'),
        session: await browser.text('#session'),
        initialized: await browser.text('#initialized'),
        loads: browser.loads,
        errors: [...browser.errors],
        failures: [...browser.failures],
        reacts: await browser.copiesOf('__CLIENT_INTERNALS_DO_NOT_USE_OR_WARN_USERS_THEY_CANNOT_UPGRADE'),
    };
}

/** Presses the button of the action and returns the response to it. */
export async function act(browser) {
    const [response] = await Promise.all([
        browser.page.waitForResponse((r) => r.request().method() === 'POST', { timeout: 20_000 }),
        browser.page.click('#act'),
    ]);
    return response;
}

/**
 * Requests to the application under way all the time, half of them actions.
 *
 * An answer is `{ kind, status, ms, once, session, initialized, text }`; what failed on the way
 * has the status 0. `once`: the action's effect took place exactly once.
 */
export class Load {
    #calls = 0;

    constructor(url, atOnce) {
        this.url = url;
        this.atOnce = atOnce;
    }

    async #request(kind, path, options = {}) {
        const start = performance.now();
        const answer = { kind, status: 0, ms: 0, text: '' };
        try {
            const response = await fetch(this.url + path, {
                redirect: 'manual',
                signal: AbortSignal.timeout(60_000),
                ...options,
            });
            // React marks where texts meet; what the page shows does not have that.
            answer.text = (await response.text()).replaceAll('<!-- -->', '');
            answer.headers = response.headers;
            answer.status = response.status;
        } catch (error) {
            answer.text = String(error.cause ?? error);
        }
        answer.ms = performance.now() - start;
        return answer;
    }

    async get() {
        const answer = await this.#request('page', '/');
        const content = (id) => new RegExp(`<p id="${id}">(\\w+)</p>`).exec(answer.text)?.[1];
        return { ...answer, session: content('session'), initialized: content('initialized') };
    }

    /** Calls the action with a key of its own; its answer tells how often that key was seen. */
    async act() {
        const id = encodeURIComponent('/src/app/actions.ts#act');
        const answer = await this.#request('action', `/?__rsc=&__rsc_action_id=${id}`, {
            method: 'POST',
            headers: { origin: this.url, 'content-type': 'text/plain' },
            body: JSON.stringify([`call-${this.#calls++}`]),
        });
        return { ...answer, once: /Is 3 odd\? (Yes|No) \(1\)/.test(answer.text) };
    }

    /** Keeps requests under way until `change` is done; returns every answer. */
    async across(change) {
        const answers = [];
        let done = false;
        const worker = async (index) => {
            do {
                answers.push(index % 2 ? await this.act() : await this.get());
            } while (!done);
        };
        const workers = Array.from({ length: this.atOnce }, (_, index) => worker(index));
        try {
            await change();
        } finally {
            done = true;
            await Promise.all(workers);
        }
        return answers;
    }

    /** Asks for the page until it shows `text`, at most `ms` long; says whether it did. */
    async until(text, ms = 20_000) {
        const end = performance.now() + ms;
        while (performance.now() < end) {
            if ((await this.get()).text.includes(text)) {
                return true;
            }
        }
        return false;
    }
}

/** The duration that 99 of 100 answers keep below, in ms. */
export function p99(answers) {
    const sorted = answers.map((answer) => answer.ms).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.99)];
}
