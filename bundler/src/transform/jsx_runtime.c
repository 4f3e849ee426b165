/* How calls reach the JSX runtime: which names they use, and the imports those need.
 *
 *     import { jsx as _jsx } from "react/jsx-runtime"; _jsx(...)      ESM form, KEEP and URL links
 *     import { __rwg as _rwgJsx } from "url"; _rwgJsx.jsx(...)        ESM form, NAMESPACE links
 *     __rwg_i[n].jsx(...)                                             factory form
 *     const _rwgJsx = require("react/jsx-runtime"); _rwgJsx.jsx(...)  CommonJS factory
 *
 * The classic runtime's functions are names of the module itself, `React.createElement`, which the
 * text does not mention: where imports are not names any more, they are read here as the passes for
 * imports read those of the text. */
#include "transform/factory.h"
#include "transform/jsx.h"

#include <stdio.h>

static const char *const FUNCTION_NAMES[] = {
#define X(function, name) name,
    RWB__JSX_FUNCTION_MAP(X)
#undef X
};

/* --- names --- */

static bool is_commonjs(const rwb__unit *u) {
    return u->options->form == RWB_FORM_FACTORY && rwb__factory_is_commonjs(u);
}

static rwg_str concat(rwb__unit *u, rwg_str a, rwg_str b) {
    rwg__buf text;
    rwg__buf_init(&text, u->mem);
    rwg__buf_add(&text, a);
    rwg__buf_add(&text, b);
    rwg_str copy = rwg__arena_str(u->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return copy;
}

static bool reads_namespace(const rwb__jsx_runtime *r) {
    return r->u->options->form == RWB_FORM_FACTORY || r->link.kind == RWB_LINK_NAMESPACE;
}

/* The object that the runtime's functions are members of. */
static rwg_str runtime_object(const rwb__jsx_runtime *r) {
    rwb__unit *u = r->u;
    if (u->options->form != RWB_FORM_FACTORY || is_commonjs(u)) {
        return rwb__factory_free_name(u, "_rwgJsx");
    }
    uint32_t count = 0;
    (void)rwg_module_imports(u->record, &count);
    rwg_str imports = rwb__factory_name(u, RWB__FACTORY_IMPORTS);
    rwg__buf text;
    rwg__buf_init(&text, u->mem);
    uint32_t import = r->import != RWG_NO_IMPORT ? r->import : count;
    rwg__buf_printf(
        &text, "%.*s[%u]", (int)imports.len, imports.ptr, rwb__factory_slots(u)[import]
    );
    rwg_str copy = rwg__arena_str(u->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return copy;
}

static void name_functions(rwb__jsx_runtime *r) {
    rwb__unit *u = r->u;
    bool members = reads_namespace(r);
    rwg_str object = members ? runtime_object(r) : RWG_STR("");
    for (int f = 0; f < RWB__JSX_FUNCTION_COUNT; f++) {
        char stem[32];
        (void)snprintf(stem, sizeof stem, ".%s", FUNCTION_NAMES[f]);
        if (members) {
            r->names[f] = concat(u, object, rwg__str_c(stem));
        } else {
            stem[0] = '_';
            r->names[f] = rwb__factory_free_name(u, stem);
        }
    }
    r->file_name = rwb__factory_free_name(u, "_jsxFileName");
    r->may_import_source = u->options->form == RWB_FORM_ESM && r->link.kind == RWB_LINK_KEEP;
}

/* The symbol that a name in the settings refers to where the element stands. */
static uint32_t find_symbol(const rwb__unit *u, uint32_t node, rwg_str name) {
    uint32_t count = 0;
    const rwb__scope *scopes = rwb__scopes_all(u->scopes, &count);
    for (uint32_t scope = rwb__scopes_scope_of(u->scopes, node);; scope = scopes[scope].parent) {
        uint32_t symbol = rwb__scopes_find(u->scopes, scope, name);
        if (symbol != RWB_NO_SYMBOL || scope == 0) {
            return symbol;
        }
    }
}

/* An imported name where links lead to a namespace object: the pass for imports has a name for that
 * which is not known here, so the head imports the object once more. */
static rwg_str linked_object(rwb__jsx_runtime *r, uint32_t symbol) {
    rwb__unit *u = r->u;
    rwg_str member;
    uint32_t import = rwb__factory_import_of(u, symbol, &member);
    rwb_link link = rwb__unit_link(u, import);
    if (import == RWG_NO_IMPORT || link.kind != RWB_LINK_NAMESPACE) {
        return (rwg_str){NULL, 0};
    }
    rwg_str object = rwb__unit_name(u, "_rwgClassic");
    rwg_str url = rwb__unit_quote(u, link.url);
    rwg__buf_printf(
        &u->head,
        "import { __rwg as %.*s } from %.*s;\n",
        (int)object.len,
        object.ptr,
        (int)url.len,
        url.ptr
    );
    return concat(u, object, member);
}

/* Writes `React.createElement`: its first name may be an import, which is read from where this form
 * has imports. */
static rwg_str
classic_name(rwb__jsx_runtime *r, uint32_t node, rwg_str name, rwb__jsx_classic *cached) {
    rwb__unit *u = r->u;
    uint32_t dot = rwg__str_index(name, '.');
    uint32_t symbol = find_symbol(u, node, rwg__str_sub(name, 0, dot));
    if (symbol == RWB_NO_SYMBOL || is_commonjs(u)) {
        return name;
    }
    if (cached->name.len == 0 || cached->symbol != symbol) {
        rwg_str object =
            u->options->form == RWB_FORM_FACTORY ? r->texts[symbol] : linked_object(r, symbol);
        cached->symbol = symbol;
        cached->name = object.len > 0 ? concat(u, object, rwg__str_from(name, dot)) : name;
    }
    return cached->name;
}

/* --- the head --- */

/* import { jsx as _jsx } from "..."; */
static void import_names(
    const rwb__jsx_runtime *r, rwb__jsx_function first, rwb__jsx_function last, rwg_str specifier
) {
    rwb__unit *u = r->u;
    bool any = false;
    for (int f = first; f <= (int)last; f++) {
        if (r->used[f]) {
            rwg_str name = r->names[f];
            rwg__buf_printf(
                &u->head,
                "%s%s as %.*s",
                any ? ", " : "import { ",
                FUNCTION_NAMES[f],
                (int)name.len,
                name.ptr
            );
            any = true;
        }
    }
    if (any) {
        rwg__buf_add(&u->head, RWG_STR(" } from "));
        rwg__buf_add(&u->head, rwb__unit_quote(u, specifier));
        rwg__buf_add(&u->head, RWG_STR(";\n"));
    }
}

static void import_runtime(const rwb__jsx_runtime *r) {
    rwb__unit *u = r->u;
    rwg__buf buf;
    rwg__buf_init(&buf, u->mem);
    rwg__buf_add(&buf, r->settings.source);
    rwg__buf_add(&buf, rwg__str_c(u->options->jsx_dev ? "/jsx-dev-runtime" : "/jsx-runtime"));
    bool keeps = r->link.kind == RWB_LINK_KEEP;
    rwg_str specifier = keeps ? rwg__buf_str(&buf) : r->link.url;
    rwg_str quoted = rwb__unit_quote(u, specifier);
    rwg_str object = reads_namespace(r) ? runtime_object(r) : RWG_STR("");
    if (is_commonjs(u)) {
        rwg__buf_printf(
            &u->head,
            "const %.*s = require(%.*s);\n",
            (int)object.len,
            object.ptr,
            (int)quoted.len,
            quoted.ptr
        );
    } else if (u->options->form == RWB_FORM_ESM && reads_namespace(r)) {
        rwg__buf_printf(
            &u->head,
            "import { __rwg as %.*s } from %.*s;\n",
            (int)object.len,
            object.ptr,
            (int)quoted.len,
            quoted.ptr
        );
    } else if (u->options->form == RWB_FORM_ESM) {
        import_names(r, RWB__JSX_FUNCTION_JSX, RWB__JSX_FUNCTION_FRAGMENT, specifier);
    }
    rwg__buf_deinit(&buf);
}

void rwb__jsx_runtime_write(const rwb__jsx_runtime *r) {
    rwb__unit *u = r->u;
    bool runtime = false;
    for (int f = RWB__JSX_FUNCTION_JSX; f <= RWB__JSX_FUNCTION_FRAGMENT; f++) {
        runtime = runtime || r->used[f];
    }
    if (runtime) {
        u->extras |= r->import == RWG_NO_IMPORT ? RWB_EXTRA_JSX : 0;
        import_runtime(r);
    }
    import_names(
        r, RWB__JSX_FUNCTION_CREATE_ELEMENT, RWB__JSX_FUNCTION_CREATE_ELEMENT, r->settings.source
    );
    if (r->uses_file_name) {
        rwg_str path = rwb__unit_quote(u, u->options->path);
        rwg__buf_printf(
            &u->head,
            "var %.*s = %.*s;\n",
            (int)r->file_name.len,
            r->file_name.ptr,
            (int)path.len,
            path.ptr
        );
    }
}

void rwb__jsx_runtime_init(rwb__jsx_runtime *r, rwb__unit *u, rwb__jsx_settings settings) {
    *r = (rwb__jsx_runtime){.u = u, .settings = settings, .import = rwb__jsx_import(u)};
    r->link = r->import != RWG_NO_IMPORT ? rwb__unit_link(u, r->import) : u->options->jsx_link;
    name_functions(r);
    r->texts = rwb__factory_import_texts(u);
}

rwg_str rwb__jsx_runtime_use(rwb__jsx_runtime *r, rwb__jsx_function function) {
    r->used[function] = true;
    return r->names[function];
}

/* Behind the runtime, which the element with the script imports, too: see references.c. */
rwg_str rwb__jsx_runtime_nonce(rwb__jsx_runtime *r) {
    rwb__unit *u = r->u;
    uint32_t count = 0;
    (void)rwg_module_imports(u->record, &count);
    uint32_t slot = rwb__factory_slots(u)[count] + (r->import == RWG_NO_IMPORT ? 1 : 0);
    rwg_str imports = rwb__factory_name(u, RWB__FACTORY_IMPORTS);
    u->extras |= RWB_EXTRA_REGISTER;
    rwg__buf text;
    rwg__buf_init(&text, u->mem);
    rwg__buf_printf(&text, "%.*s[%u].requestInfo.rw?.nonce", (int)imports.len, imports.ptr, slot);
    rwg_str copy = rwg__arena_str(u->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return copy;
}

rwg_str rwb__jsx_runtime_factory(rwb__jsx_runtime *r, uint32_t element) {
    return classic_name(r, element, r->settings.factory, &r->factory);
}

rwg_str rwb__jsx_runtime_fragment(rwb__jsx_runtime *r, uint32_t element) {
    return classic_name(r, element, r->settings.fragment, &r->fragment);
}
