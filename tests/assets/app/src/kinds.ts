import inlined from './large.svg?inline';
import kept from './small.svg?no-inline';
import sheet from './inline.css?inline';
import linked from './linked.css?url';
import initAdd from './add.wasm?init';
import addAddress from './add.wasm?url';
import AddWorker from './workers/adder.ts?worker';
import InlineWorker from './workers/adder.ts?worker&inline';
import workerAddress from './workers/adder.ts?worker&url';
import Shared from './workers/shared.ts?sharedworker';

/** What a worker answers to a message. */
function ask(worker: Worker | MessagePort, message: unknown): Promise<any> {
    return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        if ('onerror' in worker) {
            worker.onerror = (event) => reject(new Error(`worker: ${(event as ErrorEvent).message}`));
        }
        worker.postMessage(message);
    });
}

const notes = import.meta.glob('./notes/*.txt', { query: '?raw', eager: true, import: 'default' });
const sheets = import.meta.glob('./sheets/*.css', {
    query: '?inline',
    eager: true,
    import: 'default',
});
const none = import.meta.glob('./nowhere/*.txt', { eager: true });
const later = import.meta.glob('./notes/*.txt', { query: '?url', import: 'default' });

async function addInWasm() {
    const instance = await initAdd({});
    return instance.exports.add(20, 22);
}

async function linkSheet() {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = linked;
    await new Promise((resolve, reject) => {
        link.onload = resolve;
        link.onerror = reject;
        document.head.append(link);
    });
}

async function run() {
    await linkSheet();
    const constructed = new Worker(new URL('./workers/adder.ts', import.meta.url), {
        type: 'module',
        name: 'constructed',
    });
    const classic = new Worker(new URL('./workers/classic.js', import.meta.url));
    const shared = new SharedWorker(new URL('./workers/shared.ts', import.meta.url), {
        type: 'module',
    });
    return {
        inlined,
        kept,
        sheet,
        linked,
        addAddress,
        workerAddress,
        sum: await addInWasm(),
        notes,
        sheets,
        none,
        later: await Promise.all(Object.values(later).map((load: any) => load())),
        file: new URL('./large.svg', import.meta.url).href,
        constructed: await ask(constructed, [1, 2]),
        classic: await ask(classic, 'ping'),
        imported: await ask(new AddWorker({ name: 'imported' }), [3, 4]),
        part: await ask(new InlineWorker(), [5, 6]),
        shared: await ask(shared.port, 'shared'),
        sharedImport: await ask(new Shared().port, 'imported'),
    };
}

(globalThis as any).kinds = run().catch((error) => ({ error: String(error) }));
