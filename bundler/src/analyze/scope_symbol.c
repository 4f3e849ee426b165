/* Names, symbols and how declarations of one name join. See scope_build.h.
 *
 * What may not be declared twice is the author's error, and joined all the same: whoever compiles
 * the module reports it, nothing here depends on it. */
#include "analyze/scope_build.h"

/* --- Names --- */

/* Patched copies of the text have identifiers where the text has something else: `_` for the first
 * letter of a keyword, which is a name then, and `_` for `import("m")` or a pattern, which is none.
 * A name is a whole word. */
static bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static bool is_word(rwg_str text, uint32_t start, uint32_t end) {
    bool whole = (start == 0 || !is_word_byte(text.ptr[start - 1])) &&
                 (end == text.len || !is_word_byte(text.ptr[end]));
    for (uint32_t i = start; i < end && whole; i++) {
        whole = is_word_byte(text.ptr[i]);
    }
    return whole;
}

/* \u0061 and \u{61}. An escape is never shorter than what it stands for. */
static rwg_str undo_escapes(rwg__arena *arena, rwg_str text) {
    char *bytes = rwg__arena_alloc(arena, text.len);
    char *out = bytes;
    for (uint32_t i = 0; i < text.len;) {
        if (text.ptr[i] != '\\' || i + 2 >= text.len) {
            *out++ = text.ptr[i++];
            continue;
        }
        i += 2;
        bool braces = text.ptr[i] == '{';
        i += braces;
        uint32_t code = 0;
        for (uint32_t n = 0; i < text.len && (braces || n < 4); n++, i++) {
            int digit = rwg__hex_digit(text.ptr[i]);
            if (digit < 0) {
                break;
            }
            code = (code << 4 | (uint32_t)digit) & 0x1FFFFF;
        }
        i += braces && i < text.len;
        out += rwg__utf8_write(out, code);
    }
    return rwg__str(bytes, (size_t)(out - bytes));
}

rwg_str rwb__scope_name(rwb__scope_builder *b, uint32_t i) {
    const rwg_syntax_node *node = &b->nodes[i];
    if (node->flags & RWG_SYNTAX_PATCHED && !is_word(b->text, node->start, node->end)) {
        return rwg__str(NULL, 0);
    }
    rwg_str name = rwg__str_sub(b->text, node->start, node->end);
    bool escaped = name.len > 0 && memchr(name.ptr, '\\', name.len);
    return escaped ? undo_escapes(&b->out->names, name) : name;
}

uint32_t rwb__scope_name_id(rwb__scopes *scopes, rwg_str name) {
    bool added;
    uint32_t *id = rwg__strmap_put(&scopes->name_ids, name, &added);
    if (added) {
        *id = scopes->name_ids.len - 1;
    }
    return *id;
}

/* --- Symbols --- */

typedef struct declaring {
    uint8_t kind;
    uint8_t meanings;
    uint8_t flags;
} declaring;

static const declaring DECLARING[RWB__ROLE_COUNT] = {
    [RWB__ROLE_VAR] = {RWB__SYMBOL_VAR, RWB__MEANS_VALUE, 0},
    [RWB__ROLE_LET] = {RWB__SYMBOL_LET, RWB__MEANS_VALUE, 0},
    [RWB__ROLE_CONST] = {RWB__SYMBOL_CONST, RWB__MEANS_VALUE, 0},
    [RWB__ROLE_USING] = {RWB__SYMBOL_USING, RWB__MEANS_VALUE, 0},
    [RWB__ROLE_FUNCTION] = {RWB__SYMBOL_FUNCTION, RWB__MEANS_VALUE, 0},
    [RWB__ROLE_FUNCTION_NAME] = {RWB__SYMBOL_FUNCTION, RWB__MEANS_VALUE, 0},
    [RWB__ROLE_CLASS] = {RWB__SYMBOL_CLASS, RWB__MEANS_VALUE | RWB__MEANS_TYPE, 0},
    [RWB__ROLE_CLASS_NAME] = {RWB__SYMBOL_CLASS, RWB__MEANS_VALUE | RWB__MEANS_TYPE, 0},
    [RWB__ROLE_PARAMETER] = {RWB__SYMBOL_PARAMETER, RWB__MEANS_VALUE, 0},
    [RWB__ROLE_CATCH] = {RWB__SYMBOL_CATCH, RWB__MEANS_VALUE, 0},
    [RWB__ROLE_IMPORT] = {RWB__SYMBOL_IMPORT, RWB__MEANS_ANY, 0},
    [RWB__ROLE_IMPORT_TYPE] = {RWB__SYMBOL_IMPORT, RWB__MEANS_ANY, RWB__SYMBOL_TYPE_ONLY_IMPORT},
    [RWB__ROLE_IMPORT_EQUALS] = {RWB__SYMBOL_IMPORT_EQUALS, RWB__MEANS_ANY, 0},
    [RWB__ROLE_IMPORT_EQUALS_TYPE] =
        {RWB__SYMBOL_IMPORT_EQUALS, RWB__MEANS_ANY, RWB__SYMBOL_TYPE_ONLY_IMPORT},
    [RWB__ROLE_ENUM] = {RWB__SYMBOL_ENUM, RWB__MEANS_ANY, 0},
    [RWB__ROLE_ENUM_MEMBER] = {RWB__SYMBOL_ENUM_MEMBER, RWB__MEANS_VALUE, 0},
    [RWB__ROLE_NAMESPACE] = {RWB__SYMBOL_NAMESPACE, RWB__MEANS_NAMESPACE, 0},
    [RWB__ROLE_NAMED_TYPE] = {RWB__SYMBOL_TYPE, RWB__MEANS_TYPE, 0},
    [RWB__ROLE_TYPE_PARAMETER] = {RWB__SYMBOL_TYPE, RWB__MEANS_TYPE, 0},
    [RWB__ROLE_INFER] = {RWB__SYMBOL_TYPE, RWB__MEANS_TYPE, 0},
};

/* A second value of one name: another `var` or function is an assignment to the first. */
static bool overwrites(uint8_t kind) {
    return kind == RWB__SYMBOL_VAR || kind == RWB__SYMBOL_FUNCTION || kind == RWB__SYMBOL_PARAMETER;
}

static uint8_t flags_of(declaring what, uint8_t role, bool ambient) {
    bool type_only = what.flags & RWB__SYMBOL_TYPE_ONLY_IMPORT;
    bool value = what.meanings & RWB__MEANS_VALUE && !type_only;
    unsigned flags = what.flags;
    flags |= value ? RWB__SYMBOL_IS_VALUE : 0;
    flags |= what.meanings & (RWB__MEANS_TYPE | RWB__MEANS_NAMESPACE) ? RWB__SYMBOL_IS_TYPE : 0;
    flags |= role & RWB__ROLE_EXPORTED ? RWB__SYMBOL_IS_EXPORTED : 0;
    flags |= ambient && value ? RWB__SYMBOL_IS_AMBIENT : 0;
    flags |= role & RWB__ROLE_REPEATED ? RWB__SYMBOL_IS_WRITTEN : 0;
    return (uint8_t)flags;
}

static void join(rwb__symbol *symbol, rwb__symbol_detail *detail, declaring what, uint8_t flags) {
    bool was_value = symbol->flags & RWB__SYMBOL_IS_VALUE;
    bool is_value = flags & RWB__SYMBOL_IS_VALUE;
    bool was_ambient = symbol->flags & RWB__SYMBOL_IS_AMBIENT;
    bool is_ambient = flags & RWB__SYMBOL_IS_AMBIENT;
    bool assigned =
        !was_ambient && !is_ambient && overwrites(symbol->kind) && overwrites(what.kind);
    if (is_value && !was_value) {
        symbol->kind = what.kind;
        symbol->flags &= (uint8_t)~RWB__SYMBOL_IS_EXPORTED;
    } else if (is_value && assigned) {
        symbol->flags |= RWB__SYMBOL_IS_WRITTEN;
    }
    if (was_value && !is_value) {
        flags &= (uint8_t)~RWB__SYMBOL_IS_EXPORTED; /* const a = 1; export type a = 2; */
    }
    symbol->flags |= flags;
    if (was_value && is_value && !(was_ambient && is_ambient)) {
        symbol->flags &= (uint8_t)~RWB__SYMBOL_IS_AMBIENT;
    }
    detail->meanings |= what.meanings;
}

/* A function in a block is a variable of its function, too, in sloppy scripts, unless something
 * else there is called so. One symbol serves for both: who renames it renames all. */
static bool is_hoisted(const rwb__scope_builder *b, uint32_t i, uint32_t name, uint32_t var_scope) {
    uint32_t function = b->nodes[i].parent;
    if (!b->sloppy || b->nodes[function].kind != RWG_SYNTAX_FUNCTION_DECLARATION ||
        b->nodes[function + 1].kind == RWG_SYNTAX_WORD_ASYNC) {
        return false;
    }
    uint32_t parameters = b->scopes.ptr[var_scope].parameters;
    const uint32_t *symbol = rwg__idmap_find(&b->out->by_name, rwg__pair(var_scope, name));
    return !rwg__idmap_find(&b->out->by_name, rwg__pair(parameters, name)) &&
           (!symbol || overwrites(b->out->symbols.ptr[*symbol].kind));
}

/* Where the declaration at node i goes that stands in this scope: `var` to its function, the
 * members of an enum and what a namespace exports to what all bodies share. */
static uint32_t
table_of(rwb__scope_builder *b, uint32_t i, uint32_t name, uint8_t role, uint32_t *scope) {
    uint8_t what = role & RWB__ROLE_MASK;
    uint32_t var_scope = b->scopes.ptr[*scope].var_scope;
    bool function = what == RWB__ROLE_FUNCTION;
    bool moved = var_scope != *scope &&
                 (what == RWB__ROLE_VAR || (function && is_hoisted(b, i, name, var_scope)));
    if (moved) {
        *scope = var_scope;
    }
    const rwb__scope_detail *detail = &b->scopes.ptr[*scope];
    if ((what == RWB__ROLE_VAR || function) && detail->parameters != RWB__TABLE_NONE) {
        uint64_t key = rwg__pair(detail->parameters, name);
        *scope = rwg__idmap_find(&b->out->by_name, key) ? detail->parameters : *scope;
        return *scope;
    }
    bool import = DECLARING[what].kind == RWB__SYMBOL_IMPORT;
    bool shared =
        what == RWB__ROLE_ENUM_MEMBER || role & RWB__ROLE_EXPORTED || (detail->ambient && !import);
    return shared && !moved && detail->shared != RWB__TABLE_NONE ? detail->shared : *scope;
}

uint32_t rwb__scope_add_symbol(
    rwb__scope_builder *b, uint32_t i, rwg_str name, uint8_t role, uint32_t scope, bool ambient
) {
    rwb__scopes *out = b->out;
    declaring what = DECLARING[role & RWB__ROLE_MASK];
    uint8_t flags = flags_of(what, role, ambient);
    uint32_t name_id = rwb__scope_name_id(out, name);
    uint32_t table = table_of(b, i, name_id, role, &scope);
    bool added;
    uint32_t *place = rwg__idmap_put(&out->by_name, rwg__pair(table, name_id), &added);
    uint32_t symbol = added ? out->symbols.len : *place;
    *place = symbol;
    if (added) {
        bool own = table == scope;
        *rwg__vec_push(&out->symbols, b->mem) = (rwb__symbol
        ){.name = name, .scope = scope, .node = i, .kind = what.kind, .flags = flags};
        *rwg__vec_push(&b->symbols, b->mem) = (rwb__symbol_detail
        ){.name = name_id,
          .next = own ? b->scopes.ptr[scope].first_symbol : RWB_NO_SYMBOL,
          .meanings = what.meanings};
        if (own) {
            b->scopes.ptr[scope].first_symbol = symbol;
        }
    } else {
        join(&out->symbols.ptr[symbol], &b->symbols.ptr[symbol], what, flags);
    }
    *rwg__vec_push(&out->declarations, b->mem) = (rwb__declaration){i, symbol};
    return symbol;
}

void rwb__scope_add_reference(
    rwb__scope_builder *b, uint32_t i, rwg_str name, uint8_t meanings, uint8_t flags, uint32_t scope
) {
    uint32_t *first = &b->scopes.ptr[scope].first_reference;
    *rwg__vec_push(&b->pending, b->mem) = (rwb__pending
    ){.name = rwb__scope_name_id(b->out, name), .next = *first, .meanings = meanings};
    *rwg__vec_push(&b->out->references, b->mem) =
        (rwb__reference){.node = i, .symbol = RWB_NO_SYMBOL, .scope = scope, .flags = flags};
    *first = b->out->references.len;
}
