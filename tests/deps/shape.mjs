/*
 * What a namespace looks like from outside: names and the kinds of their values, down to the
 * members of `default`. It runs in Node, in the dev server's runtime and in the browser, and what
 * it returns is compared as JSON.
 */

const CALLABLE_OWN = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

/** @param {object} owner @param {string} name */
function memberOf(owner, name) {
    try {
        return kindOf(owner[name]);
    } catch (error) {
        return `throws ${error?.name}`;
    }
}

function kindOf(value) {
    if (typeof value === 'function') {
        return `function ${value.name}/${value.length}`;
    }
    return value === null ? 'null' : typeof value;
}

const members = (value, names) =>
    Object.fromEntries(names.sort().map((name) => [name, memberOf(value, name)]));

/** @returns {{ exports: object, default?: object }} name → kind */
export function shapeOf(namespace) {
    const shape = { exports: members(namespace, Object.keys(namespace)) };
    let main;
    try {
        main = namespace.default;
    } catch {
        return shape;
    }
    if (main !== null && (typeof main === 'object' || typeof main === 'function')) {
        const names = Object.getOwnPropertyNames(main).filter(
            (name) => typeof main === 'object' || !CALLABLE_OWN.has(name),
        );
        shape.default = members(main, names.slice(0, 2000));
    }
    return shape;
}
