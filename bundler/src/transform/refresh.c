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
 * The signature of a function covers the hooks that it calls itself: their names, what their
 * results are bound to, and initial states, since state must be dropped when those change.
 * Functions inside of functions are made anew with them and need no signature. Only the ESM form,
 * which browsers get, is refreshed. */
#include "base/hash.h"
#include "transform/factory.h"
#include "transform/types.h"

typedef struct handle {
    rwg_str name; /* _c, _c2, ... */
    rwg_str id;   /* what it is registered as */
} handle;

typedef struct refresh {
    rwb__unit *u;
    RWG_VEC(handle) handles;
    RWG_VEC(uint32_t) hooks; /* calls of the function at hand */
    uint8_t *tags;           /* by symbol: used as a tag */
    uint8_t *signed_nodes;   /* by node: functions that were looked at */
    uint32_t signatures;
    bool resets; /* a comment says `@refresh reset` */
} refresh;

/* --- words --- */

static bool is_component_name(rwg_str name) {
    return name.len > 0 && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
}

static bool is_hook_name(rwg_str name) {
    return rwg__str_starts(name, RWG_STR("use")) && name.len > 3 &&
           is_component_name(rwg__str_from(name, 3));
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

static bool is_function(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_ARROW_FUNCTION || kind == RWG_SYNTAX_FUNCTION_EXPRESSION ||
           kind == RWG_SYNTAX_FUNCTION_DECLARATION || kind == RWG_SYNTAX_GENERATOR_FUNCTION ||
           kind == RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION;
}

static bool has_own_hooks(rwg_syntax_kind kind) {
    return is_function(kind) || kind == RWG_SYNTAX_METHOD_DEFINITION;
}

/* `_c` for the first, `_c2` for the second. */
static rwg_str numbered(const rwb__unit *u, const char *stem, uint32_t number) {
    char text[16];
    (void)snprintf(text, sizeof text, number == 1 ? "%s" : "%s%u", stem, number);
    return rwb__factory_free_name(u, text);
}

static rwg_str add_handle(refresh *r, rwg_str id) {
    rwg_str name = numbered(r->u, "_c", r->handles.len + 1);
    *rwg__vec_push(&r->handles, r->u->mem) = (handle){name, id};
    return name;
}

/* --- signatures --- */

/* The hook that a call calls, as a name: of `useA()` and `b.useA()`. */
static rwg_str hook_of(const rwb__unit *u, uint32_t call) {
    uint32_t callee = rwb__child(u, call, RWG_SYNTAX_FIELD_FUNCTION);
    rwg_str none = {NULL, 0};
    if (callee != 0 && rwb__kind(u, callee) == RWG_SYNTAX_MEMBER_EXPRESSION) {
        callee = rwb__child(u, callee, RWG_SYNTAX_FIELD_PROPERTY);
    } else if (callee != 0 && rwb__kind(u, callee) != RWG_SYNTAX_IDENTIFIER) {
        callee = 0;
    }
    rwg_str name = callee ? rwb__text(u, callee) : none;
    return is_hook_name(name) ? name : none;
}

static void collect_hooks(refresh *r, uint32_t function) {
    const rwb__unit *u = r->u;
    r->hooks.len = 0;
    for (uint32_t i = function + 1; i < u->nodes[function].next;) {
        if (has_own_hooks(rwb__kind(u, i))) {
            i = u->nodes[i].next;
            continue;
        }
        if (rwb__kind(u, i) == RWG_SYNTAX_CALL_EXPRESSION && hook_of(u, i).len > 0) {
            *rwg__vec_push(&r->hooks, u->mem) = i;
        }
        i++;
    }
}

static uint32_t argument(const rwb__unit *u, uint32_t call, uint32_t index) {
    uint32_t list = rwb__child(u, call, RWG_SYNTAX_FIELD_ARGUMENTS);
    for (uint32_t c = list + 1; list != 0 && c < u->nodes[list].next; c = u->nodes[c].next) {
        bool counts = u->nodes[c].flags & RWG_SYNTAX_NAMED && rwb__kind(u, c) != RWG_SYNTAX_COMMENT;
        if (counts && index-- == 0) {
            return c;
        }
    }
    return 0;
}

static rwg_str signature_of(const refresh *r) {
    rwb__unit *u = r->u;
    rwg__buf key;
    rwg__buf_init(&key, u->mem);
    for (uint32_t i = 0; i < r->hooks.len; i++) {
        uint32_t call = r->hooks.ptr[i];
        uint32_t parent = u->nodes[call].parent;
        rwg_str hook = hook_of(u, call);
        rwg__buf_add(&key, hook);
        rwg__buf_char(&key, '{');
        if (rwb__kind(u, parent) == RWG_SYNTAX_VARIABLE_DECLARATOR) {
            rwg__buf_add(&key, rwb__text(u, rwb__child(u, parent, RWG_SYNTAX_FIELD_NAME)));
        }
        uint32_t initial = rwg__str_eq_c(hook, "useState")     ? argument(u, call, 0)
                           : rwg__str_eq_c(hook, "useReducer") ? argument(u, call, 1)
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

/* Can the hook be named where signatures are given, at the top of the module? */
static bool is_module_hook(const rwb__unit *u, uint32_t call) {
    uint32_t count = 0;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &count);
    uint32_t name = rwb__child(u, call, RWG_SYNTAX_FIELD_FUNCTION);
    if (rwb__kind(u, name) == RWG_SYNTAX_MEMBER_EXPRESSION) {
        name = rwb__child(u, name, RWG_SYNTAX_FIELD_OBJECT);
    }
    uint32_t symbol = rwb__kind(u, name) == RWG_SYNTAX_IDENTIFIER
                          ? rwb__scopes_symbol_at(u->scopes, name)
                          : RWB_NO_SYMBOL;
    return symbol != RWB_NO_SYMBOL && symbols[symbol].scope == 0;
}

/* `, "hash", reset, () => [useOther])`, as pieces of the edit at hand. */
static void add_signature(const refresh *r) {
    rwb__unit *u = r->u;
    rwg_str hash = signature_of(r);
    bool resets = r->resets;
    uint32_t own = 0;
    for (uint32_t i = 0; i < r->hooks.len; i++) {
        bool custom = !is_own_hook_of_react(hook_of(u, r->hooks.ptr[i]));
        bool named = custom && is_module_hook(u, r->hooks.ptr[i]);
        resets = resets || (custom && !named);
        own += named;
    }
    rwb__edits_printf(u->edits, ", \"%.*s\"", (int)hash.len, hash.ptr);
    if (resets || own > 0) {
        rwb__edits_text(u->edits, rwg__str_c(resets ? ", true" : ", false"));
    }
    if (own > 0) {
        const char *before = ", () => [";
        for (uint32_t i = 0; i < r->hooks.len; i++) {
            uint32_t call = r->hooks.ptr[i];
            if (!is_own_hook_of_react(hook_of(u, call)) && is_module_hook(u, call)) {
                uint32_t callee = rwb__child(u, call, RWG_SYNTAX_FIELD_FUNCTION);
                rwb__edits_text(u->edits, rwg__str_c(before));
                rwb__edits_span(u->edits, u->nodes[callee].start, u->nodes[callee].end);
                before = ", ";
            }
        }
        rwb__edits_text(u->edits, RWG_STR("]"));
    }
    rwb__edits_text(u->edits, RWG_STR(")"));
}

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

/* Has the function's body call its signature; the name of that, or "" when it calls no hooks. */
static rwg_str sign_body(refresh *r, uint32_t function) {
    rwb__unit *u = r->u;
    uint32_t body = rwb__child(u, function, RWG_SYNTAX_FIELD_BODY);
    r->signed_nodes[function] = 1;
    collect_hooks(r, function);
    if (r->hooks.len == 0 || body == 0) {
        return (rwg_str){NULL, 0};
    }
    rwg_str name = numbered(u, "_s", ++r->signatures);
    if (rwb__kind(u, body) == RWG_SYNTAX_STATEMENT_BLOCK) {
        bool ends = true;
        uint32_t at = behind_directives(u, body, &ends);
        rwb__edits_begin(u->edits, RWB__AFTER, at, at);
        rwb__edits_printf(u->edits, "%s %.*s();", ends ? "" : ";", (int)name.len, name.ptr);
    } else {
        /* Not in front of the body: what repeats its beginning must not have this, too. */
        uint32_t arrow = rwb__child_of_kind(u, function, RWG_SYNTAX_TOKEN_ARROW);
        uint32_t start = u->nodes[arrow].end;
        rwb__edits_begin(u->edits, RWB__AFTER, start, start);
        rwb__edits_printf(u->edits, " { %.*s(); return (", (int)name.len, name.ptr);
        rwb__edits_insert(u->edits, RWB__AFTER, u->nodes[body].end, RWG_STR("); }"));
    }
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

/* _s(App, "..."); behind the statement. */
static void sign_behind(refresh *r, uint32_t function, rwg_str name, place at) {
    rwg_str signature = sign_body(r, function);
    if (signature.len > 0) {
        insert_statement(r, at);
        rwb__edits_text(r->u->edits, signature);
        rwb__edits_text(r->u->edits, RWG_STR("("));
        rwb__edits_text(r->u->edits, name);
        add_signature(r);
        rwb__edits_text(r->u->edits, RWG_STR(";"));
    }
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
    if (name == 0) {
        return;
    }
    sign_behind(r, function, rwb__text(u, name), at);
    if (is_component_name(rwb__text(u, name))) {
        register_behind(r, rwb__text(u, name), rwb__text(u, name), at);
    }
}

/* _s(...) around an expression, in two insertions: those of outer nodes begin first and end last.
 */
static void begin_wrap(const refresh *r, uint32_t node, rwg_str signature) {
    uint32_t start = r->u->nodes[node].start;
    rwb__edits_begin(r->u->edits, RWB__BEFORE, start, start);
    rwb__edits_text(r->u->edits, signature);
    rwb__edits_text(r->u->edits, RWG_STR("("));
}

static void end_wrap(const refresh *r, uint32_t node) {
    uint32_t end = r->u->nodes[node].end;
    rwb__edits_begin(r->u->edits, RWB__AFTER, end, end);
    add_signature(r);
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
        node = argument(u, node, 0);
    }
    if (node == 0) {
        return 0;
    }
    rwg_syntax_kind kind = rwb__kind(u, node);
    bool found = kind == RWG_SYNTAX_IDENTIFIER ? is_component_name(rwb__text(u, node))
                                               : is_function(kind) && !is_curried(u, node);
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
    for (uint32_t node = outer;; node = argument(u, node, 0)) {
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
    for (uint32_t k = 0; k < levels.len; k++, node = node == inner ? inner : argument(u, node, 0)) {
        if (k >= first && k < last) {
            uint32_t start = u->nodes[node].start;
            rwb__edits_begin(u->edits, RWB__BEFORE, start, start);
            rwb__edits_text(u->edits, levels.ptr[k].name);
            rwb__edits_text(u->edits, RWG_STR(" = "));
        }
    }
    rwg__vec_free(&levels, u->mem);
    if (!is_name && inner != outer) {
        rwg_str signature = sign_body(r, inner);
        for (node = outer; signature.len > 0; node = argument(u, node, 0)) {
            begin_wrap(r, node, signature);
            if (node == inner) {
                break;
            }
        }
        for (node = inner; signature.len > 0; node = u->nodes[u->nodes[node].parent].parent) {
            end_wrap(r, node);
            if (node == outer) {
                break;
            }
        }
    }
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
    if (is_function(kind)) {
        sign_behind(r, value, id, at);
    }
    if (!is_component_name(id) || (!is_function(kind) && !call) || (call && is_import(u, value))) {
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

/* Signs a function and what calls around it make of it: make(() => useA()). */
static void sign_value(refresh *r, uint32_t function) {
    rwb__unit *u = r->u;
    rwg_str signature = sign_body(r, function);
    RWG_VEC(uint32_t) around = {0}; /* from inside out */
    for (uint32_t at = function; at != 0 && signature.len > 0; at = call_around(u, at)) {
        *rwg__vec_push(&around, u->mem) = at;
    }
    for (uint32_t k = around.len; k > 0; k--) {
        begin_wrap(r, around.ptr[k - 1], signature);
    }
    for (uint32_t k = 0; k < around.len; k++) {
        end_wrap(r, around.ptr[k]);
    }
    rwg__vec_free(&around, u->mem);
}

/* Functions that call hooks and stand elsewhere outside of functions: in objects, as arguments. */
static void sign_others(refresh *r) {
    const rwb__unit *u = r->u;
    for (uint32_t i = 1; i < u->node_count;) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        if (!has_own_hooks(kind)) {
            i++;
            continue;
        }
        bool is_value = kind == RWG_SYNTAX_ARROW_FUNCTION ||
                        kind == RWG_SYNTAX_FUNCTION_EXPRESSION ||
                        kind == RWG_SYNTAX_GENERATOR_FUNCTION;
        bool is_default = rwb__kind(u, u->nodes[i].parent) == RWG_SYNTAX_EXPORT_STATEMENT;
        if (is_value && !is_default && !r->signed_nodes[i]) {
            sign_value(r, i);
        }
        i = u->nodes[i].next;
    }
}

/* --- around the module --- */

static void write_head(const refresh *r) {
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
    for (uint32_t k = 1; k <= r->signatures; k++) {
        rwg_str name = numbered(u, "_s", k);
        rwg__buf_printf(
            &u->head, "var %.*s = __rwg_refresh.signature();\n", (int)name.len, name.ptr
        );
    }
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
    r.signed_nodes = rwg__arena_zalloc(u->arena, u->node_count);
    find_tags(&r);
    for (uint32_t i = 1; i < u->node_count; i++) {
        r.resets |= rwb__kind(u, i) == RWG_SYNTAX_COMMENT &&
                    rwg__str_contains(rwb__text(u, i), RWG_STR("@refresh reset"));
    }
    for (uint32_t i = rwb__first(u, 0); i < u->nodes[0].next; i = u->nodes[i].next) {
        if (!u->elided[i]) {
            visit_statement(&r, i);
        }
    }
    sign_others(&r);
    if (r.handles.len > 0 || r.signatures > 0) {
        write_head(&r);
    }
    if (r.handles.len > 0) {
        write_tail(&r);
    }
    rwg__vec_free(&r.handles, u->mem);
    rwg__vec_free(&r.hooks, u->mem);
}
