/* Classes: parameter properties, fields that are assigned, `accessor`, decorators. See classes.h
 * for the places that are written.
 *
 * All classes are planned first. Then what stands in front of something is written from the outer
 * classes to the inner ones, and what stands behind something from the inner to the outer: that is
 * the order in which edits at one position show (E4). */
#include "transform/classes.h"

#include "transform/using.h"

static void put(rwb__class *c, const char *text) {
    rwb__edits_text(c->u->edits, rwg__str_c(text));
}

static void put_node(rwb__class *c, uint32_t node) {
    rwb__edits_span(c->u->edits, c->u->nodes[node].start, c->u->nodes[node].end);
}

/* --- decorators and keys --- */

/* @a.b is called as a method of `a`: (_object = a).b.bind(_object). */
void rwb__class_put_decorator(rwb__class *c, uint32_t decorator) {
    const rwb__unit *u = c->u;
    uint32_t value = rwb__class_decorator_value(u, decorator);
    uint32_t bare = rwb__class_decorator_bare(u, decorator);
    rwg_syntax_kind kind = rwb__kind(u, bare);
    bool binds = c->standard &&
                 (kind == RWG_SYNTAX_MEMBER_EXPRESSION || kind == RWG_SYNTAX_SUBSCRIPT_EXPRESSION);
    uint32_t object = binds ? rwb__child(u, bare, RWG_SYNTAX_FIELD_OBJECT) : 0;
    if (object == 0 || rwb__kind(u, object) == RWG_SYNTAX_SUPER) {
        put_node(c, value);
        return;
    }
    rwb__edits_printf(u->edits, "(%s = ", c->receiver.ptr);
    put_node(c, object);
    put(c, ")");
    rwb__edits_span(u->edits, u->nodes[object].end, u->nodes[bare].end);
    rwb__edits_printf(u->edits, ".bind(%s)", c->receiver.ptr);
}

void rwb__class_put_list(rwb__class *c, rwg_str name, uint32_t first, uint32_t count) {
    rwb__edits_printf(c->u->edits, "%s = [", name.ptr);
    for (uint32_t i = 0; i < count; i++) {
        put(c, i > 0 ? ", " : "");
        rwb__class_put_decorator(c, c->decorators.ptr[first + i]);
    }
    put(c, "]");
}

static void put_key(rwb__class *c, const rwb__member *m) {
    if (m->has_temp) {
        const char *helper = rwb__unit_helper(c->u, RWB__HELPER_PROP_KEY);
        rwb__edits_printf(c->u->edits, "%s = %s(", m->key_text.ptr, helper);
    }
    put_node(c, m->key);
    put(c, m->has_temp ? ")" : "");
}

/* What has to be evaluated for a member whose key does not stay, or whose list comes before. */
static void put_evaluations(rwb__class *c, uint32_t first, uint32_t end, const char *before) {
    for (uint32_t i = first; i < end; i++) {
        rwb__member *m = &c->members.ptr[i];
        if (m->list.len > 0) {
            put(c, before);
            rwb__class_put_list(c, m->list, m->decorators, m->decorator_count);
            put(c, before[0] ? "" : ", ");
        }
        if (m->key != 0 && !m->is_site) {
            put(c, before);
            put_key(c, m);
            put(c, before[0] ? "" : ", ");
        }
    }
}

static bool is_plain_site(const rwb__class *c, uint32_t index) {
    const rwb__member *m = &c->members.ptr[index];
    bool plain = !m->has_temp;
    for (uint32_t i = m->first_evaluated; i < m->end_evaluated && plain; i++) {
        const rwb__member *other = &c->members.ptr[i];
        plain = other->list.len == 0 && (other->key == 0 || other->is_site);
    }
    return plain;
}

/* What stands in front of a site's own key, and behind it. */
static void put_site_head(rwb__class *c, uint32_t index) {
    const rwb__member *m = &c->members.ptr[index];
    put(c, "(");
    put_evaluations(c, m->first_evaluated, index + 1, "");
    if (m->has_temp) {
        const char *helper = rwb__unit_helper(c->u, RWB__HELPER_PROP_KEY);
        rwb__edits_printf(c->u->edits, "%s = %s(", m->key_text.ptr, helper);
    }
}

static void put_site_tail(rwb__class *c, uint32_t index) {
    const rwb__member *m = &c->members.ptr[index];
    put(c, m->has_temp ? ")" : "");
    if (m->end_evaluated > index + 1) {
        put_evaluations(c, index + 1, m->end_evaluated, ", ");
        rwb__edits_printf(c->u->edits, ", %s", m->key_text.ptr);
    }
    put(c, ")");
}

/* --- values --- */

static const char *receiver_of(const rwb__class *c, const rwb__member *m) {
    return m->is_static && c->standard && c->alias.len > 0 ? c->alias.ptr : "this";
}

void rwb__class_put_value_head(rwb__class *c, const rwb__member *m) {
    const char *self = receiver_of(c, m);
    if (m->before.len > 0) {
        const char *run = rwb__unit_helper(c->u, RWB__HELPER_RUN_INITIALIZERS);
        rwb__edits_printf(c->u->edits, "(%s(%s, %s), ", run, self, m->before.ptr);
    }
    if (m->initial.len > 0) {
        const char *run = rwb__unit_helper(c->u, RWB__HELPER_RUN_INITIALIZERS);
        rwb__edits_printf(c->u->edits, "%s(%s, %s, ", run, self, m->initial.ptr);
    }
    if (m->value == 0) {
        put(c, "void 0");
    }
}

void rwb__class_put_value_tail(rwb__class *c, const rwb__member *m) {
    put(c, m->initial.len > 0 ? ")" : "");
    put(c, m->before.len > 0 ? ")" : "");
}

static bool has_calls(const rwb__member *m) {
    return m->before.len > 0 || m->initial.len > 0;
}

/* --- members --- */

static void remove_decorators(rwb__class *c, uint32_t first, uint32_t count) {
    const rwb__unit *u = c->u;
    for (uint32_t i = first; i < first + count; i++) {
        const rwg_syntax_node *node = &u->nodes[c->decorators.ptr[i]];
        uint32_t end = node->end;
        while (end < u->text.len && strchr(" \t\r\n", u->text.ptr[end])) {
            end++;
        }
        /* In JavaScript nobody else ends a field in front of it. */
        bool ends = !u->typescript && first >= c->decorator_count;
        rwb__edits_replace(u->edits, node->start, end, rwg__str_c(ends ? ";" : ""));
    }
}

/* static x = 1; -> static { this.x = 1; } */
static void write_moved_static(rwb__class *c, const rwb__member *m) {
    rwb__unit *u = c->u;
    const rwg_syntax_node *node = &u->nodes[m->node];
    if (m->value == 0 && !has_calls(m)) {
        rwb__edits_remove(u->edits, m->start, node->end);
        return;
    }
    uint32_t end = m->value ? u->nodes[m->value].start : node->end;
    bool name = m->key == 0 && rwb__kind(u, m->name) == RWG_SYNTAX_PROPERTY_IDENTIFIER;
    rwb__edits_begin(u->edits, RWB__REPLACE, m->start, end);
    rwg_str key = name ? rwb__text(u, m->name) : m->key_text;
    rwb__edits_printf(
        u->edits, name ? "static { this.%.*s = " : "static { this[%.*s] = ", (int)key.len, key.ptr
    );
    rwb__class_put_value_head(c, m);
    if (m->value == 0) {
        rwb__class_put_value_tail(c, m);
        put(c, "; }");
    }
}

static void close_moved_static(rwb__class *c, const rwb__member *m) {
    if (m->value != 0) {
        uint32_t end = c->u->nodes[m->node].end;
        rwb__edits_begin(c->u->edits, RWB__AFTER, end, end);
        rwb__class_put_value_tail(c, m);
        put(c, "; }");
    }
}

/* A private field that the constructor assigns stays as a declaration. */
static void write_moved_private(rwb__class *c, const rwb__member *m) {
    rwb__unit *u = c->u;
    uint32_t name_end = u->nodes[m->name].end;
    uint32_t end = u->nodes[m->node].end;
    if (name_end < end) {
        rwb__edits_replace(u->edits, name_end, end, RWG_STR(";"));
    }
}

static void write_field(rwb__class *c, const rwb__member *m) {
    rwb__unit *u = c->u;
    const rwg_syntax_node *node = &u->nodes[m->node];
    if (m->is_bare) {
        return; /* types.c removes it */
    }
    if (m->is_moved && m->is_static) {
        write_moved_static(c, m);
    } else if (m->is_moved && m->is_private) {
        write_moved_private(c, m);
    } else if (m->is_moved) {
        rwb__edits_remove(u->edits, m->start, node->end);
    } else if (has_calls(m) && m->value != 0) {
        rwb__edits_begin(u->edits, RWB__REPLACE, u->nodes[m->name].end, u->nodes[m->value].start);
        put(c, " = ");
        rwb__class_put_value_head(c, m);
    }
}

static void close_field(rwb__class *c, const rwb__member *m) {
    uint32_t end = c->u->nodes[m->node].end;
    if (m->is_bare) {
        return;
    }
    if (m->is_moved && m->is_static) {
        if (!m->is_private) {
            close_moved_static(c, m);
        }
    } else if (!m->is_moved && has_calls(m)) {
        rwb__edits_begin(c->u->edits, RWB__AFTER, end, end);
        if (m->value == 0) {
            put(c, " = ");
            rwb__class_put_value_head(c, m);
        }
        rwb__class_put_value_tail(c, m);
    }
}

/* accessor x = 1; -> #x = 1; get x() { return this.#x; } set x(value) { this.#x = value; } A static
 * one belongs to this class, also when it is reached through a class that extends it. */
static void write_accessor(rwb__class *c, uint32_t index) {
    rwb__member *m = &c->members.ptr[index];
    rwb__unit *u = c->u;
    const char *modifier = m->is_static ? "static " : "";
    bool named = m->is_static && c->name != 0;
    rwg_str self = named ? c->label : RWG_STR("this");
    uint32_t name_start = u->nodes[m->name].start;
    uint32_t name_end = u->nodes[m->name].end;
    bool assigned = m->is_moved && !m->is_static;
    rwb__edits_begin(u->edits, RWB__REPLACE, m->start, u->nodes[m->node].end);
    rwb__edits_printf(u->edits, "%s#%s", modifier, m->storage.ptr);
    if (!assigned && (m->value != 0 || has_calls(m))) {
        put(c, " = ");
        rwb__class_put_value_head(c, m);
        if (m->value != 0) {
            put_node(c, m->value);
        }
        rwb__class_put_value_tail(c, m);
    }
    rwb__edits_printf(u->edits, "; %sget ", modifier);
    if (m->key != 0) {
        put(c, "[");
        put_site_head(c, index);
        put_node(c, m->key);
        put_site_tail(c, index);
        put(c, "]");
    } else {
        rwb__edits_span(u->edits, name_start, name_end);
    }
    int len = (int)self.len;
    const char *storage = m->storage.ptr;
    bool indirect = m->descriptor.len > 0;
    if (indirect) {
        rwb__edits_printf(u->edits, "() { return %s.get.call(this); }", m->descriptor.ptr);
    } else {
        rwb__edits_printf(u->edits, "() { return %.*s.#%s; }", len, self.ptr, storage);
    }
    rwb__edits_printf(u->edits, " %sset ", modifier);
    if (m->key != 0) {
        rwb__edits_printf(u->edits, "[%s]", m->key_text.ptr);
    } else {
        rwb__edits_span(u->edits, name_start, name_end);
    }
    if (indirect) {
        rwb__edits_printf(u->edits, "(value) { %s.set.call(this, value); }", m->descriptor.ptr);
    } else {
        rwb__edits_printf(u->edits, "(value) { %.*s.#%s = value; }", len, self.ptr, storage);
    }
}

static void write_member(rwb__class *c, uint32_t index) {
    rwb__member *m = &c->members.ptr[index];
    rwb__unit *u = c->u;
    if (!m->is_bare) {
        remove_decorators(c, m->decorators, m->decorator_count);
    }
    switch ((rwb__member_kind)m->kind) {
    case RWB__MEMBER_FIELD: write_field(c, m); break;
    case RWB__MEMBER_ACCESSOR:
        if (!m->is_bare) {
            write_accessor(c, index);
        }
        return;
    case RWB__MEMBER_METHOD:
    case RWB__MEMBER_GETTER:
    case RWB__MEMBER_SETTER:
        if (m->descriptor.len > 0) {
            rwb__standard_write_private(c, m);
        }
        break;
    case RWB__MEMBER_CONSTRUCTOR:
    case RWB__MEMBER_BLOCK: break;
    }
    if (m->is_site && !is_plain_site(c, index)) {
        uint32_t start = u->nodes[m->key].start;
        uint32_t bracket = u->nodes[m->name].start;
        rwb__edits_begin(u->edits, RWB__REPLACE, bracket, start);
        put(c, "[");
        put_site_head(c, index);
    }
}

static void close_member(rwb__class *c, uint32_t index) {
    rwb__member *m = &c->members.ptr[index];
    if (m->kind == RWB__MEMBER_FIELD) {
        close_field(c, m);
    } else if (m->kind == RWB__MEMBER_BLOCK && m->before.len > 0) {
        uint32_t block = rwb__child_of_kind(c->u, m->node, RWG_SYNTAX_STATEMENT_BLOCK);
        uint32_t at = c->u->nodes[block].start + 1;
        const char *run = rwb__unit_helper(c->u, RWB__HELPER_RUN_INITIALIZERS);
        rwb__edits_begin(c->u->edits, RWB__AFTER, at, at);
        rwb__edits_printf(c->u->edits, " %s(%s, %s);", run, receiver_of(c, m), m->before.ptr);
    }
    if (m->is_site && m->kind != RWB__MEMBER_ACCESSOR && !is_plain_site(c, index)) {
        uint32_t end = c->u->nodes[m->key].end;
        rwb__edits_begin(c->u->edits, RWB__AFTER, end, end);
        put_site_tail(c, index);
    }
}

/* Parameters' decorators go; their values are in the list of the method. */
static void remove_parameter_decorators(rwb__class *c, uint32_t method) {
    rwb__unit *u = c->u;
    uint32_t list = rwb__child(u, method, RWG_SYNTAX_FIELD_PARAMETERS);
    if (list == 0) {
        return;
    }
    for (uint32_t p = rwb__first(u, list); p < u->nodes[list].next; p = u->nodes[p].next) {
        for (uint32_t i = rwb__first(u, p); i < u->nodes[p].next; i = u->nodes[i].next) {
            if (rwb__kind(u, i) == RWG_SYNTAX_DECORATOR) {
                rwb__edits_remove(u->edits, u->nodes[i].start, u->nodes[i].end);
            }
        }
    }
}

/* --- around the class --- */

static void put_variable(rwb__class *c, bool *any, rwg_str name, const char *value) {
    if (name.len > 0) {
        rwb__edits_printf(c->u->edits, "%s%s%s", *any ? ", " : "let ", name.ptr, value);
        *any = true;
    }
}

/* One statement: variables, and in their order the values that are known in front of the class. */
static bool put_prologue(rwb__class *c) {
    bool any = false;
    put_variable(c, &any, c->receiver, "");
    put_variable(c, &any, c->alias, "");
    put_variable(c, &any, c->extra, " = []");
    put_variable(c, &any, c->instance_extra, " = []");
    put_variable(c, &any, c->static_extra, " = []");
    for (uint32_t i = 0; i < c->members.len; i++) {
        const rwb__member *m = &c->members.ptr[i];
        put_variable(c, &any, m->initial, " = []");
        put_variable(c, &any, m->extra, " = []");
        put_variable(c, &any, m->descriptor, "");
        if (c->has_site || c->reads_private) {
            put_variable(c, &any, m->list, "");
        }
        if (c->has_site) {
            put_variable(c, &any, m->has_temp ? m->key_text : RWG_STR(""), "");
        }
    }
    if (c->list.len > 0) {
        put(c, any ? ", " : "let ");
        any = true;
        rwb__class_put_list(c, c->list, 0, c->decorator_count);
    }
    if (c->super.len > 0) {
        put_variable(c, &any, c->super, " = ");
        put_node(c, c->base);
    }
    for (uint32_t i = 0; i < c->members.len && !c->has_site; i++) {
        const rwb__member *m = &c->members.ptr[i];
        if (m->list.len > 0 && !c->reads_private) {
            put(c, any ? ", " : "let ");
            any = true;
            rwb__class_put_list(c, m->list, m->decorators, m->decorator_count);
        }
        if (m->key != 0) {
            put(c, any ? ", " : "let ");
            any = true;
            if (!m->has_temp) {
                rwb__edits_printf(c->u->edits, "%s = ", rwb__unit_name(c->u, "_key").ptr);
            }
            put_key(c, m);
        }
    }
    put(c, any ? "; " : "");
    return any;
}

/* Does the class evaluate `await` or `yield` of the function around it? */
static bool has_word_outside(const rwb__class *c, rwg_syntax_kind kind) {
    const rwb__unit *u = c->u;
    for (uint32_t i = c->node + 1; i < u->nodes[c->node].next;) {
        rwg_syntax_kind k = rwb__kind(u, i);
        rwg_syntax_kind parent = rwb__kind(u, u->nodes[i].parent);
        bool own = k == RWG_SYNTAX_ARROW_FUNCTION || k == RWG_SYNTAX_FUNCTION_EXPRESSION ||
                   k == RWG_SYNTAX_GENERATOR_FUNCTION || k == RWG_SYNTAX_CLASS_STATIC_BLOCK ||
                   (parent == RWG_SYNTAX_METHOD_DEFINITION &&
                    (k == RWG_SYNTAX_FORMAL_PARAMETERS || k == RWG_SYNTAX_STATEMENT_BLOCK));
        if (k == kind) {
            return true;
        }
        i = own ? u->nodes[i].next : i + 1;
    }
    return false;
}

/* What the class would be called by the place where it stands. */
static rwg_str inferred_name(const rwb__class *c) {
    const rwb__unit *u = c->u;
    if (c->exported != 0) {
        return RWG_STR("default");
    }
    uint32_t node = c->node;
    uint32_t parent = u->nodes[node].parent;
    while (rwb__kind(u, parent) == RWG_SYNTAX_PARENTHESIZED_EXPRESSION) {
        node = parent;
        parent = u->nodes[node].parent;
    }
    uint32_t name = 0;
    switch ((int)rwb__kind(u, parent)) {
    case RWG_SYNTAX_VARIABLE_DECLARATOR:
    case RWG_SYNTAX_PUBLIC_FIELD_DEFINITION:
        name = rwb__child(u, parent, RWG_SYNTAX_FIELD_NAME);
        break;
    case RWG_SYNTAX_FIELD_DEFINITION:
        name = rwb__child(u, parent, RWG_SYNTAX_FIELD_PROPERTY);
        break;
    case RWG_SYNTAX_PAIR: name = rwb__child(u, parent, RWG_SYNTAX_FIELD_KEY); break;
    case RWG_SYNTAX_ASSIGNMENT_EXPRESSION:
    case RWG_SYNTAX_ASSIGNMENT_PATTERN: name = rwb__child(u, parent, RWG_SYNTAX_FIELD_LEFT); break;
    case RWG_SYNTAX_REQUIRED_PARAMETER:
    case RWG_SYNTAX_OPTIONAL_PARAMETER:
        name = rwb__child(u, parent, RWG_SYNTAX_FIELD_PATTERN);
        break;
    default: break;
    }
    rwg_syntax_kind kind = rwb__kind(u, name);
    bool plain =
        name != 0 && (kind == RWG_SYNTAX_IDENTIFIER || kind == RWG_SYNTAX_PROPERTY_IDENTIFIER ||
                      kind == RWG_SYNTAX_PRIVATE_PROPERTY_IDENTIFIER);
    return plain ? rwb__text(u, name) : RWG_STR("");
}

/* class C {}  ->  var C = class C {}; The body knows the class by a name of its own either way. */
static void open_variable(rwb__class *c) {
    rwb__unit *u = c->u;
    if (c->is_variable) {
        rwg_str name = rwb__text(u, c->name);
        uint32_t start = u->nodes[c->word].start;
        rwb__edits_begin(u->edits, RWB__BEFORE, start, start);
        rwb__edits_printf(u->edits, "var %.*s = ", (int)name.len, name.ptr);
    }
}

static void close_variable(rwb__class *c) {
    if (c->is_variable) {
        rwb__edits_insert(c->u->edits, RWB__AFTER, rwb__unit_last_end(c->u, c->node), RWG_STR(";"));
    }
}

static void open_class(rwb__class *c) {
    rwb__unit *u = c->u;
    uint32_t start = u->nodes[c->anchor].start;
    rwb__edits_begin(u->edits, RWB__BEFORE, start, start);
    bool legacy = c->has_calls;
    if (c->is_wrapped) {
        bool awaits = has_word_outside(c, RWG_SYNTAX_AWAIT_EXPRESSION);
        put(c, awaits ? "(await (async () => { " : "((() => { "); /* also behind `new` */
        if (has_word_outside(c, RWG_SYNTAX_YIELD_EXPRESSION)) {
            rwb__unit_error(
                u,
                c->node,
                "a class expression with decorators or computed fields cannot hold yield"
            );
        }
    }
    (void)put_prologue(c);
    if (c->is_wrapped && !(legacy && c->name == 0)) {
        put(c, "return (");
    }
    remove_decorators(c, 0, c->decorator_count);
    open_variable(c);
    if (legacy && c->name == 0) {
        uint32_t end = u->nodes[c->word].end;
        rwb__edits_begin(u->edits, RWB__AFTER, end, end);
        rwb__edits_printf(u->edits, " %s", c->label.ptr);
    }
    if (c->super.len > 0) {
        rwb__edits_begin(u->edits, RWB__REPLACE, u->nodes[c->extends].start, u->nodes[c->base].end);
        rwb__edits_printf(u->edits, "extends %s", c->super.ptr);
    }
}

static void put_opening(rwb__class *c) {
    rwb__unit *u = c->u;
    uint32_t at = u->nodes[c->body].start + 1;
    rwb__edits_begin(u->edits, RWB__AFTER, at, at);
    if (c->is_wrapped && c->name == 0 && !c->has_calls) {
        rwg_str name = rwb__unit_quote(u, inferred_name(c));
        const char *helper = rwb__unit_helper(u, RWB__HELPER_SET_FUNCTION_NAME);
        rwb__edits_printf(u->edits, " static { %s(this, %.*s); }", helper, (int)name.len, name.ptr);
    }
    if (c->alias.len > 0) {
        rwb__edits_printf(u->edits, " static { %s = this; }", c->alias.ptr);
    }
    rwb__class_put_parameter_fields(c);
    rwb__standard_put_block(c);
    if (rwb__class_needs_constructor(c)) {
        rwb__class_put_constructor(c);
    }
}

static void put_ending(rwb__class *c) {
    rwb__unit *u = c->u;
    uint32_t at = u->nodes[c->body].end - 1;
    bool legacy = c->has_calls && c->reads_private;
    if (!legacy && c->after_static_fields.len == 0 && c->extra.len == 0) {
        return;
    }
    rwb__edits_begin(u->edits, RWB__BEFORE, at, at);
    put(c, "; static {"); /* the last field may have no semicolon */
    const char *self = c->alias.len > 0 ? c->alias.ptr : "this";
    rwg_str runs[2] = {c->after_static_fields, c->extra};
    for (uint32_t i = 0; i < 2; i++) {
        if (runs[i].len > 0) {
            const char *run = rwb__unit_helper(u, RWB__HELPER_RUN_INITIALIZERS);
            rwb__edits_printf(u->edits, " %s(%s, %s);", run, self, runs[i].ptr);
        }
    }
    if (legacy) {
        rwb__legacy_put_members(c, RWG_STR("this"));
    }
    put(c, " }\n");
}

static void put_epilogue(rwb__class *c) {
    rwb__unit *u = c->u;
    uint32_t end = rwb__unit_last_end(u, c->node);
    close_variable(c);
    rwb__edits_begin(u->edits, RWB__AFTER, end, end);
    bool named_legacy = c->has_calls;
    if (named_legacy) {
        if (!c->reads_private) {
            rwb__legacy_put_members(c, c->label);
        }
        rwb__legacy_put_class(c, c->label);
    } else if (c->standard && c->is_decorated && !c->is_expression) {
        rwb__edits_printf(u->edits, " %.*s = %s;", (int)c->label.len, c->label.ptr, c->alias.ptr);
    }
    if (c->is_wrapped) {
        if (named_legacy) {
            rwb__edits_printf(u->edits, " return %.*s;", (int)c->label.len, c->label.ptr);
        } else if (c->alias.len > 0) {
            rwb__edits_printf(u->edits, ", %s);", c->alias.ptr);
        } else {
            put(c, ");");
        }
        put(c, " })())");
        /* A default class ends its statement, unless others write the end. */
        bool ends = u->options->form == RWB_FORM_FACTORY || c->in_using;
        put(c, c->exported != 0 && !ends ? ";" : "");
    }
}

/* --- names that mean the decorated class --- */

static void rename_references(rwb__class *c) {
    uint32_t count = 0;
    const rwb__reference *refs = rwb__scopes_references(c->u->scopes, &count);
    uint32_t r = rwb__class_first_reference(c->u, c->body);
    while ((r = rwb__class_next_own_name(c, r)) != RWB_NO_SYMBOL) {
        rwb__unit_replace_reference(c->u, &refs[r], c->alias, false);
        r++;
    }
}

/* `this` of static blocks and values of static fields is the decorated class. */
static void rename_this(rwb__class *c, uint32_t subtree) {
    rwb__unit *u = c->u;
    for (uint32_t i = subtree; i < u->nodes[subtree].next;) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        rwg_syntax_kind parent = rwb__kind(u, u->nodes[i].parent);
        bool own = kind == RWG_SYNTAX_FUNCTION_EXPRESSION || kind == RWG_SYNTAX_CLASS_BODY ||
                   kind == RWG_SYNTAX_FUNCTION_DECLARATION ||
                   kind == RWG_SYNTAX_GENERATOR_FUNCTION ||
                   kind == RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION ||
                   (parent == RWG_SYNTAX_METHOD_DEFINITION &&
                    (kind == RWG_SYNTAX_FORMAL_PARAMETERS || kind == RWG_SYNTAX_STATEMENT_BLOCK));
        if (kind == RWG_SYNTAX_THIS) {
            rwb__edits_replace(u->edits, u->nodes[i].start, u->nodes[i].end, c->alias);
        }
        i = own ? u->nodes[i].next : i + 1;
    }
}

static void rename_static_this(rwb__class *c) {
    for (uint32_t i = 0; i < c->members.len; i++) {
        const rwb__member *m = &c->members.ptr[i];
        bool block = m->kind == RWB__MEMBER_BLOCK;
        if (block || (m->is_static && m->value != 0)) {
            rename_this(c, block ? m->node : m->value);
        }
    }
}

/* --- the pass --- */

static void write_front(rwb__class *c) {
    open_class(c);
    for (uint32_t i = 0; i < c->members.len; i++) {
        write_member(c, i);
        if (!c->standard) {
            remove_parameter_decorators(c, c->members.ptr[i].node);
        }
    }
    if (c->alias.len > 0) {
        if (c->symbol != RWB_NO_SYMBOL) {
            rename_references(c);
        }
        if (c->standard) {
            rename_static_this(c);
        }
    }
}

static void write_back(rwb__class *c) {
    put_opening(c);
    for (uint32_t i = 0; i < c->members.len; i++) {
        close_member(c, i);
    }
    rwb__class_write_constructor(c);
    put_ending(c);
    put_epilogue(c);
}

static bool is_class(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_CLASS || kind == RWG_SYNTAX_CLASS_DECLARATION ||
           kind == RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION;
}

void rwb__classes_run(rwb__unit *u) {
    RWG_VEC(rwb__class) classes = {0};
    uint32_t using_start = rwb__using_start(u);
    for (uint32_t i = 1; i < u->node_count;) {
        if (rwb__kind(u, i) == RWG_SYNTAX_AMBIENT_DECLARATION) {
            i = u->nodes[i].next;
            continue;
        }
        if (is_class(rwb__kind(u, i))) {
            rwb__class c;
            bool planned = rwb__class_plan(&c, u, i);
            uint32_t statement = c.exported != 0 ? c.exported : i;
            c.in_using = u->nodes[statement].parent == 0 && i >= using_start;
            c.is_variable = c.in_using && !c.is_expression;
            if (planned) {
                *rwg__vec_push(&classes, u->mem) = c;
            } else {
                open_variable(&c);
                close_variable(&c);
                rwb__class_deinit(&c);
            }
        }
        i++;
    }
    for (uint32_t i = 0; i < classes.len; i++) {
        write_front(&classes.ptr[i]);
    }
    for (uint32_t i = classes.len; i-- > 0;) {
        write_back(&classes.ptr[i]);
        rwb__class_deinit(&classes.ptr[i]);
    }
    rwg__vec_free(&classes, u->mem);
}
