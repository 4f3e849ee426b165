/* Names and their parts: lists in one array, so that a name may grow at any time. */
#include "style/names.h"

#include "base/hash.h"
#include "base/str.h"

/* `composes` in a chain copies: a hostile file could ask for the square of its size. */
#define PARTS_MAX (1u << 20)

uint32_t rwb__style_name_put(rwb__style *style, rwg_str name) {
    uint32_t *at = rwg__strmap_find(&style->by_name, name);
    if (!at) {
        rwg_str copy = rwg__arena_str(&style->arena, name);
        at = rwg__strmap_put(&style->by_name, copy, NULL);
        *rwg__vec_push(&style->names, style->mem) = (rwb__style_name){.name = copy};
        *at = style->names.len;
    }
    return *at - 1;
}

bool rwb__style_part_add(rwb__style *style, uint32_t name, rwg_str text, rwg_str from) {
    if (style->parts.len >= PARTS_MAX) {
        return false;
    }
    rwb__style_name *owner = &style->names.ptr[name];
    *rwg__vec_push(&style->parts, style->mem) = (rwb__style_part){
        .text = rwg__arena_str(&style->arena, text),
        .from = rwg__arena_str(&style->arena, from),
    };
    if (owner->last) {
        style->parts.ptr[owner->last - 1].next = style->parts.len;
    } else {
        owner->first = style->parts.len;
    }
    owner->last = style->parts.len;
    return true;
}

bool rwb__style_parts_copy(rwb__style *style, uint32_t from, uint32_t to) {
    uint32_t end = style->parts.len; /* a name may compose itself */
    for (uint32_t i = style->names.ptr[from].first; i && i <= end;) {
        rwb__style_part part = style->parts.ptr[i - 1];
        if (!rwb__style_part_add(style, to, part.text, part.from)) {
            return false;
        }
        i = part.next;
    }
    return true;
}

/* "title_3f9a01bc": the hash of the file's name and of this one keeps apart what looks alike when
 * what no identifier may have has become "_". */
rwg_str rwb__style_local(rwb__style *style, rwg_str scope, rwg_str name) {
    uint32_t at = rwb__style_name_put(style, name);
    bool is_new = style->names.ptr[at].first == 0;
    if (style->names.ptr[at].is_local) {
        return style->parts.ptr[style->names.ptr[at].first - 1].text;
    }
    rwg__hasher *h = rwg__hasher_new(style->mem);
    rwg__hasher_str(h, scope);
    rwg__hasher_str(h, name);
    char hex[33];
    rwg__hash_hex(rwg__hasher_finish(h), hex);
    rwg__hasher_free(h, style->mem);
    rwg__buf text;
    rwg__buf_init(&text, style->mem);
    for (uint32_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                      (unsigned char)c >= 0x80;
        bool later = (c >= '0' && c <= '9') || c == '-';
        if (i == 0 && !letter) {
            rwg__buf_char(&text, '_');
        }
        rwg__buf_char(&text, letter || later ? c : '_');
    }
    rwg__buf_printf(&text, "_%.8s", hex);
    if (is_new) { /* else a value has the name, and :export and @value say what is exported */
        style->names.ptr[at].is_local =
            rwb__style_part_add(style, at, rwg__buf_str(&text), RWG_STR(""));
    }
    rwg_str result = rwg__arena_str(&style->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return result;
}
