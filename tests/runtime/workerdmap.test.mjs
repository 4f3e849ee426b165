/* Source maps in workerd give the places that Node's give. */

import assert from 'node:assert/strict';
import { SourceMap as NodeSourceMap } from 'node:module';
import { test } from 'node:test';

import { SourceMap } from '../../bundler/runtime/workerdmap.mjs';

/** Places that both are asked for: every line, columns past the end of each too. */
function same(payload, lines, columns) {
    const node = new NodeSourceMap(payload);
    const ours = new SourceMap(payload);
    const pick = ({ originalSource, originalLine, originalColumn }) =>
        originalSource === undefined ? {} : { originalSource, originalLine, originalColumn };
    for (let line = 0; line < lines; line++) {
        for (let column = 0; column < columns; column++) {
            const place = `${line}:${column}`;
            const expected = pick(node.findEntry(line, column));
            assert.deepEqual(pick(ours.findEntry(line, column)), expected, place);
        }
    }
}

test('a map with lines that nothing maps, and places between segments', () => {
    const mappings = ';;AAAA;IACI,QAAQ;;AACJ';
    same({ version: 3, sources: ['a.ts'], names: [], mappings }, 7, 20);
});

test('several sources, places that go back, and numbers of many digits', () => {
    const mappings = 'AAAA,gBCgBhB,QDfS;gkBC6jDD,CAAC;ACDA';
    same({ version: 3, sources: ['a.ts', 'b.ts', 'c.ts'], names: [], mappings }, 4, 700);
});
