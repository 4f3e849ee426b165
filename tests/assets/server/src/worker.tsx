import './page.css';
import styles from './card.module.css';
import sheet from './card.module.css?inline';
import mark from './mark.svg?inline';
import note from './note.txt?raw';
import init from './add.wasm?init';
import Browser from './browser.ts?worker';

const parts = import.meta.glob('./parts/*.txt', { query: '?raw', import: 'default' });

async function facts() {
    const { exports } = await init();
    const file = new URL('./note.txt', import.meta.url);
    const { readFile } = await import('node:fs/promises');
    const texts = await Promise.all(Object.values(parts).map((load: any) => load()));
    let worker;
    try {
        new Browser();
    } catch (error) {
        worker = (error as Error).message;
    }
    return {
        sum: (exports.add as any)(40, 2),
        sheet,
        mark,
        note,
        texts,
        worker,
        file: await readFile(file, 'utf8').catch(String),
    };
}

/** What a thread of the server answers. */
async function job() {
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(new URL('./job.js', import.meta.url));
    return new Promise((resolve, reject) => {
        worker.on('message', resolve);
        worker.on('error', reject);
    });
}

const PAGE = `<!doctype html>
<html>
    <head>
        <title>server</title>
    </head>
    <body>
        <p id="server" class="${styles.card}">server</p>
        <p id="client">client</p>
        <script type="module" src="/src/client.ts"></script>
    </body>
</html>
`;

export class Named {}

export default {
    async fetch(request: Request): Promise<Response> {
        const { pathname } = new URL(request.url);
        if (pathname === '/facts') {
            return Response.json(await facts());
        }
        if (pathname === '/job') {
            return new Response(String(await job()));
        }
        return new Response(PAGE, { headers: { 'content-type': 'text/html' } });
    },
};
