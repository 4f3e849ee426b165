// React's server packages load modules through the functions that webpack's runtime has. Both
// react-server and ssr run in one process: what an id begins with says whose module is meant.

type Load = (file: string) => Promise<unknown>;

const loads: Record<string, Load> = ((globalThis as any).__loads ??= {});
const loaded: Map<string, Promise<unknown>> = ((globalThis as any).__loaded ??= new Map());

/** What ids that begin with `kind:` are loaded by. */
export function provide(kind: string, load: Load) {
    loads[kind] = load;
}

/** For bundlers' manifests: each `/file#name`, asked for as one text or as two. */
export const manifest = (kind: string) =>
    new Proxy({} as Record<string, unknown>, {
        get: (_, id: string) => {
            const [file, name] = id.split('#');
            const found = (name: string) => ({
                id: `${kind}:${file}`,
                name,
                chunks: [],
                async: true,
            });
            return name === undefined
                ? new Proxy({}, { get: (_, n: string) => found(n) })
                : found(name);
        },
    });

(globalThis as any).__webpack_require__ = Object.assign(
    (id: string) => {
        let module = loaded.get(id);
        if (!module) {
            const at = id.indexOf(':');
            module = loads[id.slice(0, at)](id.slice(at + 1));
            loaded.set(id, module);
        }
        return module;
    },
    { u: (id: string) => id },
);
(globalThis as any).__webpack_chunk_load__ = () => Promise.resolve();
