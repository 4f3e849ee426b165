// A program as a value that is equal for programs that mean the same to the letter.
//
// Left out: positions, how literals are written, empty statements, the local names by which the JSX
// runtime is imported, `export {}`, which only says that a file is a module, and an import of React
// that nothing uses: transpileModule keeps it for JSX that does not need it, tsc itself does not.

import { parseSync } from "oxc-parser";

const SKIPPED = new Set("start end range raw loc hashbang comments directive".split(" "));
const RUNTIME = /\/jsx(?:-dev)?-runtime$/;

/** The program of `code`, or null when it is not JavaScript. */
export function parse(code) {
    const { program, errors } = parseSync("a.mjs", code, {
        lang: "js",
        sourceType: "module",
        preserveParens: false,
    });
    return errors.length ? null : program;
}

/** Local names of what is imported from a JSX runtime, as { local: imported }. */
function runtimeNames(program) {
    const names = new Map();
    for (const statement of program.body) {
        if (statement.type === "ImportDeclaration" && RUNTIME.test(statement.source.value)) {
            for (const s of statement.specifiers) names.set(s.local.name, s.imported?.name);
        }
    }
    return names;
}

/** How often each identifier occurs. */
function countNames(program) {
    const counts = new Map();
    const work = [program];
    while (work.length) {
        const node = work.pop();
        if (node.type === "Identifier") counts.set(node.name, (counts.get(node.name) ?? 0) + 1);
        for (const value of Object.values(node)) {
            if (value && typeof value === "object" && !(value instanceof RegExp)) work.push(value);
        }
    }
    return counts;
}

/** Is it `import React from "react"`, or `* as React`, and the name nowhere else? */
function isUnusedReact(node, counts) {
    const only = node.specifiers.length === 1 ? node.specifiers[0] : null;
    const isReact = node.source.value === "react" && only?.local.name === "React";
    return isReact && counts.get("React") === 1;
}

function isNothing(node, counts) {
    if (node.type === "EmptyStatement") return true;
    if (node.type === "ImportDefaultSpecifier" && node.local.name === "React") {
        return counts.get("React") === 1;
    }
    if (node.type === "ImportDeclaration" && isUnusedReact(node, counts)) return true;
    if (node.type === "ImportDeclaration") return RUNTIME.test(node.source.value);
    return (
        node.type === "ExportNamedDeclaration" &&
        !node.declaration &&
        !node.source &&
        node.specifiers.length === 0
    );
}

/** A member: runtime names by what they import, keys of properties always as identifiers. */
function memberOf(node, member, names) {
    const value = node[member];
    if (node.type === "Identifier" && member === "name" && names.has(value)) {
        return `<${names.get(value)}>`;
    }
    const isKey = member === "key" && node.computed === false && value.type === "Literal";
    return isKey && typeof value.value === "string"
        ? { type: "Identifier", name: value.value }
        : value;
}

/** `program` without what does not matter. Deep trees are walked with a list, not by recursion. */
export function normalise(program) {
    const names = runtimeNames(program);
    const counts = countNames(program);
    const root = { out: null };
    const work = [[program, root, "out"]];
    while (work.length) {
        const [from, holder, key] = work.pop();
        if (Array.isArray(from)) {
            const list = from.filter((item) => !(item && item.type && isNothing(item, counts)));
            holder[key] = new Array(list.length);
            list.forEach((item, i) => work.push([item, holder[key], i]));
        } else if (from && typeof from === "object" && !(from instanceof RegExp)) {
            const node = {};
            holder[key] = node;
            for (const name of Object.keys(from)) {
                if (!SKIPPED.has(name) && from[name] !== undefined) {
                    node[name] = null;
                    work.push([memberOf(from, name, names), node, name]);
                }
            }
        } else {
            holder[key] = typeof from === "bigint" || from instanceof RegExp ? String(from) : from;
        }
    }
    return root.out;
}

/** Has it decorators, `accessor` or `using`? For ESNext the others leave them to a runtime to come. */
export function needsRuntime(program) {
    const work = [program];
    while (work.length) {
        const node = work.pop();
        if (node.decorators?.length || node.type === "AccessorProperty") return true;
        if (/using$/.test(node.kind)) return true;
        work.push(...Object.values(node).filter((value) => value && typeof value === "object"));
    }
    return false;
}

/**
 * Where two normalised programs first differ: null, or { path, left, right } with the types of the
 * innermost nodes around it.
 */
export function difference(left, right) {
    const work = [[left, right, ["Program"]]];
    while (work.length) {
        const [a, b, path] = work.pop();
        if (a === b) continue;
        const objects = a && b && typeof a === "object" && typeof b === "object";
        if (!objects || Array.isArray(a) !== Array.isArray(b) || a.type !== b.type) {
            return { path, left: brief(a), right: brief(b) };
        }
        const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
        const next = [];
        for (const key of keys) {
            const step = a[key]?.type ?? b[key]?.type ?? (Array.isArray(a) ? "" : key);
            next.push([a[key], b[key], step === "" ? path : [...path, step]]);
        }
        work.push(...next.reverse());
    }
    return null;
}

function brief(value) {
    if (value === undefined) return "nothing";
    if (value && typeof value === "object") return value.type ?? "list";
    return JSON.stringify(value).slice(0, 40);
}
