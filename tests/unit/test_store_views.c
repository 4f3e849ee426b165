// What users of sqlite3 see: the views, and the queries of SCHEMA.md.

#include "base/json.h"
#include "base/str.h"
#include "storeimage.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct world {
    rwg__mem mem;
    rwg__arena arena;
    char folder[64];
    char db[128];
    rwg__image image;
    rwg__buf out;
} world;

static void start(world *w) {
    rwg__mem_init(&w->mem, NULL, 0);
    rwg__arena_init(&w->arena, &w->mem);
    rwg__buf_init(&w->out, &w->mem);
    strcpy(w->folder, "/tmp/rwg_views_XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    (void)snprintf(w->db, sizeof w->db, "%s/graph.db", w->folder);
    storeimage_make(&w->mem, &w->arena, 120, 4, 1, &w->image);
    rwg__store *store;
    rwg_str notice;
    bool dropped;
    rwg__store_open(
        &w->mem, rwg__str_c(w->db), (rwg_hash){{1}}, &w->arena, &store, &notice, &dropped
    );
    const rwg__stored_stale stale[] = {
        {RWG_STR("src/dir0/module1.ts"), 2, RWG_STR("content"), {0}},
        {RWG_STR("src/dir0/module0.ts"), 2, RWG_STR("surface"), RWG_STR("src/dir0/module1.ts")},
    };
    const rwg__stored_counts counts[] = {{10, 20, 1, 0, 0}, {30, 40, 0, 0, 2}, {50, 60, 0, 1, 0}};
    const rwg__stored_step step = {
        .number = 2,
        .at_ns = INT64_C(1700000000000000000),
        .cause = RWG_STR("src/dir0/module1.ts edited"),
        .files = 120,
        .envs = counts,
        .stale = stale,
        .stale_count = 2,
    };
    rwg__save save = storeimage_save(&w->image);
    save.steps = &step;
    save.step_count = 1;
    assert_int_equal(rwg__store_save(store, &save, NULL), RWG_OK);
    rwg__store_close(store);
}

static void stop(world *w) {
    storeimage_free(&w->image);
    rwg__buf_deinit(&w->out);
    rwg__arena_deinit(&w->arena);
    assert_int_equal(atomic_load(&w->mem.used), 0);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", w->folder);
    assert_int_equal(system(command), 0);
}

static rwg_status query(world *w, rwg_str sql, bool json, rwg_error *err) {
    rwg__buf_clear(&w->out);
    rwg_sink sink = rwg__buf_sink(&w->out);
    return rwg__store_query(rwg__str_c(w->db), sql, json, &sink, err);
}

static void assert_rows(world *w, const char *sql, const char *expected) {
    rwg_error err = {0};
    if (query(w, rwg__str_c(sql), true, &err) != RWG_OK) {
        fail_msg("%s: %s", sql, err.text);
    }
    rwg__buf_char(&w->out, '\0');
    assert_string_equal(w->out.bytes.ptr, expected);
}

TEST(a_file_is_a_module_in_each_of_its_environments) {
    world w;
    start(&w);
    assert_rows(
        &w,
        "SELECT env, kind, length(content_hash) AS digits, entry, package FROM modules"
        " WHERE path='src/dir0/module0.ts'",
        "{\"env\":\"client\",\"kind\":\"esm\",\"digits\":32,\"entry\":1,\"package\":null}\n"
        "{\"env\":\"ssr\",\"kind\":\"esm\",\"digits\":32,\"entry\":1,\"package\":null}\n"
        "{\"env\":\"worker\",\"kind\":\"esm\",\"digits\":32,\"entry\":1,\"package\":null}\n"
    );
    assert_rows(
        &w,
        "SELECT env, kind, package FROM modules WHERE path='src/dir0/module19.ts' AND env='ssr'",
        "{\"env\":\"ssr\",\"kind\":\"asset\",\"package\":\"some-package\"}\n"
    );
    stop(&w);
}

TEST(imports_are_as_the_record_has_them) {
    world w;
    start(&w);
    assert_rows(
        &w,
        "SELECT * FROM imports WHERE path='src/dir0/module2.ts' AND idx=1",
        "{\"path\":\"src/dir0/module2.ts\",\"idx\":1,\"kind\":\"static\","
        "\"specifier\":\"../dir0/module10\",\"line\":2,\"type_only\":0}\n"
    );
    stop(&w);
}

TEST(edges_say_where_they_lead_or_what_is_missing) {
    world w;
    start(&w);
    assert_rows(
        &w,
        "SELECT * FROM edges WHERE from_path='src/dir0/module2.ts' AND idx=1",
        "{\"from_path\":\"src/dir0/module2.ts\",\"env\":\"client\",\"idx\":1,\"kind\":\"import\","
        "\"outcome\":\"file\",\"to_path\":\"src/dir0/"
        "module10.ts\",\"to_env\":\"client\",\"type_only\":0,"
        "\"text\":null,\"for_text\":0}\n"
    );
    assert_rows(
        &w,
        "SELECT kind, idx, env, to_path, to_env FROM edges WHERE kind='bridge' AND from_path LIKE "
        "'%module1.ts'",
        "{\"kind\":\"bridge\",\"idx\":null,\"env\":\"worker\",\"to_path\":\"src/dir0/module1.ts\","
        "\"to_env\":\"ssr\"}\n"
    );
    assert_rows(
        &w,
        "SELECT outcome, to_path, to_env, substr(text,1,6) AS text FROM edges"
        " WHERE from_path='src/dir0/module0.ts' AND idx=0 AND env='ssr'",
        "{\"outcome\":\"missing\",\"to_path\":null,\"to_env\":null,\"text\":\"./gone\"}\n"
    );
    stop(&w);
}

TEST(every_edge_of_the_image_is_a_row_for_each_environment) {
    world w;
    start(&w);
    uint32_t expected = 0;
    for (uint32_t i = 0; i < w.image.file_count; i++) {
        for (uint32_t k = 0; k < w.image.files[i].link_count; k++) {
            expected += (uint32_t)__builtin_popcount(w.image.files[i].links[k].env_mask);
        }
    }
    char row[64];
    (void)snprintf(row, sizeof row, "{\"n\":%u}\n", expected);
    assert_rows(&w, "SELECT count(*) AS n FROM edges", row);
    stop(&w);
}

TEST(problems_of_files_and_of_edges_are_in_one_view) {
    world w;
    start(&w);
    assert_rows(
        &w,
        "SELECT path, env, code, severity, line, start, end, message, fix FROM diagnostics"
        " WHERE path IN ('src/dir0/module7.ts','src/dir0/module1.ts')",
        "{\"path\":\"src/dir0/"
        "module1.ts\",\"env\":\"client\",\"code\":\"file-not-found\",\"severity\":\"error\","
        "\"line\":2,\"start\":20,\"end\":45,\"message\":\"./gone1 is not there\",\"fix\":\"create "
        "it\"}\n"
        "{\"path\":\"src/dir0/"
        "module1.ts\",\"env\":\"worker\",\"code\":\"file-not-found\",\"severity\":\"error\","
        "\"line\":2,\"start\":20,\"end\":45,\"message\":\"./gone1 is not there\",\"fix\":\"create "
        "it\"}\n"
        "{\"path\":\"src/dir0/"
        "module7.ts\",\"env\":null,\"code\":\"syntax-error\",\"severity\":\"error\","
        "\"line\":null,\"start\":3,\"end\":9,\"message\":\"odd \\\"7\\\"\",\"fix\":null}\n"
    );
    stop(&w);
}

TEST(commits_and_what_they_made_stale_can_be_read) {
    world w;
    start(&w);
    assert_rows(
        &w,
        "SELECT * FROM generations WHERE env='ssr'",
        "{\"number\":2,\"at\":\"2023-11-14T22:13:20Z\",\"cause\":\"src/dir0/module1.ts "
        "edited\",\"files\":120,"
        "\"env\":\"ssr\",\"nodes\":30,\"edges\":40,\"added\":0,\"removed\":0,\"stale\":2}\n"
    );
    assert_rows(
        &w,
        "SELECT path, via FROM invalidations",
        "{\"path\":\"src/dir0/module1.ts\",\"via\":null}\n"
        "{\"path\":\"src/dir0/module0.ts\",\"via\":\"src/dir0/module1.ts\"}\n"
    );
    stop(&w);
}

TEST(a_table_is_aligned) {
    world w;
    start(&w);
    rwg_error err = {0};
    assert_int_equal(
        query(&w, RWG_STR("SELECT name, id FROM environments WHERE id<3"), false, &err), RWG_OK
    );
    rwg__buf_char(&w.out, '\0');
    assert_string_equal(w.out.bytes.ptr, "name    id\nclient  1\nssr     2\n");
    stop(&w);
}

TEST(only_one_statement_that_reads_is_run) {
    world w;
    start(&w);
    static const char *const bad[] = {
        "DELETE FROM file",
        "UPDATE meta SET generation=5",
        "PRAGMA user_version=9",
        "CREATE TABLE t(a)",
        "ATTACH '/tmp/rwg_attached.db' AS other",
        "SELECT 1; DELETE FROM file",
        "SELECT nonsense FROM modules",
        "not sql",
        "",
        "  -- only a comment",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        rwg_error err = {0};
        if (query(&w, rwg__str_c(bad[i]), true, &err) == RWG_OK) {
            fail_msg("this ran: %s", bad[i]);
        }
        assert_true(err.text[0] != '\0');
    }
    assert_int_not_equal(access("/tmp/rwg_attached.db", F_OK), 0);
    assert_rows(&w, "SELECT count(*) AS n FROM modules WHERE entry;  ", "{\"n\":3}\n");
    rwg_error err = {0};
    rwg_sink sink = rwg__buf_sink(&w.out);
    assert_int_equal(
        rwg__store_query(RWG_STR("/nowhere/graph.db"), RWG_STR("SELECT 1"), true, &sink, &err),
        RWG_NOT_FOUND
    );
    stop(&w);
}

static rwg_str read_document(world *w) {
    FILE *file = fopen(RWG_SOURCE_DIR "/libgraph/src/store/SCHEMA.md", "r");
    assert_non_null(file);
    char *text = rwg__arena_alloc(&w->arena, 65536);
    size_t len = fread(text, 1, 65536, file);
    assert_true(len > 0 && len < 65536);
    assert_int_equal(fclose(file), 0);
    return rwg__str(text, len);
}

// The offset of `part` in text from `at` on, or text.len.
static uint32_t find(rwg_str text, const char *part, uint32_t at) {
    rwg_str wanted = rwg__str_c(part);
    while (at < text.len && !rwg__str_starts(rwg__str_from(text, at), wanted)) {
        at++;
    }
    return at;
}

TEST(every_query_of_the_document_runs_and_finds_something) {
    world w;
    start(&w);
    rwg_str text = read_document(&w);
    uint32_t queries = 0;
    for (uint32_t at = find(text, "```sql\n", 0); at < text.len; at = find(text, "```sql\n", at)) {
        uint32_t end = find(text, "```", at + 7);
        rwg_str sql = rwg__str_sub(text, at + 7, end);
        rwg_error err = {0};
        if (query(&w, sql, true, &err) != RWG_OK) {
            fail_msg("%.*s: %s", (int)sql.len, sql.ptr, err.text);
        }
        if (w.out.bytes.len == 0) {
            fail_msg("no rows: %.*s", (int)sql.len, sql.ptr);
        }
        queries++;
        at = end;
    }
    assert_int_equal(queries, 9);
    stop(&w);
}

TEST(every_view_is_described_in_the_document) {
    world w;
    start(&w);
    rwg_str text = read_document(&w);
    rwg_error err = {0};
    assert_int_equal(
        query(
            &w,
            RWG_STR("SELECT m.name AS view, c.name AS column FROM sqlite_schema m, "
                    "pragma_table_info(m.name) c"
                    " WHERE m.type='view'"),
            true,
            &err
        ),
        RWG_OK
    );
    uint32_t columns = 0;
    rwg_str rows = rwg__buf_str(&w.out);
    while (rows.len > 0) {
        uint32_t end = rwg__str_index(rows, '\n');
        const rwg__json *row = rwg__json_parse(&w.arena, rwg__str_sub(rows, 0, end), NULL);
        rwg_str view = rwg__json_string(rwg__json_get(row, "view"));
        rwg_str column = rwg__json_string(rwg__json_get(row, "column"));
        char wanted[64];
        (void)snprintf(wanted, sizeof wanted, "| `%.*s` |", (int)view.len, view.ptr);
        uint32_t at = find(text, wanted, 0);
        (void)snprintf(wanted, sizeof wanted, "`%.*s`", (int)column.len, column.ptr);
        if (find(text, wanted, at) > find(text, "\n", at)) {
            fail_msg(
                "%.*s of %.*s is not described",
                (int)column.len,
                column.ptr,
                (int)view.len,
                view.ptr
            );
        }
        columns++;
        rows = rwg__str_from(rows, end + 1);
    }
    assert_true(columns > 40);
    stop(&w);
}
