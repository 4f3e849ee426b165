/* Decorators as TypeScript's experimentalDecorators: calls behind the class.
 *
 *     __rwg_decorate([d, __rwg_param(0, p)], C.prototype, "m", null);
 *     C = __rwg_decorate([e], C);
 *
 * TypeScript refuses them on class expressions, on members of those and on private names (TS1206),
 * and so do classes_plan.c and esbuild: there is nothing that the calls could reach.
 *
 * Members of instances come first, then static ones, then the class. When a decorator reads a
 * private name, the calls for members stand in a static block, where it can. */
#include "transform/classes.h"

static void put_separator(rwb__class *c, bool *first) {
    rwb__edits_text(c->u->edits, rwg__str_c(*first ? "" : ", "));
    *first = false;
}

static void put_parameters(rwb__class *c, uint32_t method, bool *first) {
    rwb__unit *u = c->u;
    uint32_t list = rwb__child(u, method, RWG_SYNTAX_FIELD_PARAMETERS);
    uint32_t index = 0;
    if (list == 0) {
        return;
    }
    for (uint32_t p = rwb__first(u, list); p < u->nodes[list].next; p = u->nodes[p].next) {
        bool named = (u->nodes[p].flags & RWG_SYNTAX_NAMED) != 0;
        if (!named || rwb__kind(u, p) == RWG_SYNTAX_COMMENT) {
            continue;
        }
        uint32_t pattern = rwb__child(u, p, RWG_SYNTAX_FIELD_PATTERN);
        if (pattern != 0 && rwb__kind(u, pattern) == RWG_SYNTAX_THIS) {
            continue; /* only a type */
        }
        for (uint32_t i = rwb__first(u, p); i < u->nodes[p].next; i = u->nodes[i].next) {
            if (rwb__kind(u, i) == RWG_SYNTAX_DECORATOR) {
                const char *helper = rwb__unit_helper(u, RWB__HELPER_PARAM);
                put_separator(c, first);
                rwb__edits_printf(u->edits, "%s(%u, ", helper, index);
                rwb__class_put_decorator(c, i);
                rwb__edits_text(u->edits, RWG_STR(")"));
            }
        }
        index++;
    }
}

static void put_list(rwb__class *c, uint32_t first_decorator, uint32_t count, bool *first) {
    for (uint32_t i = 0; i < count; i++) {
        put_separator(c, first);
        rwb__class_put_decorator(c, c->decorators.ptr[first_decorator + i]);
    }
}

static void put_member(rwb__class *c, const rwb__member *m, rwg_str self) {
    rwb__unit *u = c->u;
    bool parameters = rwb__class_has_parameter_decorators(u, m->node);
    if ((m->decorator_count == 0 && !parameters) || m->kind == RWB__MEMBER_CONSTRUCTOR) {
        return;
    }
    bool first = true;
    rwb__edits_printf(u->edits, " %s([", rwb__unit_helper(u, RWB__HELPER_DECORATE));
    put_list(c, m->decorators, m->decorator_count, &first);
    put_parameters(c, m->node, &first);
    rwb__metadata_put(c, m, &first);
    rwb__edits_printf(
        u->edits,
        "], %.*s%s, %.*s, %s);",
        (int)self.len,
        self.ptr,
        m->is_static ? "" : ".prototype",
        (int)m->key_text.len,
        m->key_text.ptr,
        m->kind == RWB__MEMBER_FIELD ? "void 0" : "null"
    );
}

void rwb__legacy_put_members(rwb__class *c, rwg_str self) {
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < c->members.len; i++) {
            if (c->members.ptr[i].is_static == (pass == 1)) {
                put_member(c, &c->members.ptr[i], self);
            }
        }
    }
}

void rwb__legacy_put_class(rwb__class *c, rwg_str self) {
    rwb__unit *u = c->u;
    if (!c->is_decorated) {
        return;
    }
    bool first = true;
    int len = (int)self.len;
    rwb__edits_printf(u->edits, " %.*s = ", len, self.ptr);
    if (c->alias.len > 0) {
        rwb__edits_printf(u->edits, "%s = ", c->alias.ptr);
    }
    rwb__edits_printf(u->edits, "%s([", rwb__unit_helper(u, RWB__HELPER_DECORATE));
    put_list(c, 0, c->decorator_count, &first);
    if (c->constructor != RWB__NO_MEMBER) {
        put_parameters(c, c->members.ptr[c->constructor].node, &first);
    }
    rwb__metadata_put(c, NULL, &first);
    rwb__edits_printf(u->edits, "], %.*s);", len, self.ptr);
}
