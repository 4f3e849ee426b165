/*
 * TOML, as wrangler files use it: tables, arrays of tables, dotted and quoted keys, strings of all
 * four kinds, numbers, booleans, lists over many lines, inline tables. A date stays the text that
 * it is written as. What is not understood is an error with its line.
 */

const SPACE = /[ \t]*/y;
const SPACE_AND_LINES = /(?:[ \t\r\n]|#[^\n]*)*/y;
const END = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;
const KEY = /([A-Za-z0-9_-]+)|"((?:\\.|[^"\\\n])*)"|'([^'\n]*)'/y;
const LONG = /"""\r?\n?((?:\\[^]|[^\\])*?)"""(?!")|'''\r?\n?([^]*?)'''(?!')/y;
const SHORT = /"((?:\\.|[^"\\\n])*)"|'([^'\n]*)'/y;
const WORD = /[A-Za-z0-9+_.:-]+/y;
const ESCAPES = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', '"': '"', '\\': '\\' };
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\s*\n\s*|(.))/gs;
const NUMBER =
    /^[+-]?(?:\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?\d+)?|0x[\da-fA-F_]+|0o[0-7_]+|0b[01_]+)$/;
const MAX_DEPTH = 100;

/**
 * @param {string} text
 * @param {string} file for messages
 * @returns {object}
 */
export function parseToml(text, file) {
    return new Parser(text, file).document();
}

class Parser {
    constructor(text, file) {
        this.text = text;
        this.file = file;
        this.at = 0;
        this.depth = 0;
    }

    document() {
        const root = Object.create(null);
        let table = root;
        for (this.#skip(SPACE_AND_LINES); this.at < this.text.length; this.#skip(SPACE_AND_LINES)) {
            if (this.#take('[')) {
                const isList = this.#take('[');
                table = this.#open(root, this.#keys(), isList);
                this.#expect(isList ? ']]' : ']');
            } else {
                this.#pair(table);
            }
            if (!this.#match(END)) {
                this.#fail();
            }
        }
        return root;
    }

    /** The table that a header names; made where it is not there yet. */
    #open(root, keys, isList) {
        const last = keys.pop();
        const parent = keys.reduce((table, key) => this.#inside(table, key), root);
        if (!isList) {
            return this.#inside(parent, last);
        }
        const list = (parent[last] ??= []);
        if (!Array.isArray(list)) {
            this.#fail();
        }
        list.push(Object.create(null));
        return list.at(-1);
    }

    #inside(table, key) {
        const value = (table[key] ??= Object.create(null));
        const inner = Array.isArray(value) ? value.at(-1) : value;
        if (typeof inner !== 'object') {
            this.#fail();
        }
        return inner;
    }

    #pair(table) {
        const keys = this.#keys();
        const last = keys.pop();
        const target = keys.reduce((inner, key) => this.#inside(inner, key), table);
        this.#expect('=');
        if (last in target) {
            this.#fail();
        }
        target[last] = this.#value();
    }

    #keys() {
        const keys = [];
        do {
            this.#skip(SPACE);
            const [, bare, basic, literal] = this.#match(KEY) ?? this.#fail();
            keys.push(bare ?? literal ?? unescape(basic));
            this.#skip(SPACE);
        } while (this.#take('.'));
        return keys;
    }

    #value() {
        this.#skip(SPACE);
        const string = this.#match(LONG) ?? this.#match(SHORT);
        if (string) {
            return string[2] ?? unescape(string[1]);
        }
        if (this.text[this.at] === '[' || this.text[this.at] === '{') {
            return this.#nested();
        }
        const [word] = this.#match(WORD) ?? this.#fail();
        if (word === 'true' || word === 'false') {
            return word === 'true';
        }
        if (NUMBER.test(word)) {
            return Number(word.replaceAll('_', '').replace(/^\+/, ''));
        }
        return /^\d{4}-\d\d-\d\d|^\d\d:\d\d/.test(word) ? word : this.#fail();
    }

    /** A list or an inline table. */
    #nested() {
        if (++this.depth > MAX_DEPTH) {
            this.#fail();
        }
        const isList = this.#take('[');
        const value = isList ? [] : (this.#take('{'), Object.create(null));
        const close = isList ? ']' : '}';
        for (this.#skip(SPACE_AND_LINES); !this.#take(close); this.#skip(SPACE_AND_LINES)) {
            if (isList) {
                value.push(this.#value());
            } else {
                this.#pair(value);
            }
            this.#skip(SPACE_AND_LINES);
            if (!this.#take(',') && this.text[this.at] !== close) {
                this.#fail();
            }
        }
        this.depth--;
        return value;
    }

    #match(pattern) {
        pattern.lastIndex = this.at;
        const match = pattern.exec(this.text);
        this.at = match ? pattern.lastIndex : this.at;
        return match;
    }

    #skip(pattern) {
        this.#match(pattern);
    }

    #take(text) {
        const isThere = this.text.startsWith(text, this.at);
        this.at += isThere ? text.length : 0;
        return isThere;
    }

    #expect(text) {
        if (!this.#take(text)) {
            this.#fail();
        }
    }

    #fail() {
        const line = this.text.slice(0, this.at).split('\n').length;
        throw new Error(`${this.file}:${line}: this is not understood as TOML`);
    }
}

function unescape(text) {
    return text.replace(ESCAPE, (all, short, long, simple) => {
        if (short ?? long) {
            return String.fromCodePoint(parseInt(short ?? long, 16));
        }
        return simple === undefined ? '' : (ESCAPES[simple] ?? simple);
    });
}
