/* A closure: keys seen, definitions written, compilations waited for.
 *
 * Definitions are written as their code arrives, which is another order each time, and put into the
 * order of their keys at the end: the same closure is the same bytes. */
#include "dev/closure.h"

#include <rwgraph/resolve.h>

#include "base/map.h"
#include "base/str.h"
#include "dev/aspect.h"

#include <stdlib.h>

/* What was written for one key, between two places of `out`. */
typedef struct piece {
    rwg_str key;
    uint32_t start;
    uint32_t end;
} piece;

typedef struct closure {
    rwg__mem *mem;
    rwb__compiler *compiler;
    rwb__definer *definer;
    rwb__view *view;
    rwg_env env;
    rwg__arena arena; /* keys */
    rwg__strmap seen; /* keys that the runner has, or that are written or on their way */
    rwb__session *session;
    rwb__link_target_vec todo;
    rwg__buf head; /* what goes before the definitions */
    rwg__buf out;  /* definitions */
    RWG_VEC(piece) pieces;
    rwg_sink sink; /* into `out` */
    rwg_json_writer w;
    rwg_str state_code;
    bool is_script;
    rwg_str package;
    void (*script_url)(void *payload, const rwb__view *view, rwg_node node, rwg__buf *out);
    void *url_payload;
    RWG_VEC(rwg_str) scripts; /* script: URLs of those of other packages */
    rwg__buf code;            /* script: of the definition being written */
    uint32_t waiting;
    bool stepping;
    rwb__closure_fn done;
    void *payload;
} closure;

/* --- names --- */

/* A specifier that only running code knew, as its module would have written it: resolved as the
 * environment resolves, to what its graph has. Files that nothing else imports are in no graph. */
static rwb__link_target resolve_late(closure *c, rwg_str importer, rwg_str specifier) {
    rwb__link_target missing = {
        .kind = RWB__LINK_TARGET_MISSING, .text = specifier, .import = RWG_NO_IMPORT};
    rwg_str id = rwg__str_sub(importer, 0, rwg__str_last_index(importer, '@'));
    rwg_node from = rwb__view_find_qualified(c->view, id);
    if (!from.v) {
        return missing;
    }
    const rwg_graph *g = rwb__view_graph(c->view);
    rwg_env env = rwg_node_env(g, from);
    rwg__buf text;
    rwg__buf_init(&text, c->mem);
    rwb__view_path(c->view, from, &text);
    const rwg_resolution *found = rwg_resolve(
        c->definer->settings->resolver, env, rwg__buf_str(&text), specifier, RWG_SITE_IMPORT
    );
    rwb__link_target target = missing;
    switch (found->outcome) {
    case RWG_OUTCOME_FILE:
        rwg__buf_clear(&text);
        rwg__buf_add(&text, rwg_graph_env_name(g, env));
        rwg__buf_add(&text, RWG_STR(":/@fs"));
        rwg__buf_add(&text, found->path);
        rwg__buf_add(&text, found->query);
        target = rwb__link_target_of_name(c->view, rwg__buf_str(&text));
        target.text = specifier;
        break;
    case RWG_OUTCOME_BUILTIN:
    case RWG_OUTCOME_EXTERNAL:
        target.kind = RWB__LINK_TARGET_EXTERNAL;
        target.text = rwg__arena_str(&c->arena, found->path);
        break;
    case RWG_OUTCOME_IGNORED: target.kind = RWB__LINK_TARGET_EMPTY; break;
    case RWG_OUTCOME_PINNED:
    case RWG_OUTCOME_MISSING: break;
    }
    rwg__buf_deinit(&text);
    return target;
}

/* --- the walk --- */

static bool is_new(closure *c, rwg_env env, const rwb__link_target *target) {
    rwg__buf key;
    rwg__buf_init(&key, c->mem);
    rwb__link_target_key(c->view, env, target, &key);
    bool added = false;
    bool is_held = c->session && rwb__session_has(c->session, rwg__buf_str(&key));
    if (!is_held && !rwg__strmap_find(&c->seen, rwg__buf_str(&key))) {
        rwg__strmap_put(&c->seen, rwg__arena_str(&c->arena, rwg__buf_str(&key)), &added);
    }
    rwg__buf_deinit(&key);
    return added;
}

static void finish(closure *c);

/* Around each definition; in a script it is define({…}, factory). */
static void begin_definition(closure *c, rwg_env env, const rwb__link_target *target) {
    rwg__buf key;
    rwg__buf_init(&key, c->mem);
    rwb__link_target_key(c->view, env, target, &key);
    *rwg__vec_push(&c->pieces, c->mem) = (piece){
        .key = rwg__arena_str(&c->arena, rwg__buf_str(&key)),
        .start = c->out.bytes.len,
    };
    rwg__buf_deinit(&key);
    c->w = rwg_json_writer_make(&c->sink);
    if (c->is_script) {
        rwg__buf_clear(&c->code);
        rwg__buf_add(&c->out, RWG_STR("define("));
    }
}

static void end_definition(closure *c, bool is_json) {
    if (c->is_script) {
        rwg_str code = rwg__buf_str(&c->code);
        rwg__buf_add(&c->out, RWG_STR(", "));
        rwg__buf_add(&c->out, is_json ? RWG_STR("() => (") : RWG_STR(""));
        rwg__buf_add(&c->out, code.len > 0 ? code : RWG_STR("undefined"));
        rwg__buf_add(&c->out, is_json ? RWG_STR("));\n") : RWG_STR(");\n"));
    }
    c->pieces.ptr[c->pieces.len - 1].end = c->out.bytes.len;
}

static void
write_node(closure *c, rwg_node node, rwb__source_kind kind, const rwb__compiled *compiled) {
    rwb__module module = {c->view, node, kind, compiled};
    rwb__definition_out out = {&c->w, c->is_script ? &c->code : NULL};
    begin_definition(
        c,
        rwg_node_env(rwb__view_graph(c->view), node),
        &(rwb__link_target){.kind = RWB__LINK_TARGET_NODE, .node = node}
    );
    rwb__definition_write(c->definer, &module, &out);
    end_definition(c, kind == RWB__SOURCE_JSON);
    if (compiled->problem.len == 0) {
        rwb__definition_targets(c->definer, &module, &c->todo);
    }
}

static void step(closure *c);

static void
compiled_later(void *payload, rwg_node node, rwb__source_kind kind, rwb__compiled *compiled) {
    closure *c = payload;
    c->waiting--;
    write_node(c, node, kind, compiled);
    step(c);
}

static void write_other(closure *c, rwg_env env, const rwb__link_target *target, rwg_str text) {
    rwb__definition_out out = {&c->w, c->is_script ? &c->code : NULL};
    begin_definition(c, env, target);
    rwb__definition_write_target(c->definer, c->view, env, target, text, &out);
    end_definition(c, target->kind == RWB__LINK_TARGET_EMPTY);
}

/* The module of another package has a script of its own. */
static bool is_outside(const closure *c, const rwb__link_target *target) {
    const rwg_graph *g = rwb__view_graph(c->view);
    rwg_str path = rwg_graph_file_path(g, rwg_node_file(g, target->node));
    return c->is_script && !rwg__str_starts(path, c->package);
}

static void import_script(closure *c, rwg_node node) {
    rwg__buf url;
    rwg__buf_init(&url, c->mem);
    c->script_url(c->url_payload, c->view, node, &url);
    *rwg__vec_push(&c->scripts, c->mem) = rwg__arena_str(&c->arena, rwg__buf_str(&url));
    rwg__buf_deinit(&url);
}

static void write_aspect(closure *c, rwg_env env, const rwb__link_target *target) {
    rwg__buf expression;
    rwg__buf problems; /* the expression throws them */
    rwg__buf_init(&expression, c->mem);
    rwg__buf_init(&problems, c->mem);
    rwb__aspect_write(c->definer, c->view, target, NULL, &expression, &problems);
    write_other(c, env, target, rwg__buf_str(&expression));
    rwg__buf_deinit(&expression);
    rwg__buf_deinit(&problems);
}

static rwg_env env_of(const closure *c, const rwb__link_target *target) {
    if (target->env.v) {
        return target->env;
    }
    return target->from.v ? rwg_node_env(rwb__view_graph(c->view), target->from) : c->env;
}

static void visit(closure *c, const rwb__link_target *target) {
    rwg_env env = env_of(c, target);
    if (!is_new(c, env, target)) {
        return;
    }
    switch (target->kind) {
    case RWB__LINK_TARGET_NODE: {
        if (is_outside(c, target)) {
            import_script(c, target->node);
            break;
        }
        rwb__source_kind kind;
        c->waiting++;
        rwb__recipe_order order = {.view = c->view, .node = target->node, .form = RWB_FORM_FACTORY};
        rwb__compiled *compiled = rwb__compiler_get(c->compiler, &order, &kind, compiled_later, c);
        if (compiled) {
            c->waiting--;
            write_node(c, target->node, kind, compiled);
        }
        break;
    }
    case RWB__LINK_TARGET_PINNED: write_other(c, env, target, c->state_code); break;
    case RWB__LINK_TARGET_ASPECT: write_aspect(c, env, target); break;
    case RWB__LINK_TARGET_EXTERNAL:
    case RWB__LINK_TARGET_VIRTUAL:
    case RWB__LINK_TARGET_EMPTY:
    case RWB__LINK_TARGET_MISSING: write_other(c, env, target, (rwg_str){NULL, 0}); break;
    }
}

static void step(closure *c) {
    if (c->stepping) {
        return;
    }
    c->stepping = true;
    while (c->todo.len > 0) {
        rwb__link_target target = c->todo.ptr[--c->todo.len];
        visit(c, &target);
    }
    c->stepping = false;
    if (c->waiting == 0) {
        finish(c);
    }
}

static int by_text(const void *a, const void *b) {
    return rwg__str_compare(*(const rwg_str *)a, *(const rwg_str *)b);
}

static int by_key(const void *a, const void *b) {
    return rwg__str_compare(((const piece *)a)->key, ((const piece *)b)->key);
}

static void add_scripts(closure *c) {
    if (c->scripts.len > 0) {
        qsort(c->scripts.ptr, c->scripts.len, sizeof *c->scripts.ptr, by_text);
    }
    for (uint32_t i = 0; i < c->scripts.len; i++) {
        rwg__buf_add(&c->head, RWG_STR("import \""));
        rwg__buf_add(&c->head, c->scripts.ptr[i]);
        rwg__buf_add(&c->head, RWG_STR("\";\n"));
    }
    rwg__buf_add(
        &c->head,
        RWG_STR("const define = (definition, factory) => "
                "registry.define([{ ...definition, factory }]);\n")
    );
}

static void add_pieces(closure *c) {
    if (c->pieces.len > 0) {
        qsort(c->pieces.ptr, c->pieces.len, sizeof *c->pieces.ptr, by_key);
    }
    rwg_str written = rwg__buf_str(&c->out);
    for (uint32_t i = 0; i < c->pieces.len; i++) {
        if (i > 0 && !c->is_script) {
            rwg__buf_char(&c->head, ',');
        }
        const piece *p = &c->pieces.ptr[i];
        rwg__buf_add(&c->head, rwg__str_sub(written, p->start, p->end));
    }
}

/* Behind the definitions of an answer for a runner. */
static void end_answer(closure *c) {
    rwg__buf_char(&c->head, ']');
    if (c->session) {
        rwg_str *keys = rwg__arena_alloc(&c->arena, (c->pieces.len + 1) * sizeof *keys);
        for (uint32_t i = 0; i < c->pieces.len; i++) {
            keys[i] = c->pieces.ptr[i].key;
        }
        uint64_t number = rwb__session_answer(c->session, keys, c->pieces.len);
        rwg__buf_printf(&c->head, ",\"answer\":%llu", (unsigned long long)number);
    }
    rwg__buf_char(&c->head, '}');
}

static void finish(closure *c) {
    if (c->is_script) {
        add_scripts(c);
    }
    add_pieces(c);
    if (!c->is_script) {
        end_answer(c);
    }
    c->done(c->payload, rwg__buf_str(&c->head));
    rwg__strmap_deinit(&c->seen);
    rwg__arena_deinit(&c->arena);
    rwg__vec_free(&c->todo, c->mem);
    rwg__vec_free(&c->pieces, c->mem);
    rwg__vec_free(&c->scripts, c->mem);
    rwg__buf_deinit(&c->head);
    rwg__buf_deinit(&c->out);
    rwg__buf_deinit(&c->code);
    rwb__session_release(c->session);
    rwb__view_release(c->view);
    rwg__mem_free(c->mem, c, sizeof *c);
}

/* An entry that does not exist is a definition that says so, not a failed request. */
static rwb__link_target entry_target(closure *c, rwg_str importer, rwg_str entry) {
    return importer.len == 0 ? rwb__link_target_of_name(c->view, entry)
                             : resolve_late(c, importer, entry);
}

void rwb__closure_run(
    rwb__compiler *compiler,
    rwb__definer *definer,
    const rwb__closure_request *request,
    rwb__closure_fn done,
    void *payload
) {
    rwg__mem *mem = definer->mem;
    closure *c = rwg__mem_zalloc(mem, sizeof *c);
    c->mem = mem;
    c->compiler = compiler;
    c->definer = definer;
    c->view = rwb__view_retain(request->view);
    c->env = request->env;
    c->session = request->session ? rwb__session_retain(request->session) : NULL;
    c->done = done;
    c->payload = payload;
    rwg__arena_init(&c->arena, mem);
    rwg__strmap_init(&c->seen, mem);
    rwg__buf_init(&c->head, mem);
    rwg__buf_init(&c->out, mem);
    rwg__buf_init(&c->code, mem);
    c->is_script = request->is_script;
    c->package = rwg__arena_str(&c->arena, request->package);
    c->script_url = request->script_url;
    c->url_payload = request->url_payload;
    c->state_code = rwg__arena_str(&c->arena, request->state_code);
    for (uint32_t i = 0; request->have && i < request->have->count; i++) {
        rwg_str key = rwg__arena_str(&c->arena, rwg__json_string(&request->have->items[i]));
        rwg__strmap_put(&c->seen, key, NULL);
    }
    c->sink = rwg__buf_sink(&c->out);
    if (c->is_script) {
        rwg__buf_add(&c->head, RWG_STR("import { registry } from \"/@rwgraph/deps\";\n"));
        *rwg__vec_push(&c->todo, mem) =
            (rwb__link_target){.kind = RWB__LINK_TARGET_NODE, .node = request->root};
        step(c);
        return;
    }
    rwg_sink head = rwg__buf_sink(&c->head);
    rwg_json_writer w = rwg_json_writer_make(&head);
    rwg_json_object(&w);
    rwg_json_key(&w, "generation");
    rwg_json_uint(&w, rwb__view_number(c->view));
    rwg_json_key(&w, "roots");
    rwg_json_array(&w);
    for (uint32_t i = 0; request->entries && i < request->entries->count; i++) {
        rwg_str name = rwg__arena_str(&c->arena, rwg__json_string(&request->entries->items[i]));
        rwb__link_target target = entry_target(c, request->importer, name);
        *rwg__vec_push(&c->todo, mem) = target;
        rwg__buf key;
        rwg__buf_init(&key, mem);
        rwb__link_target_key(c->view, env_of(c, &target), &target, &key);
        rwg_json_string(&w, rwg__buf_str(&key));
        rwg__buf_deinit(&key);
    }
    rwg_json_array_end(&w);
    rwg_json_key(&w, "modules");
    rwg_json_array(&w);
    step(c);
}
