/* From names to symbols: the walk over the tree of scopes. See scope_build.h.
 *
 * Each scope's references hang on it in a list, so that all of them are resolved while the scope
 * is entered, and a scope is entered once. */
#include "analyze/scope_build.h"

/* Namespaces and enums around a reference that are asked for their shared names. Nested deeper
 * than this they are nobody's code, and would make the walk quadratic. */
#define SHARED_MAX 64u

/* A slot's symbol before a scope was entered. */
typedef struct undo {
    uint32_t slot;
    uint32_t symbol;
} undo;

typedef struct shared_table {
    uint32_t table;
    uint32_t depth; /* of the scope that has it */
} shared_table;

typedef struct walk {
    rwb__scope_builder *b;
    uint32_t *slots; /* name * RWB__MEANING_COUNT + meaning -> symbol */
    RWG_VEC(undo) undone;
    RWG_VEC(uint32_t) marks; /* by open scope: length of `undone` when it was entered */
    RWG_VEC(shared_table) shared;
    uint32_t arguments; /* the name's id, or UINT32_MAX */
    uint32_t dropped;   /* references that are none */
} walk;

static uint32_t depth_of(const walk *w, uint32_t symbol) {
    return w->b->scopes.ptr[w->b->out->symbols.ptr[symbol].scope].depth;
}

static void enter(walk *w, uint32_t scope) {
    const rwb__scope_builder *b = w->b;
    const rwb__scope_detail *detail = &b->scopes.ptr[scope];
    *rwg__vec_push(&w->marks, b->mem) = w->undone.len;
    for (uint32_t s = detail->first_symbol; s != RWB_NO_SYMBOL; s = b->symbols.ptr[s].next) {
        const rwb__symbol_detail *symbol = &b->symbols.ptr[s];
        for (uint32_t m = 0; m < RWB__MEANING_COUNT; m++) {
            if (symbol->meanings & 1u << m) {
                uint32_t slot = symbol->name * RWB__MEANING_COUNT + m;
                *rwg__vec_push(&w->undone, b->mem) = (undo){slot, w->slots[slot]};
                w->slots[slot] = s;
            }
        }
    }
    if (detail->shared != RWB__TABLE_NONE) {
        *rwg__vec_push(&w->shared, b->mem) = (shared_table){detail->shared, detail->depth};
    }
}

static void leave(walk *w, uint32_t scope) {
    uint32_t mark = w->marks.ptr[--w->marks.len];
    while (w->undone.len > mark) {
        const undo *last = &w->undone.ptr[--w->undone.len];
        w->slots[last->slot] = last->symbol;
    }
    if (w->b->scopes.ptr[scope].shared != RWB__TABLE_NONE) {
        w->shared.len--;
    }
}

/* Of the symbols that the name has for these meanings, the innermost. */
static uint32_t find(const walk *w, uint32_t name, uint8_t meanings) {
    const rwb__scope_builder *b = w->b;
    uint32_t found = RWB_NO_SYMBOL;
    for (uint32_t m = 0; m < RWB__MEANING_COUNT; m++) {
        uint32_t symbol = w->slots[name * RWB__MEANING_COUNT + m];
        if (meanings & 1u << m && symbol != RWB_NO_SYMBOL &&
            (found == RWB_NO_SYMBOL || depth_of(w, symbol) > depth_of(w, found))) {
            found = symbol;
        }
    }
    uint32_t last = w->shared.len > SHARED_MAX ? w->shared.len - SHARED_MAX : 0;
    for (uint32_t k = w->shared.len; k > last; k--) {
        const shared_table *shared = &w->shared.ptr[k - 1];
        if (found != RWB_NO_SYMBOL && depth_of(w, found) >= shared->depth) {
            break;
        }
        const uint32_t *symbol = rwg__idmap_find(&b->out->by_name, rwg__pair(shared->table, name));
        if (symbol && b->symbols.ptr[*symbol].meanings & meanings) {
            return *symbol;
        }
    }
    return found;
}

/* `arguments` belongs to the nearest function, unless something in there is called so. */
static bool is_own_arguments(const walk *w, const rwb__reference *reference, uint32_t symbol) {
    uint32_t function = w->b->scopes.ptr[reference->scope].function;
    if (function == RWB__TABLE_NONE) {
        return false;
    }
    return symbol == RWB_NO_SYMBOL || depth_of(w, symbol) < w->b->scopes.ptr[function].depth;
}

static void resolve(walk *w, uint32_t i) {
    rwb__scope_builder *b = w->b;
    rwb__reference *reference = &b->out->references.ptr[i];
    const rwb__pending *pending = &b->pending.ptr[i];
    uint32_t found = find(w, pending->name, pending->meanings);
    if (pending->name == w->arguments && is_own_arguments(w, reference, found)) {
        reference->flags = 0; /* no reference: has no use */
        w->dropped++;
        return;
    }
    reference->symbol = found;
    if (found == RWB_NO_SYMBOL) {
        return;
    }
    rwb__symbol *symbol = &b->out->symbols.ptr[found];
    if (reference->flags & RWB__REF_TYPE) {
        symbol->type_uses++;
    } else {
        symbol->value_uses++;
    }
    if (reference->flags & RWB__REF_WRITE) {
        symbol->flags |= RWB__SYMBOL_IS_WRITTEN;
    }
    uint32_t parent = b->nodes[reference->node].parent;
    if (reference->flags & RWB__REF_EXPORT &&
        b->nodes[parent].kind == RWG_SYNTAX_EXPORT_SPECIFIER) {
        symbol->flags |= RWB__SYMBOL_IS_EXPORTED;
    }
}

static void resolve_scope(walk *w, uint32_t scope) {
    enter(w, scope);
    for (uint32_t i = w->b->scopes.ptr[scope].first_reference; i;
         i = w->b->pending.ptr[i - 1].next) {
        resolve(w, i - 1);
    }
}

static void drop(rwb__scopes *out) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < out->references.len; i++) {
        if (out->references.ptr[i].flags) {
            out->references.ptr[kept++] = out->references.ptr[i];
        }
    }
    out->references.len = kept;
}

void rwb__scope_refer(rwb__scope_builder *b) {
    walk w = {.b = b};
    size_t slots_size = (size_t)b->out->name_ids.len * RWB__MEANING_COUNT * sizeof *w.slots;
    w.slots = rwg__mem_resize(b->mem, NULL, 0, slots_size);
    if (slots_size) {
        memset(w.slots, 0xFF, slots_size); /* RWB_NO_SYMBOL */
    }
    const uint32_t *arguments = rwg__strmap_find(&b->out->name_ids, rwg__str_c("arguments"));
    w.arguments = arguments ? *arguments : UINT32_MAX;

    uint32_t scope = 0;
    resolve_scope(&w, scope);
    for (;;) {
        if (b->scopes.ptr[scope].first_child) {
            scope = b->scopes.ptr[scope].first_child;
            resolve_scope(&w, scope);
            continue;
        }
        while (scope && !b->scopes.ptr[scope].next_sibling) {
            leave(&w, scope);
            scope = b->out->scopes.ptr[scope].parent;
        }
        leave(&w, scope);
        if (scope == 0) {
            break;
        }
        scope = b->scopes.ptr[scope].next_sibling;
        resolve_scope(&w, scope);
    }
    if (w.dropped) {
        drop(b->out);
    }
    rwg__mem_free(b->mem, w.slots, slots_size);
    rwg__vec_free(&w.undone, b->mem);
    rwg__vec_free(&w.marks, b->mem);
    rwg__vec_free(&w.shared, b->mem);
}
