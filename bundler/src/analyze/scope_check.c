/* The invariants of scope.h that show in the result. */
#include "analyze/scope_build.h"

/* From a reference up to where its symbol is declared: more are taken on trust. */
#define STEPS_MAX 256u

/* S1, and S2's half that can be seen here: nothing is both a declaration and a reference. */
static void check_order(const rwb__scopes *s) {
    uint32_t d = 0;
    for (uint32_t i = 0; i < s->references.len; i++) {
        uint32_t node = s->references.ptr[i].node;
        RWG_ASSERT(i == 0 || s->references.ptr[i - 1].node < node); /* S1 */
        while (d < s->declarations.len && s->declarations.ptr[d].node < node) {
            d++;
        }
        RWG_ASSERT(d == s->declarations.len || s->declarations.ptr[d].node != node); /* S2 */
    }
    for (uint32_t i = 1; i < s->declarations.len; i++) {
        RWG_ASSERT(s->declarations.ptr[i - 1].node < s->declarations.ptr[i].node); /* S2 */
    }
    for (uint32_t i = 1; i < s->changes.len; i++) {
        RWG_ASSERT(s->changes.ptr[i - 1].node <= s->changes.ptr[i].node);
    }
}

/* A reference sees what is declared around it, or by another body of a namespace or enum around
 * it, and every use is counted. */
static void check_uses(const rwb__scopes *s) {
    uint64_t uses = 0;
    for (uint32_t i = 0; i < s->references.len; i++) {
        const rwb__reference *reference = &s->references.ptr[i];
        RWG_ASSERT(reference->scope < s->scopes.len && reference->flags != 0);
        if (reference->symbol == RWB_NO_SYMBOL) {
            continue;
        }
        RWG_ASSERT(reference->symbol < s->symbols.len);
        uses++;
        uint32_t home = s->symbols.ptr[reference->symbol].scope;
        uint32_t scope = reference->scope;
        uint32_t steps = 0;
        for (; scope > home && steps < STEPS_MAX; steps++) { /* a parent was made before */
            scope = s->scopes.ptr[scope].parent;
        }
        bool shared = s->shared_tables.ptr[home] != RWB__TABLE_NONE;
        RWG_ASSERT(scope == home || shared || steps == STEPS_MAX); /* S3 */
    }
    for (uint32_t i = 0; i < s->symbols.len; i++) {
        const rwb__symbol *symbol = &s->symbols.ptr[i];
        RWG_ASSERT(symbol->scope < s->scopes.len && symbol->name.len > 0);
        RWG_ASSERT(symbol->flags & (RWB__SYMBOL_IS_VALUE | RWB__SYMBOL_IS_TYPE));
        RWG_ASSERT(uses >= (uint64_t)symbol->value_uses + symbol->type_uses);
        uses -= (uint64_t)symbol->value_uses + symbol->type_uses;
    }
    RWG_ASSERT(uses == 0);
}

void rwb__scopes_check(const rwb__scopes *s) {
    for (uint32_t i = 1; i < s->scopes.len; i++) {
        RWG_ASSERT(s->scopes.ptr[i].parent < i);
    }
    RWG_ASSERT(s->scopes.len > 0 && s->scopes.ptr[0].kind == RWB__SCOPE_MODULE);
    check_order(s);
    check_uses(s);
}
