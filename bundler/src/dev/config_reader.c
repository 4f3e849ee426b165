/* Tables of fields, values of the plain types, and where in the text a mistake is. */
#include "dev/config_reader.h"

#include "base/buf.h"
#include "base/str.h"

#include <stdio.h>

/* A key that differs in so many places from a known one, or more, is not meant to be it. */
#define FAR_AWAY 4

/* --- mistakes --- */

/* Moves over a string, quotes included, or a comment; false when *at is at neither. */
static bool skip_opaque(rwg_str text, uint32_t *at) {
    rwg_str rest = rwg__str_from(text, *at);
    uint32_t i = 1;
    if (rest.ptr[0] == '"') {
        while (i < rest.len && rest.ptr[i] != '"') {
            i += rest.ptr[i] == '\\' ? 2 : 1;
        }
    } else if (rwg__str_starts(rest, RWG_STR("//"))) {
        i = rwg__str_index(rest, '\n');
    } else if (rwg__str_starts(rest, RWG_STR("/*"))) {
        i = 3;
        while (i < rest.len && !(rest.ptr[i - 1] == '*' && rest.ptr[i] == '/')) {
            i++;
        }
    } else {
        return false;
    }
    *at = i < rest.len ? *at + i + 1 : text.len;
    return true;
}

/* Is the string from `start` to `end`, quotes included, a key, and this one? Of escapes those are
 * known that stand for themselves: a key with others is not found. */
static bool is_key(rwg_str text, uint32_t start, uint32_t end, rwg_str key) {
    uint32_t at = 0;
    for (uint32_t i = start + 1; i + 1 < end; i++) {
        i += text.ptr[i] == '\\' ? 1 : 0;
        if (at == key.len || text.ptr[i] != key.ptr[at++]) {
            return false;
        }
    }
    while (end < text.len && (text.ptr[end] == ' ' || text.ptr[end] == '\t' ||
                              text.ptr[end] == '\r' || text.ptr[end] == '\n')) {
        end++;
    }
    return at == key.len && end < text.len && text.ptr[end] == ':';
}

/* The line of the key that is being read, or of the nearest one above that is found. The text is
 * known to be well formed, so a key is told by its level alone, one level after the other. */
static uint32_t line_of(const rwb__config_reader *r) {
    uint32_t found = 0; /* keys, from the top */
    uint32_t depth = 0;
    uint32_t place = 0;
    for (uint32_t i = 0; i < r->text.len && found < r->depth;) {
        uint32_t start = i;
        char c = r->text.ptr[i];
        if (skip_opaque(r->text, &i)) {
            if (c == '"' && depth == found + 1 && is_key(r->text, start, i, r->keys[found])) {
                place = start;
                found++;
            }
            continue;
        }
        depth += c == '{' || c == '[' ? 1 : 0;
        depth -= c == '}' || c == ']' ? 1 : 0;
        i++;
    }
    uint32_t line = 1;
    for (uint32_t i = 0; i < place; i++) {
        line += r->text.ptr[i] == '\n' ? 1 : 0;
    }
    return line;
}

/* Letters alone: behind a dot, others go into brackets. */
static bool is_name(rwg_str key) {
    for (uint32_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
            return false;
        }
    }
    return key.len > 0;
}

rwg_status rwb__config_mistake(const rwb__config_reader *r, const char *what) {
    rwg__buf name;
    rwg__buf_init(&name, r->arena->mem);
    for (uint32_t i = 0; i < r->depth; i++) {
        rwg_str key = r->keys[i];
        const char *format = !is_name(key) ? "[\"%.*s\"]" : i > 0 ? ".%.*s" : "%.*s";
        rwg__buf_printf(&name, format, (int)key.len, key.ptr);
    }
    rwg_status status = rwg__error(
        r->err,
        RWG_SYNTAX,
        r->path,
        "line %u: %.*s %s",
        line_of(r),
        (int)name.bytes.len,
        name.bytes.ptr,
        what
    );
    rwg__buf_deinit(&name);
    return status;
}

/* --- tables --- */

rwg_str rwb__config_key(const rwb__config_reader *r) {
    return r->keys[r->depth - 1];
}

rwg_status rwb__config_read(
    rwb__config_reader *r, rwg_str key, const rwg__json *value, rwb__config_field field
) {
    RWG_ASSERT(r->depth < RWB__CONFIG_DEPTH);
    r->keys[r->depth++] = key;
    rwg_status status = field.read(r, value, field.out);
    r->depth--;
    return status;
}

/* The nearest of the known keys, else all of them. */
static rwg_status unknown_key(rwb__config_reader *r, const rwg__json *value, void *out) {
    const rwb__config_field *const *fields = out;
    const char *near = NULL;
    uint32_t nearest = FAR_AWAY;
    (void)value;
    rwg__buf text;
    rwg__buf_init(&text, r->arena->mem);
    rwg__buf_add(&text, RWG_STR("is no option; there are "));
    for (const rwb__config_field *f = *fields; f->key; f++) {
        uint32_t distance = rwg__str_distance(rwb__config_key(r), rwg__str_c(f->key), FAR_AWAY);
        if (distance < nearest) {
            nearest = distance;
            near = f->key;
        }
        rwg__buf_printf(&text, f == *fields ? "%s" : ", %s", f->key);
    }
    if (near) {
        rwg__buf_clear(&text);
        rwg__buf_printf(&text, "is no option; did you mean \"%s\"?", near);
    }
    rwg__buf_char(&text, '\0');
    rwg_status status = rwb__config_mistake(r, text.bytes.ptr);
    rwg__buf_deinit(&text);
    return status;
}

rwg_status rwb__config_fields(
    rwb__config_reader *r,
    const rwg__json *object,
    const rwb__config_field *fields,
    const char *what
) {
    if (object->type != RWG__JSON_OBJECT) {
        return rwb__config_mistake(r, what);
    }
    rwg_status status = RWG_OK;
    for (uint32_t i = 0; i < object->count && status == RWG_OK; i++) {
        const rwb__config_field *f = fields;
        while (f->key && !rwg__str_eq_c(object->keys[i], f->key)) {
            f++;
        }
        rwb__config_field unknown = {NULL, unknown_key, &fields};
        status = rwb__config_read(r, object->keys[i], &object->items[i], f->key ? *f : unknown);
    }
    return status;
}

/* --- values --- */

bool rwb__config_is_bool(const rwg__json *value) {
    return value->type == RWG__JSON_TRUE || value->type == RWG__JSON_FALSE;
}

rwg_status rwb__config_bool(rwb__config_reader *r, const rwg__json *value, void *out_bool) {
    if (!rwb__config_is_bool(value)) {
        return rwb__config_mistake(r, "must be true or false");
    }
    *(bool *)out_bool = value->type == RWG__JSON_TRUE;
    return RWG_OK;
}

rwg_status rwb__config_text(rwb__config_reader *r, const rwg__json *value, void *out_str) {
    if (value->type != RWG__JSON_STRING || value->string.len == 0) {
        return rwb__config_mistake(r, "must be a text that is not empty");
    }
    *(rwg_str *)out_str = value->string;
    return RWG_OK;
}

rwg_status rwb__config_number(
    rwb__config_reader *r, const rwg__json *value, uint32_t most, uint32_t *out_number
) {
    double number = value->type == RWG__JSON_NUMBER ? value->number : -1;
    if (number < 1 || number > most || number != (double)(uint32_t)number) {
        char text[80];
        (void)snprintf(text, sizeof text, "must be a whole number from 1 to %u", most);
        return rwb__config_mistake(r, text);
    }
    *out_number = (uint32_t)number;
    return RWG_OK;
}

bool rwb__config_texts(
    rwb__config_reader *r, const rwg__json *value, const rwg_str **out_items, uint32_t *out_count
) {
    if (value->type != RWG__JSON_ARRAY) {
        return false;
    }
    rwg_str *items = rwg__arena_alloc(r->arena, value->count * sizeof *items);
    for (uint32_t i = 0; i < value->count; i++) {
        items[i] = rwg__json_string(&value->items[i]);
        if (items[i].len == 0) {
            return false;
        }
    }
    *out_items = items;
    *out_count = value->count;
    return true;
}
