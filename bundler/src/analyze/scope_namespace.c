/* Which namespaces are values. One that holds types alone is none: it makes no code, and a value of
 * its name around it is seen through it. */
#include "analyze/scope_build.h"

/* Does the statement make a namespace a value? Types, imports and namespaces of such do not. */
static bool is_code(const rwb__scope_builder *b, uint32_t i) {
    const rwg_syntax_node *node = &b->nodes[i];
    switch (node->kind) {
    case RWG_SYNTAX_COMMENT:
    case RWG_SYNTAX_INTERFACE_DECLARATION:
    case RWG_SYNTAX_TYPE_ALIAS_DECLARATION:
    case RWG_SYNTAX_IMPORT_STATEMENT:
    case RWG_SYNTAX_IMPORT_ALIAS:
    case RWG_SYNTAX_MODULE:
    case RWG_SYNTAX_INTERNAL_MODULE: return false;
    case RWG_SYNTAX_EXPRESSION_STATEMENT: return b->nodes[i + 1].kind != RWG_SYNTAX_INTERNAL_MODULE;
    default: return node->flags & RWG_SYNTAX_NAMED;
    }
}

static bool is_declaration(const rwb__scope_builder *b, uint32_t i) {
    uint16_t kind = b->nodes[i].kind;
    return b->nodes[i].flags & RWG_SYNTAX_NAMED && kind != RWG_SYNTAX_EXPORT_CLAUSE &&
           kind != RWG_SYNTAX_DECORATOR && kind != RWG_SYNTAX_COMMENT;
}

/* The declaration behind `export` and `declare`; 0 for `export {}`, which adds nothing. */
static uint32_t declared_by(const rwb__scope_builder *b, uint32_t i) {
    uint32_t inner = i;
    while (inner && (b->nodes[inner].kind == RWG_SYNTAX_EXPORT_STATEMENT ||
                     b->nodes[inner].kind == RWG_SYNTAX_AMBIENT_DECLARATION)) {
        uint32_t next = 0;
        for (uint32_t c = inner + 1; c < b->nodes[inner].next; c = b->nodes[c].next) {
            next = is_declaration(b, c) ? c : next;
        }
        inner = next;
    }
    return inner;
}

bool rwb__scope_has_code(const rwb__scope_builder *b, uint32_t block) {
    for (uint32_t c = block + 1; c < b->nodes[block].next; c = b->nodes[c].next) {
        uint32_t inner = declared_by(b, c);
        bool alias = inner != c && inner && b->nodes[inner].kind == RWG_SYNTAX_IMPORT_ALIAS;
        if (inner && (alias || is_code(b, inner))) {
            return true;
        }
    }
    return false;
}

static void make_value(rwb__scope_builder *b, uint32_t namespace, bool ambient) {
    rwb__symbol *symbol = &b->out->symbols.ptr[namespace];
    if (!(symbol->flags & RWB__SYMBOL_IS_VALUE)) {
        symbol->kind = RWB__SYMBOL_NAMESPACE;
        symbol->flags |= ambient ? RWB__SYMBOL_IS_AMBIENT : 0;
    } else if (!ambient) {
        symbol->flags &= (uint8_t)~RWB__SYMBOL_IS_AMBIENT;
    }
    symbol->flags |= RWB__SYMBOL_IS_VALUE;
    symbol->flags |= ambient ? 0 : RWB__SYMBOL_VALUE_NAMESPACE;
    b->symbols.ptr[namespace].meanings |= RWB__MEANS_VALUE;
}

void rwb__scope_mark_code(rwb__scope_builder *b, uint32_t scope) {
    rwb__scope_detail *detail = &b->scopes.ptr[scope];
    while (b->out->scopes.ptr[scope].kind == RWB__SCOPE_NAMESPACE && !detail->has_code) {
        detail->has_code = true;
        if (detail->namespace_symbol != RWB_NO_SYMBOL) {
            make_value(b, detail->namespace_symbol, detail->ambient);
        }
        scope = b->out->scopes.ptr[scope].parent;
        detail = &b->scopes.ptr[scope];
    }
}
