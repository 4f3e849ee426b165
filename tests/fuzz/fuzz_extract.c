// The first byte chooses. Any bytes as a text: parsing must end with a valid record that can be
// read in full, the same one twice. Or a program composed of well-formed pieces: what its digest
// says of it must be what its whole tree says.

#include "syntax/syntax.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static bool swallow(void *payload, const char *bytes, size_t len) {
    size_t *total = payload;
    *total += len + (len ? (unsigned char)bytes[0] : 0);
    return true;
}

static rwg_module *parse(rwg__parser *parser, rwg_str text, rwg_lang lang, bool full) {
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    options.lang = lang;
    options.full = full;
    rwg_module *m = rwg__parse(parser, text, &options, NULL);
    HOLDS(rwg__module_verify(m, rwg__module_size(m)) == 0);
    size_t total = 0;
    rwg_sink sink = {.write = swallow, .payload = &total};
    rwg_module_write_json(m, &sink);
    return m;
}

static bool equal(const rwg_module *a, const rwg_module *b) {
    uint32_t size = rwg__module_size(a);
    return size == rwg__module_size(b) && memcmp(a, b, size) == 0;
}

/* Bytes as a program: each names the next piece of it. What comes out is well formed, so that its
 * digest must have the record of its whole tree. */
static const char *const AT_TOP[] = {
    "import a1 from 'm';\n",
    "import * as a2 from \"m\" ;",
    "import {b1, c1 as d1} from 'm';\n",
    "import 'side';\n",
    "export {x1, y1 as z1};",
    "export {default, e as f1} from './n';\n",
    "export * from './o';\n",
    "export * as g1 from './p';",
    "export const h1 = 1, {i1, j1: [k1 = () => 2]} = f();\n",
    "export default class {}\n",
    "export async function* l1(a, {b}) { await 1; }\n",
    "export class M1 extends f(N) { static o = 1; #p; q() {} }\n",
};
static const char *const STATEMENTS[] = {
    "f(a, b);\n",
    "x = y / 2 / z;\n",
    "x = /[/'\"`]\\/import('r')/g.test(s);\n",
    "'text with import(\\'t\\')';\n",
    "`a ${b + `c ${import('u')}`} d`;\n",
    "// import 'comment'\n",
    "/* require('c') */\n",
    "import('v').then((w) => w);\n",
    "const c2 = require('w');\n",
    "new URL('./x.png', import.meta.url);\n",
    "new Worker(new URL('./w.js', import.meta.url), {type: 'module'});\n",
    "import(`./y/${z}.js`);\n",
    "exports.d2 = 1;\n",
    "module.exports = {e2, f2: 1, ...require('g2')};\n",
    "Object.defineProperty(exports, 'h2', {enumerable: true, get: function () { return 1; }});\n",
    "const i2 = {async *j() {}, [k]: 1, get l() { return 2; }};\n",
    "label: for (const m of n) { continue label }\n",
    "if (a) b; else c;\n",
    "a++;\n",
    "async () => { await 1 };\n",
    "import.meta.hot.accept('./dep', () => {});\n",
    "const o2 = <div p={q}>it's {r} &amp; <b/>text</div>;\n",
    "do x++; while (x < 5);\n",
    "y = a ? b : (c, d);\n",
    "z = function () { return {} / 1 };\n",
};
static const char *const BLOCKS[][2] = {
    {"try {\n", "} catch {}\n"},
    {"function s(t) {\n", "}\n"},
    {"{\n", "}\n"},
    {"if (u) {\n", "}\n"},
    {"class V { w() {\n", "} }\n"},
    {"x(() => {\n", "});\n"},
    {"async function y() { await 1;\n", "}\n"},
    {"const z = {a: function () {\n", "}};\n"},
};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define DEPTH         16

typedef struct program {
    char text[1 << 14];
    size_t len;
    const char *closers[DEPTH];
    size_t depth;
} program;

static void add(program *p, const char *piece) {
    size_t len = strlen(piece);
    if (p->len + len < sizeof p->text) {
        memcpy(p->text + p->len, piece, len);
        p->len += len;
    }
}

static void compose(program *p, const uint8_t *data, size_t size) {
    p->len = 0;
    p->depth = 0;
    for (size_t i = 0; i < size && p->len < sizeof p->text - 4096; i++) {
        size_t pick = data[i] % (LENGTH(AT_TOP) + LENGTH(STATEMENTS) + LENGTH(BLOCKS) + 4);
        if (pick < LENGTH(AT_TOP)) {
            add(p, p->depth ? "" : AT_TOP[pick]);
            continue;
        }
        pick -= LENGTH(AT_TOP);
        if (pick < LENGTH(STATEMENTS)) {
            add(p, STATEMENTS[pick]);
            continue;
        }
        pick -= LENGTH(STATEMENTS);
        if (pick < LENGTH(BLOCKS) && p->depth < DEPTH) {
            add(p, BLOCKS[pick][0]);
            p->closers[p->depth++] = BLOCKS[pick][1];
        } else if (p->depth) {
            add(p, p->closers[--p->depth]);
        }
    }
    while (p->depth) {
        add(p, p->closers[--p->depth]);
    }
}

static void check(rwg_str text, rwg_lang lang, bool well_formed) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__parser *parser = rwg__parser_new(&mem);
    rwg_module *full = parse(parser, text, lang, true);
    rwg_module *fast = parse(parser, text, lang, false);
    rwg_module *again = parse(parser, text, lang, false);
    HOLDS(equal(fast, again));
    if (well_formed) {
        HOLDS(!(rwg_module_flags(full) & RWG_MODULE_PARTIAL));
        HOLDS(equal(fast, full));
    }
    rwg__module_release(full);
    rwg__module_release(fast);
    rwg__module_release(again);
    rwg__parser_free(parser);
    HOLDS(mem.used == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > 4096) {
        return 0; /* longer texts only make it slower */
    }
    uint8_t mode = data[0];
    data++;
    size--;
    if (mode & 1) {
        static program p;
        compose(&p, data, size);
        check((rwg_str){p.text, (uint32_t)p.len}, mode & 2 ? RWG_LANG_TSX : RWG_LANG_JS, true);
        return 0;
    }
    char *text = malloc(size);
    memcpy(text, data, size);
    check((rwg_str){text, (uint32_t)size}, (rwg_lang)((mode >> 1) % (RWG_LANG_CSS + 1)), false);
    free(text);
    return 0;
}
