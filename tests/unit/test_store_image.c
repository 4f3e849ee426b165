// The database gives back what was saved, writes what changed, and refuses what it could not read.

#include "base/hash.h"
#include "base/str.h"
#include "storeimage.h"
#include "test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const rwg_hash key = {{1, 2, 3}};

typedef struct bench {
    rwg__mem mem;
    rwg__arena arena;
    char folder[64];
    char db[128];
    rwg__store *store;
    rwg_str notice;
    bool dropped;
} bench;

static void reopen(bench *b) {
    rwg__store_close(b->store);
    rwg__store_open(&b->mem, rwg__str_c(b->db), key, &b->arena, &b->store, &b->notice, &b->dropped);
    assert_non_null(b->store);
    assert_int_equal(b->notice.len, 0);
    assert_false(b->dropped);
}

static void start(bench *b) {
    *b = (bench){0};
    rwg__mem_init(&b->mem, NULL, 0);
    rwg__arena_init(&b->arena, &b->mem);
    strcpy(b->folder, "/tmp/rwg_image_XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    (void)snprintf(b->db, sizeof b->db, "%s/.rwgraph/graph.db", b->folder);
    reopen(b);
}

static void stop(bench *b) {
    rwg__store_close(b->store);
    rwg__arena_deinit(&b->arena);
    assert_int_equal(atomic_load(&b->mem.used), 0);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", b->folder);
    assert_int_equal(system(command), 0);
}

static void assert_saves(bench *b, const rwg__save *save) {
    rwg_error err = {0};
    if (rwg__store_save(b->store, save, &err) != RWG_OK) {
        fail_msg("%s", err.text);
    }
}

// A new process loads an image equal to this one.
static void assert_loads(bench *b, const rwg__image *expected) {
    reopen(b);
    rwg__image loaded;
    rwg__buf want;
    rwg__buf got;
    rwg__buf_init(&want, &b->mem);
    rwg__buf_init(&got, &b->mem);
    assert_true(rwg__store_load(b->store, &b->arena, &loaded, &b->notice));
    storeimage_print(expected, &want);
    storeimage_print(&loaded, &got);
    assert_int_equal(want.bytes.len, got.bytes.len);
    assert_memory_equal(want.bytes.ptr, got.bytes.ptr, want.bytes.len);
    rwg__buf_deinit(&want);
    rwg__buf_deinit(&got);
    storeimage_free(&loaded);
}

// How many rows SQLite wrote in one save: its own count of changes.
static int64_t count(bench *b, const char *sql) {
    sqlite3 *db;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open(b->db, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return value;
}

// From now on every file row that is written is counted in the table `seen`.
static void watch_writes(bench *b) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(b->db, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(
            db,
            "CREATE TABLE seen(id);"
            "CREATE TRIGGER w AFTER INSERT ON file BEGIN INSERT INTO seen VALUES(new.id); END",
            NULL,
            NULL,
            NULL
        ),
        SQLITE_OK
    );
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

TEST(a_new_database_holds_nothing_and_says_nothing) {
    bench b;
    start(&b);
    rwg__image image;
    assert_false(rwg__store_load(b.store, &b.arena, &image, &b.notice));
    assert_int_equal(b.notice.len, 0);
    assert_int_equal(image.file_count, 0);
    stop(&b);
}

TEST(what_was_saved_is_what_is_loaded) {
    bench b;
    start(&b);
    rwg__image image;
    storeimage_make(&b.mem, &b.arena, 300, 4, 1, &image);
    rwg__save save = storeimage_save(&image);
    assert_saves(&b, &save);
    assert_loads(&b, &image);
    storeimage_free(&image);
    stop(&b);
}

TEST(texts_of_any_bytes_survive) {
    bench b;
    start(&b);
    char all[256];
    for (int i = 0; i < 256; i++) {
        all[i] = (char)i;
    }
    const rwg_str name = RWG_STR("client");
    rwg__stored_link links[] = {
        {.import = RWG_NO_IMPORT,
         .env_mask = 1,
         .outcome = RWG_OUTCOME_MISSING,
         .text = {all, 256}},
        {.import = RWG_NO_IMPORT,
         .env_mask = 1,
         .outcome = RWG_OUTCOME_EXTERNAL,
         .text = RWG_STR("\\\"]],[\xED\xB2\x80 \xF0\x9F\x98\x80 \xC3")},
        {.import = RWG_NO_IMPORT, .env_mask = 1, .target = 1, .flags = 255, .target_env = 1},
    };
    rwg__stored_file file = {
        .id = 1,
        .path = {all, 256},
        .package = RWG_STR("\xFF"),
        .node_mask = 1,
        .links = links,
        .link_count = 3,
        .flags = UINT32_MAX,
        .checked_ns = INT64_MIN,
        .stat =
            {.kind = RWG_FS_OTHER, .size = UINT64_MAX, .mtime_ns = INT64_MIN, .inode = UINT64_MAX},
    };
    rwg__image image = {
        .generation = UINT32_MAX,
        .env_names = &name,
        .env_count = 1,
        .files = &file,
        .file_count = 1,
    };
    rwg__save save = storeimage_save(&image);
    assert_saves(&b, &save);
    assert_loads(&b, &image);
    stop(&b);
}

TEST(a_save_of_everything_writes_only_the_rows_that_differ) {
    bench b;
    start(&b);
    rwg__image one;
    rwg__image two;
    storeimage_make(&b.mem, &b.arena, 100, 4, 1, &one);
    storeimage_make(&b.mem, &b.arena, 100, 4, 2, &two); // differs in every fifth file
    rwg__save save = storeimage_save(&one);
    assert_saves(&b, &save);
    watch_writes(&b);
    save = storeimage_save(&two);
    assert_saves(&b, &save);
    assert_int_equal(count(&b, "SELECT count(*) FROM seen"), 20);
    assert_int_equal(count(&b, "SELECT count(*) FROM seen WHERE (id-1)%5"), 0);
    storeimage_free(&one);
    storeimage_free(&two);
    stop(&b);
}

TEST(a_part_is_saved_on_top_of_what_was_loaded) {
    bench b;
    start(&b);
    rwg__image one;
    rwg__image two;
    storeimage_make(&b.mem, &b.arena, 100, 4, 1, &one);
    storeimage_make(&b.mem, &b.arena, 100, 4, 2, &two);
    rwg__save save = storeimage_save(&one);
    assert_saves(&b, &save);
    assert_loads(&b, &one); // another process now
    rwg__image part = two;
    rwg__stored_file changed[20];
    for (uint32_t i = 0; i < 20; i++) {
        changed[i] = two.files[i * 5];
    }
    part.files = changed;
    part.file_count = 20;
    save = (rwg__save){.image = &part, .structure = true};
    assert_saves(&b, &save);
    assert_loads(&b, &two);
    storeimage_free(&one);
    storeimage_free(&two);
    stop(&b);
}

TEST(removed_files_are_gone_and_the_rest_is_as_before) {
    bench b;
    start(&b);
    rwg__image image;
    storeimage_make(&b.mem, &b.arena, 40, 0, 1, &image);
    image.diag_count = 0;
    rwg__save save = storeimage_save(&image);
    assert_saves(&b, &save);
    for (uint32_t i = 0; i < 40; i++) {
        image.files[i].link_count = 0;
    }
    assert_saves(&b, &save);
    const uint32_t removed[] = {39, 40, 4000};
    rwg__image rest = image;
    rest.file_count = 0;
    save = (rwg__save){.image = &rest, .removed = removed, .removed_count = 3};
    assert_saves(&b, &save);
    rest.file_count = 38;
    assert_loads(&b, &rest);
    // and a whole image without a file removes it too
    rest.file_count = 30;
    save = storeimage_save(&rest);
    assert_saves(&b, &save);
    assert_loads(&b, &rest);
    storeimage_free(&image);
    stop(&b);
}

TEST(a_part_is_refused_where_nothing_is_known_of_the_rest) {
    bench b;
    start(&b);
    rwg__image image;
    storeimage_make(&b.mem, &b.arena, 10, 1, 1, &image);
    rwg__save part = {.image = &image};
    rwg_error err = {0};
    assert_int_equal(rwg__store_save(b.store, &part, &err), RWG_STORE);
    assert_true(err.text[0] != '\0');
    rwg__save whole = storeimage_save(&image);
    assert_saves(&b, &whole);
    storeimage_free(&image);
    stop(&b);
}

TEST(an_image_that_could_not_be_loaded_is_not_saved) {
    bench b;
    start(&b);
    rwg__image image;
    storeimage_make(&b.mem, &b.arena, 10, 2, 1, &image);
    rwg__save save = storeimage_save(&image);
    assert_saves(&b, &save);
    rwg__stored_file good = image.files[3];
    rwg_error err = {0};
    image.files[3].node_mask = 1 << 5; // there are three environments
    assert_int_equal(rwg__store_save(b.store, &save, &err), RWG_INTERNAL);
    image.files[3] = good;
    rwg__stored_link link = {.import = 2, .env_mask = good.node_mask}; // of two imports
    image.files[3].links = &link;
    image.files[3].link_count = 1;
    assert_int_equal(rwg__store_save(b.store, &save, &err), RWG_INTERNAL);
    link = (rwg__stored_link){.import = 0, .env_mask = 7, .target = RWG__STORED_ID_MAX + 1};
    assert_int_equal(rwg__store_save(b.store, &save, &err), RWG_INTERNAL);
    image.files[3] = good;
    assert_loads(&b, &image);
    storeimage_free(&image);
    stop(&b);
}

TEST(a_link_to_a_file_that_was_not_saved_is_found_on_load) {
    bench b;
    start(&b);
    rwg__image image;
    storeimage_make(&b.mem, &b.arena, 10, 2, 1, &image);
    image.file_count = 9; // some of the nine lead to the tenth
    rwg__save save = storeimage_save(&image);
    assert_saves(&b, &save);
    reopen(&b);
    rwg__image loaded;
    assert_false(rwg__store_load(b.store, &b.arena, &loaded, &b.notice));
    assert_true(rwg__str_contains(b.notice, RWG_STR("out of the graph")));
    image.file_count = 10;
    storeimage_free(&image);
    stop(&b);
}

TEST(the_history_keeps_the_last_generations_and_so_many_stale_nodes) {
    bench b;
    start(&b);
    rwg__image image;
    storeimage_make(&b.mem, &b.arena, 10, 1, 1, &image);
    static rwg__stored_stale stale[RWG__STORE_STALE + 500];
    for (size_t i = 0; i < sizeof stale / sizeof stale[0]; i++) {
        stale[i] =
            (rwg__stored_stale){RWG_STR("src/a.ts"), 2, RWG_STR("content"), RWG_STR("src/b.ts")};
    }
    const rwg__stored_counts counts[] = {{1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}, {0}};
    for (uint32_t i = 1; i <= 100; i++) {
        const rwg__stored_step step = {
            .number = i,
            .at_ns = INT64_C(1700000000000000000),
            .cause = RWG_STR("src/b.ts edited"),
            .files = 10,
            .envs = counts,
            .stale = stale,
            .stale_count = i == 100 ? sizeof stale / sizeof stale[0] : 1,
        };
        rwg__save save = storeimage_save(&image);
        save.steps = &step;
        save.step_count = 1;
        assert_saves(&b, &save);
    }
    assert_int_equal(count(&b, "SELECT count(DISTINCT number) FROM generations"), RWG__STORE_STEPS);
    assert_int_equal(count(&b, "SELECT min(number) FROM generations"), 100 - RWG__STORE_STEPS + 1);
    assert_int_equal(
        count(&b, "SELECT count(*) FROM invalidations"), RWG__STORE_STALE + RWG__STORE_STEPS - 1
    );
    assert_int_equal(count(&b, "SELECT stale FROM generations WHERE number=100 AND env='ssr'"), 10);
    assert_loads(&b, &image);
    storeimage_free(&image);
    stop(&b);
}

TEST(our_own_folder_is_kept_out_of_version_control) {
    bench b;
    start(&b);
    char path[160];
    char text[8] = "";
    (void)snprintf(path, sizeof path, "%s/.rwgraph/.gitignore", b.folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    assert_string_equal(text, "*\n");
    assert_int_equal(fclose(file), 0);
    stop(&b);
}

// A save of a part of `two`: the first `count` files whose rows differ from `one`.
static rwg__save part_of(bench *b, const rwg__image *two, uint32_t count, rwg__image *out) {
    *out = *two;
    out->file_count = count;
    out->files = rwg__arena_alloc(&b->arena, count * sizeof *out->files);
    for (uint32_t i = 0; i < count; i++) {
        out->files[i] = two->files[i * 5];
    }
    return (rwg__save){.image = out, .structure = true};
}

TEST(parts_large_and_small_are_saved_on_top_of_shared_texts) {
    bench b;
    start(&b);
    rwg__image one;
    rwg__image two;
    storeimage_make(&b.mem, &b.arena, 1000, 4, 1, &one);
    storeimage_make(&b.mem, &b.arena, 1000, 4, 2, &two);
    rwg__save save = storeimage_save(&one);
    assert_saves(&b, &save);
    assert_true(count(&b, "SELECT count(*) FROM shared") > 10);
    assert_loads(&b, &one);
    rwg__image part;
    save = part_of(&b, &two, 10, &part); // does not read the shared texts
    assert_saves(&b, &save);
    save = part_of(&b, &two, 200, &part); // does
    assert_saves(&b, &save);
    assert_loads(&b, &two);
    storeimage_free(&one);
    storeimage_free(&two);
    stop(&b);
}

TEST(what_was_written_in_parts_is_stored_anew_in_the_end) {
    bench b;
    start(&b);
    rwg__image images[2];
    storeimage_make(&b.mem, &b.arena, 1000, 4, 1, &images[0]);
    storeimage_make(&b.mem, &b.arena, 1000, 4, 2, &images[1]);
    rwg__save save = storeimage_save(&images[0]);
    assert_saves(&b, &save);
    uint32_t parts = 0;
    while (!rwg__store_is_loose(b.store)) {
        rwg__image part;
        save = part_of(&b, &images[++parts % 2], 50, &part);
        assert_saves(&b, &save);
        assert_in_range(parts, 1, 11);
    }
    assert_int_equal(parts, 11); // 550 of 1000
    assert_true(count(&b, "SELECT loose FROM meta") > 500);
    int64_t before = count(&b, "SELECT sum(length(record)) FROM file");
    save = storeimage_save(&images[1]);
    assert_saves(&b, &save);
    assert_false(rwg__store_is_loose(b.store));
    assert_int_equal(count(&b, "SELECT loose FROM meta"), 0);
    assert_true(count(&b, "SELECT sum(length(record)) FROM file") < before);
    assert_loads(&b, &images[1]);
    storeimage_free(&images[0]);
    storeimage_free(&images[1]);
    stop(&b);
}

TEST(two_threads_read_what_one_does) {
    bench one;
    bench two;
    start(&one);
    start(&two);
    rwg__image image;
    storeimage_make(&one.mem, &one.arena, 3000, 4, 1, &image);
    image.files[1500].id = 0; // an unused place
    rwg__save save = storeimage_save(&image);
    image.files[1500].link_count = 0;
    for (uint32_t i = 0; i < image.file_count; i++) {
        for (uint32_t k = 0; k < image.files[i].link_count; k++) {
            rwg__stored_link *link = (rwg__stored_link *)&image.files[i].links[k];
            link->target = link->target == 1501 ? 1 : link->target;
        }
    }
    assert_saves(&one, &save);
    assert_saves(&two, &save);
    assert_int_equal(count(&one, "SELECT total FROM meta"), count(&two, "SELECT total FROM meta"));
    assert_int_equal(count(&two, "SELECT count(*) FROM file"), 2999);
    uint64_t hashes[2];
    bench *benches[] = {&one, &two};
    for (size_t i = 0; i < 2; i++) {
        reopen(benches[i]);
        if (i == 1) {
            rwg__store_use_helper(two.store);
        }
        rwg__image loaded;
        assert_true(
            rwg__store_load(benches[i]->store, &benches[i]->arena, &loaded, &benches[i]->notice)
        );
        rwg_hash hash = storeimage_hash(&one.mem, &loaded);
        memcpy(&hashes[i], hash.bytes, sizeof hashes[i]);
        storeimage_free(&loaded);
    }
    assert_true(hashes[0] == hashes[1]);
    storeimage_free(&image);
    stop(&one);
    stop(&two);
}

TEST(a_wrong_row_is_noticed_by_the_second_thread) {
    bench b;
    start(&b);
    rwg__image image;
    storeimage_make(&b.mem, &b.arena, 3000, 4, 1, &image);
    rwg__save save = storeimage_save(&image);
    assert_saves(&b, &save);
    storeimage_free(&image);
    (void)count(&b, "UPDATE file SET path='x' WHERE id=10 RETURNING 1");
    reopen(&b);
    rwg__store_use_helper(b.store);
    assert_false(rwg__store_load(b.store, &b.arena, &image, &b.notice));
    assert_true(rwg__str_contains(b.notice, RWG_STR("checksum")));
    stop(&b);
}

// Saves the image into a new database and gives its size on disk, per file.
static int64_t bytes_per_module(bench *b, const rwg__image *image) {
    rwg__save save = storeimage_save(image);
    assert_saves(b, &save);
    rwg__store_close(b->store);
    b->store = NULL;
    struct stat st;
    assert_int_equal(stat(b->db, &st), 0);
    return st.st_size / image->file_count;
}

TEST(a_module_takes_half_a_kilobyte) {
    bench b;
    start(&b);
    rwg__image image;
    storeimage_make(&b.mem, &b.arena, 2000, 4, 1, &image);
    assert_in_range(bytes_per_module(&b, &image), 1, 512);
    storeimage_free(&image);
    reopen(&b);
    stop(&b);
}

// A barrel: it exports these many names, some of the 3000 that the whole package has, and takes
// each from one of ten others.
static const rwg_module *make_barrel(rwg__record_builder *r, uint32_t file, uint32_t exports) {
    char text[64];
    rwg__record_reset(r);
    for (uint32_t i = 0; i < 10; i++) {
        (void)snprintf(text, sizeof text, "../components/Part%u/index.js", (file + i * 31) % 300);
        rwg_import *import = rwg__record_import(r);
        import->kind = RWG_IMPORT_REEXPORT;
        import->specifier = rwg__record_str(r, rwg__str_c(text));
        import->span = (rwg_span){i * 900 + 400, i * 900 + 402 + (uint32_t)strlen(text)};
        import->line = i * 12 + 10;
        for (uint32_t k = i; k < exports; k += 10) {
            (void)snprintf(text, sizeof text, "useOperation%u", (file * 17 + k * 97) % 3000);
            rwg_name *name = rwg__record_name(r);
            name->imported = name->local = rwg__record_str(r, rwg__str_c(text));
            rwg_export *export = rwg__record_export(r);
            export->name = export->local = name->imported;
            export->import = i;
            import->name_count++;
        }
    }
    const rwg__record_facts facts = {
        .lang = RWG_LANG_JS, .kind = RWG_MODULE_ESM, .source_len = 20000, .content = {{1}}};
    return rwg__record_finish(r, &facts);
}

TEST(a_module_with_a_hundred_exports_takes_less_than_a_kilobyte) {
    bench b;
    start(&b);
    rwg__image image;
    storeimage_make(&b.mem, &b.arena, 1000, 4, 1, &image);
    rwg__record_builder r;
    rwg__record_init(&r, &b.mem);
    for (uint32_t i = 0; i < image.file_count; i++) {
        rwg__stored_file *file = &image.files[i];
        rwg__module_release(file->module);
        file->module = make_barrel(&r, i, 100);
        file->content = rwg_module_content_hash(file->module);
    }
    rwg__record_deinit(&r);
    assert_in_range(bytes_per_module(&b, &image), 1, 1024);
    assert_loads(&b, &image);
    storeimage_free(&image);
    stop(&b);
}
