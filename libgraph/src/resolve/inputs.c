/* Reading the files that decide resolutions. See inputs.h. */
#include "resolve/inputs.h"

#include "base/fsutil.h"
#include "base/limits.h"
#include "base/str.h"

void rwg__inputs_init(rwg__inputs *inputs, rwg__mem *mem, const rwg_fs *fs, rwg__arena *arena) {
    *inputs = (rwg__inputs){.mem = mem, .fs = fs, .arena = arena};
    rwg__strmap_init(&inputs->ids, mem);
    *rwg__vec_push(&inputs->all, mem) = (rwg__input_fact){0};
}

void rwg__inputs_deinit(rwg__inputs *inputs) {
    if (inputs->mem) {
        rwg__vec_free(&inputs->all, inputs->mem);
        rwg__strmap_deinit(&inputs->ids);
    }
}

uint32_t rwg__inputs_find(const rwg__inputs *inputs, rwg_str path) {
    const uint32_t *id = rwg__strmap_find(&inputs->ids, path);
    return id ? *id : 0;
}

uint32_t rwg__inputs_read(rwg__inputs *inputs, rwg_str path, rwg__arena *arena, rwg_str *out_text) {
    uint32_t id = rwg__inputs_find(inputs, path);
    if (!id) {
        id = inputs->all.len;
        *rwg__vec_push(&inputs->all, inputs->mem) =
            (rwg__input_fact){.path = rwg__arena_str(inputs->arena, path)};
        *rwg__strmap_put(&inputs->ids, inputs->all.ptr[id].path, NULL) = id;
    }
    rwg__input_fact *fact = &inputs->all.ptr[id];
    fact->content = (rwg_hash){0};
    fact->stat = (rwg_fs_stat){0};
    fact->checked_ns = rwg__wall_ns();
    const uint32_t limit = RWG_LIMIT_JSON_BYTES;
    *out_text = RWG_STR("");
    /* The stat comes first: a write in between then shows as a difference later. */
    if (inputs->fs->stat(inputs->fs->self, fact->path, &fact->stat) == RWG_OK &&
        rwg__fs_read(inputs->fs, arena, fact->path, limit, out_text) == RWG_OK) {
        fact->content = rwg__hash_bytes(out_text->ptr, out_text->len);
    }
    return id;
}

/* A value whose members are being gone through. */
typedef struct json_frame {
    const rwg__json *from;
    rwg__json *to; /* NULL when hashing */
    uint32_t next;
} json_frame;

/* Gives `to` what `from` is, with room for members that are filled in later. */
static void copy_shell(rwg__arena *arena, rwg__json *to, const rwg__json *from) {
    *to = *from;
    to->string =
        from->type == RWG__JSON_STRING ? rwg__arena_str(arena, from->string) : (rwg_str){NULL, 0};
    to->keys = NULL;
    to->items = NULL;
    if (from->count == 0) {
        return;
    }
    to->items = rwg__arena_zalloc(arena, from->count * sizeof(rwg__json));
    if (from->type == RWG__JSON_OBJECT) {
        rwg_str *keys = rwg__arena_alloc(arena, from->count * sizeof(rwg_str));
        for (uint32_t i = 0; i < from->count; i++) {
            keys[i] = rwg__arena_str(arena, from->keys[i]);
        }
        to->keys = keys;
    }
}

const rwg__json *rwg__json_copy(rwg__arena *arena, const rwg__json *json) {
    if (!json) {
        return NULL;
    }
    rwg__json *top = rwg__arena_alloc(arena, sizeof *top);
    copy_shell(arena, top, json);
    /* The parser refuses deeper documents. */
    json_frame stack[RWG_LIMIT_JSON_DEPTH + 1];
    uint32_t depth = 0;
    stack[depth++] = (json_frame){json, top, 0};
    while (depth > 0) {
        json_frame *frame = &stack[depth - 1];
        if (frame->next == frame->from->count) {
            depth--;
            continue;
        }
        const rwg__json *from = &frame->from->items[frame->next];
        rwg__json *to = (rwg__json *)&frame->to->items[frame->next++];
        copy_shell(arena, to, from);
        if (from->count > 0) {
            RWG_ASSERT(depth <= RWG_LIMIT_JSON_DEPTH);
            stack[depth++] = (json_frame){from, to, 0};
        }
    }
    return top;
}

static void hash_shell(rwg__hasher *hasher, const rwg__json *json) {
    rwg__hasher_u32(hasher, (uint32_t)json->type);
    rwg__hasher_u32(hasher, json->count);
    if (json->type == RWG__JSON_STRING) {
        rwg__hasher_str(hasher, json->string);
    } else if (json->type == RWG__JSON_NUMBER) {
        rwg__hasher_str(hasher, rwg__str((const char *)&json->number, sizeof json->number));
    }
}

void rwg__json_hash(rwg__hasher *hasher, const rwg__json *json) {
    if (!json) {
        rwg__hasher_u32(hasher, UINT32_MAX);
        return;
    }
    hash_shell(hasher, json);
    json_frame stack[RWG_LIMIT_JSON_DEPTH + 1];
    uint32_t depth = 0;
    stack[depth++] = (json_frame){json, NULL, 0};
    while (depth > 0) {
        json_frame *frame = &stack[depth - 1];
        if (frame->next == frame->from->count) {
            depth--;
            continue;
        }
        uint32_t index = frame->next++;
        if (frame->from->type == RWG__JSON_OBJECT) {
            rwg__hasher_str(hasher, frame->from->keys[index]);
        }
        const rwg__json *item = &frame->from->items[index];
        hash_shell(hasher, item);
        if (item->count > 0) {
            RWG_ASSERT(depth <= RWG_LIMIT_JSON_DEPTH);
            stack[depth++] = (json_frame){item, NULL, 0};
        }
    }
}
