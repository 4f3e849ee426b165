/* Scripts of workers.
 *
 * A worker may start another one, or itself, and the name of a script has the hash of its text in
 * it. So texts are made with marks in the place of names, and a name is made of the texts, marks
 * included, of all workers that can be reached from it. A worker that is part of somebody's code is
 * put in there as a string, the inmost first. */
#include "base/hash.h"
#include "base/str.h"
#include "build/build_state.h"

#include <stdio.h>
#include <stdlib.h>

#define MARK_SIZE 64

typedef struct worker {
    rwg_node root;
    bool server;
    bool addressed; /* its script is asked for, not only its text */
    bool whole;     /* its text has no mark of another's text in it */
    char address_mark[MARK_SIZE];
    char text_mark[MARK_SIZE];
    rwb__build_places places;
    rwb__bundle bundle;
    rwg__buf text;
    uint32_t lines; /* of the text, in front of the bundle's own */
    rwg__buf name;  /* "assets/w-0123456789ab.js" */
} worker;

struct rwb__workers {
    worker *items; /* by part - 1 */
    uint32_t count;
    rwg__buf runtime; /* the registry, for scripts that import nothing */
};

/* --- texts --- */

static void make_marks(const rwb__build *b, worker *w) {
    rwg__buf id;
    rwg__buf_init(&id, b->mem);
    rwb__view_qualified(b->view, w->root, &id);
    char hex[33];
    rwg__hash_hex(rwg__hash_bytes(id.bytes.ptr, id.bytes.len), hex);
    (void)snprintf(w->address_mark, MARK_SIZE, "__RWG_WORKER_%s__", hex);
    (void)snprintf(w->text_mark, MARK_SIZE, "__RWG_INLINE_%s__", hex);
    rwg__buf_deinit(&id);
}

static void add_modules(rwb__build *b, worker *w, const rwb__part *part) {
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        const rwb__built *n = &b->nodes.ptr[i];
        if (rwb__part_has(part, n->node)) {
            rwb__module module = {b->view, n->node, n->kind, n->compiled};
            rwb__bundle_module(&w->bundle, &module);
        }
    }
    rwb__bundle_virtuals(&w->bundle, rwg_node_env(rwb__view_graph(b->view), w->root));
    rwb__bundle_names(&w->bundle);
}

/* A page may start it as a module or as a classic script, and messages may be waiting: it is
 * evaluated at once where that is possible. */
static void make_text(rwb__build *b, worker *w, const rwb__part *part) {
    rwb__build_places_init(&w->places, b, w->server);
    rwb__bundle_input input = rwb__build_bundle_input(b, &w->places.places);
    rwb__bundle_init(&w->bundle, &input);
    char base[RWG_LIMIT_PATH];
    (void)snprintf(
        base,
        sizeof base,
        "new URL(\".\", globalThis.location.protocol === \"blob:\" ? "
        "`${globalThis.location.origin}%.*sassets/` : globalThis.location.href)",
        (int)b->setup.site.base.len,
        b->setup.site.base.ptr
    );
    rwb__bundle_begin(&w->bundle, w->server ? "new URL(\"..\", import.meta.url)" : base);
    add_modules(b, w, part);
    bool waits = w->server || w->bundle.is_async;
    rwb__bundle_call(
        &w->bundle,
        waits ? "await registry.import(" : "registry.importSync(",
        w->root,
        waits ? ");\n" : ", false);\n"
    );
    rwb__bundle_tell(&w->bundle, b);
    rwb__bundle_finish(
        &w->bundle,
        w->server ? RWG_STR("import { Registry } from \"../runtime/registry.mjs\";\n")
                  : rwg__buf_str(&b->workers->runtime),
        &w->text,
        &w->lines
    );
}

/* --- names --- */

/* For each worker and each other one: does its text name it? */
static bool *find_named(const rwb__workers *all, rwg__mem *mem) {
    bool *named = rwg__mem_zalloc(mem, (size_t)all->count * all->count * sizeof *named);
    for (uint32_t i = 0; i < all->count; i++) {
        rwg_str text = rwg__buf_str(&all->items[i].text);
        for (uint32_t k = 0; k < all->count; k++) {
            const worker *w = &all->items[k];
            named[(size_t)i * all->count + k] =
                rwg__str_contains(text, rwg__str_c(w->address_mark)) ||
                rwg__str_contains(text, rwg__str_c(w->text_mark));
        }
    }
    return named;
}

/* All workers that are named in the text of this one, directly or not. */
static void hash_reached(
    const rwb__workers *all, const bool *named, rwg__mem *mem, uint32_t start, rwg__hasher *h
) {
    bool *seen = rwg__mem_zalloc(mem, all->count * sizeof *seen);
    RWG_VEC(uint32_t) queue = {0};
    *rwg__vec_push(&queue, mem) = start;
    seen[start] = true;
    for (uint32_t i = 0; i < queue.len; i++) {
        for (uint32_t k = 0; k < all->count; k++) {
            if (!seen[k] && named[(size_t)queue.ptr[i] * all->count + k]) {
                seen[k] = true;
                *rwg__vec_push(&queue, mem) = k;
            }
        }
    }
    rwg__hasher_str(h, rwg__buf_str(&all->items[start].text));
    for (uint32_t k = 0; k < all->count; k++) { /* in the order of parts, which is the graph's */
        if (seen[k]) {
            rwg__hasher_str(h, rwg__buf_str(&all->items[k].text));
        }
    }
    rwg__vec_free(&queue, mem);
    rwg__mem_free(mem, seen, all->count * sizeof *seen);
}

static void make_names(const rwb__build *b) {
    const rwb__workers *all = b->workers;
    const rwg_graph *g = rwb__view_graph(b->view);
    rwg__hasher *h = rwg__hasher_new(b->mem);
    bool *named = find_named(all, b->mem);
    for (uint32_t i = 0; i < all->count; i++) {
        worker *w = &all->items[i];
        char hex[33];
        rwg__hasher_reset(h);
        hash_reached(all, named, b->mem, i, h);
        rwg__hash_hex(rwg__hasher_finish(h), hex);
        rwg_str path = rwg_graph_file_path(g, rwg_node_file(g, w->root));
        rwg_str ext = w->server ? RWG_STR(".mjs") : RWG_STR(".js");
        rwb__asset_name(path, ext, rwg__str(hex, 32), &w->name);
    }
    rwg__mem_free(b->mem, named, (size_t)all->count * all->count * sizeof *named);
    rwg__hasher_free(h, b->mem);
}

/* --- marks --- */

void rwb__worker_mark(const rwb__build *b, uint32_t part, bool whole, rwg__buf *out) {
    worker *w = &b->workers->items[part - 1];
    w->addressed |= !whole;
    rwg__buf_add(out, rwg__str_c(whole ? w->text_mark : w->address_mark));
}

static void fill_addresses(const rwb__workers *all, rwg__buf *text) {
    for (uint32_t i = 0; i < all->count; i++) {
        const worker *w = &all->items[i];
        (void
        )rwg__buf_replace(text, rwg__str_c(w->address_mark), rwg__buf_str(&w->name), UINT32_MAX);
    }
}

/* A worker's text inside of quotes. */
static void fill_text(const worker *w, rwg__buf *text) {
    if (!rwg__str_contains(rwg__buf_str(text), rwg__str_c(w->text_mark))) {
        return;
    }
    rwg__buf quoted;
    rwg__buf_init(&quoted, text->mem);
    rwb__string_literal(rwg__buf_str(&w->text), &quoted);
    rwg_str inside = rwg__str_sub(rwg__buf_str(&quoted), 1, quoted.bytes.len - 1);
    (void)rwg__buf_replace(text, rwg__str_c(w->text_mark), inside, UINT32_MAX);
    rwg__buf_deinit(&quoted);
}

static bool is_whole(const rwb__workers *all, const worker *w) {
    for (uint32_t i = 0; i < all->count; i++) {
        if (rwg__str_contains(rwg__buf_str(&w->text), rwg__str_c(all->items[i].text_mark))) {
            return false;
        }
    }
    return true;
}

/* Rounds, each of which makes at least one more text whole; those left hold each other. */
static void fill_texts(rwb__build *b) {
    rwb__workers *all = b->workers;
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < all->count; i++) {
            worker *w = &all->items[i];
            if (!w->whole && is_whole(all, w)) {
                w->whole = true;
                more = true;
                for (uint32_t k = 0; k < all->count; k++) {
                    fill_text(w, &all->items[k].text);
                }
            }
        }
    }
    for (uint32_t i = 0; i < all->count; i++) {
        if (!all->items[i].whole) {
            rwb__view_id(b->view, all->items[i].root, &b->problems);
            rwg__buf_add(
                &b->problems,
                RWG_STR(": a worker cannot be part of its own code; import it without &inline\n")
            );
        }
    }
}

void rwb__workers_fill(const rwb__build *b, rwg__buf *text) {
    for (uint32_t i = 0; i < b->workers->count; i++) {
        fill_text(&b->workers->items[i], text);
    }
    fill_addresses(b->workers, text);
}

/* --- life --- */

rwg_status rwb__workers_make(rwb__build *b, rwg_error *err) {
    rwb__workers *all = rwg__mem_zalloc(b->mem, sizeof *all);
    b->workers = all;
    all->count = b->plan.parts.len - 1;
    all->items = rwg__mem_zalloc(b->mem, (all->count + 1) * sizeof *all->items);
    rwg__buf_init(&all->runtime, b->mem);
    rwg_status status = RWG_OK;
    if (all->count > 0) {
        status = rwb__build_inline_runtime(b, &all->runtime, err);
    }
    for (uint32_t i = 0; i < all->count; i++) {
        worker *w = &all->items[i];
        w->root = b->plan.parts.ptr[i + 1].root;
        w->server = rwg_node_env(rwb__view_graph(b->view), w->root).v != b->setup.client_env.v;
        rwg__buf_init(&w->text, b->mem);
        rwg__buf_init(&w->name, b->mem);
        make_marks(b, w);
    }
    for (uint32_t i = 0; status == RWG_OK && i < all->count; i++) {
        make_text(b, &all->items[i], &b->plan.parts.ptr[i + 1]);
    }
    if (status == RWG_OK) {
        make_names(b);
        for (uint32_t i = 0; i < all->count; i++) {
            fill_addresses(all, &all->items[i].text);
        }
        fill_texts(b);
    }
    return status;
}

rwg_status rwb__workers_write(rwb__build *b, rwg_error *err) {
    rwg_status status = RWG_OK;
    for (uint32_t i = 0; status == RWG_OK && i < b->workers->count; i++) {
        worker *w = &b->workers->items[i];
        rwg__buf_char(&w->name, '\0');
        rwb__bundle_file file = {
            .bundle = &w->bundle,
            .folder = w->server ? "server" : "client",
            .name = w->name.bytes.ptr,
            .lines = w->lines,
        };
        if (w->addressed) {
            status = rwb__bundle_file_write(b, &file, &w->text, err);
        }
    }
    return status;
}

void rwb__workers_free(rwb__build *b) {
    rwb__workers *all = b->workers;
    if (!all) {
        return;
    }
    for (uint32_t i = 0; i < all->count; i++) {
        worker *w = &all->items[i];
        if (w->bundle.in.mem) {
            rwb__bundle_deinit(&w->bundle);
        }
        rwg__buf_deinit(&w->text);
        rwg__buf_deinit(&w->name);
    }
    rwg__buf_deinit(&all->runtime);
    rwg__mem_free(b->mem, all->items, (all->count + 1) * sizeof *all->items);
    rwg__mem_free(b->mem, all, sizeof *all);
    b->workers = NULL;
}
