import './webpack';
import { createFromReadableStream, encodeReply } from 'react-server-dom-webpack/client.browser';
import { useClientLookup } from 'virtual:use-client-lookup.js';

import { provide } from './webpack';

import * as defaults from './server/defaults';
import * as actions from './server/forms';
import * as queries from './server/wrapped';

provide('client', (file) => useClientLookup[file]());

const callServer = (id: string, args: unknown[]) => (globalThis as any).__rsc_callServer(id, args);

// What the test does in place of a browser.
(globalThis as any).__client = {
    actions,
    defaults,
    encodeReply,
    load: (file: string) => useClientLookup[file](),
    queries,
    read: (stream: ReadableStream) => createFromReadableStream(stream, { callServer }),
};
