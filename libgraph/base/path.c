/* Paths as text. See path.h. Globs are in glob.c. */
#include "base/path.h"

bool rwg__path_is_absolute(rwg_str path) {
    return path.len > 0 && path.ptr[0] == '/';
}

/* Takes the last part off; false when there is none, or when it is a ".." that must stay. */
static bool pop_part(rwg__path *out) {
    rwg_str text = rwg__path_str(out);
    rwg_str last = rwg__path_basename(text);
    if (last.len == 0 || rwg__str_eq_c(last, "..")) {
        return false;
    }
    uint32_t len = out->len - last.len;
    out->len = len > 1 ? len - 1 : len; /* the slash too, but not the root's */
    return true;
}

static bool push_part(rwg__path *out, rwg_str part) {
    bool slash = out->len > 0 && out->bytes[out->len - 1] != '/';
    if ((uint64_t)out->len + slash + part.len >= sizeof out->bytes) {
        return false;
    }
    if (slash) {
        out->bytes[out->len++] = '/';
    }
    /* The part may lie further on in the same buffer (the base of join). */
    memmove(out->bytes + out->len, part.ptr, part.len);
    out->len += part.len;
    return true;
}

static bool push_parts(rwg__path *out, rwg_str path) {
    uint32_t at = 0;
    while (at < path.len) {
        rwg_str rest = rwg__str_from(path, at);
        rwg_str part = rwg__str_sub(rest, 0, rwg__str_index(rest, '/'));
        at += part.len + 1;
        if (part.len == 0 || rwg__str_eq_c(part, ".")) {
            continue;
        }
        if (rwg__str_eq_c(part, "..") &&
            (pop_part(out) || rwg__path_is_absolute(rwg__path_str(out)))) {
            continue;
        }
        if (!push_part(out, part)) {
            return false;
        }
    }
    return true;
}

static void finish(rwg__path *out) {
    if (out->len == 0) {
        out->bytes[out->len++] = '.';
    }
    out->bytes[out->len] = '\0';
}

static void start(rwg__path *out, rwg_str path) {
    out->len = 0;
    if (rwg__path_is_absolute(path)) {
        out->bytes[out->len++] = '/';
    }
}

bool rwg__path_normalise(rwg__path *out, rwg_str path) {
    return rwg__path_join(out, RWG_STR(""), path);
}

bool rwg__path_join(rwg__path *out, rwg_str base, rwg_str path) {
    if (rwg__path_is_absolute(path)) {
        base = RWG_STR("");
    }
    start(out, base.len > 0 ? base : path);
    bool fits = push_parts(out, base) && push_parts(out, path);
    if (!fits) {
        out->len = 0;
    }
    finish(out);
    return fits;
}

bool rwg__path_relative(rwg__path *out, rwg_str base, rwg_str target) {
    if (base.len == 1) {
        base.len = 0; /* "/": the slash that follows it is the target's first byte */
    }
    /* The longest common prefix that ends at the end of a part in both. */
    uint32_t common = 0;
    for (uint32_t i = 0; i <= base.len && i <= target.len; i++) {
        bool base_ends = i == base.len || base.ptr[i] == '/';
        bool target_ends = i == target.len || target.ptr[i] == '/';
        if (base_ends && target_ends) {
            common = i;
        }
        if (i < base.len && i < target.len && base.ptr[i] != target.ptr[i]) {
            break;
        }
    }
    out->len = 0;
    bool fits = true;
    for (uint32_t i = common; fits && i < base.len; i++) {
        if (base.ptr[i] == '/') {
            fits = push_part(out, RWG_STR(".."));
        }
    }
    if (fits && common < target.len) {
        rwg_str rest = rwg__str_from(target, common + 1);
        fits = rest.len == 0 || push_part(out, rest);
    }
    if (!fits) {
        out->len = 0;
    }
    finish(out);
    return fits;
}

rwg_str rwg__path_dirname(rwg_str path) {
    uint32_t slash = rwg__str_last_index(path, '/');
    if (slash == path.len) {
        return rwg__str_sub(path, 0, 0);
    }
    return rwg__str_sub(path, 0, slash > 0 ? slash : 1);
}

rwg_str rwg__path_basename(rwg_str path) {
    uint32_t slash = rwg__str_last_index(path, '/');
    return slash == path.len ? path : rwg__str_from(path, slash + 1);
}

rwg_str rwg__path_ext(rwg_str path) {
    rwg_str name = rwg__path_basename(path);
    uint32_t dot = rwg__str_last_index(name, '.');
    if (dot == 0 || rwg__str_eq_c(name, "..")) {
        return rwg__str_from(name, name.len);
    }
    return rwg__str_from(name, dot);
}

bool rwg__path_is_under(rwg_str path, rwg_str dir) {
    if (!rwg__str_starts(path, dir)) {
        return false;
    }
    return path.len == dir.len || dir.len == 0 || dir.ptr[dir.len - 1] == '/' ||
           path.ptr[dir.len] == '/';
}

bool rwg__path_in_node_modules(rwg_str path) {
    static const rwg_str name = {"node_modules", sizeof "node_modules" - 1};
    while (path.len >= name.len) {
        uint32_t end = rwg__str_index(path, '/');
        if (rwg__str_eq(rwg__str_sub(path, 0, end), name)) {
            return true;
        }
        if (end == path.len) {
            return false;
        }
        path = rwg__str_from(path, end + 1);
    }
    return false;
}
