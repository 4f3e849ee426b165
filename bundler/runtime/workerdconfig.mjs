/*
 * Workerd's configuration: the runner as its worker, and a service for each kind of binding that
 * the wrangler file asks for and workerd can serve. Strings of JSON are strings of Cap'n Proto.
 *
 * KV, D1 and queues are served by workers that newer workerds bring (`bundled`), R2 by one of ours,
 * on disks below `storage`.
 */

const DEFAULT_DATE = '2025-04-01';
const BUILTINS_DATE = '2024-09-23'; // from here on nodejs_compat is all that there is
const COMPAT_DATE = '2026-08-04'; // from here on workerd says that nodejs_compat goes without saying
const BUNDLED_DATE = '2025-04-01'; // for workerd's own workers
const PROMISES = 'handle_cross_request_promise_resolution'; // requests and objects wait together
const PROMISES_DATE = '2024-10-14'; // from here on by itself

const OF_ANY = ['assets', 'durable_objects.bindings', 'services'];
const OF_NEWER = ['d1_databases', 'kv_namespaces', 'queues.producers', 'r2_buckets'];

/** The worker behind `caches`: what is put is taken and forgotten. */
const EMPTY_CACHE = `export default { async fetch(request) {
    await request.body?.pipeTo(new WritableStream());
    const status = { PUT: 204, PURGE: 404 }[request.method] ?? 504;
    return new Response(null, { status, headers: { "cf-cache-status": "MISS" } });
} };`;

const R2_MODULES = ['workerdr2.mjs', 'workerdr2rules.mjs']; // the first one is the entry

const quote = (text) => JSON.stringify(`${text}`);
const list = (items) => `[${items.join(', ')}]`;
const designator = (service, props) =>
    `(name = "${service}", props = (json = ${quote(JSON.stringify(props))}))`;

/** Kinds of bindings, by place in the wrangler file, that a workerd can serve. */
export const servedPlaces = (hasBundled) =>
    hasBundled ? [...OF_ANY, ...OF_NEWER] : OF_ANY;

/** What to do about a kind that is not served. */
export const hint = (place) =>
    OF_NEWER.includes(place)
        ? 'is not served by this workerd: a newer one is needed (the package "workerd")'
        : 'is not served by rwgraph dev';

/**
 * @param {object} options
 * @param {import('./wrangler.mjs').Binding[]} options.served
 * @param {ReturnType<typeof import('./wrangler.mjs').readWrangler>} options.wrangler
 * @param {string[]} options.modules files of ours, to be found on the import path
 * @param {string} options.server host and port of the dev server
 * @param {string} options.storage folder for what is stored
 * @param {string|null} options.assets folder of files
 * @returns {{ text: string, folders: string[] }} folders that must be there
 */
export function workerdConfig({ served, wrangler, modules, server, storage, assets }) {
    const at = (place) => served.filter((binding) => binding.place === place);
    const kv = at('kv_namespaces');
    const d1 = at('d1_databases');
    const consumers = wrangler?.value.queues?.consumers ?? [];
    const queues = at('queues.producers');
    const r2 = at('r2_buckets');
    const disk = (name, path) =>
        `(name = "${name}", disk = (path = ${quote(path)}, writable = true))`;
    const services = [
        '(name = "app", worker = .app)',
        '(name = "cache", worker = .cache)',
        `(name = "dev-server", external = (address = ${quote(server)}, http = ()))`,
        '(name = "internet", network = (allow = ["public", "private"], ' +
            'tlsOptions = (trustBrowserCas = true)))',
        disk('storage', `${storage}/objects`),
    ];
    const folders = [`${storage}/objects`];
    const cache =
        `modules = [(name = "cache.js", esModule = ${quote(EMPTY_CACHE)})], ` +
        `compatibilityDate = "${BUNDLED_DATE}"`;
    const workers = [`const cache :Workerd.Worker = (${cache});\n`];
    const add = (name, text) => {
        services.push(`(name = "${name}", worker = .${name})`);
        workers.push(`const ${name} :Workerd.Worker = (${text});\n`);
    };
    if (kv.length > 0) {
        services.push(disk('blobs', `${storage}/blobs`));
        folders.push(`${storage}/blobs`);
        const bindings = [
            '(name = "SHARD", durableObjectNamespace = "KVNamespace")',
            '(name = "BLOBS", service = "blobs")',
        ];
        add('kv', bundled('kv', 'KVNamespace', bindings));
    }
    if (d1.length > 0) {
        const bindings = ['(name = "DATABASE", durableObjectNamespace = "D1Database")'];
        add('d1', bundled('d1', 'D1Database', bindings));
    }
    if (queues.length > 0) {
        add('queues', bundled('queues', 'QueueShard', queueBindings(consumers)));
    }
    if (r2.length > 0) {
        add('r2', r2Worker());
    }
    if (assets) {
        services.push(`(name = "assets", disk = (path = ${quote(assets)}))`);
    }
    const bindings = [
        '(name = "RWG_EVAL", unsafeEval = void)',
        '(name = "RWG_SERVER", service = "dev-server")',
        '(name = "RWG_RUNNER", durableObjectNamespace = "Runner")',
        ...(assets ? ['(name = "RWG_ASSETS", service = "assets")'] : []),
        ...[...kv, ...d1, ...queues, ...r2, ...at('durable_objects.bindings')].map(bindingOf),
    ];
    const text = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
    services = ${list(services)},
    sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "app")],
);
${workers.join('')}const app :Workerd.Worker = (
    modules = ${list(moduleTexts(modules))},
    bindings = ${list(bindings)},
    durableObjectNamespaces = ${list(namespaces(wrangler, at('durable_objects.bindings')))},
    durableObjectStorage = (localDisk = "storage"),
    globalOutbound = "internet",
    cacheApiOutbound = "cache",
    ${compatibility(wrangler)},
);
`;
    return { text, folders };
}

/** The module that workerd starts with: it has to name what workerd calls. */
export function mainModule(objects) {
    const lines = [
        "import { Runner, ready, server } from './workerd.mjs';",
        "import { standIn } from './workerdobjects.mjs';",
        'export { Runner, server as default };',
        ...objects.map((name) => `export const ${name} = standIn(${quote(name)}, ready);`),
    ];
    return `${lines.join('\n')}\n`;
}

/** The classes of the app's own Durable Objects, each once. */
export const objectClasses = (served) => [
    ...new Set(
        served
            .filter(({ place }) => place === 'durable_objects.bindings')
            .map(({ said }) => said.class_name),
    ),
];

function moduleTexts(files) {
    return [
        '(name = "rwgraph/main.mjs", esModule = embed "main.mjs")',
        ...files.map((file) => `(name = "rwgraph/${file}", esModule = embed ${quote(`/${file}`)})`),
        '(name = "rwgraph/config.json", json = embed "config.json")',
    ];
}

function bindingOf({ name, place, said }) {
    const what = {
        d1_databases: () => {
            const database = said.database_id ?? said.database_name ?? name;
            const fetcher = `(name = "fetcher", service = ${designator('d1', { database })})`;
            const module = 'moduleName = "cloudflare-internal:d1-api"';
            return `wrapped = (${module}, innerBindings = [${fetcher}])`;
        },
        'durable_objects.bindings': () => `durableObjectNamespace = ${quote(said.class_name)}`,
        kv_namespaces: () =>
            `kvNamespace = ${designator('kv', { namespace: said.id ?? name })}`,
        'queues.producers': () => `queue = ${designator('queues', { queue: said.queue })}`,
        r2_buckets: () =>
            `r2Bucket = ${designator('r2', { bucket: said.bucket_name ?? name })}`,
    };
    return `(name = ${quote(name)}, ${what[place]()})`;
}

function bundled(name, className, bindings) {
    return (
        `modules = [(name = "${name}.js", bundled = "/workerd/${name}.js")], ` +
        `bindings = ${list(bindings)}, durableObjectNamespaces = [(className = "${className}", ` +
        `uniqueKey = "rwgraph-${name}", enableSql = true)], ` +
        'durableObjectStorage = (localDisk = "storage"), ' +
        `compatibilityDate = "${BUNDLED_DATE}", ` +
        'compatibilityFlags = ["service_binding_extra_handlers"]'
    );
}

/** Workerd brings none for R2: workerdr2.mjs is ours. */
function r2Worker() {
    const files = R2_MODULES.map(
        (file) => `(name = "${file}", esModule = embed ${quote(`/${file}`)})`,
    );
    return (
        `modules = ${list(files)}, ` +
        'bindings = [(name = "BUCKET", durableObjectNamespace = "R2Bucket")], ' +
        'durableObjectNamespaces = [(className = "R2Bucket", uniqueKey = "rwgraph-r2", ' +
        'enableSql = true)], durableObjectStorage = (localDisk = "storage"), ' +
        `compatibilityDate = "${BUNDLED_DATE}", compatibilityFlags = ["nodejs_compat"]`
    );
}

function queueBindings(consumers) {
    const settings = consumers.map((said) => [
        said.queue,
        {
            consumer: 'APP',
            maxBatchSize: said.max_batch_size,
            maxBatchTimeout: said.max_batch_timeout,
            maxRetries: said.max_retries,
            deadLetterQueue: said.dead_letter_queue,
            retryDelay: said.retry_delay,
            maxConcurrency: said.max_concurrency,
        },
    ]);
    const json = JSON.stringify(Object.fromEntries(settings));
    return [
        '(name = "SHARD", durableObjectNamespace = "QueueShard")',
        '(name = "APP", service = "app")',
        `(name = "CONSUMERS", json = ${quote(json)})`,
    ];
}

/** A class that a migration calls new without SQLite has none; any other has. */
function namespaces(wrangler, objects) {
    const plain = (wrangler?.value.migrations ?? []).flatMap((each) => each.new_classes ?? []);
    const texts = objectClasses(objects).map((name) => {
        const key = `${wrangler.name}-${name}`.replace(/[^\w.-]/g, '_');
        const sql = `enableSql = ${!plain.includes(name)}`;
        return `(className = ${quote(name)}, uniqueKey = ${quote(key)}, ${sql})`;
    });
    return ['(className = "Runner", ephemeralLocal = void, preventEviction = true)', ...texts];
}

function compatibility(wrangler) {
    const date = wrangler?.date ?? DEFAULT_DATE;
    const said = wrangler?.flags ?? [];
    const flags = new Set(said);
    if (date < COMPAT_DATE) {
        flags.add('nodejs_compat');
    } else {
        flags.delete('nodejs_compat');
    }
    if (date < BUILTINS_DATE) {
        flags.add('nodejs_compat_v2');
    }
    if (date < PROMISES_DATE && !flags.has(`no_${PROMISES}`)) {
        flags.add(PROMISES);
    }
    const texts = list([...flags].map(quote));
    return `compatibilityDate = ${quote(date)},\n    compatibilityFlags = ${texts}`;
}
