/* Addresses of files. */
#include "build/assets.h"

#include "base/fsutil.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/str.h"
#include "build/output.h"
#include "dev/aspect.h"

#define ASSET_MAX    (512u << 20)
#define INLINE_BELOW 4096u

void rwb__assets_init(
    rwb__assets *a, rwg__mem *mem, const rwg_fs *fs, rwg_str out_dir, rwg__buf *problems
) {
    *a = (rwb__assets){.mem = mem, .fs = fs, .out_dir = out_dir, .problems = problems};
    rwg__arena_init(&a->arena, mem);
    rwg__strmap_init(&a->by_path, mem);
}

void rwb__assets_deinit(rwb__assets *a) {
    rwg__vec_free(&a->addresses, a->mem);
    rwg__strmap_deinit(&a->by_path);
    rwg__arena_deinit(&a->arena);
}

void rwb__asset_name(rwg_str path, rwg_str ext, rwg_str text, rwg__buf *out) {
    char hex[33];
    rwg__hash_hex(rwg__hash_bytes(text.ptr, text.len), hex);
    rwg_str base = rwg__path_basename(path);
    rwg_str own = rwg__path_ext(base);
    rwg__buf_add(out, RWG_STR("assets/"));
    for (uint32_t i = 0; i < base.len - own.len; i++) {
        char c = base.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.';
        rwg__buf_char(out, plain ? c : '_');
    }
    rwg__buf_printf(out, "-%.12s", hex);
    rwg__buf_add(out, ext);
}

static rwg_status
write_asset(rwb__assets *a, rwb__asset_place place, rwg_str path, rwg_str bytes, rwg__buf *out) {
    static const rwg_str CLIENT = {"client/", 7};
    static const rwg_str SERVER = {"server/", 7};
    bool server = place == RWB__ASSET_SERVER;
    rwg__buf name;
    rwg__buf_init(&name, a->mem);
    rwg__buf_add(&name, server ? SERVER : CLIENT);
    rwb__asset_name(path, rwg__path_ext(path), bytes, &name);
    rwg_status status = rwb__output_write(a->out_dir, rwg__buf_str(&name), bytes, NULL);
    rwg__buf_add(out, server ? RWG_STR("") : a->prefix);
    rwg__buf_add(out, rwg__str_from(rwg__buf_str(&name), server ? SERVER.len : CLIENT.len - 1));
    rwg__buf_deinit(&name);
    return status;
}

static void
make_address(rwb__assets *a, rwb__asset_place place, rwg_str path, rwg_str id, rwg__buf *out) {
    rwg__arena arena;
    rwg__arena_init(&arena, a->mem);
    rwg_str bytes;
    rwg_status status = rwg__fs_read(a->fs, &arena, path, ASSET_MAX, &bytes);
    bool small = place == RWB__ASSET_BROWSER && status == RWG_OK && bytes.len < INLINE_BELOW;
    if (small && !rwg__str_eq_c(rwg__path_ext(path), ".html")) {
        rwb__data_address(path, bytes, out);
    } else if (status == RWG_OK) {
        status = write_asset(a, place, path, bytes, out);
    }
    if (status != RWG_OK) {
        rwg__buf_add(a->problems, id);
        rwg__buf_add(a->problems, RWG_STR(": the file cannot be copied\n"));
    }
    rwg__arena_deinit(&arena);
}

rwg_str rwb__assets_address(rwb__assets *a, rwb__asset_place place, rwg_str path, rwg_str id) {
    rwg__buf key;
    rwg__buf_init(&key, a->mem);
    rwg__buf_char(&key, (char)('0' + (int)place));
    rwg__buf_add(&key, path);
    uint32_t *at = rwg__strmap_find(&a->by_path, rwg__buf_str(&key));
    if (!at) {
        rwg__buf address;
        rwg__buf_init(&address, a->mem);
        make_address(a, place, path, id, &address);
        *rwg__vec_push(&a->addresses, a->mem) = rwg__arena_str(&a->arena, rwg__buf_str(&address));
        rwg__buf_deinit(&address);
        rwg_str kept = rwg__arena_str(&a->arena, rwg__buf_str(&key));
        at = rwg__strmap_put(&a->by_path, kept, NULL);
        *at = a->addresses.len;
    }
    rwg__buf_deinit(&key);
    return a->addresses.ptr[*at - 1];
}
