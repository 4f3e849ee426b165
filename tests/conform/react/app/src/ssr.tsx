import './webpack';
import { renderToReadableStream } from 'react-dom/server.edge';
import { createFromReadableStream } from 'react-server-dom-webpack/client.edge';
import { useClientLookup } from 'virtual:use-client-lookup.js';

import { manifest, provide } from './webpack';

provide('ssr', (file) => useClientLookup[file]());

/** HTML of what react-server rendered. */
export async function render(stream: ReadableStream) {
    const tree = await createFromReadableStream(stream, {
        serverConsumerManifest: {
            moduleMap: new Proxy({}, { get: (_, id: string) => manifest('ssr')[id.slice(7)] }),
            serverModuleMap: null,
            moduleLoading: null,
        },
    });
    const html = await renderToReadableStream(
        <html>
            <body>{tree}</body>
        </html>,
    );
    await html.allReady;
    return html;
}
