/*
 * What the dev server knows of the definitions that are here, so that it leaves them out of its
 * answers (PROTOCOL.md, 4.1).
 *
 * The first request names all keys. From then on a request says what is new since the last: which
 * answers arrived, which keys were dropped. It says so until a request that did is answered. A
 * server that does not know the session, since it is another process or has made room, is told all
 * keys again, under another name: a request that comes late cannot bring an old list back.
 *
 * For this to be right nothing may be dropped while a request is under way: Loader sees to that.
 */

const UNKNOWN = 'ERR_SESSION';

export class Session {
    #send;
    #prefix = ''; // no other process has it; workerd makes none before there is a request
    #count = 0;
    #current = null; // { name, got: answers, gone: keys }, both not yet told

    /** @param {(body: object) => Promise<object>} send one round trip */
    constructor(send) {
        this.#send = send;
    }

    /**
     * Asks for modules and defines those that come.
     *
     * @param {object} body of the request, without what is said of the session
     * @param {import('./registry.mjs').Registry} registry
     * @returns {Promise<{ roots: string[] }>} the answer
     */
    async fetch(body, registry) {
        let told = null;
        while (this.#current && !told) {
            told = await this.#tell(this.#current, body);
        }
        const { session, answer } = told ?? (await this.#begin(body, [...registry.keys()]));
        registry.define(answer.modules);
        session.got.add(answer.answer);
        return answer;
    }

    /** These keys are no longer here. */
    drop(keys) {
        keys.forEach((key) => this.#current?.gone.add(key));
    }

    async #begin(body, have) {
        this.#prefix ||= `${crypto.randomUUID()}.`;
        const session = { name: this.#prefix + ++this.#count, got: new Set(), gone: new Set() };
        const answer = await this.#send({ ...body, session: session.name, have });
        this.#current = answer.answer === undefined ? null : session;
        return { session, answer };
    }

    /** Null: the server does not know the session. */
    async #tell(session, body) {
        const got = [...session.got];
        const gone = [...session.gone];
        let answer;
        try {
            answer = await this.#send({ ...body, session: session.name, got, gone });
        } catch (error) {
            if (error?.code !== UNKNOWN) {
                throw error;
            }
            if (this.#current === session) {
                this.#current = null;
            }
            return null;
        }
        got.forEach((number) => session.got.delete(number));
        gone.forEach((key) => session.gone.delete(key));
        return { session, answer };
    }
}
