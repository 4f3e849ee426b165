import './webpack';
import type { ReactNode } from 'react';
import {
    decodeAction,
    decodeReply,
    renderToReadableStream,
} from 'react-server-dom-webpack/server.edge';
import { useServerLookup } from 'virtual:use-server-lookup.js';
import { render } from 'virtual:rwsdk:ssr:/src/ssr.tsx';

import { pages } from './pages';
import { manifest, provide } from './webpack';

provide('server', (file) => useServerLookup[file]());

const clients = manifest('client');
const servers = manifest('server');

const errors = (log: string[]) => ({
    onError: (error: any) => {
        log.push(String(error?.message ?? error));
        return `digest of ${error?.message}`;
    },
});

function flight(model: unknown, log: string[] = []) {
    return renderToReadableStream(model as ReactNode, clients, errors(log));
}

async function call(request: Request, id: string) {
    const [file, name] = id.split('#');
    const form = request.headers.get('content-type')?.startsWith('multipart/form-data');
    const body = form ? await request.formData() : await request.text();
    const args = (await decodeReply(body, servers)) as unknown[];
    const action = (await useServerLookup[file]())[name];
    return action(...args);
}

export default {
    async fetch(request: Request): Promise<Response> {
        const url = new URL(request.url);
        const page = () => pages[url.searchParams.get('page') ?? '']();
        switch (url.pathname) {
            case '/flight':
                return new Response(flight(await page()));
            case '/html':
                return new Response(await render(flight(await page())));
            case '/error': {
                const log: string[] = [];
                await new Response(flight(await page(), log)).text();
                return Response.json(log);
            }
            case '/call': {
                const result = await call(request, url.searchParams.get('id')!).then(
                    (value) => ({ value }),
                    (error) => ({ message: error.message }),
                );
                return new Response(flight(result));
            }
            case '/form': {
                const action = await decodeAction(await request.formData(), servers);
                return Response.json(await action());
            }
            default:
                return new Response('not found', { status: 404 });
        }
    },
};
