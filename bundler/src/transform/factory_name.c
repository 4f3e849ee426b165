/* The factory form: how parameters are called and imports are numbered. */
#include "transform/factory.h"

bool rwb__factory_is_commonjs(const rwb__unit *u) {
    rwg_module_kind kind = rwg_module_kind_of(u->record);
    return kind == RWG_MODULE_CJS || (kind == RWG_MODULE_SCRIPT && !u->options->module);
}

/* A parameter that stands for `require` is called so when the source means that by itself. */
static bool has_free_require(const rwb__unit *u) {
    uint32_t count = 0;
    const rwb__reference *refs = rwb__scopes_references(u->scopes, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (refs[i].symbol == RWB_NO_SYMBOL && !(refs[i].flags & RWB__REF_TYPE) &&
            rwg__str_eq_c(rwb__text(u, refs[i].node), "require")) {
            return true;
        }
    }
    return false;
}

rwg_str rwb__factory_free_name(const rwb__unit *u, const char *stem) {
    rwg_str name = rwg__str_c(stem);
    if (!rwb__scopes_uses_name(u->scopes, name)) {
        return rwg__arena_str(u->arena, name);
    }
    char *text = rwg__arena_alloc(u->arena, name.len + 12u);
    memcpy(text, name.ptr, name.len);
    for (uint32_t n = 1;; n++) {
        uint32_t len = name.len;
        for (uint32_t rest = n; rest > 0; rest /= 10) {
            text[len++] = (char)('0' + rest % 10);
        }
        if (!rwb__scopes_uses_name(u->scopes, rwg__str(text, len))) {
            return rwg__str(text, len);
        }
    }
}

rwg_str rwb__factory_name(const rwb__unit *u, rwb__factory_parameter parameter) {
    static const char *const NAMES[] = {
        "__rwg_i", "__rwg_x", "__rwg_m", "__rwg_d", "__rwg_r", "__rwg_default"};
    if (parameter == RWB__FACTORY_REQUIRE && (rwb__factory_is_commonjs(u) || has_free_require(u))) {
        return RWG_STR("require");
    }
    return rwb__factory_free_name(u, NAMES[parameter]);
}

bool rwb__factory_imports_url(const rwb__unit *u, uint32_t import) {
    uint32_t count = 0;
    rwg_import_kind kind = (rwg_import_kind)rwg_module_imports(u->record, &count)[import].kind;
    return (kind == RWG_IMPORT_URL || kind == RWG_IMPORT_WORKER) &&
           u->options->form == RWB_FORM_FACTORY &&
           rwb__unit_link(u, import).kind == RWB_LINK_NAMESPACE;
}

const uint32_t *rwb__factory_slots(const rwb__unit *u) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(u->record, &count);
    uint32_t *slots = rwg__arena_alloc(u->arena, (count + 1) * sizeof *slots);
    uint32_t slot = 0;
    uint32_t g = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t matches = 0;
        for (; g < u->options->glob_count && u->options->globs[g].import <= i; g++) {
            matches += u->options->globs[g].import == i;
        }
        slots[i] = slot;
        rwg_import_kind kind = (rwg_import_kind)imports[i].kind;
        bool one = kind == RWG_IMPORT_STATIC || kind == RWG_IMPORT_REEXPORT ||
                   kind == RWG_IMPORT_STAR || kind == RWG_IMPORT_JSX;
        bool eager = kind == RWG_IMPORT_GLOB && imports[i].flags & RWG_IMPORT_GLOB_EAGER;
        one |= rwb__factory_imports_url(u, i);
        slot += u->import_elided[i] ? 0 : one ? 1 : eager ? matches : 0;
    }
    slots[count] = slot;
    return slots;
}

/* The import statement around a declaring identifier; its kinds of ancestors are few. */
static uint32_t statement_of(const rwb__unit *u, uint32_t node) {
    while (node > 0 && rwb__kind(u, node) != RWG_SYNTAX_IMPORT_STATEMENT) {
        node = u->nodes[node].parent;
    }
    return node;
}

uint32_t rwb__factory_import_of(rwb__unit *u, uint32_t symbol, rwg_str *out_member) {
    uint32_t count = 0;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &count);
    *out_member = RWG_STR("");
    if (symbol >= count || symbols[symbol].kind != RWB__SYMBOL_IMPORT) {
        return RWG_NO_IMPORT;
    }
    uint32_t node = symbols[symbol].node;
    uint32_t parent = u->nodes[node].parent;
    if (rwb__kind(u, parent) == RWG_SYNTAX_IMPORT_SPECIFIER) {
        uint32_t name = rwb__child(u, parent, RWG_SYNTAX_FIELD_NAME);
        bool quoted = rwb__kind(u, name) == RWG_SYNTAX_STRING;
        rwg__buf member;
        rwg__buf_init(&member, u->mem);
        rwg__buf_add(&member, rwg__str_c(quoted ? "[" : "."));
        rwg__buf_add(&member, rwb__text(u, name));
        rwg__buf_add(&member, rwg__str_c(quoted ? "]" : ""));
        *out_member = rwg__arena_str(u->arena, rwg__buf_str(&member));
        rwg__buf_deinit(&member);
    } else if (rwb__kind(u, parent) == RWG_SYNTAX_IMPORT_CLAUSE) {
        *out_member = RWG_STR(".default");
    }
    uint32_t source = rwb__child(u, statement_of(u, node), RWG_SYNTAX_FIELD_SOURCE);
    uint32_t import = source ? rwb__unit_import_at(u, source) : RWG_NO_IMPORT;
    return import == RWG_NO_IMPORT || u->import_elided[import] ? RWG_NO_IMPORT : import;
}

const rwg_str *rwb__factory_import_texts(rwb__unit *u) {
    uint32_t count = 0;
    (void)rwb__scopes_symbols(u->scopes, &count);
    const uint32_t *slots = rwb__factory_slots(u);
    rwg_str imports = rwb__factory_name(u, RWB__FACTORY_IMPORTS);
    rwg_str *texts = rwg__arena_zalloc(u->arena, (count + 1) * sizeof *texts);
    rwg__buf text;
    rwg__buf_init(&text, u->mem);
    for (uint32_t i = 0; i < count; i++) {
        rwg_str member;
        uint32_t import = rwb__factory_import_of(u, i, &member);
        if (import != RWG_NO_IMPORT) {
            rwg__buf_clear(&text);
            rwg__buf_printf(&text, "%.*s[%u]", (int)imports.len, imports.ptr, slots[import]);
            rwg__buf_add(&text, member);
            texts[i] = rwg__arena_str(u->arena, rwg__buf_str(&text));
        }
    }
    rwg__buf_deinit(&text);
    return texts;
}
