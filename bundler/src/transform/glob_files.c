/* import.meta.glob and import() of a pattern, over the matches that the options give.
 *
 *     import.meta.glob("./a/?.ts")       ({ "./a/b.ts": () => import("/src/a/b.ts") })
 *     import(`./a/${x}.ts`)              a look-up of the specifier in such an object
 *
 * Eager matches are static imports: of their URLs in the head, in the factory form those of
 * __rwg_i that the pattern has. */
#include "transform/factory.h"
#include "transform/meta.h"

#include <stdlib.h>

typedef struct glob_match {
    rwg_str key;
    rwg_str url;
    uint32_t slot; /* eager, factory form: of __rwg_i */
} glob_match;

typedef struct glob {
    rwb__unit *u;
    const uint32_t *slots; /* by import */
    RWG_VEC(glob_match) matches;
    bool eager;
    rwg_str name;   /* the export wanted, "" = the namespace */
    rwg_str suffix; /* "?raw" behind every URL, or "" */
} glob;

/* --- matches --- */

static int compare(const void *left, const void *right) {
    const glob_match *a = left;
    const glob_match *b = right;
    int order = rwg__str_compare(a->key, b->key);
    return order ? order : (a->slot > b->slot) - (a->slot < b->slot);
}

/* What the call's options add to each URL, as the record has it. */
static rwg_str query_of(const rwb__unit *u, uint32_t import) {
    static const rwg_str QUERY = {"query=", 6};
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(u->record, &count);
    rwg_str attributes = rwg_module_str(u->record, imports[import].attributes);
    bool has = imports[import].kind == RWG_IMPORT_GLOB && rwg__str_starts(attributes, QUERY);
    return has ? rwg__str_from(attributes, QUERY.len) : RWG_STR("");
}

static void add_matches(glob *g, uint32_t pattern) {
    rwb__unit *u = g->u;
    uint32_t import = rwb__unit_import_at(u, pattern);
    if (import == RWG_NO_IMPORT) {
        return;
    }
    g->suffix = query_of(u, import);
    const rwb_glob_match *all = u->options->globs;
    uint32_t low = 0; /* they ascend by import */
    for (uint32_t high = u->options->glob_count; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (all[middle].import < import) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t slot = g->slots ? g->slots[import] : 0;
    for (uint32_t i = low; i < u->options->glob_count && all[i].import == import; i++) {
        *rwg__vec_push(&g->matches, u->mem) = (glob_match){all[i].key, all[i].url, slot++};
    }
}

/* In the order of keys; a file that several patterns match comes once. */
static void sort_matches(glob *g) {
    if (g->matches.len < 2) {
        return;
    }
    qsort(g->matches.ptr, g->matches.len, sizeof *g->matches.ptr, compare);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < g->matches.len; i++) {
        if (!rwg__str_eq(g->matches.ptr[i].key, g->matches.ptr[kept - 1].key)) {
            g->matches.ptr[kept++] = g->matches.ptr[i];
        }
    }
    g->matches.len = kept;
}

/* --- the call --- */

static bool is_literal(const rwb__unit *u, uint32_t node) {
    return rwb__kind(u, node) == RWG_SYNTAX_STRING ||
           (rwb__kind(u, node) == RWG_SYNTAX_TEMPLATE_STRING &&
            !rwb__child_of_kind(u, node, RWG_SYNTAX_TEMPLATE_SUBSTITUTION));
}

static bool is_code(const rwb__unit *u, uint32_t node) {
    return u->nodes[node].flags & RWG_SYNTAX_NAMED && rwb__kind(u, node) != RWG_SYNTAX_COMMENT;
}

static rwg_str unquoted(const rwb__unit *u, uint32_t node) {
    rwg_str text = rwb__text(u, node);
    bool quoted = is_literal(u, node) && text.len >= 2;
    return quoted ? rwg__str_sub(text, 1, text.len - 1) : text;
}

/* Patterns: a literal or an array of literals. */
static bool read_patterns(glob *g, uint32_t node) {
    const rwb__unit *u = g->u;
    if (is_literal(u, node)) {
        add_matches(g, node);
        return true;
    }
    if (rwb__kind(u, node) != RWG_SYNTAX_ARRAY) {
        return false;
    }
    for (uint32_t c = node + 1; c < u->nodes[node].next; c = u->nodes[c].next) {
        if (is_literal(u, c)) {
            add_matches(g, c);
        } else if (is_code(u, c)) {
            return false;
        }
    }
    return true;
}

/* What is not known here would be lost in silence. */
static void refuse_option(const glob *g, uint32_t node, rwg_str key) {
    rwb__unit_error(
        g->u, node, "import.meta.glob does not know the option \"%.*s\"", (int)key.len, key.ptr
    );
}

static void read_options(glob *g, uint32_t object) {
    rwb__unit *u = g->u;
    for (uint32_t c = object + 1; c < u->nodes[object].next; c = u->nodes[c].next) {
        if (rwb__kind(u, c) != RWG_SYNTAX_PAIR) {
            if (is_code(u, c)) {
                refuse_option(g, c, rwb__text(u, c));
            }
            continue;
        }
        rwg_str key = unquoted(u, rwb__child(u, c, RWG_SYNTAX_FIELD_KEY));
        uint32_t value = rwb__child(u, c, RWG_SYNTAX_FIELD_VALUE);
        if (rwg__str_eq_c(key, "eager")) {
            g->eager = rwb__kind(u, value) == RWG_SYNTAX_TRUE;
        } else if (rwg__str_eq_c(key, "import")) {
            rwg_str name = unquoted(u, value);
            g->name = rwg__str_eq_c(name, "*") ? RWG_STR("") : name;
        } else if (rwg__str_eq_c(key, "as")) { /* the older way to say query and import */
            g->name = g->name.len > 0 ? g->name : RWG_STR("default");
        } else if (!rwg__str_eq_c(key, "query")) {
            refuse_option(g, c, key);
        }
    }
}

/* --- what it becomes --- */

static rwg_str url_of(const glob *g, const glob_match *match) {
    rwg_str suffix = g->suffix;
    rwg__buf buf;
    rwg__buf_init(&buf, g->u->mem);
    rwg__buf_add(&buf, match->url);
    if (suffix.len > 0 && rwg__str_index(match->url, '?') < match->url.len) {
        rwg__buf_char(&buf, '&');
        suffix = rwg__str_from(suffix, 1);
    }
    rwg__buf_add(&buf, suffix);
    rwg_str quoted = rwb__unit_quote(g->u, rwg__buf_str(&buf));
    rwg__buf_deinit(&buf);
    return quoted;
}

static void add_lazy(const glob *g, const glob_match *match) {
    rwb__unit *u = g->u;
    bool factory = u->options->form == RWB_FORM_FACTORY;
    rwg_str import = factory ? rwb__factory_name(u, RWB__FACTORY_DYNAMIC) : RWG_STR("import");
    rwb__edits_text(u->edits, RWG_STR("() => "));
    rwb__edits_text(u->edits, import);
    rwb__edits_text(u->edits, RWG_STR("("));
    rwb__edits_text(u->edits, url_of(g, match));
    rwb__edits_text(u->edits, RWG_STR(")"));
    if (g->name.len > 0) {
        rwb__edits_text(u->edits, RWG_STR(".then((m) => m["));
        rwb__edits_text(u->edits, rwb__unit_quote(u, g->name));
        rwb__edits_text(u->edits, RWG_STR("])"));
    }
}

/* Imports of the ESM form are numbered by what the head has already. */
static rwg_str import_eager(const glob *g, const glob_match *match) {
    rwb__unit *u = g->u;
    rwg_str name = rwb__unit_name(u, "__rwg_glob");
    rwg_str url = url_of(g, match);
    rwg__buf_printf(
        &u->head, "import * as %.*s from %.*s;\n", (int)name.len, name.ptr, (int)url.len, url.ptr
    );
    return name;
}

static void add_eager(const glob *g, const glob_match *match) {
    rwb__unit *u = g->u;
    if (u->options->form == RWB_FORM_FACTORY) {
        rwb__edits_text(u->edits, rwb__factory_name(u, RWB__FACTORY_IMPORTS));
        rwb__edits_printf(u->edits, "[%u]", match->slot);
    } else {
        rwb__edits_text(u->edits, import_eager(g, match));
    }
    if (g->name.len > 0) {
        rwb__edits_text(u->edits, RWG_STR("["));
        rwb__edits_text(u->edits, rwb__unit_quote(u, g->name));
        rwb__edits_text(u->edits, RWG_STR("]"));
    }
}

static void add_object(const glob *g) {
    rwb__unit *u = g->u;
    rwb__edits_text(u->edits, RWG_STR("{"));
    for (uint32_t i = 0; i < g->matches.len; i++) {
        const glob_match *match = &g->matches.ptr[i];
        rwb__edits_text(u->edits, rwg__str_c(i > 0 ? ", " : " "));
        rwb__edits_text(u->edits, rwb__unit_quote(u, match->key));
        rwb__edits_text(u->edits, RWG_STR(": "));
        if (g->eager) {
            add_eager(g, match);
        } else {
            add_lazy(g, match);
        }
    }
    rwb__edits_text(u->edits, rwg__str_c(g->matches.len > 0 ? " }" : "}"));
}

bool rwb__glob_write(rwb__unit *u, uint32_t call, const uint32_t *slots) {
    if (!u->options->globs) {
        return false; /* what matches was not asked for: the call stays */
    }
    glob g = {.u = u, .slots = slots};
    uint32_t arguments = rwb__child(u, call, RWG_SYNTAX_FIELD_ARGUMENTS);
    bool known = false;
    uint32_t options = 0;
    for (uint32_t c = arguments + 1, n = 0; arguments && c < u->nodes[arguments].next;
         c = u->nodes[c].next) {
        if (is_code(u, c)) {
            known = n == 0 ? read_patterns(&g, c) : known;
            options = n == 1 ? c : options;
            n++;
        }
    }
    if (known) {
        if (options != 0 && rwb__kind(u, options) == RWG_SYNTAX_OBJECT) {
            read_options(&g, options);
        }
        sort_matches(&g);
        rwb__meta_begin(u, call, true);
        rwb__edits_text(u->edits, RWG_STR("("));
        add_object(&g);
        rwb__edits_text(u->edits, RWG_STR(")"));
    }
    rwg__vec_free(&g.matches, u->mem);
    return known;
}

bool rwb__glob_write_template(rwb__unit *u, uint32_t call) {
    uint32_t arguments = rwb__child(u, call, RWG_SYNTAX_FIELD_ARGUMENTS);
    uint32_t path = 0;
    for (uint32_t c = arguments + 1; arguments && path == 0 && c < u->nodes[arguments].next;
         c = u->nodes[c].next) {
        path = is_code(u, c) ? c : 0;
    }
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(u->record, &count);
    uint32_t import = path ? rwb__unit_import_at(u, path) : RWG_NO_IMPORT;
    if (import == RWG_NO_IMPORT || imports[import].kind != RWG_IMPORT_DYNAMIC_TEMPLATE) {
        return false;
    }
    glob g = {.u = u};
    add_matches(&g, path);
    sort_matches(&g);
    bool known = g.matches.len > 0;
    if (known) {
        rwb__meta_begin(u, call, true);
        rwb__edits_text(
            u->edits,
            RWG_STR("((files, path) => Object.hasOwn(files, path) ? files[path]() : "
                    "Promise.reject(new Error(\"Unknown variable dynamic import: \" + path)))(")
        );
        add_object(&g);
        rwb__edits_text(u->edits, RWG_STR(", "));
        rwb__edits_span(u->edits, u->nodes[path].start, u->nodes[path].end);
        rwb__edits_text(u->edits, RWG_STR(")"));
    }
    rwg__vec_free(&g.matches, u->mem);
    return known;
}
