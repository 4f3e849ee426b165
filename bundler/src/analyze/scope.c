/* The scopes of a module, made and asked. See scope.h for what they say, scope_build.h for how they
 * are made. Questions by node are answered by binary search: what is stored ascends by node. */
#include "analyze/scope_build.h"

static void make_public(rwb__scope_builder *b) {
    for (uint32_t i = 0; i < b->scopes.len; i++) {
        *rwg__vec_push(&b->out->shared_tables, b->mem) = b->scopes.ptr[i].shared;
    }
}

/* JavaScript without import, export and "use strict". Whether a file without any of them is a
 * module is for its package to say; there it makes no difference, since what sloppy code may do
 * besides is an error in a module. */
static bool is_sloppy(const rwb__scope_builder *b, rwg_lang lang) {
    if (lang != RWG_LANG_JS && lang != RWG_LANG_JSX) {
        return false;
    }
    for (uint32_t i = 1; i < b->node_count; i = b->nodes[i].next) {
        const rwg_syntax_node *node = &b->nodes[i];
        bool text = node->kind == RWG_SYNTAX_EXPRESSION_STATEMENT &&
                    b->nodes[i + 1].kind == RWG_SYNTAX_STRING;
        if (node->kind == RWG_SYNTAX_IMPORT_STATEMENT ||
            node->kind == RWG_SYNTAX_EXPORT_STATEMENT ||
            (text && node->end - node->start >= 12 &&
             memcmp(b->text.ptr + node->start + 1, "use strict", 10) == 0)) {
            return false;
        }
    }
    return true;
}

rwb__scopes *rwb__scopes_new(rwg__mem *mem, const rwg_source *source, rwg_lang lang) {
    rwb__scopes *scopes = rwg__mem_zalloc(mem, sizeof *scopes);
    scopes->mem = mem;
    scopes->source = source;
    rwg__arena_init(&scopes->names, mem);
    rwg__strmap_init(&scopes->name_ids, mem);
    rwg__idmap_init(&scopes->by_name, mem);
    rwb__scope_builder b = {
        .out = scopes,
        .mem = mem,
        .text = rwg_source_text(source),
        .seen = rwg_source_seen(source),
    };
    b.nodes = rwg_source_nodes(source, &b.node_count);
    b.sloppy = is_sloppy(&b, lang);
    b.roles = rwg__mem_zalloc(mem, b.node_count);
    rwb__scope_declare(&b);
    rwb__scope_refer(&b);
    make_public(&b);
    rwg__mem_free(mem, b.roles, b.node_count);
    rwg__vec_free(&b.scopes, mem);
    rwg__vec_free(&b.symbols, mem);
    rwg__vec_free(&b.pending, mem);
#ifdef RWG_CHECKS
    rwb__scopes_check(scopes);
#endif
    return scopes;
}

void rwb__scopes_free(rwb__scopes *scopes) {
    if (!scopes) {
        return;
    }
    rwg__mem *mem = scopes->mem;
    rwg__arena_deinit(&scopes->names);
    rwg__strmap_deinit(&scopes->name_ids);
    rwg__idmap_deinit(&scopes->by_name);
    rwg__vec_free(&scopes->scopes, mem);
    rwg__vec_free(&scopes->shared_tables, mem);
    rwg__vec_free(&scopes->symbols, mem);
    rwg__vec_free(&scopes->references, mem);
    rwg__vec_free(&scopes->declarations, mem);
    rwg__vec_free(&scopes->changes, mem);
    rwg__mem_free(mem, scopes, sizeof *scopes);
}

const rwb__scope *rwb__scopes_all(const rwb__scopes *scopes, uint32_t *out_n) {
    *out_n = scopes->scopes.len;
    return scopes->scopes.ptr;
}

const rwb__symbol *rwb__scopes_symbols(const rwb__scopes *scopes, uint32_t *out_n) {
    *out_n = scopes->symbols.len;
    return scopes->symbols.ptr;
}

const rwb__reference *rwb__scopes_references(const rwb__scopes *scopes, uint32_t *out_n) {
    *out_n = scopes->references.len;
    return scopes->references.ptr;
}

const rwb__reference *rwb__scopes_reference_at(const rwb__scopes *scopes, uint32_t node) {
    uint32_t low = 0;
    uint32_t high = scopes->references.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (scopes->references.ptr[middle].node < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < scopes->references.len && scopes->references.ptr[low].node == node;
    return found ? &scopes->references.ptr[low] : NULL;
}

uint32_t rwb__scopes_symbol_at(const rwb__scopes *scopes, uint32_t node) {
    uint32_t low = 0;
    uint32_t high = scopes->declarations.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (scopes->declarations.ptr[middle].node < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < scopes->declarations.len && scopes->declarations.ptr[low].node == node) {
        return scopes->declarations.ptr[low].symbol;
    }
    const rwb__reference *reference = rwb__scopes_reference_at(scopes, node);
    return reference ? reference->symbol : RWB_NO_SYMBOL;
}

uint32_t rwb__scopes_find(const rwb__scopes *scopes, uint32_t scope, rwg_str name) {
    const uint32_t *id = rwg__strmap_find(&scopes->name_ids, name);
    if (!id) {
        return RWB_NO_SYMBOL;
    }
    const uint32_t *symbol = rwg__idmap_find(&scopes->by_name, rwg__pair(scope, *id));
    uint32_t shared = scopes->shared_tables.ptr[scope];
    if (!symbol && shared != RWB__TABLE_NONE) {
        symbol = rwg__idmap_find(&scopes->by_name, rwg__pair(shared, *id));
    }
    return symbol ? *symbol : RWB_NO_SYMBOL;
}

uint32_t rwb__scopes_scope_of(const rwb__scopes *scopes, uint32_t node) {
    uint32_t low = 0; /* the first change is at node 0 */
    uint32_t high = scopes->changes.len;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (scopes->changes.ptr[middle].node <= node) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return scopes->changes.ptr[low].scope;
}

bool rwb__scopes_uses_name(const rwb__scopes *scopes, rwg_str name) {
    return rwg__strmap_find(&scopes->name_ids, name) != NULL;
}
