/* React Refresh: which functions are components, and which hooks they call, written into the code
 * as react-refresh/runtime expects it. bundler/runtime/PROTOCOL.md, section 6.2.
 *
 *     function App() {                           function App() { _s();
 *         const [n] = useState(0);        ->         const [n] = useState(0);
 *     }                                          }
 *                                                _s(App, "...");
 *                                                _c = App;
 *     (head)  var _s = $RefreshSig$();   (tail)  var _c; $RefreshReg$(_c, "App");
 *
 * A component is a function with a capital letter at the module's top: a declaration, a variable's
 * value, or the innermost argument of calls like memo(forwardRef(...)); each call around it is
 * registered as well, "App$memo" inside of "App". A variable that holds anything else is one when
 * it is used as a tag.
 *
 * Here are the registrations; signatures are refresh_signatures.c's. Only the ESM form, which
 * browsers get, is refreshed. */
#include "transform/refresh.h"

#include "transform/factory.h"
#include "transform/types.h"

typedef struct handle {
    rwg_str name; /* _c, _c2, ... */
    rwg_str id;   /* what it is registered as */
} handle;

typedef struct refresh {
    rwb__unit *u;
    RWG_VEC(handle) handles;
    uint8_t *tags; /* by symbol: used as a tag */
} refresh;

static rwg_str add_handle(refresh *r, rwg_str id) {
    rwg_str name = rwb__refresh_name(r->u, "_c", r->handles.len + 1);
    *rwg__vec_push(&r->handles, r->u->mem) = (handle){name, id};
    return name;
}

/* --- statements at the top of the module --- */

typedef struct place {
    uint32_t end;     /* where the statement ends */
    bool ends_itself; /* without a semicolon */
} place;

static void insert_statement(refresh *r, place at) {
    rwb__unit *u = r->u;
    rwb__edits_begin(u->edits, RWB__AFTER, at.end, at.end);
    bool closed = at.ends_itself || u->text.ptr[at.end - 1] == ';';
    rwb__edits_text(u->edits, rwg__str_c(closed ? "\n" : ";\n"));
}

/* _c = App; behind the statement. */
static void register_behind(refresh *r, rwg_str id, rwg_str name, place at) {
    rwg_str variable = add_handle(r, id);
    insert_statement(r, at);
    rwb__edits_text(r->u->edits, variable);
    rwb__edits_text(r->u->edits, RWG_STR(" = "));
    rwb__edits_text(r->u->edits, name);
    rwb__edits_text(r->u->edits, RWG_STR(";"));
}

static void visit_declaration(refresh *r, uint32_t function, place at) {
    const rwb__unit *u = r->u;
    uint32_t name = rwb__child(u, function, RWG_SYNTAX_FIELD_NAME);
    if (name != 0 && rwb__refresh_is_component_name(rwb__text(u, name))) {
        register_behind(r, rwb__text(u, name), rwb__text(u, name), at);
    }
}

/* --- calls around a component --- */

static bool is_wrapper(const rwb__unit *u, uint32_t node) {
    uint32_t callee = rwb__kind(u, node) == RWG_SYNTAX_CALL_EXPRESSION
                          ? rwb__child(u, node, RWG_SYNTAX_FIELD_FUNCTION)
                          : 0;
    return callee != 0 && (rwb__kind(u, callee) == RWG_SYNTAX_IDENTIFIER ||
                           rwb__kind(u, callee) == RWG_SYNTAX_MEMBER_EXPRESSION);
}

static bool is_curried(const rwb__unit *u, uint32_t function) {
    uint32_t body = rwb__child(u, function, RWG_SYNTAX_FIELD_BODY);
    return body != 0 && rwb__kind(u, body) == RWG_SYNTAX_ARROW_FUNCTION;
}

/* The function or name inside all calls, 0 when that is no component. */
static uint32_t innermost(const rwb__unit *u, uint32_t node) {
    while (node != 0 && is_wrapper(u, node)) {
        node = rwb__refresh_argument(u, node, 0);
    }
    if (node == 0) {
        return 0;
    }
    rwg_syntax_kind kind = rwb__kind(u, node);
    bool found = kind == RWG_SYNTAX_IDENTIFIER
                     ? rwb__refresh_is_component_name(rwb__text(u, node))
                     : rwb__refresh_is_function(kind) && !is_curried(u, node);
    return found ? node : 0;
}

static rwg_str wrapped_id(const refresh *r, rwg_str id, uint32_t call) {
    rwb__unit *u = r->u;
    rwg_str callee = rwb__text(u, rwb__child(u, call, RWG_SYNTAX_FIELD_FUNCTION));
    rwg__buf text;
    rwg__buf_init(&text, u->mem);
    rwg__buf_printf(&text, "%.*s$%.*s", (int)id.len, id.ptr, (int)callee.len, callee.ptr);
    rwg_str copy = rwg__arena_str(u->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return copy;
}

/* `memo(f)` becomes `_c2 = memo(_c = f)`. The outermost is registered by whoever calls, when
 * `keeps_outer`. Handles are numbered from inside out, insertions made from outside in. */
static void register_calls(refresh *r, uint32_t outer, rwg_str id, bool keeps_outer) {
    rwb__unit *u = r->u;
    uint32_t inner = innermost(u, outer);
    bool is_name = rwb__kind(u, inner) == RWG_SYNTAX_IDENTIFIER;
    RWG_VEC(handle) levels = {0}; /* from outside in */
    for (uint32_t node = outer;; node = rwb__refresh_argument(u, node, 0)) {
        *rwg__vec_push(&levels, u->mem) = (handle){.id = id};
        if (node == inner) {
            break;
        }
        id = wrapped_id(r, id, node);
    }
    uint32_t first = keeps_outer ? 1 : 0;
    uint32_t last = is_name ? levels.len - 1 : levels.len;
    for (uint32_t k = last; k > first; k--) {
        levels.ptr[k - 1].name = add_handle(r, levels.ptr[k - 1].id);
    }
    uint32_t node = outer;
    for (uint32_t k = 0; k < levels.len;
         k++, node = node == inner ? inner : rwb__refresh_argument(u, node, 0)) {
        if (k >= first && k < last) {
            uint32_t start = u->nodes[node].start;
            rwb__edits_begin(u->edits, RWB__BEFORE, start, start);
            rwb__edits_text(u->edits, levels.ptr[k].name);
            rwb__edits_text(u->edits, RWG_STR(" = "));
        }
    }
    rwg__vec_free(&levels, u->mem);
}

/* --- variables --- */

/* Marks the variables that are used as <Tag>, or as the first argument of createElement. */
static void find_tags(refresh *r) {
    const rwb__unit *u = r->u;
    uint32_t count = 0;
    const rwb__reference *refs = rwb__scopes_references(u->scopes, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t parent = u->nodes[refs[i].node].parent;
        rwg_syntax_kind kind = rwb__kind(u, parent);
        bool tag = refs[i].flags & RWB__REF_JSX && kind != RWG_SYNTAX_MEMBER_EXPRESSION;
        if (kind == RWG_SYNTAX_ARGUMENTS) {
            uint32_t callee = rwb__child(u, u->nodes[parent].parent, RWG_SYNTAX_FIELD_FUNCTION);
            tag = callee != 0 && rwg__str_ends(rwb__text(u, callee), RWG_STR("createElement"));
        }
        if (tag && refs[i].symbol != RWB_NO_SYMBOL) {
            r->tags[refs[i].symbol] = 1;
        }
    }
}

static bool is_used_as_tag(const refresh *r, uint32_t name) {
    uint32_t symbol = rwb__scopes_symbol_at(r->u->scopes, name);
    return symbol != RWB_NO_SYMBOL && r->tags[symbol];
}

/* require(...) and import(...) bring components of others. */
static bool is_import(const rwb__unit *u, uint32_t call) {
    uint32_t callee = rwb__child(u, call, RWG_SYNTAX_FIELD_FUNCTION);
    rwg_str name = callee ? rwb__text(u, callee) : (rwg_str){NULL, 0};
    return rwg__str_starts(name, RWG_STR("require")) || rwg__str_starts(name, RWG_STR("import"));
}

/* styled.div<A & B>`...`, which the grammar reads as comparisons and what else is in it. */
static bool is_typed_tag(const rwb__unit *u, uint32_t value) {
    bool binary = rwb__kind(u, value) == RWG_SYNTAX_BINARY_EXPRESSION;
    for (uint32_t i = value + 1; binary && i < u->nodes[value].next; i++) {
        uint32_t next = u->nodes[i].next;
        if (next < u->nodes[value].next && rwb__kind(u, next) == RWG_SYNTAX_TEMPLATE_STRING &&
            u->nodes[next].end == u->nodes[value].end && rwb__types_misread(u, i) != 0) {
            return true;
        }
    }
    return false;
}

static void visit_variable(refresh *r, uint32_t declarator, place at) {
    const rwb__unit *u = r->u;
    uint32_t name = rwb__child(u, declarator, RWG_SYNTAX_FIELD_NAME);
    uint32_t value = rwb__child(u, declarator, RWG_SYNTAX_FIELD_VALUE);
    if (value == 0 || rwb__kind(u, name) != RWG_SYNTAX_IDENTIFIER) {
        return;
    }
    rwg_str id = rwb__text(u, name);
    rwg_syntax_kind kind = rwb__kind(u, value);
    bool call = kind == RWG_SYNTAX_CALL_EXPRESSION || is_typed_tag(u, value);
    if (!rwb__refresh_is_component_name(id) || (!rwb__refresh_is_function(kind) && !call) ||
        (call && is_import(u, value))) {
        return;
    }
    if (innermost(u, value) != 0) {
        register_calls(r, value, id, true);
        register_behind(r, id, id, at);
    } else if (is_used_as_tag(r, name)) {
        register_behind(r, id, id, at);
    }
}

static void visit_statement(refresh *r, uint32_t statement) {
    const rwb__unit *u = r->u;
    uint32_t node = statement;
    if (rwb__kind(u, statement) == RWG_SYNTAX_EXPORT_STATEMENT) {
        uint32_t value = rwb__child(u, statement, RWG_SYNTAX_FIELD_VALUE);
        if (value != 0 && is_wrapper(u, value) && innermost(u, value) != 0) {
            register_calls(r, value, RWG_STR("%default%"), false);
        }
        node = rwb__child(u, statement, RWG_SYNTAX_FIELD_DECLARATION);
    }
    rwg_syntax_kind kind = node ? rwb__kind(u, node) : RWG_SYNTAX_OTHER;
    bool declares = kind == RWG_SYNTAX_FUNCTION_DECLARATION ||
                    kind == RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION;
    place at = {rwb__unit_last_end(u, statement), declares};
    if (declares) {
        visit_declaration(r, node, at);
    } else if (kind == RWG_SYNTAX_LEXICAL_DECLARATION || kind == RWG_SYNTAX_VARIABLE_DECLARATION) {
        uint32_t declarator = rwb__child_of_kind(u, node, RWG_SYNTAX_VARIABLE_DECLARATOR);
        uint32_t next = declarator ? u->nodes[declarator].next : 0;
        bool single = declarator != 0 &&
                      (next >= u->nodes[node].next || rwb__kind(u, next) != RWG_SYNTAX_TOKEN_COMMA);
        if (single) {
            visit_variable(r, declarator, at);
        }
    }
}

/* --- around the module --- */

static void write_head(const refresh *r, rwg_str signatures) {
    rwb__unit *u = r->u;
    rwg_str path = rwb__unit_quote(u, u->options->path);
    rwg__buf_add(&u->head, RWG_STR("import * as __rwg_refresh from \"/@rwgraph/refresh\";\n"));
    if (r->handles.len > 0) {
        rwg__buf_printf(
            &u->head,
            "const $RefreshReg$ = __rwg_refresh.register(%.*s);\n",
            (int)path.len,
            path.ptr
        );
    }
    rwg__buf_add(&u->head, signatures);
}

static void write_tail(const refresh *r) {
    rwb__unit *u = r->u;
    for (uint32_t i = 0; i < r->handles.len; i++) {
        rwg_str name = r->handles.ptr[i].name;
        rwg__buf_add(&u->tail, i == 0 ? RWG_STR("var ") : RWG_STR(", "));
        rwg__buf_add(&u->tail, name);
    }
    rwg__buf_add(&u->tail, RWG_STR(";\n"));
    for (uint32_t i = 0; i < r->handles.len; i++) {
        rwg_str name = r->handles.ptr[i].name;
        rwg_str id = rwb__unit_quote(u, r->handles.ptr[i].id);
        rwg__buf_printf(
            &u->tail, "$RefreshReg$(%.*s, %.*s);\n", (int)name.len, name.ptr, (int)id.len, id.ptr
        );
    }
    rwg_str path = rwb__unit_quote(u, u->options->path);
    rwg_str hot = u->options->hot.len > 0 ? u->options->hot : RWG_STR("import.meta.hot");
    rwg__buf_printf(
        &u->tail,
        "__rwg_refresh.boundary(%.*s, %.*s, () => import(import.meta.url));\n",
        (int)hot.len,
        hot.ptr,
        (int)path.len,
        path.ptr
    );
}

void rwb__refresh_run(rwb__unit *u) {
    if (!u->options->refresh || u->options->form != RWB_FORM_ESM) {
        return;
    }
    refresh r = {.u = u};
    uint32_t symbol_count = 0;
    (void)rwb__scopes_symbols(u->scopes, &symbol_count);
    r.tags = rwg__arena_zalloc(u->arena, symbol_count + 1);
    find_tags(&r);
    rwg__buf signatures;
    rwg__buf_init(&signatures, u->mem);
    bool signs = rwb__refresh_sign(u, &signatures);
    for (uint32_t i = rwb__first(u, 0); i < u->nodes[0].next; i = u->nodes[i].next) {
        if (!u->elided[i]) {
            visit_statement(&r, i);
        }
    }
    if (r.handles.len > 0 || signs) {
        write_head(&r, rwg__buf_str(&signatures));
    }
    if (r.handles.len > 0) {
        write_tail(&r);
    }
    rwg__vec_free(&r.handles, u->mem);
    rwg__buf_deinit(&signatures);
}
