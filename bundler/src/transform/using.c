/* `using` and `await using`, which most engines do not know yet.
 *
 *     { using a = b; c(); }   ->   { const _env = {...}; try { const a = __rwg_using(_env, b,
 * false); c(); } catch (_error) {...} finally { __rwg_dispose(_env); } }
 *
 * What has to be disposed of is noted in an object for each region: a block, a function's or
 * namespace's body or a static block, wrapped inside of its braces; a `for` with a head and a
 * `switch`, wrapped as a whole; the body of a `for ... of`; the module from its first `using` to
 * its end (using_module.c).
 *
 * Where the grammar does not know the words it reads `const`: the text says which it is. */
#include "transform/using.h"

typedef enum region_kind {
    REGION_BLOCK,
    REGION_MODULE,
    REGION_FOR, /* or a switch */
    REGION_FOR_OF,
} region_kind;

typedef struct lowering {
    rwb__unit *u;
    RWG_VEC(rwb__using_region) regions;
    uint32_t *region_of; /* by node: 1 + its region, or 0 */
} lowering;

static bool is_comment(const rwb__unit *u, uint32_t i) {
    return rwb__kind(u, i) == RWG_SYNTAX_COMMENT;
}

/* Alone, `using a = b` is an assignment to the grammar of TypeScript, `await using a = b` one that
 * is awaited. Gives the first word. */
static uint32_t assignment_word(const rwb__unit *u, uint32_t statement, bool *out_awaits) {
    uint32_t i = rwb__first(u, statement);
    while (rwb__kind(u, i) == RWG_SYNTAX_SEQUENCE_EXPRESSION) {
        i = rwb__first(u, i);
    }
    uint32_t word = rwb__first(u, i);
    *out_awaits = rwb__kind(u, i) == RWG_SYNTAX_AWAIT_EXPRESSION;
    if (*out_awaits) {
        i = u->nodes[word].next;
    }
    bool is_using = rwb__kind(u, i) == RWG_SYNTAX_ASSIGNMENT_EXPRESSION &&
                    rwb__kind(u, rwb__first(u, i)) == RWG_SYNTAX_WORD_USING;
    return is_using ? word : 0;
}

/* The word of a declaration with `using`, or 0. */
static uint32_t using_word(const rwb__unit *u, uint32_t node, bool *out_awaits) {
    rwg_syntax_kind kind = rwb__kind(u, node);
    if (kind == RWG_SYNTAX_EXPRESSION_STATEMENT) {
        return assignment_word(u, node, out_awaits);
    }
    if (kind != RWG_SYNTAX_LEXICAL_DECLARATION && kind != RWG_SYNTAX_USING_DECLARATION &&
        kind != RWG_SYNTAX_FOR_IN_STATEMENT) {
        return 0;
    }
    uint32_t word = rwb__child(u, node, RWG_SYNTAX_FIELD_KIND);
    rwg_str text = word ? rwb__text(u, word) : RWG_STR("");
    *out_awaits = rwg__str_eq_c(text, "await");
    return *out_awaits || rwg__str_eq_c(text, "using") ? word : 0;
}

static rwb__using_region *region_at(lowering *l, region_kind kind, uint32_t node, uint32_t first) {
    if (l->region_of[node] == 0) {
        *rwg__vec_push(&l->regions, l->u->mem) = (rwb__using_region){
            .kind = (uint8_t)kind,
            .node = node,
            .first = first,
            .env = rwb__unit_name(l->u, "_env"),
        };
        l->region_of[node] = l->regions.len;
    }
    return &l->regions.ptr[l->region_of[node] - 1];
}

/* The region of a declaration, or NULL where none may be. */
static rwb__using_region *region_of(lowering *l, uint32_t node) {
    rwb__unit *u = l->u;
    if (rwb__kind(u, node) == RWG_SYNTAX_FOR_IN_STATEMENT) {
        return region_at(l, REGION_FOR_OF, node, node);
    }
    uint32_t parent = u->nodes[node].parent;
    switch ((int)rwb__kind(u, parent)) {
    case RWG_SYNTAX_PROGRAM: return region_at(l, REGION_MODULE, parent, node);
    case RWG_SYNTAX_FOR_STATEMENT: return region_at(l, REGION_FOR, parent, node);
    case RWG_SYNTAX_STATEMENT_BLOCK: return region_at(l, REGION_BLOCK, parent, node);
    case RWG_SYNTAX_SWITCH_CASE:
    case RWG_SYNTAX_SWITCH_DEFAULT:
        while (rwb__kind(u, parent) != RWG_SYNTAX_SWITCH_STATEMENT) {
            parent = u->nodes[parent].parent;
        }
        return region_at(l, REGION_FOR, parent, node);
    default:
        rwb__unit_error(u, node, "`using` needs a block of its own here: put braces around it");
        return NULL;
    }
}

/* --- declarations --- */

/* One name and its value. `word` is in front of the first of them, else 0. */
static void
write_part(rwb__unit *u, const rwb__using_region *in, uint32_t part, uint32_t word, bool awaits) {
    bool declares = rwb__kind(u, part) == RWG_SYNTAX_VARIABLE_DECLARATOR;
    uint32_t name = rwb__child(u, part, declares ? RWG_SYNTAX_FIELD_NAME : RWG_SYNTAX_FIELD_LEFT);
    uint32_t value =
        rwb__child(u, part, declares ? RWG_SYNTAX_FIELD_VALUE : RWG_SYNTAX_FIELD_RIGHT);
    if (value == 0 || rwb__kind(u, name) != RWG_SYNTAX_IDENTIFIER) {
        rwb__unit_error(u, part, "`using` needs a name and a value");
        return;
    }
    if (word != 0) {
        rwg_str declares_as = in->kind == REGION_MODULE ? RWG_STR("var ") : RWG_STR("const ");
        rwb__edits_replace(u->edits, u->nodes[word].start, u->nodes[name].start, declares_as);
    }
    rwb__edits_begin(u->edits, RWB__REPLACE, u->nodes[name].end, u->nodes[value].start);
    rwb__edits_printf(u->edits, " = %s(%s, ", rwb__unit_helper(u, RWB__HELPER_USING), in->env.ptr);
    rwb__edits_insert(
        u->edits, RWB__AFTER, u->nodes[value].end, rwg__str_c(awaits ? ", true)" : ", false)")
    );
}

/* using a = b, c = d;  ->  const a = __rwg_using(_env, b, false), ... */
static void write_declaration(lowering *l, uint32_t node) {
    rwb__unit *u = l->u;
    bool awaits = false;
    uint32_t word = using_word(u, node, &awaits);
    rwb__using_region *in = region_of(l, node);
    if (!in) {
        return;
    }
    in->awaits |= awaits;
    if (in->kind == REGION_FOR_OF) {
        uint32_t left = rwb__child(u, node, RWG_SYNTAX_FIELD_LEFT);
        rwb__edits_replace(u->edits, u->nodes[word].start, u->nodes[left].start, RWG_STR("const "));
        return;
    }
    for (uint32_t i = rwb__first(u, node); i < u->nodes[node].next;) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        if (kind == RWG_SYNTAX_VARIABLE_DECLARATOR || kind == RWG_SYNTAX_ASSIGNMENT_EXPRESSION) {
            write_part(u, in, i, word, awaits);
            word = 0;
        }
        bool holds = kind == RWG_SYNTAX_SEQUENCE_EXPRESSION || kind == RWG_SYNTAX_AWAIT_EXPRESSION;
        i = holds ? i + 1 : u->nodes[i].next;
    }
}

/* --- regions --- */

void rwb__using_put_opening(rwb__unit *u, const rwb__using_region *r) {
    rwb__edits_printf(
        u->edits, " const %s = { stack: [], error: undefined, hasError: false }; try { ", r->env.ptr
    );
}

void rwb__using_put_ending(rwb__unit *u, const rwb__using_region *r) {
    rwg_str error = rwb__unit_name(u, "_error");
    rwb__edits_printf(
        u->edits,
        "} catch (%s) { %s.error = %s; %s.hasError = true; } finally { ",
        error.ptr,
        r->env.ptr,
        error.ptr,
        r->env.ptr
    );
    const char *dispose = rwb__unit_helper(u, RWB__HELPER_DISPOSE);
    if (r->awaits) {
        rwg_str result = rwb__unit_name(u, "_result");
        rwb__edits_printf(
            u->edits,
            "const %s = %s(%s); if (%s) await %s; } ",
            result.ptr,
            dispose,
            r->env.ptr,
            result.ptr,
            result.ptr
        );
    } else {
        rwb__edits_printf(u->edits, "%s(%s); } ", dispose, r->env.ptr);
    }
}

/* Where a block's own statements begin: behind its brace, a function's behind its directives. */
static uint32_t block_start(const rwb__unit *u, uint32_t block, bool *out_ends) {
    uint32_t at = u->nodes[block].start + 1;
    *out_ends = true;
    for (uint32_t i = rwb__first(u, block) + 1; i < u->nodes[block].next; i = u->nodes[i].next) {
        bool directive = rwb__kind(u, i) == RWG_SYNTAX_EXPRESSION_STATEMENT &&
                         rwb__kind(u, rwb__first(u, i)) == RWG_SYNTAX_STRING;
        if (!directive && !is_comment(u, i)) {
            break;
        }
        if (directive) {
            at = rwb__unit_last_end(u, i);
            *out_ends = u->text.ptr[at - 1] == ';';
        }
    }
    return at;
}

/* A loop or switch with the labels in front of it. */
static uint32_t labeled(const rwb__unit *u, uint32_t loop) {
    while (rwb__kind(u, u->nodes[loop].parent) == RWG_SYNTAX_LABELED_STATEMENT) {
        loop = u->nodes[loop].parent;
    }
    return loop;
}

static void open_region(rwb__unit *u, const rwb__using_region *r) {
    uint32_t start;
    bool ends = true;
    switch ((region_kind)r->kind) {
    case REGION_BLOCK:
        start = block_start(u, r->node, &ends);
        rwb__edits_begin(u->edits, RWB__AFTER, start, start);
        rwb__edits_text(u->edits, rwg__str_c(ends ? "" : ";"));
        rwb__using_put_opening(u, r);
        break;
    case REGION_MODULE: rwb__using_write_module(u, r); break;
    case REGION_FOR:
        start = u->nodes[labeled(u, r->node)].start;
        rwb__edits_begin(u->edits, RWB__BEFORE, start, start);
        rwb__edits_text(u->edits, RWG_STR("{"));
        rwb__using_put_opening(u, r);
        break;
    case REGION_FOR_OF:
        /* Behind the head's parenthesis: the body is what others may write in front of. */
        start = rwb__unit_token_end(u, rwb__child(u, r->node, RWG_SYNTAX_FIELD_BODY));
        rwg_str name = rwb__text(u, rwb__child(u, r->node, RWG_SYNTAX_FIELD_LEFT));
        rwb__edits_begin(u->edits, RWB__AFTER, start, start);
        rwb__edits_text(u->edits, RWG_STR(" {"));
        rwb__using_put_opening(u, r);
        rwb__edits_printf(
            u->edits,
            "%s(%s, %.*s, %s); ",
            rwb__unit_helper(u, RWB__HELPER_USING),
            r->env.ptr,
            (int)name.len,
            name.ptr,
            r->awaits ? "true" : "false"
        );
        break;
    }
}

static void close_region(rwb__unit *u, const rwb__using_region *r) {
    uint32_t end;
    switch ((region_kind)r->kind) {
    case REGION_BLOCK:
        end = rwb__unit_last_end(u, r->node) - 1;
        rwb__edits_begin(u->edits, RWB__BEFORE, end, end);
        rwb__using_put_ending(u, r);
        break;
    case REGION_MODULE: break;
    case REGION_FOR:
    case REGION_FOR_OF:
        end = rwb__unit_last_end(u, r->node);
        rwb__edits_begin(u->edits, RWB__AFTER, end, end);
        rwb__edits_text(u->edits, RWG_STR(" "));
        rwb__using_put_ending(u, r);
        rwb__edits_text(u->edits, RWG_STR("}"));
        break;
    }
}

/* --- modules --- */

static bool is_function(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_FUNCTION_DECLARATION || kind == RWG_SYNTAX_FUNCTION_EXPRESSION ||
           kind == RWG_SYNTAX_GENERATOR_FUNCTION || kind == RWG_SYNTAX_ARROW_FUNCTION ||
           kind == RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION ||
           kind == RWG_SYNTAX_METHOD_DEFINITION || kind == RWG_SYNTAX_CLASS_STATIC_BLOCK;
}

static bool is_in_function(const rwb__unit *u, uint32_t node) {
    for (uint32_t i = node; i != 0; i = u->nodes[i].parent) {
        if (is_function(rwb__kind(u, i))) {
            return true;
        }
    }
    return false;
}

/* --- the pass --- */

static uint32_t first_using(const rwb__unit *u) {
    bool awaits = false;
    for (uint32_t i = 1; i < u->node_count; i++) {
        if (using_word(u, i, &awaits)) {
            return i;
        }
    }
    return 0;
}

uint32_t rwb__using_start(const rwb__unit *u) {
    bool awaits = false;
    for (uint32_t i = rwb__first(u, 0); i < u->nodes[0].next; i = u->nodes[i].next) {
        if (using_word(u, i, &awaits)) {
            return i;
        }
    }
    return UINT32_MAX;
}

void rwb__using_run(rwb__unit *u) {
    uint32_t first = first_using(u);
    if (first == 0) {
        return;
    }
    lowering l = {.u = u};
    l.region_of = rwg__arena_zalloc(u->arena, u->node_count * sizeof *l.region_of);
    bool awaits = false;
    for (uint32_t i = first; i < u->node_count; i++) {
        if (rwb__kind(u, i) == RWG_SYNTAX_AMBIENT_DECLARATION) {
            i = u->nodes[i].next - 1;
        } else if (using_word(u, i, &awaits)) {
            write_declaration(&l, i);
        }
    }
    for (uint32_t i = 0; i < l.regions.len; i++) {
        const rwb__using_region *r = &l.regions.ptr[i];
        open_region(u, r);
        u->is_async |= r->awaits && !is_in_function(u, r->node);
    }
    for (uint32_t i = l.regions.len; i-- > 0;) {
        close_region(u, &l.regions.ptr[i]);
    }
    rwg__vec_free(&l.regions, u->mem);
}
