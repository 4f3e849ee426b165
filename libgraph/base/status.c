/* Status names, and filling an error. See rwgraph/status.h. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

const char *rwg_status_name(rwg_status status) {
    switch (status) {
    case RWG_OK: return "ok";
    case RWG_INVALID: return "invalid";
    case RWG_NOT_FOUND: return "not-found";
    case RWG_IO: return "io";
    case RWG_LIMIT: return "limit";
    case RWG_CANCELLED: return "cancelled";
    case RWG_SYNTAX: return "syntax";
    case RWG_STORE: return "store";
    case RWG_BUDGET: return "budget";
    case RWG_ACCESS: return "access";
    case RWG_INTERNAL: return "internal";
    }
    return "unknown";
}

/* The longest prefix of text that is at most max bytes and does not end inside a character. */
static uint32_t cut(rwg_str text, uint32_t max) {
    if (text.len <= max) {
        return text.len;
    }
    uint32_t start = max;
    while (start > 0 && max - start < 4 && ((unsigned char)text.ptr[start] & 0xC0) == 0x80) {
        start--;
    }
    bool whole = start == max || rwg__utf8_sequence(rwg__str_from(text, start)) <= max - start;
    return whole ? max : start;
}

static void copy_cut(char out[RWG_ERROR_TEXT_SIZE], rwg_str text) {
    uint32_t len = cut(text, RWG_ERROR_TEXT_SIZE - 1);
    if (len > 0) {
        memcpy(out, text.ptr, len);
    }
    out[len] = '\0';
}

rwg_status rwg__error(rwg_error *err, rwg_status status, rwg_str path, const char *format, ...) {
    if (!err) {
        return status;
    }
    /* A little longer than what fits, so that cut sees whether a character continues. Arguments may
     * point into err: everything is formatted before anything is written. */
    char text[RWG_ERROR_TEXT_SIZE + 4];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0) {
        len = 0;
    }
    char shown_path[RWG_ERROR_TEXT_SIZE];
    copy_cut(shown_path, path);
    memcpy(err->path, shown_path, sizeof err->path);
    copy_cut(err->text, rwg__str(text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1));
    err->status = status;
    return status;
}
