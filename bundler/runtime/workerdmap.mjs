/*
 * Source maps where there is no SourceMap of Node's: of that class, what stacks.mjs uses. Mappings
 * are decoded once, into one list a line of generated code, ordered by column.
 */

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUE_OF = new Map([...DIGITS].map((digit, value) => [digit, value]));

export class SourceMap {
    /** @param {{ sources: string[], mappings: string }} payload version 3, without sections */
    constructor({ sources, mappings }) {
        this.sources = sources;
        this.lines = decode(mappings);
    }

    /**
     * @param {number} line of the generated code, from 0
     * @param {number} column from 0
     * @returns {{ originalSource?: string, originalLine?: number, originalColumn?: number }}
     */
    findEntry(line, column) {
        // A place before the first segment of its line belongs to the last one of a line above.
        let entries = this.lines[line] ?? [];
        let at = lastUpTo(entries, column);
        for (let above = line - 1; at < 0 && above >= 0; above--) {
            entries = this.lines[above] ?? [];
            at = entries.length - 1;
        }
        const entry = entries[at];
        if (!entry || entry.source === undefined) {
            return {};
        }
        return {
            originalSource: this.sources[entry.source],
            originalLine: entry.line,
            originalColumn: entry.originalColumn,
        };
    }
}

/** Index of the last entry whose column is not past this one; -1 without. */
function lastUpTo(entries, column) {
    let low = 0;
    let high = entries.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (entries[middle].column <= column) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low - 1;
}

function decode(mappings) {
    let [source, line, originalColumn] = [0, 0, 0];
    return mappings.split(';').map((text) => {
        let column = 0;
        const entries = text.split(',').filter(Boolean).map((segment) => {
            const fields = numbers(segment);
            column += fields[0];
            if (fields.length < 4) {
                return { column };
            }
            source += fields[1];
            line += fields[2];
            originalColumn += fields[3];
            return { column, source, line, originalColumn };
        });
        return entries.sort((a, b) => a.column - b.column);
    });
}

/** The numbers of a segment: base 64, five bits a digit, the sign in the lowest bit. */
function numbers(segment) {
    const result = [];
    let value = 0;
    let shift = 0;
    for (const digit of segment) {
        const bits = VALUE_OF.get(digit);
        value += (bits & 31) * 2 ** shift;
        shift += 5;
        if (bits < 32) {
            result.push(value % 2 ? -((value - 1) / 2) : value / 2);
            value = 0;
            shift = 0;
        }
    }
    return result;
}
