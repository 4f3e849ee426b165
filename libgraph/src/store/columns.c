/* The columns of a file's row that hold lists. Those that views read are JSON: lists of short
 * lists, written so that json_each can read them and so that loading needs one pass over the text.
 * The ids of folders, which nobody asks for, are varints.
 *
 * Numbers come first and text last where text is rare, and zeros at the end of a list are left out:
 * an ordinary link is "[7,1234]". Text is any bytes: those that are not UTF-8 are written as the
 * escapes \udc80 to \udcff (halves of surrogate pairs, which no valid text has), and read back as
 * the bytes they were. */
#include "record/varint.h"
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
        int64_t import = link->import == RWG_NO_IMPORT ? -1 : (int64_t)link->import;
        const int64_t values[] = {
            link->env_mask,
            link->target,
            link->outcome,
            link->kind,
            link->flags,
            link->target_env,
            import - i, /* most files have a link for each import */
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
    for (uint32_t i = 0; i < count; i++) {
        rwg__varint_add(out, ids[i]);
    }
}

void rwg__strings_encode(rwg__buf *out, const rwg_str *strings, uint32_t count) {
    rwg__buf_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        next_item(out, i);
        put_string(out, strings[i]);
    }
    rwg__buf_char(out, ']');
}

/* What follows the text that a list begins with. */
static void end_titled(rwg__buf *out, const int64_t *values, uint32_t count) {
    while (count > 0 && values[count - 1] == 0) {
        count--;
    }
    if (count > 0) {
        rwg__buf_char(out, ',');
        put_numbers(out, values, count);
    }
    rwg__buf_char(out, ']');
}

/* A specifier that is shared is written as its number. */
void rwg__imports_encode(rwg__buf *out, const rwg__packed *packed) {
    rwg__buf_char(out, '[');
    for (uint32_t i = 0; i < packed->imports.len; i++) {
        const rwg__packed_import *import = &packed->imports.ptr[i];
        const int64_t values[] = {import->line, import->kind, import->flags};
        next_item(out, i);
        rwg__buf_char(out, '[');
        if (import->shared) {
            put_number(out, import->shared - 1);
        } else {
            put_string(out, import->specifier);
        }
        end_titled(out, values, 3);
    }
    rwg__buf_char(out, ']');
}

void rwg__problems_encode(rwg__buf *out, const rwg__packed *packed) {
    if (packed->problems.len == 0) {
        return; /* the column is NULL then */
    }
    rwg__buf_char(out, '[');
    for (uint32_t i = 0; i < packed->problems.len; i++) {
        const rwg__packed_problem *problem = &packed->problems.ptr[i];
        const int64_t values[] = {
            problem->code, problem->severity, problem->span.start, problem->span.end};
        next_item(out, i);
        rwg__buf_char(out, '[');
        put_string(out, problem->message);
        end_titled(out, values, 4);
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

/* A string that has escapes is written out in arena; any other stays where it is. */
static rwg_str take_string(reader *r, rwg__arena *arena) {
    expect(r, '"');
    const char *first = r->at;
    bool plain = true;
    while (r->at < r->end && *r->at != '"') {
        bool escape = *r->at == '\\';
        plain &= !escape;
        r->at += escape && r->end - r->at > 1 ? 2 : 1;
    }
    if (r->bad || r->at >= r->end) {
        r->bad = true;
        return (rwg_str){0};
    }
    reader inner = {first, r->at, false};
    r->at++;
    if (plain) {
        return (rwg_str){first, (uint32_t)(inner.end - first)};
    }
    char *text = rwg__arena_alloc(arena, (size_t)(inner.end - inner.at));
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
    r->bad |= inner.bad;
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

static rwg__stored_link take_link(reader *r, rwg__arena *arena, uint32_t position) {
    enum {
        NUMBERS = 7
    };

    static const uint32_t max[NUMBERS - 1] = {
        UINT16_MAX, RWG__STORED_ID_MAX, UINT8_MAX, UINT8_MAX, UINT8_MAX, UINT16_MAX};
    int64_t values[NUMBERS] = {0};
    rwg__stored_link link = {0};
    expect(r, '[');
    for (uint32_t i = 0; more(r, i); i++) {
        if (i == NUMBERS) {
            link.text = rwg__arena_str(arena, take_string(r, arena));
        } else if (i < NUMBERS) {
            values[i] = take_number(r);
            r->bad |= i < NUMBERS - 1 && (values[i] < 0 || values[i] > (int64_t)max[i]);
        } else {
            r->bad = true;
        }
    }
    int64_t import = values[NUMBERS - 1] + position;
    r->bad |= import < -1 || import > (int64_t)RWG_LIMIT_IMPORTS;
    link.import = import < 0 ? RWG_NO_IMPORT : (uint32_t)import;
    link.env_mask = (uint16_t)values[0];
    link.target = (uint32_t)values[1];
    link.outcome = (uint8_t)values[2];
    link.kind = (uint8_t)values[3];
    link.flags = (uint8_t)values[4];
    link.target_env = (uint16_t)values[5];
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
        links[count] = take_link(&r, arena, count);
        count++;
    }
    *out = links;
    *out_count = count;
    return !r.bad && r.at == r.end;
}

bool rwg__ids_decode(rwg__arena *arena, rwg_str bytes, const uint32_t **out, uint32_t *out_count) {
    uint32_t *ids = rwg__arena_alloc(arena, (size_t)bytes.len * sizeof *ids);
    uint32_t count = 0;
    uint64_t id = 0;
    bool ok = true;
    while (ok && bytes.len > 0) {
        ok = rwg__varint_take(&bytes, &id) && id <= UINT32_MAX;
        ids[count++] = (uint32_t)id;
    }
    *out = ids;
    *out_count = count;
    return ok;
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

/* Up to `count` numbers behind a list's text, with what they may be at most; those that are left
 * out are 0. */
static void take_values(reader *r, uint32_t *values, const uint32_t *max, uint32_t count) {
    for (uint32_t i = 0; more(r, 1); i++) {
        if (i == count) {
            r->bad = true;
            return;
        }
        values[i] = take_u32(r, max[i]);
    }
}

bool rwg__imports_decode(
    rwg__arena *arena, rwg_str json, const rwg_str *shared, uint32_t shared_count, rwg__packed *out
) {
    static const uint32_t max[] = {UINT32_MAX, UINT8_MAX, UINT8_MAX};
    reader r = start(json);
    expect(&r, '[');
    while (more(&r, out->imports.len)) {
        rwg_str specifier;
        expect(&r, '[');
        if (r.at < r.end && *r.at == '"') {
            specifier = take_string(&r, arena);
        } else {
            uint32_t number = take_u32(&r, UINT32_MAX);
            r.bad |= number >= shared_count;
            specifier = r.bad ? (rwg_str){0} : shared[number];
        }
        uint32_t values[3] = {0};
        take_values(&r, values, max, 3);
        *rwg__vec_push(&out->imports, out->mem) = (rwg__packed_import){
            .specifier = specifier,
            .line = values[0],
            .kind = (uint8_t)values[1],
            .flags = (uint8_t)values[2],
        };
    }
    return !r.bad && r.at == r.end;
}

bool rwg__problems_decode(rwg__arena *arena, rwg_str json, rwg__packed *out) {
    static const uint32_t max[] = {UINT16_MAX, UINT8_MAX, UINT32_MAX, UINT32_MAX};
    reader r = start(json);
    expect(&r, '[');
    while (more(&r, out->problems.len)) {
        expect(&r, '[');
        rwg_str message = take_string(&r, arena);
        uint32_t values[4] = {0};
        take_values(&r, values, max, 4);
        *rwg__vec_push(&out->problems, out->mem) = (rwg__packed_problem){
            .message = message,
            .span = {values[2], values[3]},
            .code = (uint16_t)values[0],
            .severity = (uint8_t)values[1],
        };
    }
    return !r.bad && r.at == r.end;
}
