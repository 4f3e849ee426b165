// Is a source map true? A name at a mapped place of the output must stand at the place in the
// source that it is mapped to when there is one, unless the map says by which name it was known
// there. (Values may stand for names: constants of enums are written out.) And every name of the
// output that stands in the source has a mapping of its own, so that no debugger or stack trace is
// off by a token.

import { TraceMap, eachMapping, originalPositionFor, traceSegment } from "@jridgewell/trace-mapping";
import ts from "typescript";

const TOKEN = /[\p{ID_Start}$_][\p{ID_Continue}$_]*|\d+|./uy;
const NAME = /^[\p{ID_Start}$_]/u;

function tokenAt(lines, line, column) {
    TOKEN.lastIndex = column;
    return TOKEN.exec(lines[line] ?? "")?.[0] ?? "";
}

const lineEnd = /\r\n?|[\n\u2028\u2029]/;

/** Texts of the first few mappings that are wrong. */
export function wrongMappings(code, map, source) {
    const trace = new TraceMap(map);
    const generated = code.split(lineEnd);
    const original = source.split(lineEnd);
    const wrong = [];
    eachMapping(trace, (m) => {
        if (m.source === null || m.name !== null || wrong.length > 3) return;
        const here = tokenAt(generated, m.generatedLine - 1, m.generatedColumn);
        const there = tokenAt(original, m.originalLine - 1, m.originalColumn);
        const differ = !here.startsWith(there) && !there.startsWith(here);
        const isOurs = here.startsWith("__rwg_"); // stands for a keyword: import.meta, import()
        if (differ && NAME.test(here) && NAME.test(there) && !isOurs) {
            const at = `${m.generatedLine}:${m.generatedColumn}`;
            wrong.push(`${at} ${JSON.stringify(here)} is mapped to ${JSON.stringify(there)}`);
        }
        const back = originalPositionFor(trace, {
            line: m.generatedLine,
            column: m.generatedColumn,
        });
        if (back.line === null) wrong.push(`${m.generatedLine}:${m.generatedColumn} is lost`);
    });
    return wrong.length > 0 ? wrong : inexactNames(code, trace, original);
}

/** Names that are found only by counting on from a mapping in front of them. */
function inexactNames(code, trace, original) {
    const tree = ts.createSourceFile("x.js", code, ts.ScriptTarget.ESNext, false, ts.ScriptKind.JS);
    const inexact = [];
    const visit = (node) => {
        if (ts.isIdentifier(node)) {
            const start = node.getStart(tree);
            const { line, character } = tree.getLineAndCharacterOfPosition(start);
            const segment = traceSegment(trace, line, character) ?? [];
            const [column, , originalLine, originalColumn] = segment;
            const name = code.slice(start, node.end);
            const there = originalColumn + character - column;
            if (segment.length > 3 && column !== character && name.length > 0 &&
                inexact.length < 4 && (original[originalLine] ?? "").startsWith(name, there)) {
                inexact.push(`${line + 1}:${character} ${name} has no mapping of its own`);
            }
        }
        ts.forEachChild(node, visit);
    };
    visit(tree);
    return inexact;
}
