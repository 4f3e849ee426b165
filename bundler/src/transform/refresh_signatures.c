/* React Refresh: signatures of functions that call hooks.
 *
 *     const f = (a) => memo(() => useA(a));
 *
 *     const f = (a) => { const _s = __rwg_refresh.signature(); return (
 *         _s(memo(_s(() => { _s(); return (useA(a)); }, "...", false, () => [useA])), ...)); };
 *
 * A signature covers the hooks that a function calls itself: their names, what their results are
 * bound to, and initial states, since state must be dropped when those change. It is given to each
 * function that is made: its variable is declared in the block where the function is made, or in
 * the module's head. A declared function, or one that is a variable's value, is signed behind its
 * statement, so that it keeps its name; any other where it stands, and so is what calls make of it.
 *
 * First everything is planned, then it is written: what opens from the outer nodes to the inner
 * ones, what closes from the inner to the outer. That is the order in which edits at one position
 * show (E4). */
#include "base/hash.h"
#include "transform/factory.h"
#include "transform/refresh.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct signature {
    rwg_str name;      /* _s, _s2, ... */
    rwg_str target;    /* what is signed behind a statement, "" when the function is wrapped */
    uint32_t function; /* its node */
    uint32_t place;    /* of the body: the block, or the arrow function whose body is a value */
    uint32_t home;     /* likewise, where its variable is declared; 0 for the module's head */
    uint32_t first;    /* range in the list of hooks */
    uint32_t end;
    uint32_t next_here; /* 1 + the next one whose home is the same, or 0 */
} signature;

/* The order of what closes behind one node. */
typedef enum mark_kind {
    MARK_STATEMENT, /* _s(name, ...); */
    MARK_WRAP,      /* , ...) */
    MARK_BODY,      /* ); } of an arrow function */
} mark_kind;

typedef struct mark {
    uint32_t node;
    uint32_t signature;
    uint8_t kind;
} mark;

typedef struct signing {
    rwb__unit *u;
    RWG_VEC(signature) all;
    RWG_VEC(uint32_t) hooks; /* calls */
    RWG_VEC(mark) marks;
    uint32_t *own;   /* by place: 1 + the signature of the function, or 0 */
    uint32_t *homes; /* by place: 1 + the first signature that is declared there, or 0 */
    bool resets;     /* a comment says `@refresh reset` */
} signing;

/* --- words --- */

bool rwb__refresh_is_component_name(rwg_str name) {
    return name.len > 0 && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
}

bool rwb__refresh_is_function(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_ARROW_FUNCTION || kind == RWG_SYNTAX_FUNCTION_EXPRESSION ||
           kind == RWG_SYNTAX_FUNCTION_DECLARATION || kind == RWG_SYNTAX_GENERATOR_FUNCTION ||
           kind == RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION;
}

rwg_str rwb__refresh_name(const rwb__unit *u, const char *stem, uint32_t number) {
    char text[16];
    (void)snprintf(text, sizeof text, number == 1 ? "%s" : "%s%u", stem, number);
    return rwb__factory_free_name(u, text);
}

static bool is_hook_name(rwg_str name) {
    return rwg__str_starts(name, RWG_STR("use")) && name.len > 3 &&
           rwb__refresh_is_component_name(rwg__str_from(name, 3));
}

static bool is_own_hook_of_react(rwg_str name) {
    static const char *const NAMES[] = {
        "useState",
        "useReducer",
        "useEffect",
        "useLayoutEffect",
        "useMemo",
        "useCallback",
        "useRef",
        "useContext",
        "useImperativeHandle",
        "useDebugValue",
        "useId",
        "useDeferredValue",
        "useTransition",
        "useInsertionEffect",
        "useSyncExternalStore",
        "useFormStatus",
        "useFormState",
        "useActionState",
        "useOptimistic"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (rwg__str_eq_c(name, NAMES[i])) {
            return true;
        }
    }
    return false;
}

static bool is_declaration(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_FUNCTION_DECLARATION ||
           kind == RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION;
}

static bool has_own_hooks(rwg_syntax_kind kind) {
    return rwb__refresh_is_function(kind) || kind == RWG_SYNTAX_METHOD_DEFINITION;
}

/* --- the signature of a function --- */

/* The hook that a call calls, as a name: of `useA()` and `b.useA()`. */
static rwg_str hook_of(const rwb__unit *u, uint32_t call) {
    uint32_t callee = rwb__child(u, call, RWG_SYNTAX_FIELD_FUNCTION);
    uint32_t list = rwb__child(u, call, RWG_SYNTAX_FIELD_ARGUMENTS);
    rwg_str none = {NULL, 0};
    if (rwb__kind(u, list) != RWG_SYNTAX_ARGUMENTS) {
        return none; /* a template with a tag */
    }
    if (callee != 0 && rwb__kind(u, callee) == RWG_SYNTAX_MEMBER_EXPRESSION) {
        callee = rwb__child(u, callee, RWG_SYNTAX_FIELD_PROPERTY);
    } else if (callee != 0 && rwb__kind(u, callee) != RWG_SYNTAX_IDENTIFIER) {
        callee = 0;
    }
    rwg_str name = callee ? rwb__text(u, callee) : none;
    return is_hook_name(name) ? name : none;
}

/* Adds the hooks that the function calls itself to the list. */
static void collect_hooks(signing *s, uint32_t function) {
    const rwb__unit *u = s->u;
    for (uint32_t i = function + 1; i < u->nodes[function].next;) {
        if (has_own_hooks(rwb__kind(u, i))) {
            i = u->nodes[i].next;
            continue;
        }
        if (rwb__kind(u, i) == RWG_SYNTAX_CALL_EXPRESSION && hook_of(u, i).len > 0) {
            *rwg__vec_push(&s->hooks, u->mem) = i;
        }
        i++;
    }
}

uint32_t rwb__refresh_argument(const rwb__unit *u, uint32_t call, uint32_t index) {
    uint32_t list = rwb__child(u, call, RWG_SYNTAX_FIELD_ARGUMENTS);
    for (uint32_t c = list + 1; list != 0 && c < u->nodes[list].next; c = u->nodes[c].next) {
        bool counts = u->nodes[c].flags & RWG_SYNTAX_NAMED && rwb__kind(u, c) != RWG_SYNTAX_COMMENT;
        if (counts && index-- == 0) {
            return c;
        }
    }
    return 0;
}

static rwg_str hash_of(const signing *s, const signature *of) {
    rwb__unit *u = s->u;
    rwg__buf key;
    rwg__buf_init(&key, u->mem);
    for (uint32_t i = of->first; i < of->end; i++) {
        uint32_t call = s->hooks.ptr[i];
        uint32_t parent = u->nodes[call].parent;
        rwg_str hook = hook_of(u, call);
        rwg__buf_add(&key, hook);
        rwg__buf_char(&key, '{');
        if (rwb__kind(u, parent) == RWG_SYNTAX_VARIABLE_DECLARATOR) {
            rwg__buf_add(&key, rwb__text(u, rwb__child(u, parent, RWG_SYNTAX_FIELD_NAME)));
        }
        uint32_t initial = rwg__str_eq_c(hook, "useState")     ? rwb__refresh_argument(u, call, 0)
                           : rwg__str_eq_c(hook, "useReducer") ? rwb__refresh_argument(u, call, 1)
                                                               : 0;
        if (initial != 0) {
            rwg__buf_char(&key, '(');
            rwg__buf_add(&key, rwb__text(u, initial));
            rwg__buf_char(&key, ')');
        }
        rwg__buf_add(&key, RWG_STR("}\n"));
    }
    char hex[33];
    rwg__hash_hex(rwg__hash_bytes(key.bytes.ptr, key.bytes.len), hex);
    rwg__buf_deinit(&key);
    return rwg__arena_str(u->arena, rwg__str(hex, 16));
}

/* Can the hook be named where the function is signed, outside of it? */
static bool is_seen_outside(const rwb__unit *u, uint32_t function, uint32_t call) {
    uint32_t count = 0;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &count);
    const rwb__scope *scopes = rwb__scopes_all(u->scopes, &count);
    uint32_t name = rwb__child(u, call, RWG_SYNTAX_FIELD_FUNCTION);
    if (rwb__kind(u, name) == RWG_SYNTAX_MEMBER_EXPRESSION) {
        name = rwb__child(u, name, RWG_SYNTAX_FIELD_OBJECT);
    }
    uint32_t symbol = rwb__kind(u, name) == RWG_SYNTAX_IDENTIFIER
                          ? rwb__scopes_symbol_at(u->scopes, name)
                          : RWB_NO_SYMBOL;
    uint32_t scope = symbol == RWB_NO_SYMBOL ? 0 : symbols[symbol].scope;
    return symbol != RWB_NO_SYMBOL && (scope == 0 || scopes[scope].node < function);
}

/* `, "hash", reset, () => [useOther])`, as pieces of the edit at hand. */
static void put_signature(const signing *s, const signature *of) {
    rwb__unit *u = s->u;
    rwg_str hash = hash_of(s, of);
    bool resets = s->resets;
    uint32_t own = 0;
    for (uint32_t i = of->first; i < of->end; i++) {
        bool custom = !is_own_hook_of_react(hook_of(u, s->hooks.ptr[i]));
        bool named = custom && is_seen_outside(u, of->function, s->hooks.ptr[i]);
        resets = resets || (custom && !named);
        own += named;
    }
    rwb__edits_printf(u->edits, ", \"%.*s\"", (int)hash.len, hash.ptr);
    if (resets || own > 0) {
        rwb__edits_text(u->edits, rwg__str_c(resets ? ", true" : ", false"));
    }
    const char *before = ", () => [";
    for (uint32_t i = of->first; i < of->end && own > 0; i++) {
        uint32_t call = s->hooks.ptr[i];
        if (!is_own_hook_of_react(hook_of(u, call)) && is_seen_outside(u, of->function, call)) {
            uint32_t callee = rwb__child(u, call, RWG_SYNTAX_FIELD_FUNCTION);
            rwb__edits_text(u->edits, rwg__str_c(before));
            rwb__edits_span(u->edits, u->nodes[callee].start, u->nodes[callee].end);
            before = ", ";
        }
    }
    rwb__edits_text(u->edits, rwg__str_c(own > 0 ? "])" : ")"));
}

/* --- the plan --- */

/* The body of a function as a place: its block, or the arrow function itself. */
static uint32_t place_of(const rwb__unit *u, uint32_t function) {
    uint32_t body = rwb__child(u, function, RWG_SYNTAX_FIELD_BODY);
    bool block = body != 0 && rwb__kind(u, body) == RWG_SYNTAX_STATEMENT_BLOCK;
    return block ? body : body != 0 ? function : 0;
}

/* The innermost place that the node stands in, 0 for the module. */
static uint32_t home_of(const rwb__unit *u, uint32_t node) {
    for (uint32_t i = node; i != 0; i = u->nodes[i].parent) {
        uint32_t parent = u->nodes[i].parent;
        bool arrow = rwb__kind(u, parent) == RWG_SYNTAX_ARROW_FUNCTION;
        if (rwb__kind(u, parent) == RWG_SYNTAX_STATEMENT_BLOCK ||
            (arrow && u->nodes[i].field == RWG_SYNTAX_FIELD_BODY)) {
            return parent;
        }
    }
    return 0;
}

static bool is_list(const rwb__unit *u, uint32_t node) {
    return node == 0 || rwb__kind(u, node) == RWG_SYNTAX_STATEMENT_BLOCK;
}

/* The statement behind which a declared function, or a variable's value, can be signed; 0 when
 * there is none. *out_name: the identifier. */
static uint32_t statement_of(const rwb__unit *u, uint32_t function, uint32_t *out_name) {
    uint32_t statement = function;
    *out_name = rwb__child(u, function, RWG_SYNTAX_FIELD_NAME);
    if (!is_declaration(rwb__kind(u, function))) {
        uint32_t declarator = u->nodes[function].parent;
        while (rwb__kind(u, declarator) == RWG_SYNTAX_PARENTHESIZED_EXPRESSION) {
            declarator = u->nodes[declarator].parent;
        }
        if (rwb__kind(u, declarator) != RWG_SYNTAX_VARIABLE_DECLARATOR) {
            return 0;
        }
        *out_name = rwb__child(u, declarator, RWG_SYNTAX_FIELD_NAME);
        statement = u->nodes[declarator].parent;
    }
    uint32_t parent = u->nodes[statement].parent;
    if (rwb__kind(u, parent) == RWG_SYNTAX_EXPORT_STATEMENT) {
        bool is_member = u->nodes[parent].parent != 0; /* of a namespace, no variable */
        return is_member && statement != function ? 0 : parent;
    }
    bool named = *out_name != 0 && rwb__kind(u, *out_name) == RWG_SYNTAX_IDENTIFIER;
    return named && is_list(u, parent) ? statement : 0;
}

/* The call that the value is an argument of, 0 without one: of `f(g = (value))` f's. */
static uint32_t call_around(const rwb__unit *u, uint32_t value) {
    for (uint32_t node = value, parent = 0;; node = parent) {
        parent = u->nodes[node].parent;
        rwg_syntax_kind kind = rwb__kind(u, parent);
        bool assigned = kind == RWG_SYNTAX_ASSIGNMENT_EXPRESSION &&
                        rwb__child(u, parent, RWG_SYNTAX_FIELD_RIGHT) == node;
        if (kind == RWG_SYNTAX_ARGUMENTS) {
            uint32_t call = u->nodes[parent].parent;
            return rwb__kind(u, call) == RWG_SYNTAX_CALL_EXPRESSION ? call : 0;
        }
        if (!assigned && kind != RWG_SYNTAX_PARENTHESIZED_EXPRESSION) {
            return 0;
        }
    }
}

static void add_mark(signing *s, mark_kind kind, uint32_t node, uint32_t number) {
    *rwg__vec_push(&s->marks, s->u->mem) = (mark){node, number, (uint8_t)kind};
}

/* Notes where the function is signed; false when it cannot be. */
static bool plan_place(signing *s, uint32_t function, uint32_t number, rwg_str *out_target) {
    const rwb__unit *u = s->u;
    uint32_t name = 0;
    uint32_t statement = statement_of(u, function, &name);
    if (statement != 0) {
        *out_target = rwb__text(u, name);
        add_mark(s, MARK_STATEMENT, statement, number);
        return true;
    }
    bool is_default = rwb__kind(u, u->nodes[function].parent) == RWG_SYNTAX_EXPORT_STATEMENT;
    if (is_declaration(rwb__kind(u, function)) ||
        (is_default && rwb__kind(u, function) != RWG_SYNTAX_ARROW_FUNCTION)) {
        return false; /* a declaration without a name, or that is no statement of a list */
    }
    for (uint32_t node = function; node != 0; node = call_around(u, node)) {
        add_mark(s, MARK_WRAP, node, number);
    }
    return true;
}

static void plan(signing *s, uint32_t function) {
    rwb__unit *u = s->u;
    uint32_t first = s->hooks.len;
    uint32_t place = place_of(u, function);
    collect_hooks(s, function);
    rwg_str target = RWG_STR("");
    uint32_t number = s->all.len;
    if (s->hooks.len == first || place == 0 || !plan_place(s, function, number, &target)) {
        s->hooks.len = first;
        return;
    }
    uint32_t home = home_of(u, function);
    *rwg__vec_push(&s->all, u->mem) = (signature){
        .name = rwb__refresh_name(u, "_s", number + 1),
        .target = target,
        .function = function,
        .place = place,
        .home = home,
        .first = first,
        .end = s->hooks.len,
        .next_here = home == 0 ? 0 : s->homes[home],
    };
    s->own[place] = number + 1;
    s->homes[home] = number + 1;
}

/* --- writing --- */

/* Where a block's statements begin behind its directives; *out_ends: what stands there is closed.
 */
static uint32_t behind_directives(const rwb__unit *u, uint32_t block, bool *out_ends) {
    uint32_t at = u->nodes[block].start + 1;
    *out_ends = true;
    for (uint32_t c = block + 2; c < u->nodes[block].next; c = u->nodes[c].next) {
        rwg_syntax_kind kind = rwb__kind(u, c);
        if (kind == RWG_SYNTAX_COMMENT) {
            continue;
        }
        if (kind != RWG_SYNTAX_EXPRESSION_STATEMENT || rwb__kind(u, c + 1) != RWG_SYNTAX_STRING) {
            break;
        }
        at = rwb__unit_last_end(u, c);
        *out_ends = u->text.ptr[at - 1] == ';';
    }
    return at;
}

/* What comes first in a function or block: the call of its signature, and the variables of those
 * that are made in it. */
static void open_place(signing *s, uint32_t place) {
    rwb__unit *u = s->u;
    bool block = rwb__kind(u, place) == RWG_SYNTAX_STATEMENT_BLOCK;
    bool ends = true;
    /* Not in front of a value: what repeats its beginning must not have this, too. */
    uint32_t arrow = block ? 0 : rwb__child_of_kind(u, place, RWG_SYNTAX_TOKEN_ARROW);
    uint32_t at = block ? behind_directives(u, place, &ends) : u->nodes[arrow].end;
    rwb__edits_begin(u->edits, RWB__AFTER, at, at);
    rwb__edits_text(u->edits, rwg__str_c(!block ? " {" : ends ? "" : ";"));
    for (uint32_t k = s->homes[place]; k != 0; k = s->all.ptr[k - 1].next_here) {
        rwb__edits_printf(
            u->edits, " const %s = __rwg_refresh.signature();", s->all.ptr[k - 1].name.ptr
        );
    }
    if (s->own[place] != 0) {
        rwb__edits_printf(u->edits, " %s();", s->all.ptr[s->own[place] - 1].name.ptr);
    }
    if (!block) {
        rwb__edits_text(u->edits, RWG_STR(" return ("));
        add_mark(s, MARK_BODY, place, 0);
    }
}

static void open_places(signing *s) {
    for (uint32_t i = 1; i < s->u->node_count; i++) {
        if (s->own[i] != 0 || s->homes[i] != 0) {
            open_place(s, i);
        }
    }
}

static void close_mark(const signing *s, const mark *m) {
    rwb__unit *u = s->u;
    const signature *of = &s->all.ptr[m->signature];
    uint32_t end = u->nodes[m->node].end;
    switch ((mark_kind)m->kind) {
    case MARK_BODY: rwb__edits_insert(u->edits, RWB__AFTER, end, RWG_STR("); }")); break;
    case MARK_WRAP:
        rwb__edits_begin(u->edits, RWB__AFTER, end, end);
        put_signature(s, of);
        break;
    case MARK_STATEMENT:
        end = rwb__unit_last_end(u, m->node);
        bool closed = is_declaration(rwb__kind(u, of->function)) || u->text.ptr[end - 1] == ';';
        rwb__edits_begin(u->edits, RWB__AFTER, end, end);
        rwb__edits_printf(u->edits, closed ? "\n%s(" : ";\n%s(", of->name.ptr);
        rwb__edits_text(u->edits, of->target);
        put_signature(s, of);
        rwb__edits_text(u->edits, RWG_STR(";"));
        break;
    }
}

/* From outer nodes to inner ones, as they open. */
static int by_opening(const void *a, const void *b) {
    const mark *x = a;
    const mark *y = b;
    uint32_t keys[2][3] = {{x->node, x->kind, x->signature}, {y->node, y->kind, y->signature}};
    for (uint32_t k = 0; k < 3; k++) {
        if (keys[0][k] != keys[1][k]) {
            return keys[0][k] < keys[1][k] ? -1 : 1;
        }
    }
    return 0;
}

static void write_all(signing *s) {
    rwb__unit *u = s->u;
    open_places(s);
    qsort(s->marks.ptr, s->marks.len, sizeof *s->marks.ptr, by_opening);
    for (uint32_t i = 0; i < s->marks.len; i++) {
        const mark *m = &s->marks.ptr[i];
        if (m->kind == MARK_WRAP) {
            uint32_t start = u->nodes[m->node].start;
            rwb__edits_begin(u->edits, RWB__BEFORE, start, start);
            rwb__edits_printf(u->edits, "%s(", s->all.ptr[m->signature].name.ptr);
        }
    }
    for (uint32_t i = s->marks.len; i-- > 0;) {
        close_mark(s, &s->marks.ptr[i]);
    }
}

bool rwb__refresh_sign(rwb__unit *u, rwg__buf *head) {
    signing s = {.u = u};
    s.own = rwg__arena_zalloc(u->arena, u->node_count * sizeof *s.own);
    s.homes = rwg__arena_zalloc(u->arena, u->node_count * sizeof *s.homes);
    for (uint32_t i = 1; i < u->node_count; i++) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        if (rwb__refresh_is_function(kind)) {
            plan(&s, i);
        }
        s.resets |= kind == RWG_SYNTAX_COMMENT &&
                    rwg__str_contains(rwb__text(u, i), RWG_STR("@refresh reset"));
    }
    for (uint32_t i = 0; i < s.all.len; i++) {
        if (s.all.ptr[i].home == 0) {
            rwg__buf_printf(head, "var %s = __rwg_refresh.signature();\n", s.all.ptr[i].name.ptr);
        }
    }
    bool any = s.all.len > 0;
    if (any) {
        write_all(&s);
    }
    rwg__vec_free(&s.marks, u->mem);
    rwg__vec_free(&s.hooks, u->mem);
    rwg__vec_free(&s.all, u->mem);
    return any;
}
