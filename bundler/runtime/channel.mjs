/*
 * The connection to the dev server: a WebSocket that comes back. DOM-free; what a browser has comes
 * in as functions.
 *
 *   connecting ──open──▶ open ──close──▶ lost ──ping answers──▶ connecting …
 *
 * What is sent while the socket is not open waits, in order. Every time it opens the page says
 * where it stands (`hello`), and the server says whether that is stale (`connected`). The page is
 * reloaded only if it is, and not twice for the same version of the server's modules, so that a
 * page cannot get into reloading for ever.
 */

const LIMIT = 1000; // messages that wait; the oldest go first

export class Channel {
    /**
     * @param {object} host
     * @param {() => WebSocket} host.connect
     * @param {() => Promise<void>} host.serverIsBack settles when a ping was answered
     * @param {(message: object) => void} host.receive anything but `connected`
     * @param {(event: 'ws:connect'|'ws:disconnect', socket: WebSocket) => void} host.changed
     * @param {(why: string) => void} host.reload
     * @param {{ get(): string|null, set(version: string): void }} host.reloadedFor outlives
     *     a reload
     * @param {{ session?: string, generation?: number, version?: string }} state where the page
     *     stands
     */
    constructor(host, state) {
        this.host = host;
        this.state = state;
        this.waiting = [];
        this.socket = null;
        this.isOpen = false;
        this.hasMoved = false; // the page has modules that it got by updates
        this.#connect();
    }

    send(message) {
        if (this.isOpen) {
            this.socket.send(JSON.stringify(message));
            return;
        }
        this.waiting.push(message);
        if (this.waiting.length > LIMIT) {
            this.waiting.shift();
        }
    }

    /** The page's modules are those of this generation now. */
    moved({ generation, version }) {
        this.hasMoved = true;
        Object.assign(this.state, { generation, version: version ?? this.state.version });
    }

    #connect() {
        const socket = this.host.connect();
        this.socket = socket;
        socket.addEventListener('open', () => {
            this.isOpen = true;
            const waiting = this.waiting;
            this.waiting = [];
            this.send({ type: 'hello', ...this.state });
            waiting.forEach((message) => this.send(message));
            this.host.changed('ws:connect', socket);
        });
        socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data)));
        socket.addEventListener('close', () => this.#lost());
    }

    async #lost() {
        if (this.isOpen) {
            this.isOpen = false;
            this.host.changed('ws:disconnect', this.socket);
        }
        await this.host.serverIsBack();
        this.#connect();
    }

    #receive(message) {
        if (message.type !== 'connected') {
            this.host.receive(message);
            return;
        }
        const { session, generation, version } = message;
        const { state } = this;
        const differs = state.version !== undefined && state.version !== version;
        // A new process does not know under which URLs updates brought modules to this page.
        const isForgotten = this.hasMoved && state.session !== session;
        const isStale = isForgotten || (message.stale ?? differs);
        const mark = `${session} ${version ?? generation}`;
        if (isStale && this.host.reloadedFor.get() !== mark) {
            this.host.reloadedFor.set(mark);
            this.host.reload('the server has other modules than this page');
            return;
        }
        Object.assign(state, { session, generation, version });
    }
}
