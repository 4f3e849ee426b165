/* What a class consists of, and which of its parts have to be lowered: rwb__class_plan.
 *
 * The order of steps is the order of dependencies: members and decorators as they are written, what
 * becomes of each, where keys and lists are evaluated, and last the names of variables. */
#include "transform/classes.h"
#include "transform/namespaces.h"

#include <stdio.h>

static bool has_child(const rwb__unit *u, uint32_t i, rwg_syntax_kind kind) {
    return rwb__child_of_kind(u, i, kind) != 0;
}

static bool is_comment(const rwb__unit *u, uint32_t i) {
    return rwb__kind(u, i) == RWG_SYNTAX_COMMENT;
}

/* The first child that is neither punctuation nor a comment, or 0. */
static uint32_t first_named(const rwb__unit *u, uint32_t i) {
    for (uint32_t c = rwb__first(u, i); c < u->nodes[i].next; c = u->nodes[c].next) {
        if ((u->nodes[c].flags & RWG_SYNTAX_NAMED) && !is_comment(u, c)) {
            return c;
        }
    }
    return 0;
}

/* Parentheses that the grammar does not know here are the arguments of a call without a callee. */
uint32_t rwb__class_decorator_value(const rwb__unit *u, uint32_t decorator) {
    uint32_t value = first_named(u, decorator);
    bool call = rwb__kind(u, value) == RWG_SYNTAX_CALL_EXPRESSION;
    uint32_t function = call ? rwb__child(u, value, RWG_SYNTAX_FIELD_FUNCTION) : 0;
    bool parenthesized = function != 0 && rwb__text(u, function).len == 0;
    return parenthesized ? rwb__child(u, value, RWG_SYNTAX_FIELD_ARGUMENTS) : value;
}

/* What `node` only wraps, or 0. A sequence in parentheses has no receiver and stays what it is. */
static uint32_t wrapped(const rwb__unit *u, uint32_t node) {
    uint32_t inner = first_named(u, node);
    switch ((int)rwb__kind(u, node)) {
    case RWG_SYNTAX_PARENTHESIZED_EXPRESSION:
    case RWG_SYNTAX_ARGUMENTS: {
        uint32_t next = u->nodes[inner].next;
        return inner != 0 && rwb__kind(u, next) == RWG_SYNTAX_TOKEN_PAREN_CLOSE ? inner : 0;
    }
    case RWG_SYNTAX_AS_EXPRESSION:
    case RWG_SYNTAX_SATISFIES_EXPRESSION:
    case RWG_SYNTAX_NON_NULL_EXPRESSION: return inner;
    default: return 0;
    }
}

uint32_t rwb__class_decorator_bare(const rwb__unit *u, uint32_t decorator) {
    uint32_t value = rwb__class_decorator_value(u, decorator);
    for (uint32_t inner = wrapped(u, value); inner != 0; inner = wrapped(u, value)) {
        value = inner;
    }
    return value;
}

/* --- members as they are written --- */

/* The word `accessor`, which the grammar does not know, in [from, to); `to` when there is none. */
static uint32_t accessor_word(const rwb__unit *u, uint32_t from, uint32_t to) {
    rwg_str seen = rwg_source_seen(u->source);
    for (uint32_t i = from; i < to; i++) {
        if (u->text.ptr[i] != seen.ptr[i]) {
            bool is_word = rwg__str_starts(rwg__str_from(u->text, i), RWG_STR("accessor"));
            return is_word ? i : to;
        }
    }
    return to;
}

/* Decorators stand in front of a member or inside of it. Gives where the member's own text starts,
 * and where the last decorator, or the token in front, ends. */
static uint32_t read_decorators(rwb__class *c, rwb__member *m, uint32_t pending, uint32_t *from) {
    rwb__unit *u = c->u;
    m->decorators = pending;
    *from = rwb__unit_token_end(u, m->node);
    uint32_t start = u->nodes[m->node].start;
    for (uint32_t i = rwb__first(u, m->node); i < u->nodes[m->node].next; i = u->nodes[i].next) {
        if (rwb__kind(u, i) == RWG_SYNTAX_DECORATOR) {
            *rwg__vec_push(&c->decorators, u->mem) = i;
            *from = u->nodes[i].end;
            start = 0;
        } else if (start == 0 && !is_comment(u, i)) {
            start = u->nodes[i].start;
        }
    }
    m->decorator_count = c->decorators.len - pending;
    return start;
}

static void read_name(rwb__class *c, rwb__member *m) {
    rwb__unit *u = c->u;
    uint32_t name = rwb__child(u, m->node, RWG_SYNTAX_FIELD_NAME);
    m->name = name ? name : rwb__child(u, m->node, RWG_SYNTAX_FIELD_PROPERTY);
    if (m->name == 0) {
        return;
    }
    uint32_t literal = m->name;
    if (rwb__kind(u, m->name) == RWG_SYNTAX_COMPUTED_PROPERTY_NAME) {
        literal = first_named(u, m->name);
    }
    rwg_syntax_kind kind = rwb__kind(u, literal);
    rwg_str text = rwb__text(u, literal);
    m->is_private = kind == RWG_SYNTAX_PRIVATE_PROPERTY_IDENTIFIER;
    if (kind == RWG_SYNTAX_STRING || (kind == RWG_SYNTAX_NUMBER && !c->standard)) {
        m->key_text = text;
    } else if (kind == RWG_SYNTAX_NUMBER) {
        char *key = rwg__arena_alloc(u->arena, text.len + 8);
        int len = snprintf(key, text.len + 8, "(%.*s + \"\")", (int)text.len, text.ptr);
        m->key_text = rwg__str(key, (size_t)len); /* what 0x10 is called */
    } else if (literal != m->name) {
        m->key = literal;
    } else {
        char *quoted = rwg__arena_alloc(u->arena, text.len + 2);
        quoted[0] = '"';
        memcpy(quoted + 1, text.ptr, text.len);
        quoted[text.len + 1] = '"';
        m->key_text = rwg__str(quoted, text.len + 2);
    }
}

static uint8_t method_kind(const rwb__unit *u, uint32_t node, const rwb__member *m) {
    if (has_child(u, node, RWG_SYNTAX_WORD_GET) || has_child(u, node, RWG_SYNTAX_WORD_STATIC_GET)) {
        return RWB__MEMBER_GETTER;
    }
    if (has_child(u, node, RWG_SYNTAX_WORD_SET)) {
        return RWB__MEMBER_SETTER;
    }
    bool constructs = !m->is_static && (rwg__str_eq_c(m->key_text, "\"constructor\"") ||
                                        rwg__str_eq_c(m->key_text, "'constructor'"));
    return constructs ? RWB__MEMBER_CONSTRUCTOR : RWB__MEMBER_METHOD;
}

static void read_member(rwb__class *c, uint32_t node, uint32_t pending) {
    rwb__unit *u = c->u;
    rwb__member *m = rwg__vec_push(&c->members, u->mem);
    *m = (rwb__member){.node = node};
    uint32_t from = 0;
    m->start = read_decorators(c, m, pending, &from);
    m->is_static = has_child(u, node, RWG_SYNTAX_WORD_STATIC) ||
                   has_child(u, node, RWG_SYNTAX_WORD_STATIC_GET);
    if (rwb__kind(u, node) == RWG_SYNTAX_CLASS_STATIC_BLOCK) {
        m->kind = RWB__MEMBER_BLOCK;
        return;
    }
    read_name(c, m);
    if (rwb__kind(u, node) == RWG_SYNTAX_METHOD_DEFINITION) {
        m->kind = method_kind(u, node, m);
        if (m->kind == RWB__MEMBER_CONSTRUCTOR) {
            c->constructor = c->members.len - 1;
        }
        return;
    }
    uint32_t name_start = u->nodes[m->name].start;
    uint32_t word = accessor_word(u, from, name_start);
    bool has_word = has_child(u, node, RWG_SYNTAX_WORD_ACCESSOR) || word < name_start;
    uint32_t native = rwb__child_of_kind(u, node, RWG_SYNTAX_WORD_ACCESSOR);
    uint32_t word_start = native != 0 ? u->nodes[native].start : word;
    m->is_split = has_word && memchr(u->text.ptr + word_start, '\n', name_start - word_start);
    m->kind = has_word && !m->is_split ? RWB__MEMBER_ACCESSOR : RWB__MEMBER_FIELD;
    m->start = word < m->start ? word : m->start;
    m->value = rwb__child(u, node, RWG_SYNTAX_FIELD_VALUE);
    rwg_span blanked = rwb__unit_blanked(u, node);
    rwg_str hidden = rwg__str_sub(u->text, blanked.start, blanked.end);
    m->is_bare = has_child(u, node, RWG_SYNTAX_WORD_ABSTRACT) ||
                 has_child(u, node, RWG_SYNTAX_WORD_DECLARE) ||
                 rwg__str_starts(hidden, RWG_STR("abstract"));
    if (m->is_bare && m->decorator_count == 0) {
        m->key = 0; /* not evaluated either */
    }
}

static void read_members(rwb__class *c) {
    rwb__unit *u = c->u;
    uint32_t pending = c->decorators.len;
    for (uint32_t i = rwb__first(u, c->body); i < u->nodes[c->body].next; i = u->nodes[i].next) {
        switch ((int)rwb__kind(u, i)) {
        case RWG_SYNTAX_DECORATOR: *rwg__vec_push(&c->decorators, u->mem) = i; break;
        case RWG_SYNTAX_METHOD_DEFINITION:
        case RWG_SYNTAX_FIELD_DEFINITION:
        case RWG_SYNTAX_PUBLIC_FIELD_DEFINITION:
        case RWG_SYNTAX_CLASS_STATIC_BLOCK:
            read_member(c, i, pending);
            pending = c->decorators.len;
            break;
        case RWG_SYNTAX_METHOD_SIGNATURE:
        case RWG_SYNTAX_ABSTRACT_METHOD_SIGNATURE:
        case RWG_SYNTAX_INDEX_SIGNATURE:
            if (pending < c->decorators.len || has_child(u, i, RWG_SYNTAX_DECORATOR)) {
                rwb__unit_error(u, i, "decorators need a member with code");
                pending = c->decorators.len;
            }
            break;
        default: break;
        }
    }
}

static void read_heritage(rwb__class *c) {
    rwb__unit *u = c->u;
    uint32_t heritage = rwb__child_of_kind(u, c->node, RWG_SYNTAX_CLASS_HERITAGE);
    if (heritage == 0) {
        return;
    }
    uint32_t clause = rwb__child_of_kind(u, heritage, RWG_SYNTAX_EXTENDS_CLAUSE);
    uint32_t owner = clause ? clause : heritage;
    c->extends = rwb__child_of_kind(u, owner, RWG_SYNTAX_WORD_EXTENDS);
    if (c->extends != 0) {
        uint32_t value = rwb__child(u, owner, RWG_SYNTAX_FIELD_VALUE);
        c->base = value ? value : first_named(u, owner);
    }
}

/* The export statement that the class belongs to, or 0. A class right behind `default` is a
 * declaration, which ends with its body; the grammar takes it for the beginning of an expression
 * when the next line goes on with a bracket. */
static uint32_t export_of(const rwb__unit *u, uint32_t class) {
    uint32_t i = class;
    while (u->nodes[u->nodes[i].parent].start == u->nodes[class].start && u->nodes[i].parent != 0) {
        i = u->nodes[i].parent;
    }
    uint32_t parent = u->nodes[i].parent;
    bool declares = rwb__kind(u, parent) == RWG_SYNTAX_EXPORT_STATEMENT &&
                    !has_child(u, parent, RWG_SYNTAX_TOKEN_EQUALS);
    return declares ? parent : 0;
}

static void read_class(rwb__class *c) {
    rwb__unit *u = c->u;
    c->exported = export_of(u, c->node);
    uint32_t parent = c->exported;
    bool exported = c->exported != 0;
    c->anchor = exported ? parent : c->node;
    c->word = rwb__child_of_kind(u, c->node, RWG_SYNTAX_WORD_CLASS);
    c->name = rwb__child(u, c->node, RWG_SYNTAX_FIELD_NAME);
    c->body = rwb__child(u, c->node, RWG_SYNTAX_FIELD_BODY);
    c->symbol = c->name ? rwb__scopes_symbol_at(u->scopes, c->name) : RWB_NO_SYMBOL;
    bool is_value = rwb__kind(u, c->node) == RWG_SYNTAX_CLASS;
    c->is_expression = c->name == 0 || (is_value && !exported);
    if (c->is_expression) {
        c->anchor = c->node;
    }
    uint32_t owners[2] = {exported ? parent : c->node, c->node};
    for (uint32_t k = exported ? 0 : 1; k < 2; k++) {
        uint32_t owner = owners[k];
        for (uint32_t i = rwb__first(u, owner); i < u->nodes[owner].next; i = u->nodes[i].next) {
            if (rwb__kind(u, i) == RWG_SYNTAX_DECORATOR) {
                *rwg__vec_push(&c->decorators, u->mem) = i;
            }
        }
    }
    c->decorator_count = c->decorators.len;
    read_heritage(c);
}

/* --- what becomes of them --- */

bool rwb__class_has_parameter_decorators(const rwb__unit *u, uint32_t method) {
    uint32_t list = rwb__child(u, method, RWG_SYNTAX_FIELD_PARAMETERS);
    if (list == 0) {
        return false;
    }
    for (uint32_t i = rwb__first(u, list); i < u->nodes[list].next; i = u->nodes[i].next) {
        if (has_child(u, i, RWG_SYNTAX_DECORATOR)) {
            return true;
        }
    }
    return false;
}

/* Is there a public field whose value the constructor assigns? Then private ones and accessors are
 * assigned there too, so that the order stays; else they stay as they are. */
static bool assigns_fields(const rwb__class *c) {
    for (uint32_t i = 0; i < c->members.len; i++) {
        const rwb__member *m = &c->members.ptr[i];
        bool has_value = m->value != 0 || (c->standard && m->decorator_count > 0);
        if (m->kind == RWB__MEMBER_FIELD && !m->is_static && !m->is_private && !m->is_bare &&
            has_value) {
            return true;
        }
    }
    return false;
}

static void settle_member(rwb__class *c, rwb__member *m, bool assigns) {
    rwb__unit *u = c->u;
    bool holds = m->kind == RWB__MEMBER_FIELD || m->kind == RWB__MEMBER_ACCESSOR;
    bool parameters = !c->standard && rwb__class_has_parameter_decorators(u, m->node);
    bool decorated = m->decorator_count > 0 || parameters;
    m->is_moved = holds && !m->is_bare && u->typescript &&
                  !u->options->use_define_for_class_fields && !(m->is_static && m->is_private);
    if (m->is_private || m->kind == RWB__MEMBER_ACCESSOR) {
        m->is_moved = m->is_moved && assigns;
    }
    m->is_gone = m->is_bare || (m->is_moved && m->kind == RWB__MEMBER_FIELD && !m->is_private);
    m->is_site = m->key != 0 && !m->is_gone;
    m->has_temp = m->key != 0 &&
                  (decorated || (m->is_gone && m->value != 0) || m->kind == RWB__MEMBER_ACCESSOR);
    c->has_site |= m->is_site;
    c->has_elements |= c->standard && m->decorator_count > 0;
    c->has_calls |= !c->standard && decorated;
    if (m->kind == RWB__MEMBER_CONSTRUCTOR && parameters) {
        c->is_decorated = true;
    }
    if (m->is_bare && m->decorator_count > 0 && c->standard) {
        rwb__unit_error(u, m->node, "standard decorators need a member with code");
    }
    if (m->kind == RWB__MEMBER_CONSTRUCTOR && m->decorator_count > 0) {
        rwb__unit_error(u, m->node, "a constructor has no decorators");
    }
    if (m->is_private && !c->standard && decorated) {
        rwb__unit_error(
            u,
            m->node,
            "legacy decorators cannot reach private names (TypeScript: TS1206): use a name "
            "without #"
        );
    }
    if (c->standard && rwb__class_has_parameter_decorators(u, m->node)) {
        rwb__unit_error(u, m->node, "parameters have decorators only in the legacy form");
    }
}

/* A decorator that reads a private name must stand inside of the class: legacy ones do in a static
 * block at the end, standard ones in one at the beginning, if no computed key can hold them. There
 * `this` is another one. */
static void settle_private(rwb__class *c) {
    rwb__unit *u = c->u;
    uint32_t foreign = 0;
    for (uint32_t d = c->decorator_count; d < c->decorators.len; d++) {
        uint32_t node = c->decorators.ptr[d];
        for (uint32_t i = node; i < u->nodes[node].next; i++) {
            rwg_syntax_kind kind = rwb__kind(u, i);
            c->reads_private |= kind == RWG_SYNTAX_PRIVATE_PROPERTY_IDENTIFIER;
            bool outer = kind == RWG_SYNTAX_THIS || kind == RWG_SYNTAX_AWAIT_EXPRESSION ||
                         kind == RWG_SYNTAX_YIELD_EXPRESSION;
            foreign = outer && foreign == 0 ? i : foreign;
        }
    }
    c->reads_private = c->reads_private && !(c->standard && c->has_site);
    if (c->reads_private && foreign != 0) {
        rwb__unit_error(
            u, foreign, "beside decorators that read private names, this cannot be in a decorator"
        );
    }
}

/* A key that is evaluated although nothing of its member stays. */
static bool evaluates(const rwb__class *c, const rwb__member *m) {
    return (c->standard && m->decorator_count > 0) || m->has_temp || (m->key != 0 && m->is_gone);
}

static void settle_sites(rwb__class *c) {
    uint32_t from = 0;
    uint32_t last = RWB__NO_MEMBER;
    bool behind = false;
    for (uint32_t i = 0; i < c->members.len; i++) {
        rwb__member *m = &c->members.ptr[i];
        c->evaluates |= evaluates(c, m);
        if (m->is_site) {
            m->first_evaluated = from;
            m->end_evaluated = i + 1;
            from = i + 1;
            last = i;
            behind = false;
        } else {
            behind |= evaluates(c, m);
        }
    }
    if (last != RWB__NO_MEMBER && behind) {
        c->members.ptr[last].end_evaluated = c->members.len;
        c->members.ptr[last].has_temp = true;
    }
}

/* --- variables --- */

uint32_t rwb__class_first_reference(const rwb__unit *u, uint32_t node) {
    uint32_t high = 0;
    const rwb__reference *refs = rwb__scopes_references(u->scopes, &high);
    uint32_t low = 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (refs[middle].node < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* In the list of a member, which is evaluated outside of the class. */
static bool is_in_decorator(const rwb__class *c, uint32_t node) {
    const rwb__unit *u = c->u;
    for (uint32_t i = node; i > c->body; i = u->nodes[i].parent) {
        uint32_t parent = u->nodes[i].parent;
        if (rwb__kind(u, i) == RWG_SYNTAX_DECORATOR &&
            (parent == c->body || u->nodes[parent].parent == c->body)) {
            return true;
        }
    }
    return false;
}

uint32_t rwb__class_next_own_name(const rwb__class *c, uint32_t from) {
    uint32_t count = 0;
    const rwb__reference *refs = rwb__scopes_references(c->u->scopes, &count);
    uint32_t end = c->u->nodes[c->body].next;
    for (uint32_t r = from; r < count && refs[r].node < end; r++) {
        if (refs[r].symbol == c->symbol && !(refs[r].flags & RWB__REF_TYPE) &&
            (c->standard || !is_in_decorator(c, refs[r].node))) {
            return r;
        }
    }
    return RWB_NO_SYMBOL;
}

static bool has_own_name(const rwb__class *c) {
    uint32_t from = rwb__class_first_reference(c->u, c->body);
    return rwb__class_next_own_name(c, from) != RWB_NO_SYMBOL;
}

static bool is_namespace_member(const rwb__class *c) {
    return c->exported != 0 && rwb__namespace_around(c->u, c->node) != 0;
}

static void name_member(rwb__class *c, rwb__member *m) {
    rwb__unit *u = c->u;
    if (m->has_temp) {
        m->key_text = rwb__unit_name(u, "_key");
    } else if (m->key != 0) {
        m->key_text = rwb__text(u, m->key);
    }
    if (m->kind == RWB__MEMBER_ACCESSOR && !m->is_bare) {
        m->storage = rwb__unit_name(u, "__rwg_storage");
    }
    if (!c->standard || m->decorator_count == 0) {
        return;
    }
    m->list = rwb__unit_name(u, "_decorators");
    bool holds = m->kind == RWB__MEMBER_FIELD || m->kind == RWB__MEMBER_ACCESSOR;
    if (holds) {
        m->initial = rwb__unit_name(u, "_initializers");
        m->extra = rwb__unit_name(u, "_extra");
    } else if (m->is_static && c->static_extra.len == 0) {
        c->static_extra = rwb__unit_name(u, "_staticExtra");
    } else if (!m->is_static && c->instance_extra.len == 0) {
        c->instance_extra = rwb__unit_name(u, "_instanceExtra");
    }
    if (m->is_private && m->kind != RWB__MEMBER_FIELD) {
        m->descriptor = rwb__unit_name(u, "_descriptor");
    }
}

/* Which member's value runs whose initializers first. */
static void chain_extras(rwb__class *c) {
    bool properties = rwb__class_has_properties(c);
    rwg_str next = properties ? RWG_STR("") : c->instance_extra;
    rwg_str next_static = {0};
    c->before_properties = properties ? c->instance_extra : RWG_STR("");
    for (uint32_t i = 0; i < c->members.len; i++) {
        rwb__member *m = &c->members.ptr[i];
        bool holds = m->kind == RWB__MEMBER_FIELD || m->kind == RWB__MEMBER_ACCESSOR;
        bool vanishes = m->is_gone && m->value == 0 && m->list.len == 0;
        if (holds && !m->is_bare && !vanishes) {
            rwg_str *chain = m->is_static ? &next_static : &next;
            m->before = *chain;
            *chain = m->extra;
        } else if (m->kind == RWB__MEMBER_BLOCK) {
            m->before = next_static;
            next_static = RWG_STR("");
        }
    }
    c->after_fields = next;
    c->after_static_fields = next_static;
}

static bool binds_receiver(const rwb__class *c) {
    for (uint32_t i = 0; i < c->decorators.len; i++) {
        uint32_t value = rwb__class_decorator_bare(c->u, c->decorators.ptr[i]);
        if (rwb__kind(c->u, value) == RWG_SYNTAX_MEMBER_EXPRESSION ||
            rwb__kind(c->u, value) == RWG_SYNTAX_SUBSCRIPT_EXPRESSION) {
            return true;
        }
    }
    return false;
}

static void settle_names(rwb__class *c) {
    rwb__unit *u = c->u;
    for (uint32_t i = 0; i < c->members.len; i++) {
        name_member(c, &c->members.ptr[i]);
    }
    bool applies = c->standard && (c->is_decorated || c->has_elements);
    bool evaluated_early = c->evaluates && !c->has_site;
    bool list_early = c->standard && c->is_decorated;
    if (c->base != 0 && (applies || evaluated_early || list_early)) {
        c->super = rwb__unit_name(u, "_super");
    }
    if (applies && binds_receiver(c)) {
        c->receiver = rwb__unit_name(u, "_object");
    }
    if (c->is_decorated && !is_namespace_member(c) &&
        (c->standard || (c->name != 0 && has_own_name(c)))) {
        c->alias = rwb__unit_name(u, "_class");
    } else if (c->is_decorated && c->standard) {
        c->alias = rwb__unit_name(u, "_class");
    }
    if (c->standard && c->is_decorated) {
        c->list = rwb__unit_name(u, "_classDecorators");
        c->extra = rwb__unit_name(u, "_classExtra");
    }
    c->label = c->name ? rwb__text(u, c->name) : RWG_STR("");
    if (c->name == 0 && c->has_calls) {
        c->label = rwb__unit_name(u, "default_1");
    }
    chain_extras(c);
}

/* Parameter properties, decorators, accessors, moved fields. */
static bool has_work(const rwb__class *c) {
    if (c->decorators.len > 0 || c->is_decorated || c->evaluates) {
        return true;
    }
    for (uint32_t i = 0; i < c->members.len; i++) {
        const rwb__member *m = &c->members.ptr[i];
        if (m->kind == RWB__MEMBER_ACCESSOR || m->is_moved || m->kind == RWB__MEMBER_CONSTRUCTOR ||
            (!c->standard && rwb__class_has_parameter_decorators(c->u, m->node))) {
            return true;
        }
    }
    return false;
}

/* Are there calls of decorators behind the class, or variables in front of it? */
static bool has_surroundings(const rwb__class *c) {
    bool decorated = c->is_decorated || c->has_elements || c->super.len > 0;
    for (uint32_t i = 0; i < c->members.len && !decorated; i++) {
        const rwb__member *m = &c->members.ptr[i];
        decorated = m->has_temp || (m->key != 0 && m->is_gone) || m->decorator_count > 0 ||
                    (!c->standard && rwb__class_has_parameter_decorators(c->u, m->node));
    }
    return decorated;
}

bool rwb__class_plan(rwb__class *c, rwb__unit *u, uint32_t node) {
    *c = (rwb__class){
        .u = u,
        .node = node,
        .constructor = RWB__NO_MEMBER,
        .standard = u->options->decorators == RWB_DECORATORS_STANDARD,
    };
    uint32_t problems = u->diags.len;
    read_class(c);
    if (c->word == 0 || c->body == 0) {
        return false; /* damaged code */
    }
    read_members(c);
    c->is_decorated = c->decorator_count > 0;
    c->has_calls = c->is_decorated && !c->standard;
    bool assigns = assigns_fields(c);
    for (uint32_t i = 0; i < c->members.len; i++) {
        rwb__member *m = &c->members.ptr[i];
        settle_member(c, m, assigns);
        if (m->is_split && (m->is_moved || m->decorator_count > 0)) {
            rwb__unit_error(u, m->node, "a field called `accessor` needs a semicolon here");
        }
    }
    settle_sites(c);
    settle_private(c);
    if (!has_work(c)) {
        return false;
    }
    settle_names(c);
    c->is_wrapped = c->is_expression && has_surroundings(c);
    if (c->has_calls && c->is_expression && c->exported == 0) {
        rwb__unit_error(
            u,
            node,
            "legacy decorators need a class declaration (TypeScript: TS1206): "
            "declare the class by its name, then use that"
        );
    }
    return u->diags.len == problems;
}

void rwb__class_deinit(rwb__class *c) {
    rwg__vec_free(&c->members, c->u->mem);
    rwg__vec_free(&c->decorators, c->u->mem);
}
