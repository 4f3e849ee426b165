/* Enums, as TypeScript writes them:
 *
 *     enum E { A, B = "b", C = f() }
 *
 *     var E; (function (E) {
 *         E[E["A"] = 0] = "A"; E["B"] = "b"; E[E["C"] = f()] = "C";
 *     })(E || (E = {}));
 *
 * `const enum` too: a file that is compiled by itself cannot know who else reads it. Members stay
 * on their lines. An initializer whose value is not known in advance stays, and the members that it
 * names become properties of the object. */
#include "transform/enums_constant.h"
#include "transform/namespaces.h"

typedef struct enumeration {
    rwb__constants *constants;
    rwb__unit *u;
    uint32_t symbol;
    rwg_str object;     /* what the function's parameter is called */
    rwb__constant next; /* of a member without initializer */
    bool ambient;       /* `declare`: nothing is written */
} enumeration;

/* The member's name as an expression: "A", "a-b", 1. `*out_bare`: without quotes. */
static rwg_str name_text(rwb__unit *u, uint32_t name, rwg_str *out_bare) {
    uint32_t literal = name;
    if (rwb__kind(u, name) == RWG_SYNTAX_COMPUTED_PROPERTY_NAME) {
        literal = u->nodes[name + 1].next; /* behind `[` */
    }
    rwg_syntax_kind kind = rwb__kind(u, literal);
    bool quoted = kind == RWG_SYNTAX_STRING || kind == RWG_SYNTAX_TEMPLATE_STRING;
    *out_bare = quoted ? rwb__constants_literal(u, literal) : rwb__text(u, literal);
    bool is_name = literal == name && kind != RWG_SYNTAX_NUMBER;
    if (!quoted && !is_name) {
        return *out_bare;
    }
    char *text = rwg__arena_alloc(u->arena, out_bare->len + 2);
    text[0] = '"';
    memcpy(text + 1, out_bare->ptr, out_bare->len);
    text[out_bare->len + 1] = '"';
    return rwg__str(text, out_bare->len + 2);
}

/* `void 0`, `NaN` and `Infinity` stand for no name of the source. */
static bool is_word(rwg_str text) {
    char c = text.ptr[text.ptr[0] == '-' ? 1 : 0];
    return c == 'v' || c == 'N' || c == 'I';
}

/* E[E["A"] = value] = "A"; or, of a string, E["A"] = value; The value is new text, or what the
 * initializer at `value` becomes. */
static void write_member(
    enumeration *e, uint32_t member, rwg_str name, const rwb__constant *constant, uint32_t value
) {
    rwb__unit *u = e->u;
    rwb__edits *edits = u->edits;
    const rwg_syntax_node *node = &u->nodes[member];
    int object_len = (int)e->object.len;
    int name_len = (int)name.len;
    bool known = constant->kind != RWB__CONSTANT_NONE;
    rwg_str text = known ? rwb__constants_text(u, constant) : RWG_STR("void 0");
    bool stays = !known && value != 0;
    uint32_t head_end = stays ? u->nodes[value].start : node->end;
    rwb__edits_begin(edits, RWB__REPLACE, node->start, head_end);
    if (!constant->is_string) {
        rwb__edits_printf(edits, "%.*s[", object_len, e->object.ptr);
    }
    rwb__edits_printf(edits, "%.*s[%.*s] = ", object_len, e->object.ptr, name_len, name.ptr);
    if (stays) {
        rwb__edits_begin(edits, RWB__AFTER, node->end, node->end);
    } else if (is_word(text)) {
        rwb__edits_text(edits, text);
    } else {
        rwb__edits_mapped(edits, text, (rwg_span){node->start, node->end}, RWG_STR(""));
    }
    if (!constant->is_string) {
        rwb__edits_printf(edits, "] = %.*s", name_len, name.ptr);
    }
    rwb__edits_text(edits, RWG_STR(";"));
}

static rwb__constant following(const rwb__constant *value) {
    bool number = value->kind == RWB__CONSTANT_NUMBER;
    return (rwb__constant
    ){.kind = number ? RWB__CONSTANT_NUMBER : RWB__CONSTANT_NONE, .number = value->number + 1};
}

static void visit_member(enumeration *e, uint32_t member) {
    rwb__unit *u = e->u;
    bool assigned = rwb__kind(u, member) == RWG_SYNTAX_ENUM_ASSIGNMENT;
    uint32_t name = assigned ? rwb__child(u, member, RWG_SYNTAX_FIELD_NAME) : member;
    uint32_t value = assigned ? rwb__child(u, member, RWG_SYNTAX_FIELD_VALUE) : 0;
    rwg_str bare;
    rwg_str text = name_text(u, name, &bare);
    rwb__constant constant = e->next;
    if (value != 0) {
        constant = rwb__constants_eval(e->constants, value);
    }
    rwb__constants_add_member(e->constants, e->symbol, name, bare, constant);
    e->next = following(&constant);
    if (!e->ambient) {
        write_member(e, member, text, &constant, value);
    }
}

static void visit_enum(rwb__constants *constants, uint32_t node, bool ambient) {
    rwb__unit *u = constants->u;
    uint32_t body = rwb__child(u, node, RWG_SYNTAX_FIELD_BODY);
    uint32_t part = rwb__child(u, node, RWG_SYNTAX_FIELD_NAME);
    enumeration e = {
        .constants = constants,
        .u = u,
        .symbol = rwb__scopes_symbol_at(u->scopes, part),
        .object = rwb__namespace_parameter(u, node, part),
        .next = {.kind = RWB__CONSTANT_NUMBER},
        .ambient = ambient,
    };
    if (!ambient) {
        rwb__namespace_open(u, node, u->nodes[node].start, u->nodes[body].start + 1);
    }
    for (uint32_t c = rwb__first(u, body); c < u->nodes[body].next; c = u->nodes[c].next) {
        rwg_syntax_kind kind = rwb__kind(u, c);
        if (kind == RWG_SYNTAX_TOKEN_COMMA && !ambient) {
            rwb__edits_remove(u->edits, u->nodes[c].start, u->nodes[c].end);
        } else if (kind == RWG_SYNTAX_TOKEN_BRACE_CLOSE && !ambient) {
            rwb__namespace_close(u, node, c);
        } else if (u->nodes[c].flags & RWG_SYNTAX_NAMED && kind != RWG_SYNTAX_COMMENT) {
            visit_member(&e, c);
        }
    }
}

/* The enum in whose body the node stands and that has this symbol, or 0. */
static uint32_t enum_around(const rwb__unit *u, uint32_t node, uint32_t symbol) {
    for (uint32_t i = u->nodes[node].parent; i != 0; i = u->nodes[i].parent) {
        if (rwb__kind(u, i) == RWG_SYNTAX_ENUM_DECLARATION &&
            rwb__scopes_symbol_at(u->scopes, rwb__child(u, i, RWG_SYNTAX_FIELD_NAME)) == symbol) {
            return i;
        }
    }
    return 0;
}

/* Members that initializers name without their enum. */
static void write_references(rwb__unit *u) {
    uint32_t ref_count;
    uint32_t symbol_count;
    const rwb__reference *refs = rwb__scopes_references(u->scopes, &ref_count);
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &symbol_count);
    for (uint32_t r = 0; r < ref_count; r++) {
        uint32_t s = refs[r].symbol;
        if (s == RWB_NO_SYMBOL || symbols[s].kind != RWB__SYMBOL_ENUM_MEMBER ||
            refs[r].flags & RWB__REF_TYPE) {
            continue;
        }
        uint32_t declared = symbols[s].node;
        while (rwb__kind(u, declared) != RWG_SYNTAX_ENUM_DECLARATION && declared != 0) {
            declared = u->nodes[declared].parent;
        }
        uint32_t name = rwb__child(u, declared, RWG_SYNTAX_FIELD_NAME);
        uint32_t owner = rwb__scopes_symbol_at(u->scopes, name);
        uint32_t node = enum_around(u, refs[r].node, owner);
        if (node == 0) {
            continue;
        }
        uint32_t part = rwb__child(u, node, RWG_SYNTAX_FIELD_NAME);
        rwg_str object = rwb__namespace_parameter(u, node, part);
        rwg__buf buf;
        rwg__buf_init(&buf, u->mem);
        rwg__buf_printf(
            &buf,
            "%.*s.%.*s",
            (int)object.len,
            object.ptr,
            (int)symbols[s].name.len,
            symbols[s].name.ptr
        );
        rwb__unit_replace_reference(u, &refs[r], rwg__buf_str(&buf), false);
        rwg__buf_deinit(&buf);
    }
}

static bool has_enums(const rwb__unit *u) {
    for (uint32_t i = 1; i < u->node_count; i++) {
        if (rwb__kind(u, i) == RWG_SYNTAX_ENUM_DECLARATION) {
            return true;
        }
    }
    return false;
}

void rwb__enums_run(rwb__unit *u) {
    if (!u->typescript || !has_enums(u)) {
        return;
    }
    rwb__constants constants;
    rwb__constants_init(&constants, u);
    uint32_t ambient = 0; /* nodes before this one are declared elsewhere */
    for (uint32_t i = 1; i < u->node_count; i++) {
        switch ((int)rwb__kind(u, i)) {
        case RWG_SYNTAX_AMBIENT_DECLARATION:
            ambient = u->nodes[i].next > ambient ? u->nodes[i].next : ambient;
            break;
        case RWG_SYNTAX_VARIABLE_DECLARATOR: rwb__constants_add_variable(&constants, i); break;
        case RWG_SYNTAX_ENUM_DECLARATION: visit_enum(&constants, i, i < ambient); break;
        default: break;
        }
    }
    write_references(u);
    rwb__constants_deinit(&constants);
}
