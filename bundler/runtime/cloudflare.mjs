/*
 * What `cloudflare:workers` is when the worker runs on Node: enough to evaluate and serve an app,
 * not an emulation of bindings. Other `cloudflare:` modules need workerd, and say so.
 */

class Base {
    constructor(ctx, env) {
        this.ctx = ctx;
        this.env = env;
    }
}

/**
 * @param {object} options
 * @param {object} options.env what `env` is
 * @param {(promise: unknown) => void} options.waitUntil keeps the current request's generation
 * @returns {object} the module's namespace
 */
export function cloudflareWorkers({ env, waitUntil }) {
    return {
        DurableObject: class DurableObject extends Base {},
        RpcTarget: class RpcTarget {},
        WorkerEntrypoint: class WorkerEntrypoint extends Base {},
        WorkflowEntrypoint: class WorkflowEntrypoint extends Base {},
        env,
        waitUntil,
    };
}

export function unsupported(id) {
    return new Error(
        `'${id}' is part of the Cloudflare runtime and not available on Node. ` +
            'Run the app with --runtime workerd.',
    );
}
