/*
 * A small emitter for tests: turns ES module source into the factory form of PROTOCOL.md, by rules
 * that suffice for the sources the tests write (one import or export a statement, one line each, no
 * shadowing of imported names). The real one is in C; this keeps the tests of the runtime
 * independent of it.
 */

const IMPORT = /^import\s+(?:(.+?)\s+from\s+)?["']([^"']+)["'];?$/;
const FROM = /^export\s+(\*(?:\s+as\s+(\w+))?|\{[^}]*\})\s+from\s+["']([^"']+)["'];?$/;

/**
 * @param {string} source
 * @returns {{ code: string, specifiers: string[], bindings: string[][], dynamic: string[],
 *     async: boolean }}
 */
export function emit(source) {
    const module = {
        specifiers: [],
        bindings: [],
        exports: [],
        stars: [],
        names: new Map(),
        body: [],
    };
    const index = (specifier) => {
        if (!module.specifiers.includes(specifier)) {
            module.specifiers.push(specifier);
            module.bindings.push([]);
        }
        return module.specifiers.indexOf(specifier);
    };
    for (const line of source.split('\n')) {
        module.body.push(statement(line.trim(), module, index) ?? line);
    }
    let body = module.body.join('\n');
    const dynamic = [...body.matchAll(/\bimport\(\s*["']([^"']+)["']/g)].map((match) => match[1]);
    body = body.replace(/\bimport\.meta\b/g, '__rwg_m').replace(/\bimport\(/g, '__rwg_d(');
    for (const [local, expression] of module.names) {
        body = body.replace(new RegExp(`(?<![\\w.$"'])${local}\\b(?!["':])`, 'g'), expression);
    }
    const exports = module.exports.map(
        ([name, what]) => `${JSON.stringify(name)}: ${what(module)}`,
    );
    const async = /\bawait\b/.test(
        body.replace(/async (function[^{]*|\([^)]*\) =>) \{[^}]*\}/g, ''),
    );
    const prefix = async ? 'async ' : '';
    const head = `${prefix}function* (__rwg_i, __rwg_x, __rwg_m, __rwg_d) { "use strict";`;
    const declare = `__rwg_x({ ${exports.join(', ')} }, [${module.stars}]); yield;`;
    const code = `${head} ${declare}\n${body}\n}`;
    return { code, specifiers: module.specifiers, bindings: module.bindings, dynamic, async };
}

function statement(line, module, index) {
    let match = IMPORT.exec(line);
    if (match) {
        importClause(match[1], index(match[2]), module);
        return '';
    }
    match = FROM.exec(line);
    if (match) {
        const n = index(match[3]);
        if (match[2]) {
            module.exports.push([match[2], () => `[${n}]`]);
        } else if (match[1] === '*') {
            module.stars.push(n);
        } else {
            pairs(match[1]).forEach(([from, to]) => {
                module.exports.push([to, () => `[${n}, "${from}"]`]);
            });
        }
        return '';
    }
    match = /^export\s+(\{[^}]*\});?$/.exec(line);
    if (match) {
        pairs(match[1]).forEach(([local, name]) =>
            module.exports.push([name, (m) => exported(m, local)]),
        );
        return '';
    }
    match = /^export\s+default\s+((?:async\s+)?(?:function\*?|class)\s+(\w+).*)$/.exec(line);
    if (match) {
        module.exports.push(['default', () => `() => ${match[2]}`]);
        return match[1];
    }
    match = /^export\s+default\s+(.*)$/.exec(line);
    if (match) {
        module.exports.push(['default', () => '() => __rwg_default']);
        return `const __rwg_default = ${match[1]}`;
    }
    match = /^export\s+((?:const|let|var|class|(?:async\s+)?function\*?)\s+(\w+).*)$/.exec(line);
    if (match) {
        module.exports.push([match[2], () => `() => ${match[2]}`]);
        return match[1];
    }
    return undefined;
}

function importClause(clause, n, module) {
    const star = /\*\s+as\s+(\w+)/.exec(clause ?? '');
    if (star) {
        module.names.set(star[1], `__rwg_i[${n}]`);
    }
    const named = /\{[^}]*\}/.exec(clause ?? '');
    const plain = /^(\w+)/.exec(clause ?? '');
    const all = [...(plain ? [['default', plain[1]]] : []), ...(named ? pairs(named[0]) : [])];
    for (const [imported, local] of all) {
        module.bindings[n].push(imported);
        module.names.set(local, `(0, __rwg_i[${n}][${JSON.stringify(imported)}])`);
        (module.from ??= new Map()).set(local, `[${n}, ${JSON.stringify(imported)}]`);
    }
    if (star) {
        (module.from ??= new Map()).set(star[1], `[${n}]`);
    }
}

function exported(module, local) {
    return module.from?.get(local) ?? `() => ${local}`;
}

function pairs(text) {
    const parts = text.slice(text.indexOf('{') + 1, text.lastIndexOf('}')).split(',');
    return parts
        .map((part) => part.trim().split(/\s+as\s+/))
        .filter(([first]) => first)
        .map(([first, second]) =>
            [first, second ?? first].map((name) => name.replace(/["']/g, '')),
        );
}
