/* The JSON columns of a file's row: lists of short lists, written so that views can read them with
 * json_each and so that loading needs one pass over the text.
 *
 * Numbers come first and text last where text is rare, and zeros at the end of a list are left out:
 * an ordinary link is
 * "[3,7,1234]". Text is any bytes: those that are not UTF-8 are written as the escapes \udc80 to
 * \udcff (halves of surrogate pairs, which no valid text has), and read back as the bytes they
 * were. */
#include "store/rows.h"

#include <limits.h>

/* --- writing --- */

static void put_number(rwg__buf *out, int64_t value) {
    char digits[24];
    uint32_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        digits[--at] = '-';
    }
    rwg__buf_add(out, (rwg_str){digits + at, (uint32_t)sizeof digits - at});
}

static void put_escape(rwg__buf *out, uint32_t unit) {
    static const char digits[] = "0123456789abcdef";
    const char text[] = {
        '\\',
        'u',
        digits[unit >> 12 & 15],
        digits[unit >> 8 & 15],
        digits[unit >> 4 & 15],
        digits[unit & 15]};
    rwg__buf_add(out, (rwg_str){text, sizeof text});
}

/* Length of the run at `at` that can be copied as it is. */
static uint32_t plain_run(rwg_str text, uint32_t at) {
    uint32_t end = at;
    while (end < text.len) {
        unsigned char byte = (unsigned char)text.ptr[end];
        bool ascii = byte >= 0x20 && byte < 0x80;
        uint32_t len = ascii ? 1 : rwg__utf8_sequence(rwg__str_from(text, end));
        if (len == 0 || byte < 0x20 || byte == '"' || byte == '\\') {
            break;
        }
        end += len;
    }
    return end - at;
}

static void put_string(rwg__buf *out, rwg_str text) {
    rwg__buf_char(out, '"');
    for (uint32_t at = 0; at < text.len;) {
        uint32_t run = plain_run(text, at);
        rwg__buf_add(out, rwg__str_sub(text, at, at + run));
        at += run;
        if (at == text.len) {
            break;
        }
        unsigned char byte = (unsigned char)text.ptr[at++];
        if (byte == '"' || byte == '\\') {
            rwg__buf_char(out, '\\');
            rwg__buf_char(out, (char)byte);
        } else {
            put_escape(out, byte < 0x20 ? byte : 0xDC00u + byte);
        }
    }
    rwg__buf_char(out, '"');
}

/* "n,n,n" up to the last number that is not zero, but at least one. */
static void put_numbers(rwg__buf *out, const int64_t *values, uint32_t count) {
    while (count > 1 && values[count - 1] == 0) {
        count--;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            rwg__buf_char(out, ',');
        }
        put_number(out, values[i]);
    }
}

static void next_item(rwg__buf *out, uint32_t index) {
    if (index > 0) {
        rwg__buf_char(out, ',');
    }
}

void rwg__links_encode(rwg__buf *out, const rwg__stored_link *links, uint32_t count) {
    rwg__buf_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        const rwg__stored_link *link = &links[i];
        const int64_t values[] = {
            link->import == RWG_NO_IMPORT ? -1 : (int64_t)link->import,
            link->env_mask,
            link->target,
            link->outcome,
            link->kind,
            link->flags,
            link->target_env,
        };
        const uint32_t all = sizeof values / sizeof values[0];
        next_item(out, i);
        rwg__buf_char(out, '[');
        if (link->text.len == 0) {
            put_numbers(out, values, all);
        } else {
            for (uint32_t v = 0; v < all; v++) {
                put_number(out, values[v]);
                rwg__buf_char(out, ',');
            }
            put_string(out, link->text);
        }
        rwg__buf_char(out, ']');
    }
    rwg__buf_char(out, ']');
}

void rwg__ids_encode(rwg__buf *out, const uint32_t *ids, uint32_t count) {
    rwg__buf_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        next_item(out, i);
        put_number(out, ids[i]);
    }
    rwg__buf_char(out, ']');
}

void rwg__strings_encode(rwg__buf *out, const rwg_str *strings, uint32_t count) {
    rwg__buf_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        next_item(out, i);
        put_string(out, strings[i]);
    }
    rwg__buf_char(out, ']');
}

/* A list that begins with text. */
static void put_titled(rwg__buf *out, rwg_str text, const int64_t *values, uint32_t count) {
    rwg__buf_char(out, '[');
    put_string(out, text);
    while (count > 0 && values[count - 1] == 0) {
        count--;
    }
    if (count > 0) {
        rwg__buf_char(out, ',');
        put_numbers(out, values, count);
    }
    rwg__buf_char(out, ']');
}

void rwg__imports_encode(rwg__buf *out, const rwg_module *module) {
    uint32_t count = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &count) : NULL;
    rwg__buf_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        const int64_t values[] = {imports[i].line, imports[i].kind, imports[i].flags};
        next_item(out, i);
        put_titled(out, rwg_module_str(module, imports[i].specifier), values, 3);
    }
    rwg__buf_char(out, ']');
}

void rwg__problems_encode(rwg__buf *out, const rwg_module *module) {
    uint32_t count = 0;
    const rwg_module_diag *diags = module ? rwg_module_diags(module, &count) : NULL;
    if (count == 0) {
        return; /* the column is NULL then */
    }
    rwg__buf_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        const int64_t values[] = {
            diags[i].code, diags[i].severity, diags[i].span.start, diags[i].span.end};
        next_item(out, i);
        put_titled(out, rwg_module_str(module, diags[i].message), values, 4);
    }
    rwg__buf_char(out, ']');
}

/* --- reading --- */

typedef struct reader {
    const char *at;
    const char *end;
    bool bad; /* set by the first thing that is not as it should be */
} reader;

static reader start(rwg_str json) {
    return (reader){json.ptr, json.ptr + json.len, false};
}

static bool take(reader *r, char c) {
    if (r->at < r->end && *r->at == c) {
        r->at++;
        return true;
    }
    return false;
}

static void expect(reader *r, char c) {
    if (!take(r, c)) {
        r->bad = true;
    }
}

static int64_t take_number(reader *r) {
    bool negative = take(r, '-');
    const char *first = r->at;
    int64_t value = 0;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && r->at - first < 11) {
        value = value * 10 + (*r->at++ - '0');
    }
    if (r->at == first) {
        r->bad = true;
    }
    return negative ? -value : value;
}

static uint32_t take_u32(reader *r, uint32_t max) {
    int64_t value = take_number(r);
    if (value < 0 || value > (int64_t)max) {
        r->bad = true;
        return 0;
    }
    return (uint32_t)value;
}

/* The byte behind "\uXXXX": a control character, or one that was not UTF-8. */
static char take_escape(reader *r) {
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        if (r->at >= r->end) {
            r->bad = true;
            return 0;
        }
        char c = *r->at;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                                                : 16;
        r->bad |= digit > 15;
        unit = unit << 4 | (digit & 15);
    }
    if (unit >= 0xDC80 && unit <= 0xDCFF) {
        return (char)(unsigned char)(unit - 0xDC00);
    }
    r->bad |= unit >= 0x20;
    return (char)unit;
}

static rwg_str take_string(reader *r, rwg__arena *arena) {
    expect(r, '"');
    const char *first = r->at;
    while (r->at < r->end && *r->at != '"') {
        r->at += *r->at == '\\' && r->end - r->at > 1 ? 2 : 1;
    }
    if (r->bad || r->at >= r->end) {
        r->bad = true;
        return (rwg_str){0};
    }
    reader inner = {first, r->at, false};
    char *text = rwg__arena_alloc(arena, (size_t)(inner.end - inner.at) + 1);
    uint32_t len = 0;
    while (inner.at < inner.end) {
        if (!take(&inner, '\\')) {
            text[len++] = *inner.at++;
        } else if (take(&inner, 'u')) {
            text[len++] = take_escape(&inner);
        } else {
            inner.bad |= *inner.at != '"' && *inner.at != '\\';
            text[len++] = *inner.at++;
        }
    }
    text[len] = '\0';
    r->bad |= inner.bad;
    r->at++;
    return (rwg_str){text, len};
}

/* More items can follow in a list of which `count` were read; takes the separator. */
static bool more(reader *r, uint32_t count) {
    if (r->bad || take(r, ']')) {
        return false;
    }
    if (count > 0) {
        expect(r, ',');
    }
    return !r->bad;
}

static rwg__stored_link take_link(reader *r, rwg__arena *arena) {
    int64_t values[7] = {0};
    static const uint32_t max[7] = {
        RWG_LIMIT_IMPORTS,
        UINT16_MAX,
        RWG__STORED_ID_MAX,
        UINT8_MAX,
        UINT8_MAX,
        UINT8_MAX,
        UINT16_MAX};
    rwg__stored_link link = {0};
    expect(r, '[');
    for (uint32_t i = 0; more(r, i); i++) {
        if (i == 7) {
            link.text = take_string(r, arena);
        } else if (i < 7) {
            values[i] = take_number(r);
            r->bad |= values[i] > (int64_t)max[i] || values[i] < (i == 0 ? -1 : 0);
        } else {
            r->bad = true;
        }
    }
    link.import = values[0] < 0 ? RWG_NO_IMPORT : (uint32_t)values[0];
    link.env_mask = (uint16_t)values[1];
    link.target = (uint32_t)values[2];
    link.outcome = (uint8_t)values[3];
    link.kind = (uint8_t)values[4];
    link.flags = (uint8_t)values[5];
    link.target_env = (uint16_t)values[6];
    return link;
}

/* An upper bound for the items of a list, so that one allocation holds them: all that opens or
 * separates. */
static uint32_t count_bytes(rwg_str json, char byte) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < json.len; i++) {
        count += json.ptr[i] == byte;
    }
    return count;
}

bool rwg__links_decode(
    rwg__arena *arena, rwg_str json, const rwg__stored_link **out, uint32_t *out_count
) {
    reader r = start(json);
    rwg__stored_link *links =
        rwg__arena_alloc(arena, ((size_t)count_bytes(json, '[') + 1) * sizeof *links);
    uint32_t count = 0;
    expect(&r, '[');
    while (more(&r, count)) {
        links[count] = take_link(&r, arena);
        count++;
    }
    *out = links;
    *out_count = count;
    return !r.bad && r.at == r.end;
}

bool rwg__ids_decode(rwg__arena *arena, rwg_str json, const uint32_t **out, uint32_t *out_count) {
    reader r = start(json);
    uint32_t *ids = rwg__arena_alloc(arena, ((size_t)count_bytes(json, ',') + 1) * sizeof *ids);
    uint32_t count = 0;
    expect(&r, '[');
    while (more(&r, count)) {
        ids[count++] = take_u32(&r, UINT32_MAX);
    }
    *out = ids;
    *out_count = count;
    return !r.bad && r.at == r.end;
}

bool rwg__strings_decode(
    rwg__arena *arena, rwg_str json, const rwg_str **out, uint32_t *out_count
) {
    reader r = start(json);
    rwg_str *strings =
        rwg__arena_alloc(arena, ((size_t)count_bytes(json, ',') + 1) * sizeof *strings);
    uint32_t count = 0;
    expect(&r, '[');
    while (more(&r, count)) {
        strings[count++] = take_string(&r, arena);
    }
    *out = strings;
    *out_count = count;
    return !r.bad && r.at == r.end;
}
