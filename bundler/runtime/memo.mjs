/*
 * RedwoodSDK keeps each module that it has found by its id, for as long as the program runs: what
 * it found in one generation would be rendered and called in all later ones. Its only way to keep
 * things is memoizeOnId(fn), in a module of its own. In dev that module is this one, where what is
 * kept is kept by generation as well. Within one the same id gives the same promise, which React
 * relies on. A promise that is rejected is not kept.
 */

const ID = /\/rwsdk\/dist\/runtime\/lib\/memoizeOnId\.js$/;

/** @param {{ id: string, form: string }} definition */
export const keepsModules = ({ id, form }) => form === 'esm' && ID.test(id);

/**
 * The factory of that module.
 *
 * @param {() => number} current the generation that the running code belongs to
 * @param {(generation: number) => boolean} isKnown whether code may still run in a generation
 */
export function memoFactory(current, isKnown) {
    return function* memo(imports, exports) {
        exports({ memoizeOnId: () => memoizeOnId });
        yield;
        function memoizeOnId(fn) {
            const results = new Map(); // generation → id → result
            return (id) => {
                const generation = current();
                let known = results.get(generation);
                if (!known) {
                    known = new Map();
                    results.set(generation, known);
                    [...results.keys()]
                        .filter((old) => !isKnown(old))
                        .forEach((old) => results.delete(old));
                }
                if (!known.has(id)) {
                    const result = fn(id);
                    known.set(id, result);
                    result?.then?.(undefined, () => known.delete(id));
                }
                return known.get(id);
            };
        }
    };
}
