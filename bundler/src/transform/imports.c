/* Import and export statements of the ESM form.
 *
 * What elide left out is not written, specifiers become what their links say. A link to a NAMESPACE
 * (a dependency whose exports are read from an object) changes the references too:
 *
 *     import d, {a as b} from "pkg"; b(d);
 *     import { __rwg as __i } from "url"; (0, __i.a)(__i.default);
 *
 * Re-exports of such names are constants that are read at the module's start: ESM has no export
 * that reads another object later. `export *` from such a module stays as it is: the names it
 * has are not known here, so its target must be an ES module. */
#include "transform/unit.h"

/* What stands for an imported name. */
typedef struct stand_in {
    rwg_str object; /* the object that has it; "" = none, the name itself stays */
    rwg_str member; /* ".a", "[\"a-b\"]", or "" for the object itself */
} stand_in;

typedef struct rewrite {
    rwb__unit *u;
    stand_in *stand_ins; /* by symbol */
    bool any;            /* a stand-in is there */
} rewrite;

static bool is_string(const rwb__unit *u, uint32_t i) {
    return rwb__kind(u, i) == RWG_SYNTAX_STRING || rwb__kind(u, i) == RWG_SYNTAX_TEMPLATE_STRING;
}

static uint32_t source_of(const rwb__unit *u, uint32_t statement) {
    return rwb__child(u, statement, RWG_SYNTAX_FIELD_SOURCE);
}

static rwb_link link_of(const rwb__unit *u, uint32_t literal) {
    return rwb__unit_link(u, literal == 0 ? RWG_NO_IMPORT : rwb__unit_import_at(u, literal));
}

static bool is_object(rwb_link link) {
    return link.kind == RWB_LINK_NAMESPACE || link.kind == RWB_LINK_EMPTY;
}

/* --- Pieces of statements --- */

/* `.a` or `["a-b"]` for the name as it is written in a specifier. */
static rwg_str member_text(rwb__unit *u, uint32_t name) {
    bool quoted = rwb__kind(u, name) == RWG_SYNTAX_STRING;
    rwg_str text = rwb__text(u, name);
    rwg__buf buf;
    rwg__buf_init(&buf, u->mem);
    rwg__buf_printf(&buf, quoted ? "[%.*s]" : ".%.*s", (int)text.len, text.ptr);
    rwg_str result = rwg__arena_str(u->arena, rwg__buf_str(&buf));
    rwg__buf_deinit(&buf);
    return result;
}

/* Behind `export` the grammar knows no attributes, and they are blanked: where they end, or 0. */
static uint32_t blanked_end(const rwb__unit *u, uint32_t literal) {
    rwg_str seen = rwg_source_seen(u->source);
    uint32_t next = u->nodes[literal].next;
    uint32_t to = next < u->node_count ? u->nodes[next].start : u->text.len;
    for (uint32_t i = u->nodes[literal].end; i < to; i++) {
        if (u->text.ptr[i] == '}' && seen.ptr[i] != '}') {
            return i + 1;
        }
    }
    return 0;
}

/* Puts the link's url in the literal's place. Attributes say how to load a file that is no code;
 * what a url leads to is code. */
static void write_source(rwb__unit *u, uint32_t statement) {
    uint32_t literal = source_of(u, statement);
    rwb_link link = link_of(u, literal);
    if (literal == 0 || link.kind == RWB_LINK_KEEP) {
        return;
    }
    const rwg_syntax_node *node = &u->nodes[literal];
    rwb__edits_begin(u->edits, RWB__REPLACE, node->start, node->end);
    rwb__edits_mapped(
        u->edits, rwb__unit_quote(u, link.url), (rwg_span){node->start, node->end}, RWG_STR("")
    );
    uint32_t attribute = rwb__child_of_kind(u, statement, RWG_SYNTAX_IMPORT_ATTRIBUTE);
    uint32_t end = attribute ? u->nodes[attribute].end : blanked_end(u, literal);
    if (end > node->end) {
        rwb__edits_remove(u->edits, node->end, end);
    }
}

/* Leaves the elided specifiers out of a list in braces: each goes with what separates it from the
 * next, the last ones with the comma in front of them. */
static void write_list(rwb__unit *u, uint32_t list) {
    uint32_t from = 0; /* where what goes begins; 0 = nothing goes */
    uint32_t kept_end = 0;
    uint32_t gone_end = 0;
    for (uint32_t c = rwb__first(u, list); c < u->nodes[list].next; c = u->nodes[c].next) {
        rwg_syntax_kind kind = rwb__kind(u, c);
        bool specifier = kind == RWG_SYNTAX_IMPORT_SPECIFIER || kind == RWG_SYNTAX_EXPORT_SPECIFIER;
        if (specifier && !u->elided[c]) {
            if (from != 0) {
                rwb__edits_remove(u->edits, from, u->nodes[c].start);
            }
            from = 0;
            kept_end = u->nodes[c].end;
        } else if (specifier || (kind == RWG_SYNTAX_TOKEN_COMMA && from != 0)) {
            from = from == 0 ? u->nodes[c].start : from;
            gone_end = u->nodes[c].end;
        }
    }
    if (from != 0) {
        rwb__edits_remove(u->edits, kept_end != 0 ? kept_end : from, gone_end);
    }
}

static bool list_is_empty(const rwb__unit *u, uint32_t list) {
    for (uint32_t c = rwb__first(u, list); c < u->nodes[list].next; c = u->nodes[c].next) {
        if (rwb__kind(u, c) == RWG_SYNTAX_IMPORT_SPECIFIER && !u->elided[c]) {
            return false;
        }
    }
    return true;
}

/* default, * as ns / {list}: at least one of them stays. */
static void write_clause(rwb__unit *u, uint32_t clause) {
    uint32_t name = rwb__child_of_kind(u, clause, RWG_SYNTAX_IDENTIFIER);
    uint32_t list = rwb__child_of_kind(u, clause, RWG_SYNTAX_NAMED_IMPORTS);
    uint32_t namespace = rwb__child_of_kind(u, clause, RWG_SYNTAX_NAMESPACE_IMPORT);
    uint32_t second = list ? list : namespace;
    if (second == 0) {
        return;
    }
    bool second_goes =
        list ? list_is_empty(u, list) && !u->options->verbatim_module_syntax : u->elided[namespace];
    if (name != 0 && u->elided[name]) {
        rwb__edits_remove(u->edits, u->nodes[name].start, u->nodes[second].start);
    } else if (name != 0 && second_goes) {
        rwb__edits_remove(u->edits, u->nodes[name].end, u->nodes[second].end);
        return;
    }
    if (list) {
        write_list(u, list);
    }
}

/* --- Names read from an object --- */

static void stand_in_for(rewrite *w, uint32_t name, rwg_str object, rwg_str member) {
    uint32_t symbol = rwb__scopes_symbol_at(w->u->scopes, name);
    if (symbol != RWB_NO_SYMBOL) {
        w->stand_ins[symbol] = (stand_in){object, member};
        w->any = true;
    }
}

/* The object of a link: an import in the statement's place, or an empty object at the top. */
static rwg_str write_object(rewrite *w, uint32_t statement, rwb_link link) {
    rwb__unit *u = w->u;
    rwg_str object = rwb__unit_name(u, "__i");
    int len = (int)object.len;
    const rwg_syntax_node *node = &u->nodes[statement];
    if (link.kind == RWB_LINK_EMPTY) {
        rwg__buf_printf(&u->head, "const %.*s = {};\n", len, object.ptr);
        rwb__unit_remove_line(u, node->start, node->end);
    } else {
        rwg_str url = rwb__unit_quote(u, link.url);
        rwb__edits_begin(u->edits, RWB__REPLACE, node->start, node->end);
        rwb__edits_printf(u->edits, "import { __rwg as %.*s } from ", len, object.ptr);
        rwb__edits_mapped(u->edits, url, (rwg_span){node->start, node->end}, RWG_STR(""));
        rwb__edits_text(u->edits, RWG_STR(";"));
    }
    return object;
}

/* An ignored module is an empty object, and its default export that object. */
static rwg_str default_text(rwb_link link) {
    return link.kind == RWB_LINK_EMPTY ? RWG_STR("") : RWG_STR(".default");
}

static void import_from_object(rewrite *w, uint32_t statement, uint32_t clause, rwb_link link) {
    rwb__unit *u = w->u;
    rwg_str object = write_object(w, statement, link);
    for (uint32_t i = rwb__first(u, clause); i < u->nodes[clause].next; i++) {
        uint32_t name = rwb__child(u, i, RWG_SYNTAX_FIELD_NAME);
        switch ((int)rwb__kind(u, i)) {
        case RWG_SYNTAX_IDENTIFIER:
            if (u->nodes[i].parent == clause) {
                stand_in_for(w, i, object, default_text(link));
            }
            break;
        case RWG_SYNTAX_NAMESPACE_IMPORT:
            stand_in_for(w, rwb__child_of_kind(u, i, RWG_SYNTAX_IDENTIFIER), object, RWG_STR(""));
            break;
        case RWG_SYNTAX_IMPORT_SPECIFIER: {
            uint32_t alias = rwb__child(u, i, RWG_SYNTAX_FIELD_ALIAS);
            bool is_default = rwg__str_eq_c(rwb__text(u, name), "default");
            rwg_str member = is_default ? default_text(link) : member_text(u, name);
            stand_in_for(w, alias ? alias : name, object, member);
            break;
        }
        default: break;
        }
    }
}

/* Exports the value of a stand-in under the name at `exported`. */
static void export_stand_in(rwb__unit *u, rwg_str object, rwg_str member, uint32_t exported) {
    rwg_str text = rwb__text(u, exported);
    rwg_str local = object;
    if (member.len > 0) {
        local = rwb__unit_name(u, "__e");
        rwg__buf_printf(
            &u->head,
            "const %.*s = %.*s%.*s;\n",
            (int)local.len,
            local.ptr,
            (int)object.len,
            object.ptr,
            (int)member.len,
            member.ptr
        );
    }
    rwg__buf_printf(
        &u->tail, "export { %.*s as %.*s };\n", (int)local.len, local.ptr, (int)text.len, text.ptr
    );
}

/* export {a as b} from "pkg", export * as ns from "pkg" */
static void reexport_from_object(rewrite *w, uint32_t statement, uint32_t part, rwb_link link) {
    rwb__unit *u = w->u;
    rwg_str object = write_object(w, statement, link);
    if (rwb__kind(u, part) == RWG_SYNTAX_NAMESPACE_EXPORT) {
        export_stand_in(u, object, RWG_STR(""), rwb__namespace_export_name(u, part));
        return;
    }
    for (uint32_t c = rwb__first(u, part); c < u->nodes[part].next; c = u->nodes[c].next) {
        if (rwb__kind(u, c) != RWG_SYNTAX_EXPORT_SPECIFIER || u->elided[c]) {
            continue;
        }
        uint32_t name = rwb__child(u, c, RWG_SYNTAX_FIELD_NAME);
        uint32_t alias = rwb__child(u, c, RWG_SYNTAX_FIELD_ALIAS);
        bool is_default = rwg__str_eq_c(rwb__text(u, name), "default");
        rwg_str member = is_default ? default_text(link) : member_text(u, name);
        export_stand_in(u, object, member, alias ? alias : name);
    }
}

static const stand_in *stand_in_at(const rewrite *w, uint32_t node) {
    uint32_t symbol = rwb__scopes_symbol_at(w->u->scopes, node);
    bool has = symbol != RWB_NO_SYMBOL && w->stand_ins[symbol].object.len > 0;
    return has ? &w->stand_ins[symbol] : NULL;
}

/* import {a} from "pkg"; export {a as b}; */
static void export_imported(rewrite *w, uint32_t clause) {
    rwb__unit *u = w->u;
    for (uint32_t c = rwb__first(u, clause); c < u->nodes[clause].next; c = u->nodes[c].next) {
        bool specifier = rwb__kind(u, c) == RWG_SYNTAX_EXPORT_SPECIFIER && !u->elided[c];
        uint32_t name = specifier ? rwb__child(u, c, RWG_SYNTAX_FIELD_NAME) : 0;
        const stand_in *from = specifier ? stand_in_at(w, name) : NULL;
        if (from) {
            uint32_t alias = rwb__child(u, c, RWG_SYNTAX_FIELD_ALIAS);
            export_stand_in(u, from->object, from->member, alias ? alias : name);
            u->elided[c] = 1;
        }
    }
}

/* --- Statements --- */

/* import x = require("m"): the host's `require` where the specifier stays; a url is imported. */
static void write_require(rwb__unit *u, uint32_t statement, uint32_t clause) {
    uint32_t literal = source_of(u, clause);
    uint32_t name = rwb__child_of_kind(u, clause, RWG_SYNTAX_IDENTIFIER);
    rwb_link link = link_of(u, literal);
    const rwg_syntax_node *node = &u->nodes[statement];
    rwg_str text = rwb__text(u, name);
    int len = (int)text.len;
    rwg_span exported = rwb__unit_blanked(u, statement); /* export import x = ... */
    if (link.kind == RWB_LINK_KEEP) {
        rwb__edits_replace(u->edits, node->start, u->nodes[name].start, RWG_STR("const "));
        return;
    }
    if (link.kind == RWB_LINK_EMPTY) {
        rwb__edits_begin(u->edits, RWB__REPLACE, node->start, node->end);
        rwb__edits_printf(u->edits, "const %.*s = {};", len, text.ptr);
        return;
    }
    rwg_str url = rwb__unit_quote(u, link.url);
    bool is_url = link.kind == RWB_LINK_URL;
    uint32_t start = exported.end > 0 ? exported.start : node->start;
    rwb__edits_begin(u->edits, RWB__REPLACE, start, node->end);
    rwb__edits_printf(
        u->edits,
        is_url ? "import * as %.*s from " : "import { __rwg as %.*s } from ",
        len,
        text.ptr
    );
    rwb__edits_mapped(u->edits, url, (rwg_span){node->start, node->end}, RWG_STR(""));
    rwb__edits_text(u->edits, RWG_STR(";"));
    if (exported.end > 0) {
        rwb__edits_printf(u->edits, " export { %.*s };", len, text.ptr);
    }
}

static void write_import(rewrite *w, uint32_t statement) {
    rwb__unit *u = w->u;
    uint32_t clause = rwb__child_of_kind(u, statement, RWG_SYNTAX_IMPORT_CLAUSE);
    uint32_t require = rwb__child_of_kind(u, statement, RWG_SYNTAX_IMPORT_REQUIRE_CLAUSE);
    rwb_link link = link_of(u, source_of(u, statement));
    if (require != 0) {
        write_require(u, statement, require);
    } else if (clause != 0 && is_object(link)) {
        import_from_object(w, statement, clause, link);
    } else if (link.kind == RWB_LINK_EMPTY) {
        rwb__unit_drop_statement(u, statement);
    } else {
        if (clause != 0) {
            write_clause(u, clause);
        }
        write_source(u, statement);
    }
}

static void write_export(rewrite *w, uint32_t statement) {
    rwb__unit *u = w->u;
    rwb_link link = link_of(u, source_of(u, statement));
    uint32_t clause = rwb__child_of_kind(u, statement, RWG_SYNTAX_EXPORT_CLAUSE);
    uint32_t namespace = rwb__child_of_kind(u, statement, RWG_SYNTAX_NAMESPACE_EXPORT);
    uint32_t equals = rwb__child_of_kind(u, statement, RWG_SYNTAX_TOKEN_EQUALS);
    if (equals != 0) {
        rwb__edits_replace(
            u->edits, u->nodes[statement].start, u->nodes[equals].start, RWG_STR("module.exports ")
        );
    } else if (is_object(link) && (clause || namespace)) {
        reexport_from_object(w, statement, clause ? clause : namespace, link);
    } else if (link.kind == RWB_LINK_EMPTY) {
        rwb__unit_drop_statement(u, statement); /* export * from an empty module */
    } else {
        if (clause != 0 && source_of(u, statement) == 0) {
            export_imported(w, clause);
        }
        if (clause != 0) {
            write_list(u, clause);
        }
        write_source(u, statement);
    }
}

/* --- import() and require() --- */

static void write_dynamic(rwb__unit *u, uint32_t literal, rwb_link link) {
    uint32_t arguments = u->nodes[literal].parent;
    uint32_t call = u->nodes[arguments].parent;
    const rwg_syntax_node *node = &u->nodes[literal];
    if (rwb__kind(u, call) != RWG_SYNTAX_CALL_EXPRESSION) {
        return;
    }
    if (link.kind == RWB_LINK_EMPTY) {
        rwb__edits_replace(
            u->edits,
            u->nodes[call].start,
            u->nodes[call].end,
            RWG_STR("Promise.resolve({ default: {} })")
        );
        return;
    }
    rwb__edits_begin(u->edits, RWB__REPLACE, node->start, u->nodes[arguments].end - 1);
    rwb__edits_mapped(
        u->edits, rwb__unit_quote(u, link.url), (rwg_span){node->start, node->end}, RWG_STR("")
    );
    if (link.kind == RWB_LINK_NAMESPACE) {
        rwb__edits_insert(
            u->edits, RWB__AFTER, u->nodes[call].end, RWG_STR(".then((m) => m.__rwg)")
        );
    }
}

/* Literals of calls: import("x"), require("x"). */
static void write_call(rwb__unit *u, uint32_t literal) {
    uint32_t import = rwb__unit_import_at(u, literal);
    rwb_link link = rwb__unit_link(u, import);
    if (link.kind == RWB_LINK_KEEP) {
        return;
    }
    uint32_t count;
    const rwg_import *imports = rwg_module_imports(u->record, &count);
    if (imports[import].kind == RWG_IMPORT_DYNAMIC) {
        write_dynamic(u, literal, link);
    } else if (imports[import].kind == RWG_IMPORT_REQUIRE && link.kind == RWB_LINK_URL) {
        rwb__edits_replace(
            u->edits, u->nodes[literal].start, u->nodes[literal].end, rwb__unit_quote(u, link.url)
        );
    }
}

/* --- References --- */

static void write_references(rewrite *w) {
    uint32_t count;
    const rwb__reference *refs = rwb__scopes_references(w->u->scopes, &count);
    for (uint32_t r = 0; r < count; r++) {
        const rwb__reference *ref = &refs[r];
        bool specifier =
            rwb__kind(w->u, w->u->nodes[ref->node].parent) == RWG_SYNTAX_EXPORT_SPECIFIER;
        if (ref->symbol == RWB_NO_SYMBOL || ref->flags & RWB__REF_TYPE || specifier ||
            w->stand_ins[ref->symbol].object.len == 0) {
            continue;
        }
        const stand_in *from = &w->stand_ins[ref->symbol];
        rwg__buf buf;
        rwg__buf_init(&buf, w->u->mem);
        rwg__buf_add(&buf, from->object);
        rwg__buf_add(&buf, from->member);
        rwb__unit_replace_reference(w->u, ref, rwg__buf_str(&buf), from->member.len > 0);
        rwg__buf_deinit(&buf);
    }
}

/* --- The walk --- */

/* Exports of imported names need to know what stands for them, so imports come first. */
static void write_statements(rewrite *w, rwg_syntax_kind kind) {
    rwb__unit *u = w->u;
    for (uint32_t i = rwb__first(u, 0); i < u->nodes[0].next; i = u->nodes[i].next) {
        if (rwb__kind(u, i) == kind && !u->elided[i]) {
            if (kind == RWG_SYNTAX_IMPORT_STATEMENT) {
                write_import(w, i);
            } else {
                write_export(w, i);
            }
        }
    }
}

void rwb__imports_run(rwb__unit *u) {
    uint32_t symbol_count;
    (void)rwb__scopes_symbols(u->scopes, &symbol_count);
    rewrite w = {.u = u};
    w.stand_ins = rwg__arena_zalloc(u->arena, symbol_count * sizeof *w.stand_ins);
    write_statements(&w, RWG_SYNTAX_IMPORT_STATEMENT);
    write_statements(&w, RWG_SYNTAX_EXPORT_STATEMENT);
    for (uint32_t i = 1; u->options->links && i < u->node_count; i++) {
        bool argument = rwb__kind(u, u->nodes[i].parent) == RWG_SYNTAX_ARGUMENTS;
        if (argument && is_string(u, i)) {
            write_call(u, i);
        }
    }
    if (w.any) {
        write_references(&w);
    }
}
