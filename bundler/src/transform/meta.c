/* Names that the build knows: defines, and everything that begins with `import`.
 *
 *     process.env.NODE_ENV            "production"          a define
 *     import.meta.env                 {...}, kept once      a define that is an object
 *     import.meta.hot                 options->hot
 *     import.meta, import("a")        __rwg_m, __rwg_d("a") in the factory form
 *     new URL("./a", import.meta.url) the link's URL in the place of "./a", or __rwg_i[n].default
 *     import.meta.glob("./?.ts")      glob.c
 *
 * A chain of members is replaced by the longest define that fits, but never where it is assigned
 * to. Only free names count: a local `process` is the author's. What the tests of `if` become is
 * left to whoever removes code; what is never required because of them is not imported
 * (branches.c).
 */
#include "transform/meta.h"

#include "base/map.h"
#include "transform/factory.h"

typedef struct meta {
    rwb__unit *u;
    const uint32_t *slots; /* rwb__factory_slots */
    rwg__strmap defines;   /* by name: index + 1 */
    rwg__strmap roots;     /* the first names of defines */
    RWG_VEC(rwb_define) list;
    rwg_str *kept; /* by define: the variable that holds its object, "" = none yet */
    rwg__buf key;
} meta;

/* --- the table --- */

static void add_define(meta *m, rwb_define define) {
    *rwg__vec_push(&m->list, m->u->mem) = define;
    *rwg__strmap_put(&m->defines, define.name, NULL) = m->list.len;
    rwg_str root = define.name;
    if (rwg__str_starts(root, RWG_STR("typeof "))) {
        root = rwg__str_from(root, 7);
    }
    rwg_str import = RWG_STR("import.meta");
    root.len = rwg__str_starts(root, import) ? import.len : rwg__str_index(root, '.');
    *rwg__strmap_put(&m->roots, root, NULL) = 1;
}

static uint32_t find_define(const meta *m) {
    const uint32_t *found = rwg__strmap_find(&m->defines, rwg__buf_str(&m->key));
    return found ? *found : 0;
}

/* --- chains --- */

/* Parentheses and what only says a type around an expression: (a as B)! */
static uint32_t with_wrappers(const rwb__unit *u, uint32_t node) {
    for (;;) {
        uint32_t parent = u->nodes[node].parent;
        switch ((int)rwb__kind(u, parent)) {
        case RWG_SYNTAX_PARENTHESIZED_EXPRESSION: break;
        case RWG_SYNTAX_AS_EXPRESSION:
        case RWG_SYNTAX_SATISFIES_EXPRESSION:
        case RWG_SYNTAX_NON_NULL_EXPRESSION:
            if (node != parent + 1) {
                return node; /* the type */
            }
            break;
        case RWG_SYNTAX_TYPE_ASSERTION:
            if (u->nodes[node].next != u->nodes[parent].next) {
                return node;
            }
            break;
        default: return node;
        }
        node = parent;
    }
}

static bool is_assigned(const rwb__unit *u, uint32_t node) {
    node = with_wrappers(u, node);
    uint32_t parent = u->nodes[node].parent;
    uint8_t field = u->nodes[node].field;
    switch (u->nodes[parent].kind) {
    case RWG_SYNTAX_ASSIGNMENT_EXPRESSION:
    case RWG_SYNTAX_AUGMENTED_ASSIGNMENT_EXPRESSION:
    case RWG_SYNTAX_ASSIGNMENT_PATTERN:
    case RWG_SYNTAX_FOR_IN_STATEMENT: return field == RWG_SYNTAX_FIELD_LEFT;
    case RWG_SYNTAX_UPDATE_EXPRESSION:
    case RWG_SYNTAX_ARRAY_PATTERN:
    case RWG_SYNTAX_REST_PATTERN:
    case RWG_SYNTAX_PAIR_PATTERN: return true;
    case RWG_SYNTAX_UNARY_EXPRESSION: return rwb__kind(u, parent + 1) == RWG_SYNTAX_WORD_DELETE;
    default: return false;
    }
}

/* The member's name when the node around this one reads one: `.a` or `["a"]`. */
static rwg_str member_of(const rwb__unit *u, uint32_t node, uint32_t *out_parent) {
    node = with_wrappers(u, node);
    uint32_t parent = u->nodes[node].parent;
    rwg_str none = {NULL, 0};
    *out_parent = parent;
    if (u->nodes[node].field != RWG_SYNTAX_FIELD_OBJECT) {
        return none;
    }
    if (rwb__kind(u, parent) == RWG_SYNTAX_MEMBER_EXPRESSION) {
        uint32_t name = rwb__child(u, parent, RWG_SYNTAX_FIELD_PROPERTY);
        bool word = name != 0 && rwb__kind(u, name) == RWG_SYNTAX_PROPERTY_IDENTIFIER;
        return word ? rwb__text(u, name) : none;
    }
    if (rwb__kind(u, parent) == RWG_SYNTAX_SUBSCRIPT_EXPRESSION) {
        uint32_t name = rwb__child(u, parent, RWG_SYNTAX_FIELD_INDEX);
        rwg_str text = name ? rwb__text(u, name) : none;
        bool plain = name != 0 && rwb__kind(u, name) == RWG_SYNTAX_STRING && text.len > 2 &&
                     rwg__str_index(text, '\\') == text.len;
        return plain ? rwg__str_sub(text, 1, text.len - 1) : none;
    }
    return none;
}

/* The longest define that the chain which begins with this node fits, 0 = none; *out_node is what
 * it replaces. */
static uint32_t match(meta *m, uint32_t node, uint32_t *out_node) {
    const rwb__unit *u = m->u;
    rwg__buf_clear(&m->key);
    rwg__buf_add(&m->key, rwb__text(u, node));
    if (rwb__kind(u, node) == RWG_SYNTAX_META_PROPERTY) {
        rwg__buf_clear(&m->key);
        rwg__buf_add(&m->key, RWG_STR("import.meta")); /* however it is spaced */
    }
    uint32_t best = 0;
    for (;;) {
        uint32_t found = is_assigned(u, node) ? 0 : find_define(m);
        if (found != 0) {
            best = found;
            *out_node = node;
        }
        uint32_t parent;
        rwg_str member = member_of(u, node, &parent);
        if (member.len == 0) {
            break;
        }
        rwg__buf_char(&m->key, '.');
        rwg__buf_add(&m->key, member);
        node = parent;
    }
    uint32_t parent = u->nodes[node].parent;
    if (rwb__kind(u, parent) == RWG_SYNTAX_UNARY_EXPRESSION &&
        rwb__kind(u, parent + 1) == RWG_SYNTAX_WORD_TYPEOF) {
        rwg_str chain = rwg__arena_str(u->arena, rwg__buf_str(&m->key));
        rwg__buf_clear(&m->key);
        rwg__buf_printf(&m->key, "typeof %.*s", (int)chain.len, chain.ptr);
        uint32_t found = find_define(m);
        if (found != 0) {
            best = found;
            *out_node = parent;
        }
    }
    return best;
}

/* --- values --- */

static bool is_word(rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
        bool other = i > 0 && ((c >= '0' && c <= '9') || c == '.');
        if (!letter && !other && (unsigned char)c < 0x80) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_string(rwg_str text) {
    char quote = text.len > 1 ? text.ptr[0] : 0;
    if ((quote != '"' && quote != '\'') || text.ptr[text.len - 1] != quote) {
        return false;
    }
    for (uint32_t i = 1; i + 1 < text.len; i++) {
        if (text.ptr[i] == quote) {
            return false;
        }
        i += text.ptr[i] == '\\';
    }
    return true;
}

static bool is_number(rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        if ((text.ptr[i] < '0' || text.ptr[i] > '9') && (i == 0 || text.ptr[i] != '.')) {
            return false;
        }
    }
    return text.len > 0;
}

/* Objects are made once and kept in a variable: they are one object to the code, and may be long.
 */
static rwg_str kept_object(meta *m, uint32_t define) {
    rwg_str *kept = &m->kept[define - 1];
    if (kept->len == 0) {
        char stem[40] = "__rwg_define_";
        uint32_t len = (uint32_t)strlen(stem);
        for (uint32_t rest = define; rest > 0; rest /= 10) {
            stem[len++] = (char)('0' + rest % 10);
        }
        stem[len++] = '_';
        stem[len] = 0;
        rwg_str value = m->list.ptr[define - 1].value;
        *kept = rwb__factory_free_name(m->u, stem);
        rwg__buf_printf(
            &m->u->head, "var %.*s = %.*s;\n", (int)kept->len, kept->ptr, (int)value.len, value.ptr
        );
    }
    return *kept;
}

void rwb__meta_begin(rwb__unit *u, uint32_t node, bool begins_with_bracket) {
    const rwg_syntax_node *at = &u->nodes[node];
    rwb__edits_begin(u->edits, RWB__REPLACE, at->start, at->end);
    uint32_t statement = node;
    while (statement > 0 && u->nodes[statement].start == at->start &&
           rwb__kind(u, statement) != RWG_SYNTAX_EXPRESSION_STATEMENT) {
        statement = u->nodes[statement].parent;
    }
    if (begins_with_bracket && statement > 0 && u->nodes[statement].start == at->start &&
        rwb__unit_needs_semicolon(u, statement)) {
        rwb__edits_text(u->edits, RWG_STR(";"));
    }
}

static void write_define(meta *m, uint32_t define, uint32_t node) {
    rwb__unit *u = m->u;
    rwg_str value = m->list.ptr[define - 1].value;
    bool is_object = value.len > 0 && (value.ptr[0] == '{' || value.ptr[0] == '[');
    value = is_object ? kept_object(m, define) : value;
    bool has_member = u->nodes[node].field == RWG_SYNTAX_FIELD_OBJECT;
    bool plain = is_word(value) || is_string(value) || (is_number(value) && !has_member);
    bool shorthand = rwb__kind(u, node) == RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER;
    rwg_span span = {u->nodes[node].start, u->nodes[node].end};
    rwb__meta_begin(u, node, !plain);
    if (shorthand) {
        rwb__edits_text(u->edits, rwb__text(u, node));
        rwb__edits_text(u->edits, RWG_STR(": "));
    }
    rwb__edits_text(u->edits, rwg__str_c(plain ? "" : "("));
    rwb__edits_mapped(u->edits, value, span, RWG_STR(""));
    rwb__edits_text(u->edits, rwg__str_c(plain ? "" : ")"));
}

/* --- the walk --- */

static bool is_free(const rwb__unit *u, uint32_t node) {
    const rwb__reference *ref = rwb__scopes_reference_at(u->scopes, node);
    return ref && ref->symbol == RWB_NO_SYMBOL &&
           !(ref->flags & (RWB__REF_TYPE | RWB__REF_JSX | RWB__REF_WRITE));
}

static bool is_import_meta(const rwb__unit *u, uint32_t node) {
    return rwb__kind(u, node) == RWG_SYNTAX_META_PROPERTY &&
           rwb__kind(u, node + 1) == RWG_SYNTAX_WORD_IMPORT;
}

/* import.meta.glob(...) and import(`./a/${b}.js`). */
static void write_call(const meta *m, uint32_t call) {
    rwb__unit *u = m->u;
    uint32_t function = rwb__child(u, call, RWG_SYNTAX_FIELD_FUNCTION);
    if (function == 0) {
        return;
    }
    if (rwb__kind(u, function) == RWG_SYNTAX_IMPORT) {
        (void)rwb__glob_write_template(u, call);
    } else if (rwb__kind(u, function) == RWG_SYNTAX_MEMBER_EXPRESSION) {
        uint32_t object = rwb__child(u, function, RWG_SYNTAX_FIELD_OBJECT);
        uint32_t name = rwb__child(u, function, RWG_SYNTAX_FIELD_PROPERTY);
        if (object != 0 && name != 0 && is_import_meta(u, object) &&
            rwg__str_eq_c(rwb__text(u, name), "glob")) {
            (void)rwb__glob_write(u, call, m->slots);
        }
    }
}

static void write_name(rwb__unit *u, uint32_t node, rwb__factory_parameter parameter) {
    if (u->options->form == RWB_FORM_FACTORY) {
        rwg_span span = {u->nodes[node].start, u->nodes[node].end};
        rwb__edits_begin(u->edits, RWB__REPLACE, span.start, span.end);
        rwb__edits_mapped(u->edits, rwb__factory_name(u, parameter), span, RWG_STR(""));
    }
}

/* Looks at one node; returns the next one to look at. */
static uint32_t visit(meta *m, uint32_t i) {
    rwb__unit *u = m->u;
    rwg_syntax_kind kind = rwb__kind(u, i);
    bool is_name = kind == RWG_SYNTAX_IDENTIFIER ||
                   kind == RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER || kind == RWG_SYNTAX_UNDEFINED;
    bool is_meta = is_import_meta(u, i);
    if (kind == RWG_SYNTAX_CALL_EXPRESSION) {
        write_call(m, i);
    } else if (kind == RWG_SYNTAX_IMPORT && u->nodes[i].field == RWG_SYNTAX_FIELD_FUNCTION) {
        write_name(u, i, RWB__FACTORY_DYNAMIC);
    } else if (is_meta || is_name) {
        rwg_str root = is_meta ? RWG_STR("import.meta") : rwb__text(u, i);
        bool wanted = rwg__strmap_find(&m->roots, root) && (is_meta || is_free(u, i));
        uint32_t node = i;
        uint32_t define = wanted ? match(m, i, &node) : 0;
        if (define != 0) {
            write_define(m, define, node);
            rwb__branches_drop(u, node, m->list.ptr[define - 1].value);
            return u->nodes[i].next;
        }
        if (is_meta) {
            write_name(u, i, RWB__FACTORY_META);
            return u->nodes[i].next;
        }
    }
    return i + 1;
}

/* Only where the URL is asked for relative to the module, which links know nothing of otherwise. */
static void write_urls(rwb__unit *u, const uint32_t *slots) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(u->record, &count);
    for (uint32_t i = 0; i < count; i++) {
        rwb_link link = rwb__unit_link(u, i);
        bool is_url = imports[i].kind == RWG_IMPORT_URL || imports[i].kind == RWG_IMPORT_WORKER;
        if (is_url && link.kind == RWB_LINK_URL && u->options->form == RWB_FORM_ESM) {
            rwg_span span = imports[i].span;
            rwb__edits_begin(u->edits, RWB__REPLACE, span.start, span.end);
            rwb__edits_mapped(u->edits, rwb__unit_quote(u, link.url), span, RWG_STR(""));
        } else if (rwb__factory_imports_url(u, i)) {
            rwg_span span = imports[i].span;
            rwb__edits_begin(u->edits, RWB__REPLACE, span.start, span.end);
            rwb__edits_text(u->edits, rwb__factory_name(u, RWB__FACTORY_IMPORTS));
            rwb__edits_printf(u->edits, "[%u].default", slots[i]);
        }
    }
}

void rwb__meta_run(rwb__unit *u) {
    meta m = {.u = u, .slots = rwb__factory_slots(u)};
    rwg__strmap_init(&m.defines, u->mem);
    rwg__strmap_init(&m.roots, u->mem);
    rwg__buf_init(&m.key, u->mem);
    for (uint32_t i = 0; i < u->options->define_count; i++) {
        add_define(&m, u->options->defines[i]);
    }
    if (u->options->hot.len > 0) {
        add_define(&m, (rwb_define){RWG_STR("import.meta.hot"), u->options->hot});
    }
    m.kept = rwg__arena_zalloc(u->arena, (m.list.len + 1) * sizeof *m.kept);
    for (uint32_t i = 1; i < u->node_count;) {
        i = visit(&m, i);
    }
    write_urls(u, m.slots);
    rwg__buf_deinit(&m.key);
    rwg__vec_free(&m.list, u->mem);
    rwg__strmap_deinit(&m.roots);
    rwg__strmap_deinit(&m.defines);
}
