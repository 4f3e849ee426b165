/* Six real packages, found one after the other in every order: the same URLs, and behind each the
 * same bytes. What a browser would load is asked of the parts that the dev server is made of, in
 * one process; laws.test.mjs does it through servers, for some of the orders.
 *
 * Every order is a project of its own, opened anew, and its first generation has none of the
 * packages. Compiled code is shared between projects, by recipe, as a cache folder shares it; some
 * orders compile everything themselves. */
#include "base/hash.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "devworld.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    COUNT = 6,
    ORDERS = 720,
    OWN_COMPILER = 90, /* every so many orders begin with an empty compiler */
};

/* They share modules: react-dom needs react and scheduler, react-redux all of that. */
static const char *const SIX[COUNT] = {
    "react", "react-dom", "scheduler", "prop-types", "object-assign", "react-redux"};
/* What those import. */
static const char *const OTHERS[] = {"loose-envify", "js-tokens", "use-sync-external-store"};

/* --- the packages --- */

static void copy_file(memfs *disk, const char *from, const char *to) {
    FILE *file = fopen(from, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long len = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)len + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)len, file), len);
    memfs_write_bytes(disk, to, bytes, (size_t)len);
    free(bytes);
    assert_int_equal(fclose(file), 0);
}

/* Sources and package.json files; folders wait on a stack. */
static void copy_package(memfs *disk, const char *name) {
    enum {
        DEPTH = 64
    };

    static const char ROOT[] = RWG_SOURCE_DIR "/tests/deps/node_modules/";
    char stack[DEPTH][256];
    int depth = 1;
    (void)snprintf(stack[0], sizeof stack[0], "%s", name);
    while (depth > 0) {
        char dir[256];
        char path[1024];
        memcpy(dir, stack[--depth], sizeof dir);
        (void)snprintf(path, sizeof path, "%s%s", ROOT, dir);
        DIR *listing = opendir(path);
        if (!listing) {
            fail_msg("%s is not installed: node tests/deps/install.mjs", name);
        }
        for (struct dirent *e = readdir(listing); e; e = readdir(listing)) {
            char below[512];
            char to[600];
            struct stat st;
            (void)snprintf(below, sizeof below, "%s/%s", dir, e->d_name);
            (void)snprintf(path, sizeof path, "%s%s", ROOT, below);
            if (e->d_name[0] == '.' || stat(path, &st) != 0) {
                continue;
            }
            if (S_ISDIR(st.st_mode)) {
                assert_true(depth < DEPTH);
                int len = snprintf(stack[depth++], sizeof stack[0], "%s", below);
                assert_true(len < (int)sizeof stack[0]);
            } else if (strstr(e->d_name, "js")) {
                (void)snprintf(to, sizeof to, "/app/node_modules/%s", below);
                copy_file(disk, path, to);
            }
        }
        (void)closedir(listing);
    }
}

/* --- what a browser loads --- */

typedef struct artifact {
    rwg_hash text;
    uint32_t orders; /* that end with it */
    uint32_t seen;   /* in this order so far, 1-based step */
} artifact;

typedef struct crawl {
    devworld w;
    rwg__arena arena;
    rwg__strmap urls; /* URL -> index into `all` */
    RWG_VEC(artifact) all;
    RWG_VEC(uint32_t) todo; /* nodes */
    rwg__idmap met;
} crawl;

static void meet(void *payload, rwg_node node) {
    crawl *c = payload;
    bool added = false;
    rwg__idmap_put(&c->met, node.v, &added);
    if (added) {
        *rwg__vec_push(&c->todo, &c->w.mem) = node.v;
    }
}

/* One more artifact of this step. The same URL always has the same bytes. */
static void take(crawl *c, rwg_str url, rwg_str text, uint32_t step) {
    rwg_hash hash = rwg__hash_bytes(text.ptr, text.len);
    bool added = false;
    uint32_t *at = rwg__strmap_put(&c->urls, rwg__arena_str(&c->arena, url), &added);
    if (added) {
        *at = c->all.len;
        *rwg__vec_push(&c->all, &c->w.mem) = (artifact){.text = hash};
    }
    artifact *a = &c->all.ptr[*at];
    if (!rwg__hash_equal(a->text, hash)) {
        fail_msg("other bytes behind %.*s", (int)url.len, url.ptr);
    }
    a->seen = step;
    a->orders += step == COUNT;
}

/* Everything behind the imports of the main module. */
static void load_all(crawl *c, uint32_t step) {
    const rwb__view *view = devworld_view(&c->w);
    const rwg_graph *g = rwb__view_graph(view);
    rwg_node main = devworld_node(&c->w, "client", "src/main.js");
    uint32_t count = 0;
    const rwg_edge *edges = rwg_graph_edges(g, main, &count);
    assert_int_equal(count, step);
    rwg__idmap_clear(&c->met);
    rwg__buf url;
    rwg__buf_init(&url, &c->w.mem);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(edges[i].target.v);
        meet(c, edges[i].target);
        /* What a page imports of it names its key and its chunk, and has nothing else in it. */
        rwg__buf_clear(&url);
        rwb__view_key(view, edges[i].target, &url);
        rwg_str key = rwg__arena_str(&c->arena, rwg__buf_str(&url));
        rwg__buf_clear(&url);
        devworld_chunk_url(view, edges[i].target, &url);
        take(c, key, rwg__buf_str(&url), step);
    }
    while (c->todo.len > 0) {
        rwg_node node = {c->todo.ptr[--c->todo.len]};
        char *text = devworld_chunk(&c->w, node, meet, c);
        assert_non_null(strstr(text, "\"form\":\""));
        assert_null(strstr(text, "\"form\":\"missing\""));
        rwg__buf_clear(&url);
        devworld_chunk_url(view, node, &url);
        take(c, rwg__buf_str(&url), rwg__str_c(text), step);
        free(text);
    }
    rwg__buf_deinit(&url);
}

/* What was there a step ago is there still. */
static void check_additive(const crawl *c, uint32_t step) {
    for (uint32_t i = 0; i < c->all.len; i++) {
        if (c->all.ptr[i].seen != 0 && c->all.ptr[i].seen != step) {
            fail_msg("step %u took an artifact away", step);
        }
    }
}

static void write_main(crawl *c, const uint32_t *order, uint32_t count) {
    char text[512] = "";
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "import '%s';\n", SIX[order[i]]);
    }
    devworld_edit(&c->w, "/app/src/main.js", text);
}

/* The nth permutation of 0..COUNT-1. */
static void nth_order(uint32_t n, uint32_t *out) {
    bool used[COUNT] = {false};
    uint32_t base = ORDERS;
    for (uint32_t i = 0; i < COUNT; i++) {
        base /= COUNT - i;
        uint32_t skip = n / base;
        n %= base;
        uint32_t at = 0;
        while (used[at] || skip > 0) {
            skip -= !used[at++];
        }
        used[at] = true;
        out[i] = at;
    }
}

TEST(six_packages_are_the_same_artifacts_in_all_720_orders_of_their_discovery) {
    crawl c = {.all = {0}};
    devworld_start(&c.w);
    rwg__arena_init(&c.arena, &c.w.mem);
    rwg__strmap_init(&c.urls, &c.w.mem);
    rwg__idmap_init(&c.met, &c.w.mem);
    for (uint32_t i = 0; i < COUNT; i++) {
        copy_package(c.w.app.disk, SIX[i]);
    }
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        copy_package(c.w.app.disk, OTHERS[i]);
    }
    memfs_write(c.w.app.disk, "/app/src/main.js", "");
    devworld_open(&c.w);
    for (uint32_t n = 0; n < ORDERS; n++) {
        uint32_t order[COUNT];
        nth_order(n, order);
        memfs_write(c.w.app.disk, "/app/src/main.js", "");
        devworld_reopen(&c.w, n % OWN_COMPILER != 0);
        for (uint32_t i = 0; i < c.all.len; i++) {
            c.all.ptr[i].seen = 0;
        }
        for (uint32_t step = 1; step <= COUNT; step++) {
            write_main(&c, order, step);
            load_all(&c, step);
            check_additive(&c, step);
        }
    }
    assert_true(c.all.len > 2 * COUNT);
    for (uint32_t i = 0; i < c.all.len; i++) {
        assert_int_equal(c.all.ptr[i].orders, ORDERS);
    }
    print_message("%u artifacts in each of %u orders\n", c.all.len, ORDERS);
    rwg__idmap_deinit(&c.met);
    rwg__strmap_deinit(&c.urls);
    rwg__arena_deinit(&c.arena);
    rwg__vec_free(&c.all, &c.w.mem);
    rwg__vec_free(&c.todo, &c.w.mem);
    devworld_stop(&c.w);
}
