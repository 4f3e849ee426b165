/*
 * `rwsdk/__state`: the one place for state that modules of a framework keep between requests.
 *
 * In dev this module is pinned: it belongs to no generation, its instance is shared by all server
 * environments and outlives every commit, so what is defined here is defined once a process however
 * often the code around it changes. In a build it is an ordinary module, of which there is one
 * copy.
 *
 * Everything here is erased to JavaScript by leaving out the types.
 */

/**
 * The types of known keys. Augment it where a key is defined:
 *
 *     declare module 'rwsdk/__state' {
 *         interface RwState { requestInfoStore: AsyncLocalStorage<RequestInfo> }
 *     }
 */
export interface RwState {}

type Known = keyof RwState & string;

const state = new Map<string, unknown>();

/**
 * Defines a piece of state, or returns it when it is defined already: `init` runs once. An `init`
 * that throws leaves the key undefined, and the next call tries again.
 */
export function defineRwState<K extends Known>(key: K, init: () => RwState[K]): RwState[K];
export function defineRwState<T>(key: string, init: () => T): T;
export function defineRwState(key: string, init: () => unknown): unknown {
    if (!state.has(key)) {
        state.set(key, init());
    }
    return state.get(key);
}

/** Returns a piece of state; undefined when nobody has defined it. */
export function getRwState<K extends Known>(key: K): RwState[K] | undefined;
export function getRwState<T = unknown>(key: string): T | undefined;
export function getRwState(key: string): unknown {
    return state.get(key);
}

/** Defines a piece of state, or replaces it. */
export function setRwState<K extends Known>(key: K, value: RwState[K]): void;
export function setRwState<T>(key: string, value: T): void;
export function setRwState(key: string, value: unknown): void {
    state.set(key, value);
}
