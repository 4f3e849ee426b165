/* What a constructor does beside its own text: parameter properties, fields that are assigned, and
 * what decorators add.
 *
 *     constructor(private a, b) { super(b); this.a = a; this.x = 1; ... }
 *
 * The assignments come right behind `super()`, or behind the directives of a class that extends
 * nothing. A value that is moved into the constructor must not meet a name of its own there. */
#include "transform/classes.h"

static bool is_property(const rwb__unit *u, uint32_t parameter) {
    return rwb__child_of_kind(u, parameter, RWG_SYNTAX_ACCESSIBILITY_MODIFIER) ||
           rwb__child_of_kind(u, parameter, RWG_SYNTAX_WORD_READONLY) ||
           rwb__child_of_kind(u, parameter, RWG_SYNTAX_OVERRIDE_MODIFIER);
}

/* The next parameter property of the constructor behind `after` (0: the first), or 0. */
static uint32_t next_property(const rwb__class *c, uint32_t after, uint32_t *out_name) {
    const rwb__unit *u = c->u;
    if (c->constructor == RWB__NO_MEMBER) {
        return 0;
    }
    uint32_t method = c->members.ptr[c->constructor].node;
    uint32_t list = rwb__child(u, method, RWG_SYNTAX_FIELD_PARAMETERS);
    for (uint32_t i = after ? u->nodes[after].next : rwb__first(u, list); i < u->nodes[list].next;
         i = u->nodes[i].next) {
        *out_name = rwb__child(u, i, RWG_SYNTAX_FIELD_PATTERN);
        if (is_property(u, i) && *out_name != 0) {
            return i;
        }
    }
    return 0;
}

bool rwb__class_has_properties(const rwb__class *c) {
    uint32_t name = 0;
    return next_property(c, 0, &name) != 0;
}

void rwb__class_put_parameter_fields(rwb__class *c) {
    if (!c->u->options->use_define_for_class_fields) {
        return;
    }
    uint32_t name = 0;
    bool first = c->before_properties.len > 0;
    for (uint32_t p = next_property(c, 0, &name); p != 0; p = next_property(c, p, &name)) {
        rwg_str text = rwb__text(c->u, name);
        rwb__edits_printf(c->u->edits, " %.*s", (int)text.len, text.ptr);
        if (first) {
            const char *run = rwb__unit_helper(c->u, RWB__HELPER_RUN_INITIALIZERS);
            rwb__edits_printf(c->u->edits, " = %s(this, %s)", run, c->before_properties.ptr);
        }
        rwb__edits_text(c->u->edits, RWG_STR(";"));
        first = false;
    }
}

/* Does the constructor assign this member? */
static bool is_assigned(const rwb__member *m) {
    bool calls = m->before.len > 0 || m->initial.len > 0;
    return m->is_moved && !m->is_static && (m->value != 0 || calls);
}

static bool has_assignments(const rwb__class *c) {
    for (uint32_t i = 0; i < c->members.len; i++) {
        if (is_assigned(&c->members.ptr[i])) {
            return true;
        }
    }
    return false;
}

bool rwb__class_needs_constructor(const rwb__class *c) {
    return c->constructor == RWB__NO_MEMBER && (has_assignments(c) || c->after_fields.len > 0);
}

static void put_properties(rwb__class *c) {
    uint32_t name = 0;
    for (uint32_t p = next_property(c, 0, &name); p != 0; p = next_property(c, p, &name)) {
        rwg_str text = rwb__text(c->u, name);
        rwb__edits_printf(
            c->u->edits, " this.%.*s = %.*s;", (int)text.len, text.ptr, (int)text.len, text.ptr
        );
    }
}

static void put_target(rwb__class *c, const rwb__member *m) {
    const rwb__unit *u = c->u;
    rwg_str name = rwb__text(u, m->name);
    rwg_syntax_kind kind = rwb__kind(u, m->name);
    if (m->kind == RWB__MEMBER_ACCESSOR) {
        rwb__edits_printf(u->edits, " this.#%s = ", m->storage.ptr);
    } else if (m->is_private || kind == RWG_SYNTAX_PROPERTY_IDENTIFIER) {
        rwb__edits_printf(u->edits, " this.%.*s = ", (int)name.len, name.ptr);
    } else {
        rwb__edits_printf(u->edits, " this[%.*s] = ", (int)m->key_text.len, m->key_text.ptr);
    }
}

static void put_assignments(rwb__class *c) {
    const rwb__unit *u = c->u;
    bool defines = u->options->use_define_for_class_fields;
    const char *run = NULL;
    if (c->after_fields.len > 0) {
        run = rwb__unit_helper(c->u, RWB__HELPER_RUN_INITIALIZERS);
    }
    if (run && defines) {
        rwb__edits_printf(u->edits, " %s(this, %s);", run, c->after_fields.ptr);
    }
    if (c->before_properties.len > 0 && !defines) {
        run = rwb__unit_helper(c->u, RWB__HELPER_RUN_INITIALIZERS);
        rwb__edits_printf(u->edits, " %s(this, %s);", run, c->before_properties.ptr);
    }
    put_properties(c);
    for (uint32_t i = 0; i < c->members.len; i++) {
        const rwb__member *m = &c->members.ptr[i];
        if (is_assigned(m)) {
            put_target(c, m);
            rwb__class_put_value_head(c, m);
            if (m->value != 0) {
                rwb__edits_span(u->edits, u->nodes[m->value].start, u->nodes[m->value].end);
            }
            rwb__class_put_value_tail(c, m);
            rwb__edits_text(u->edits, RWG_STR(";"));
        }
    }
    if (c->after_fields.len > 0 && !defines) {
        rwb__edits_printf(u->edits, " %s(this, %s);", run, c->after_fields.ptr);
    }
}

void rwb__class_put_constructor(rwb__class *c) {
    bool derived = c->extends != 0;
    rwb__edits_text(
        c->u->edits,
        rwg__str_c(derived ? " constructor() { super(...arguments);" : " constructor() {")
    );
    put_assignments(c);
    rwb__edits_text(c->u->edits, RWG_STR(" }"));
}

/* --- the place --- */

static bool is_super_call(const rwb__unit *u, uint32_t statement) {
    uint32_t call = rwb__first(u, statement);
    if (rwb__kind(u, statement) != RWG_SYNTAX_EXPRESSION_STATEMENT ||
        rwb__kind(u, call) != RWG_SYNTAX_CALL_EXPRESSION) {
        return false;
    }
    uint32_t function = rwb__child(u, call, RWG_SYNTAX_FIELD_FUNCTION);
    return function != 0 && rwb__kind(u, function) == RWG_SYNTAX_SUPER;
}

/* The statement behind which the assignments go: super() or the last directive; 0 = the body's
 * brace; UINT32_MAX when super() is no statement of its own. */
static uint32_t place(const rwb__class *c, uint32_t block) {
    const rwb__unit *u = c->u;
    uint32_t last = 0;
    for (uint32_t i = rwb__first(u, block) + 1; i < u->nodes[block].next; i = u->nodes[i].next) {
        if (rwb__kind(u, i) == RWG_SYNTAX_COMMENT) {
            continue;
        }
        if (c->extends != 0) {
            if (is_super_call(u, i)) {
                return i;
            }
        } else if (rwb__kind(u, i) == RWG_SYNTAX_EXPRESSION_STATEMENT && rwb__kind(u, rwb__first(u, i)) == RWG_SYNTAX_STRING) {
            last = i;
        } else {
            break;
        }
    }
    return c->extends != 0 ? UINT32_MAX : last;
}

/* Names in a moved value that would mean something else in the constructor. */
static void check_names(rwb__class *c, const rwb__member *m, uint32_t list, uint32_t block) {
    rwb__unit *u = c->u;
    uint32_t count = 0;
    const rwb__reference *refs = rwb__scopes_references(u->scopes, &count);
    uint32_t symbol_count = 0;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &symbol_count);
    uint32_t scopes[2] = {
        rwb__scopes_scope_of(u->scopes, rwb__first(u, list)),
        rwb__scopes_scope_of(u->scopes, rwb__first(u, block)),
    };
    uint32_t end = u->nodes[m->value].next;
    uint32_t first = rwb__class_first_reference(u, m->value);
    for (uint32_t r = first; r < count && refs[r].node < end; r++) {
        bool inner = refs[r].symbol != RWB_NO_SYMBOL && symbols[refs[r].symbol].node >= m->value &&
                     symbols[refs[r].symbol].node < end;
        if (inner || (refs[r].flags & RWB__REF_TYPE)) {
            continue;
        }
        rwg_str name = rwb__text(u, refs[r].node);
        for (uint32_t k = 0; k < 2; k++) {
            if (rwb__scopes_find(u->scopes, scopes[k], name) != RWB_NO_SYMBOL) {
                rwb__unit_error(
                    u,
                    refs[r].node,
                    "a field that is assigned in the constructor cannot use '%.*s', which the "
                    "constructor declares too",
                    (int)name.len,
                    name.ptr
                );
                break;
            }
        }
    }
}

void rwb__class_write_constructor(rwb__class *c) {
    rwb__unit *u = c->u;
    bool needed = has_assignments(c) || c->after_fields.len > 0 || rwb__class_has_properties(c);
    if (c->constructor == RWB__NO_MEMBER || !needed) {
        return;
    }
    uint32_t method = c->members.ptr[c->constructor].node;
    uint32_t list = rwb__child(u, method, RWG_SYNTAX_FIELD_PARAMETERS);
    uint32_t block = rwb__child(u, method, RWG_SYNTAX_FIELD_BODY);
    for (uint32_t i = 0; i < c->members.len; i++) {
        const rwb__member *m = &c->members.ptr[i];
        if (is_assigned(m) && m->value != 0) {
            check_names(c, m, list, block);
        }
    }
    uint32_t statement = place(c, block);
    if (statement == UINT32_MAX) {
        rwb__unit_error(
            u,
            method,
            "super() must be a statement of its own in this constructor, which "
            "initializes properties behind it"
        );
        return;
    }
    uint32_t at = statement ? rwb__unit_last_end(u, statement) : u->nodes[block].start + 1;
    rwb__edits_begin(u->edits, RWB__AFTER, at, at);
    bool ends = statement == 0 || u->text.ptr[at - 1] == ';';
    rwb__edits_text(u->edits, rwg__str_c(ends ? "" : ";"));
    put_assignments(c);
}
