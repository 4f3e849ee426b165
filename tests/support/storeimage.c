#include "storeimage.h"

#include "base/hash.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

#define ENVS 3

static rwg_str format(rwg__arena *arena, const char *pattern, ...)
    __attribute__((format(printf, 2, 3)));

static rwg_str format(rwg__arena *arena, const char *pattern, ...) {
    char text[256];
    va_list args;
    va_start(args, pattern);
    (void)vsnprintf(text, sizeof text, pattern, args);
    va_end(args);
    return rwg__arena_str(arena, rwg__str_c(text));
}

static rwg_hash hash_of(uint32_t a, uint32_t b) {
    const uint32_t both[] = {a, b};
    return rwg__hash_bytes(both, sizeof both);
}

/* The file that import k of file i leads to. */
static uint32_t target_of(uint32_t i, uint32_t k, uint32_t files) {
    return (i * 4 + k + 1) % files;
}

static rwg_module *make_module(
    rwg__record_builder *b, uint32_t i, uint32_t imports, uint32_t files, rwg_hash content
) {
    char text[64];
    rwg__record_reset(b);
    for (uint32_t k = 0; k < imports; k++) {
        (void)snprintf(
            text,
            sizeof text,
            "../dir%u/module%u",
            target_of(i, k, files) / 50,
            target_of(i, k, files)
        );
        rwg_import *import = rwg__record_import(b);
        import->kind = RWG_IMPORT_STATIC;
        import->specifier = rwg__record_str(b, rwg__str_c(text));
        import->span = (rwg_span){k * 50 + 20, k * 50 + 45};
        import->line = k + 1;
        import->first_name = k;
        import->name_count = 1;
        (void)snprintf(text, sizeof text, "value%u", target_of(i, k, files));
        rwg_name *name = rwg__record_name(b);
        name->imported = rwg__record_str(b, rwg__str_c(text));
        name->local = name->imported;
    }
    (void)snprintf(text, sizeof text, "value%u", i);
    rwg_export *export = rwg__record_export(b);
    export->name = rwg__record_str(b, rwg__str_c(text));
    export->local = export->name;
    export->import = RWG_NO_IMPORT;
    if (i % 100 == 7) {
        rwg__record_diag(b, RWG_DIAG_SYNTAX, RWG_SEVERITY_ERROR, (rwg_span){3, 9}, "odd \"%u\"", i);
    }
    const rwg__record_facts facts = {
        .lang = RWG_LANG_TS,
        .kind = RWG_MODULE_ESM,
        .source_len = imports * 50 + 100,
        .content = content,
    };
    return rwg__record_finish(b, &facts);
}

static void make_links(
    rwg__arena *arena, rwg__stored_file *file, uint32_t i, uint32_t imports, uint32_t files
) {
    rwg__stored_link *links = rwg__arena_zalloc(arena, (imports + 1) * sizeof *links);
    uint32_t count = 0;
    for (uint32_t k = 0; k < imports; k++) {
        rwg__stored_link *link = &links[count++];
        link->import = k;
        link->env_mask = file->node_mask;
        link->target = target_of(i, k, files) + 1;
        if ((i + k) % 97 == 0) {
            link->target = 0;
            link->outcome = RWG_OUTCOME_MISSING;
            link->text = format(arena, "./gone \"%u\"\n\xFF\xE2\x82", i);
        }
    }
    if (i % 50 == 1) {
        links[count++] = (rwg__stored_link){
            .import = RWG_NO_IMPORT,
            .kind = RWG_EDGE_BRIDGE,
            .env_mask = file->node_mask & 4,
            .target = i + 1,
            .target_env = 2,
        };
    }
    file->links = links;
    file->link_count = count;
}

static void make_file(
    rwg__arena *arena,
    rwg__record_builder *b,
    rwg__stored_file *file,
    uint32_t i,
    uint32_t imports,
    uint32_t files,
    uint32_t seed
) {
    uint32_t edited = i % 5 == 0 ? seed : 0; /* every fifth file depends on the seed */
    *file = (rwg__stored_file){
        .id = i + 1,
        .path = format(arena, "src/dir%u/module%u.ts", i / 50, i),
        .package = i % 10 == 9 ? RWG_STR("some-package") : (rwg_str){0},
        .stat =
            {.kind = RWG_FS_FILE,
             .size = 300 + i % 4000,
             .mtime_ns = INT64_C(1700000000123456789) + i * INT64_C(1000003) + edited,
             .ctime_ns = INT64_C(1700000000987654321) + i * INT64_C(1000003),
             .inode = 2000000 + i},
        .checked_ns = INT64_C(1700000100000000000) + i,
        .content = hash_of(i, edited),
        .flags = i % 3,
        .node_mask = (uint16_t
        )(i % 3 == 0   ? 7
          : i % 3 == 1 ? 6
                       : 1),
        .entry_mask = (uint16_t)(i == 0 ? 7 : 0),
    };
    if (i % 20 != 19) {
        file->module = make_module(b, i, imports, files, file->content);
        make_links(arena, file, i, imports, files);
    }
    uint32_t *dirs = rwg__arena_alloc(arena, 2 * sizeof *dirs);
    dirs[0] = i / 50;
    dirs[1] = target_of(i, 0, files) / 50;
    file->dirs = dirs;
    file->dir_count = dirs[0] == dirs[1] ? 1 : 2;
}

static void make_facts(rwg__arena *arena, uint32_t files, uint32_t seed, rwg__image *image) {
    image->dir_count = (files - 1) / 50 + 1;
    image->dirs = rwg__arena_zalloc(arena, image->dir_count * sizeof *image->dirs);
    for (uint32_t i = 0; i < image->dir_count; i++) {
        image->dirs[i] = (rwg__stored_dir){
            .path = format(arena, "src/dir%u", i),
            .listing = hash_of(i, 77),
            .stat = {.kind = RWG_FS_DIR, .mtime_ns = 5 + i, .inode = i},
            .checked_ns = 99,
            .walked = i % 2 == 0,
        };
    }
    image->input_count = 3;
    image->inputs = rwg__arena_zalloc(arena, image->input_count * sizeof *image->inputs);
    for (uint32_t i = 0; i < image->input_count; i++) {
        image->inputs[i] = (rwg__stored_input){
            .path = format(arena, "../shared%u/package.json", i),
            .content = hash_of(i, seed),
            .stat = {.kind = RWG_FS_FILE, .size = 10},
            .checked_ns = 7,
        };
    }
    image->diag_count = files / 97 + 1;
    image->diags = rwg__arena_zalloc(arena, image->diag_count * sizeof *image->diags);
    for (uint32_t i = 0; i < image->diag_count; i++) {
        image->diags[i] = (rwg__stored_diag){
            .file = i + 1,
            .env_mask = 5,
            .code = RWG_DIAG_FILE_NOT_FOUND,
            .severity = RWG_SEVERITY_ERROR,
            .span = {20, 45},
            .line = 1 + seed % 7,
            .message = format(arena, "./gone%u is not there", i),
            .fix = i % 2 ? RWG_STR("create it") : (rwg_str){0},
        };
    }
    image->dep_count = 2;
    image->deps = rwg__arena_zalloc(arena, image->dep_count * sizeof *image->deps);
    image->deps[0] = (rwg__stored_dep){1, RWG_STR("react")};
    image->deps[1] = (rwg__stored_dep){3, RWG_STR("@scope/name/sub")};
}

void storeimage_make(
    rwg__mem *mem,
    rwg__arena *arena,
    uint32_t files,
    uint32_t imports,
    uint32_t seed,
    rwg__image *out
) {
    rwg_str *names = rwg__arena_alloc(arena, ENVS * sizeof *names);
    names[0] = RWG_STR("client");
    names[1] = RWG_STR("ssr");
    names[2] = RWG_STR("worker");
    *out = (rwg__image){
        .generation = seed + 1,
        .env_names = names,
        .env_count = ENVS,
        .files = rwg__arena_zalloc(arena, files * sizeof *out->files),
        .file_count = files,
    };
    rwg__record_builder b;
    rwg__record_init(&b, mem);
    for (uint32_t i = 0; i < files; i++) {
        make_file(arena, &b, &out->files[i], i, imports, files, seed);
    }
    rwg__record_deinit(&b);
    make_facts(arena, files, seed, out);
}

void storeimage_free(rwg__image *image) {
    for (uint32_t i = 0; i < image->file_count; i++) {
        rwg__module_release(image->files[i].module);
        image->files[i].module = NULL;
    }
}

static void print_text(rwg__buf *out, rwg_str text) {
    rwg__buf_printf(out, " <%u:", text.len);
    rwg__buf_add(out, text);
    rwg__buf_char(out, '>');
}

static void print_stat(rwg__buf *out, const rwg_fs_stat *stat, int64_t checked_ns) {
    rwg__buf_printf(
        out,
        " %d %llu %lld %lld %llu %lld",
        (int)stat->kind,
        (unsigned long long)stat->size,
        (long long)stat->mtime_ns,
        (long long)stat->ctime_ns,
        (unsigned long long)stat->inode,
        (long long)checked_ns
    );
}

static void print_hash(rwg__buf *out, rwg_hash hash) {
    char hex[33];
    rwg__hash_hex(hash, hex);
    rwg__buf_printf(out, " %s", hex);
}

static void print_file(rwg__buf *out, const rwg__stored_file *file) {
    rwg__buf_printf(out, "file %u", file->id);
    print_text(out, file->path);
    print_text(out, file->package);
    print_stat(out, &file->stat, file->checked_ns);
    print_hash(out, file->content);
    rwg__buf_printf(out, " %u %u %u\n", file->flags, file->node_mask, file->entry_mask);
    if (file->module) {
        print_hash(out, rwg__hash_bytes(file->module, rwg__module_size(file->module)));
    }
    for (uint32_t i = 0; i < file->link_count; i++) {
        const rwg__stored_link *link = &file->links[i];
        rwg__buf_printf(
            out,
            "\n  link %u %u %u %u %u %u %u",
            link->import,
            link->kind,
            link->outcome,
            link->flags,
            link->env_mask,
            link->target_env,
            link->target
        );
        print_text(out, link->text);
    }
    for (uint32_t i = 0; i < file->dir_count; i++) {
        rwg__buf_printf(out, " dir %u", file->dirs[i]);
    }
    rwg__buf_char(out, '\n');
}

void storeimage_print(const rwg__image *image, rwg__buf *out) {
    rwg__buf_printf(out, "generation %llu\n", (unsigned long long)image->generation);
    for (uint32_t i = 0; i < image->env_count; i++) {
        print_text(out, image->env_names[i]);
    }
    for (uint32_t i = 0; i < image->file_count; i++) {
        print_file(out, &image->files[i]);
    }
    for (uint32_t i = 0; i < image->dir_count; i++) {
        const rwg__stored_dir *dir = &image->dirs[i];
        rwg__buf_printf(out, "dir %d", dir->walked);
        print_text(out, dir->path);
        print_hash(out, dir->listing);
        print_stat(out, &dir->stat, dir->checked_ns);
    }
    for (uint32_t i = 0; i < image->input_count; i++) {
        const rwg__stored_input *input = &image->inputs[i];
        print_text(out, input->path);
        print_hash(out, input->content);
        print_stat(out, &input->stat, input->checked_ns);
    }
    for (uint32_t i = 0; i < image->diag_count; i++) {
        const rwg__stored_diag *diag = &image->diags[i];
        rwg__buf_printf(
            out,
            "\ndiag %u %u %u %u %u %u %u",
            diag->file,
            diag->env_mask,
            diag->code,
            diag->severity,
            diag->span.start,
            diag->span.end,
            diag->line
        );
        print_text(out, diag->message);
        print_text(out, diag->fix);
    }
    for (uint32_t i = 0; i < image->dep_count; i++) {
        rwg__buf_printf(out, "\ndep %u", image->deps[i].env);
        print_text(out, image->deps[i].specifier);
    }
}

rwg_hash storeimage_hash(rwg__mem *mem, const rwg__image *image) {
    rwg__buf text;
    rwg__buf_init(&text, mem);
    storeimage_print(image, &text);
    rwg_hash hash = rwg__hash_bytes(text.bytes.ptr, text.bytes.len);
    rwg__buf_deinit(&text);
    return hash;
}

rwg__save storeimage_save(const rwg__image *image) {
    return (rwg__save){.image = image, .all = true, .structure = true};
}
