/*
 * `cloudflare:workers` of a built program that runs on Node: the module itself, for preview.mjs.
 */

import { AsyncLocalStorage } from 'node:async_hooks';

import { cloudflareWorkers } from './cloudflare.mjs';

/** Where NodeServer keeps what belongs to a request. */
export const requests = new AsyncLocalStorage();

export const { DurableObject, RpcTarget, WorkerEntrypoint, WorkflowEntrypoint, env, waitUntil } =
    cloudflareWorkers({
        env: {},
        waitUntil(promise) {
            const request = requests.getStore();
            if (!request || request.closed) {
                throw new Error('waitUntil() was called outside of a request');
            }
            request.waitUntil(promise);
        },
    });
