/* Tree -> flat array; see rwgraph/sys/source.h.
 *
 * tree-sitter's nodes are found again on each visit, and its symbols differ from grammar to
 * grammar. So its tree is walked once, with a cursor, and given up: what stays are 20 bytes a node,
 * numbered alike in all languages.
 *
 * Invariants: nodes are in preorder, so starts ascend; nodes[i].parent < i except for the program;
 * i < nodes[i].next <= nodes[parent].next; a child lies inside its parent. */
#include <rwgraph/sys/source.h>

#include "base/limits.h"
#include "base/str.h"
#include "syntax/errors.h"
#include "syntax/read_script.h"

static_assert(sizeof(rwg_syntax_node) == 20, "a node is 20 bytes");
static_assert(RWG_SYNTAX_FIELD_COUNT <= UINT8_MAX, "a field fits its byte");

/* What a grammar's numbers are called here. */
typedef struct number_table {
    const TSLanguage *language; /* NULL until it is made */
    uint16_t *kinds;            /* by symbol */
    uint8_t *fields;            /* by field id */
    uint32_t kind_count;
    uint32_t field_count;
} number_table;

struct rwg_source_parser {
    rwg__mem *mem; /* shared with the sources, which may outlive the parser */
    rwg__script script;
    number_table tables[RWG_LANG_TSX + 1];
};

struct rwg_source {
    rwg__mem *mem;
    rwg_str text;
    char *seen; /* NULL: nothing differs */
    RWG_VEC(rwg_syntax_node) nodes;
    uint32_t error_count;
    rwg_source_error errors[RWG__ERRORS_MAX];
    rwg__syntax_error messages[RWG__ERRORS_MAX];
};

typedef struct kind_name {
    const char *type;
    bool named;
} kind_name;

static const kind_name KINDS[RWG_SYNTAX_KIND_COUNT] = {
    [RWG_SYNTAX_OTHER] = {"other", false},
#define X(kind, is_named, type) [RWG_SYNTAX_##kind] = {type, is_named},
    RWG_SYNTAX_MAP(X)
#undef X
};

static const char *const FIELDS[RWG_SYNTAX_FIELD_COUNT] = {
    [RWG_SYNTAX_FIELD_NONE] = "",
#define X(field, name) [RWG_SYNTAX_FIELD_##field] = (name),
    RWG_SYNTAX_FIELD_MAP(X)
#undef X
};

static rwg_syntax_kind kind_of(const char *type, bool named) {
    for (int kind = RWG_SYNTAX_OTHER + 1; kind < RWG_SYNTAX_KIND_COUNT; kind++) {
        if (KINDS[kind].named == named && strcmp(KINDS[kind].type, type) == 0) {
            return (rwg_syntax_kind)kind;
        }
    }
    return RWG_SYNTAX_OTHER;
}

static rwg_syntax_field field_of(const char *name) {
    for (int field = RWG_SYNTAX_FIELD_NONE + 1; field < RWG_SYNTAX_FIELD_COUNT; field++) {
        if (strcmp(FIELDS[field], name) == 0) {
            return (rwg_syntax_field)field;
        }
    }
    return RWG_SYNTAX_FIELD_NONE;
}

static void make_table(number_table *table, rwg__mem *mem, const TSLanguage *language) {
    table->language = language;
    table->kind_count = ts_language_symbol_count(language);
    table->kinds = rwg__mem_zalloc(mem, table->kind_count * sizeof *table->kinds);
    for (uint32_t symbol = 0; symbol < table->kind_count; symbol++) {
        TSSymbolType type = ts_language_symbol_type(language, (TSSymbol)symbol);
        if (type == TSSymbolTypeRegular || type == TSSymbolTypeAnonymous) {
            const char *name = ts_language_symbol_name(language, (TSSymbol)symbol);
            table->kinds[symbol] = (uint16_t)kind_of(name, type == TSSymbolTypeRegular);
        }
    }
    table->field_count = ts_language_field_count(language) + 1; /* 0 is no field */
    table->fields = rwg__mem_zalloc(mem, table->field_count);
    for (uint32_t field = 1; field < table->field_count; field++) {
        const char *name = ts_language_field_name_for_id(language, (TSFieldId)field);
        table->fields[field] = (uint8_t)field_of(name);
    }
}

static const number_table *table_for(rwg_source_parser *parser, rwg_lang lang) {
    number_table *table = &parser->tables[lang];
    if (!table->language) {
        make_table(table, parser->mem, rwg__source_grammar(&parser->script.source, lang)->language);
    }
    return table;
}

rwg_source_parser *rwg_source_parser_new(void) {
    rwg__mem *mem = rwg__mem_new(NULL, 0);
    rwg_source_parser *parser = rwg__mem_zalloc(mem, sizeof *parser);
    parser->mem = mem;
    rwg__script_init(&parser->script, mem);
    return parser;
}

void rwg_source_parser_free(rwg_source_parser *parser) {
    if (!parser) {
        return;
    }
    rwg__mem *mem = parser->mem;
    for (int lang = 0; lang <= RWG_LANG_TSX; lang++) {
        number_table *table = &parser->tables[lang];
        rwg__mem_free(mem, table->kinds, table->kind_count * sizeof *table->kinds);
        rwg__mem_free(mem, table->fields, table->field_count);
    }
    rwg__script_deinit(&parser->script);
    rwg__mem_free(mem, parser, sizeof *parser);
    rwg__mem_release(mem);
}

/* Adds the cursor's node as the last child so far of `parent`. */
static void
add_node(rwg_source *s, const TSTreeCursor *cursor, const number_table *table, uint32_t parent) {
    TSNode node = ts_tree_cursor_current_node(cursor);
    TSSymbol symbol = ts_node_symbol(node);
    unsigned flags = ts_node_is_named(node) ? RWG_SYNTAX_NAMED : 0;
    flags |= ts_node_is_error(node) ? RWG_SYNTAX_ERROR : 0;
    flags |= ts_node_is_missing(node) ? RWG_SYNTAX_MISSING : 0;
    *rwg__vec_push(&s->nodes, s->mem) = (rwg_syntax_node){
        .kind = symbol < table->kind_count ? table->kinds[symbol] : RWG_SYNTAX_OTHER,
        .field = table->fields[ts_tree_cursor_current_field_id(cursor)],
        .flags = (uint8_t)flags,
        .parent = parent,
        .start = ts_node_start_byte(node),
        .end = ts_node_end_byte(node),
    };
}

/* The program, as tree-sitter gives it, begins with its first token, and is an ERROR when nothing
 * fits together. Ours always is a program, from end to end. */
static void add_program(rwg_source *s, bool error) {
    *rwg__vec_push(&s->nodes, s->mem) = (rwg_syntax_node){
        .kind = RWG_SYNTAX_PROGRAM,
        .flags = RWG_SYNTAX_NAMED | (error ? RWG_SYNTAX_ERROR : 0),
        .next = 1,
        .end = s->text.len,
    };
}

static void flatten(rwg_source *s, const TSTree *tree, const number_table *table) {
    TSNode root = ts_tree_root_node(tree);
    rwg__vec_reserve(&s->nodes, s->mem, ts_node_descendant_count(root));
    add_program(s, ts_node_is_error(root));
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    uint32_t at = 0; /* the cursor's node */
    bool more = true;
    while (more) {
        if (ts_tree_cursor_goto_first_child(&cursor)) {
            add_node(s, &cursor, table, at);
            at = s->nodes.len - 1;
            continue;
        }
        s->nodes.ptr[at].next = s->nodes.len;
        while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) {
            more = ts_tree_cursor_goto_parent(&cursor);
            at = s->nodes.ptr[at].parent;
            s->nodes.ptr[at].next = s->nodes.len;
        }
        if (more) {
            add_node(s, &cursor, table, s->nodes.ptr[at].parent);
            at = s->nodes.len - 1;
        }
    }
    ts_tree_cursor_delete(&cursor);
}

static uint32_t next_difference(const rwg_source *s, uint32_t at) {
    while (at < s->text.len && s->text.ptr[at] == s->seen[at]) {
        at++;
    }
    return at;
}

/* Whether ` @(` was written over by `@_(` here, at the `@` of either. */
static bool is_shifted(const rwg_source *s, uint32_t at) {
    return at > 0 && s->text.ptr[at] == '@' && s->text.ptr[at - 1] != '@' && s->seen[at - 1] == '@';
}

/* There the `@` is a byte further behind, and the name is empty. */
static void shift_decorators(rwg_source *s) {
    for (uint32_t i = 1; i < s->nodes.len; i++) {
        rwg_syntax_node *node = &s->nodes.ptr[i];
        bool is_at = node->start + 1 < s->text.len && is_shifted(s, node->start + 1);
        if (is_at || (node->start < s->text.len && is_shifted(s, node->start))) {
            node->start++;
            node->end += is_at && node->end == node->start;
        }
    }
    for (uint32_t at = 1; at < s->text.len; at++) {
        if (is_shifted(s, at)) {
            s->seen[at - 1] = s->text.ptr[at - 1];
            s->seen[at] = '@';
        }
    }
}

/* Starts ascend, so the first difference at or behind a node's start is found by going on from the
 * last one. */
static void mark_patched(rwg_source *s) {
    uint32_t difference = next_difference(s, 0);
    for (uint32_t i = 0; i < s->nodes.len; i++) {
        rwg_syntax_node *node = &s->nodes.ptr[i];
        if (difference < node->start) {
            difference = next_difference(s, node->start);
        }
        if (difference < node->end) {
            node->flags |= RWG_SYNTAX_PATCHED;
        }
    }
}

static void add_errors(rwg_source *s, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const rwg__syntax_error *error = &s->messages[i];
        s->errors[i] = (rwg_source_error){error->span, rwg__str_c(error->message)};
    }
    s->error_count = count;
}

/* Everything of `s` but its text. False: too much work. */
static bool read_source(rwg_source *s, rwg_source_parser *parser, rwg_lang lang) {
    if (rwg__errors_binary(s->text, &s->messages[0])) {
        add_program(s, true);
        add_errors(s, 1);
        return true;
    }
    rwg__bad_bytes bad;
    rwg_str text = rwg__script_repair(&parser->script, s->text, &bad);
    TSTree *tree = rwg__script_tree(&parser->script, lang, text);
    if (!tree) {
        return false;
    }
    flatten(s, tree, table_for(parser, lang));
    if (ts_node_has_error(ts_tree_root_node(tree))) {
        add_errors(s, rwg__errors_find(tree, text, s->messages));
    }
    ts_tree_delete(tree);
    rwg_str seen = rwg__gaps_text(&parser->script.gaps, text);
    if (!rwg__str_eq(seen, s->text)) {
        s->seen = rwg__mem_resize(s->mem, NULL, 0, seen.len);
        memcpy(s->seen, seen.ptr, seen.len);
        shift_decorators(s);
        mark_patched(s);
    }
    return true;
}

static bool is_script(rwg_lang lang) {
    return lang == RWG_LANG_JS || lang == RWG_LANG_JSX || lang == RWG_LANG_TS ||
           lang == RWG_LANG_TSX;
}

rwg_status rwg_source_open(
    rwg_source_parser *parser,
    rwg_str text,
    const rwg_parse_options *options,
    rwg_source **out_source,
    rwg_error *err
) {
    rwg_str no_path = {NULL, 0};
    if (out_source) {
        *out_source = NULL;
    }
    if (!parser || !out_source || !options || options->size != sizeof *options ||
        !is_script(options->lang) || (text.len && !text.ptr)) {
        return rwg__error(err, RWG_INVALID, no_path, "bad argument to rwg_source_open");
    }
    if (text.len > RWG_LIMIT_SOURCE_BYTES) {
        return rwg__error(
            err,
            RWG_LIMIT,
            no_path,
            "the text has %u bytes; at most %u can be read",
            text.len,
            RWG_LIMIT_SOURCE_BYTES
        );
    }
    rwg__mem *mem = rwg__mem_retain(parser->mem);
    rwg_source *s = rwg__mem_zalloc(mem, sizeof *s);
    s->mem = mem;
    s->text = text;
    if (!read_source(s, parser, options->lang)) {
        rwg_source_free(s);
        return rwg__error(err, RWG_LIMIT, no_path, RWG__TOO_MANY_STEPS);
    }
    *out_source = s;
    return RWG_OK;
}

void rwg_source_free(rwg_source *s) {
    if (!s) {
        return;
    }
    rwg__mem *mem = s->mem;
    rwg__mem_free(mem, s->seen, s->seen ? s->text.len : 0);
    rwg__vec_free(&s->nodes, mem);
    rwg__mem_free(mem, s, sizeof *s);
    rwg__mem_release(mem);
}

rwg_str rwg_source_text(const rwg_source *s) {
    return s->text;
}

rwg_str rwg_source_seen(const rwg_source *s) {
    return s->seen ? (rwg_str){s->seen, s->text.len} : s->text;
}

const rwg_syntax_node *rwg_source_nodes(const rwg_source *s, uint32_t *out_n) {
    *out_n = s->nodes.len;
    return s->nodes.ptr;
}

const rwg_source_error *rwg_source_errors(const rwg_source *s, uint32_t *out_n) {
    *out_n = s->error_count;
    return s->errors;
}

const char *rwg_syntax_kind_name(rwg_syntax_kind kind) {
    return KINDS[(unsigned)kind < RWG_SYNTAX_KIND_COUNT ? kind : RWG_SYNTAX_OTHER].type;
}
