/* Decorators as TC39 has them (2023): applied in a static block at the top of the class.
 *
 *     static { __rwg_esDecorate(this, null, _list, {kind: "method", name: "m", ...}, null, _extra);
 * }
 *
 * Static methods and accessors come first, then those of instances, then static fields, fields of
 * instances, and the class. A private method or accessor has no property that could be replaced: it
 * becomes a getter for what the decorators made of its descriptor. */
#include "transform/classes.h"

#include <stdio.h>

static bool is_field(const rwb__member *m) {
    return m->kind == RWB__MEMBER_FIELD;
}

static const char *kind_name(const rwb__member *m) {
    static const char *const NAMES[] = {
        [RWB__MEMBER_METHOD] = "method",
        [RWB__MEMBER_GETTER] = "getter",
        [RWB__MEMBER_SETTER] = "setter",
        [RWB__MEMBER_FIELD] = "field",
        [RWB__MEMBER_ACCESSOR] = "accessor",
        [RWB__MEMBER_CONSTRUCTOR] = "",
        [RWB__MEMBER_BLOCK] = "",
    };
    return NAMES[m->kind];
}

/* ".x", "[_key]" or ".#x" */
static rwg_str access(const rwb__class *c, const rwb__member *m) {
    rwb__unit *u = c->u;
    rwg_str name = m->key ? RWG_STR("") : rwb__text(u, m->name);
    bool dotted = m->is_private || rwb__kind(u, m->name) == RWG_SYNTAX_PROPERTY_IDENTIFIER;
    rwg_str inner = dotted ? name : m->key_text;
    char *text = rwg__arena_alloc(u->arena, inner.len + 3);
    int len = snprintf(text, inner.len + 3, dotted ? ".%.*s" : "[%.*s]", (int)inner.len, inner.ptr);
    return rwg__str(text, (size_t)len);
}

static void put_context(rwb__class *c, const rwb__member *m) {
    rwb__edits *edits = c->u->edits;
    rwg_str name = m->is_private ? rwb__text(c->u, m->name) : m->key_text;
    rwg_str at = access(c, m);
    int len = (int)at.len;
    rwb__edits_printf(
        edits,
        "{ kind: \"%s\", name: %.*s, static: %s, private: %s, access: { has: (obj) => %.*s in obj",
        kind_name(m),
        (int)m->key_text.len,
        m->key_text.ptr,
        m->is_static ? "true" : "false",
        m->is_private ? "true" : "false",
        (int)name.len,
        name.ptr
    );
    if (m->kind != RWB__MEMBER_SETTER) {
        rwb__edits_printf(edits, ", get: (obj) => obj%.*s", len, at.ptr);
    }
    if (m->kind != RWB__MEMBER_METHOD && m->kind != RWB__MEMBER_GETTER) {
        rwb__edits_printf(edits, ", set: (obj, value) => { obj%.*s = value; }", len, at.ptr);
    }
    rwb__edits_printf(edits, " }, metadata: %s }", c->metadata.ptr);
}

static bool has_child(const rwb__unit *u, uint32_t i, rwg_syntax_kind kind) {
    return rwb__child_of_kind(u, i, kind) != 0;
}

/* { value: setFunctionName(function (a) {...}, "#m") }: the method's own text, moved. */
static void put_descriptor(rwb__class *c, const rwb__member *m) {
    rwb__unit *u = c->u;
    const char *helper = rwb__unit_helper(u, RWB__HELPER_SET_FUNCTION_NAME);
    rwb__edits_printf(u->edits, "%s = { ", m->descriptor.ptr);
    int len = (int)m->key_text.len;
    const char *name = m->key_text.ptr;
    if (m->kind == RWB__MEMBER_ACCESSOR) {
        rwg_str self = m->is_static && c->name ? c->label : RWG_STR("this");
        rwb__edits_printf(
            u->edits,
            "get: %s(function () { return %.*s.#%s; }, %.*s, \"get\"), ",
            helper,
            (int)self.len,
            self.ptr,
            m->storage.ptr,
            len,
            name
        );
        rwb__edits_printf(
            u->edits,
            "set: %s(function (value) { %.*s.#%s = value; }, %.*s, \"set\") }",
            helper,
            (int)self.len,
            self.ptr,
            m->storage.ptr,
            len,
            name
        );
        return;
    }
    const char *slot = m->kind == RWB__MEMBER_GETTER   ? "get"
                       : m->kind == RWB__MEMBER_SETTER ? "set"
                                                       : "value";
    bool is_async = has_child(u, m->node, RWG_SYNTAX_WORD_ASYNC);
    bool generates = has_child(u, m->node, RWG_SYNTAX_TOKEN_STAR);
    uint32_t list = rwb__child(u, m->node, RWG_SYNTAX_FIELD_PARAMETERS);
    rwb__edits_printf(
        u->edits,
        "%s: %s(%sfunction%s ",
        slot,
        helper,
        is_async ? "async " : "",
        generates ? "*" : ""
    );
    rwb__edits_span(u->edits, u->nodes[list].start, u->nodes[m->node].end);
    rwb__edits_printf(u->edits, ", %.*s", len, name);
    if (m->kind != RWB__MEMBER_METHOD) {
        rwb__edits_printf(u->edits, ", \"%s\"", slot);
    }
    rwb__edits_text(u->edits, RWG_STR(") }"));
}

void rwb__standard_write_private(rwb__class *c, rwb__member *m) {
    rwb__unit *u = c->u;
    const rwg_syntax_node *node = &u->nodes[m->node];
    for (uint32_t i = m->node; i < node->next; i++) {
        if (rwb__kind(u, i) == RWG_SYNTAX_SUPER) {
            rwb__unit_error(u, i, "a private method with decorators cannot use super");
            return;
        }
    }
    rwg_str name = rwb__text(u, m->name);
    const char *modifier = m->is_static ? "static " : "";
    int len = (int)name.len;
    rwb__edits_begin(u->edits, RWB__REPLACE, m->start, node->end);
    if (m->kind == RWB__MEMBER_METHOD) {
        rwb__edits_printf(
            u->edits,
            "%sget %.*s() { return %s.value; }",
            modifier,
            len,
            name.ptr,
            m->descriptor.ptr
        );
    } else if (m->kind == RWB__MEMBER_GETTER) {
        rwb__edits_printf(
            u->edits,
            "%sget %.*s() { return %s.get.call(this); }",
            modifier,
            len,
            name.ptr,
            m->descriptor.ptr
        );
    } else {
        rwb__edits_printf(
            u->edits,
            "%sset %.*s(value) { %s.set.call(this, value); }",
            modifier,
            len,
            name.ptr,
            m->descriptor.ptr
        );
    }
}

static void put_call(rwb__class *c, const rwb__member *m) {
    rwb__edits *edits = c->u->edits;
    rwb__edits_printf(
        edits,
        " %s(%s, ",
        rwb__unit_helper(c->u, RWB__HELPER_ES_DECORATE),
        is_field(m) ? "null" : "this"
    );
    if (m->descriptor.len > 0) {
        put_descriptor(c, m);
    } else {
        rwb__edits_text(edits, RWG_STR("null"));
    }
    rwb__edits_printf(edits, ", %s, ", m->list.ptr);
    put_context(c, m);
    rwg_str extra = m->extra.len > 0 ? m->extra
                    : m->is_static   ? c->static_extra
                                     : c->instance_extra;
    rwb__edits_printf(edits, ", %s, %s);", m->initial.len > 0 ? m->initial.ptr : "null", extra.ptr);
}

static void put_members(rwb__class *c) {
    for (uint32_t pass = 0; pass < 4; pass++) {
        for (uint32_t i = 0; i < c->members.len; i++) {
            const rwb__member *m = &c->members.ptr[i];
            if (m->list.len > 0 && is_field(m) == (pass >= 2) && m->is_static == (pass % 2 == 0)) {
                put_call(c, m);
            }
        }
    }
}

void rwb__standard_put_block(rwb__class *c) {
    rwb__edits *edits = c->u->edits;
    if (!c->standard || (!c->is_decorated && !c->has_elements)) {
        return;
    }
    c->metadata = rwb__unit_name(c->u, "_metadata");
    rwb__edits_printf(edits, " static { const %s = Symbol.metadata ? ", c->metadata.ptr);
    if (c->super.len > 0) {
        rwb__edits_printf(
            edits, "Object.create(%s?.[Symbol.metadata] ?? null) : void 0;", c->super.ptr
        );
    } else {
        rwb__edits_text(edits, RWG_STR("Object.create(null) : void 0;"));
    }
    for (uint32_t i = 0; i < c->members.len && c->reads_private; i++) {
        const rwb__member *m = &c->members.ptr[i];
        if (m->list.len > 0) {
            rwb__edits_text(edits, RWG_STR(" "));
            rwb__class_put_list(c, m->list, m->decorators, m->decorator_count);
            rwb__edits_text(edits, RWG_STR(";"));
        }
    }
    put_members(c);
    const char *self = c->alias.len > 0 ? c->alias.ptr : "this";
    if (c->is_decorated) {
        rwg_str holder = rwb__unit_name(c->u, "_descriptor");
        rwb__edits_printf(
            edits,
            " const %s = { value: this }; %s(null, %s, %s, { kind: \"class\", name: this.name, "
            "metadata: %s }, null, %s); %s = %s.value;",
            holder.ptr,
            rwb__unit_helper(c->u, RWB__HELPER_ES_DECORATE),
            holder.ptr,
            c->list.ptr,
            c->metadata.ptr,
            c->extra.ptr,
            self,
            holder.ptr
        );
    }
    rwb__edits_printf(
        edits,
        " if (%s) Object.defineProperty(%s, Symbol.metadata, { configurable: true, "
        "enumerable: true, value: %s, writable: true });",
        c->metadata.ptr,
        self,
        c->metadata.ptr
    );
    if (c->static_extra.len > 0) {
        rwb__edits_printf(
            edits,
            " %s(%s, %s);",
            rwb__unit_helper(c->u, RWB__HELPER_RUN_INITIALIZERS),
            self,
            c->static_extra.ptr
        );
    }
    rwb__edits_text(edits, RWG_STR(" }"));
}
