/* .env files: an assignment parser, an expander without recursion, and the order of the files. */
#include "serve/env_files.h"

#include "base/buf.h"
#include "base/fsutil.h"
#include "base/path.h"

#include <string.h>

/* A value grows by expansion up to here. */
#define VALUE_BYTES (64u * 1024)
/* Values inside values, defaults inside defaults. */
#define EXPAND_DEPTH 64

extern char **environ;

/* ── The table ───────────────────────────────────────────────────────────────────────────────── */

void rwb__env_init(rwb__env *env, rwg__mem *mem) {
    *env = (rwb__env){0};
    rwg__arena_init(&env->arena, mem);
}

void rwb__env_deinit(rwb__env *env) {
    rwg__mem_free(env->arena.mem, env->vars, env->cap * sizeof *env->vars);
    rwg__arena_deinit(&env->arena);
}

/* Where the name is, or belongs. */
static uint32_t find(const rwb__env *env, rwg_str name, bool *out_found) {
    uint32_t low = 0;
    uint32_t high = env->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = rwg__str_compare(env->vars[middle].name, name);
        if (order == 0) {
            *out_found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *out_found = false;
    return low;
}

void rwb__env_set(rwb__env *env, rwg_str name, rwg_str value) {
    bool found;
    uint32_t at = find(env, name, &found);
    rwg_str copy = rwg__arena_str(&env->arena, value);
    if (found) {
        env->vars[at].value = copy;
        return;
    }
    if (env->count == env->cap) {
        uint32_t cap = env->cap ? env->cap * 2 : 32;
        env->vars = rwg__mem_resize(
            env->arena.mem, env->vars, env->cap * sizeof *env->vars, cap * sizeof *env->vars
        );
        env->cap = cap;
    }
    memmove(env->vars + at + 1, env->vars + at, (env->count - at) * sizeof *env->vars);
    env->vars[at] = (rwb__var){rwg__arena_str(&env->arena, name), copy};
    env->count++;
}

const rwg_str *rwb__env_get(const rwb__env *env, rwg_str name) {
    bool found;
    uint32_t at = find(env, name, &found);
    return found ? &env->vars[at].value : NULL;
}

void rwb__env_process(rwb__env *env) {
    for (char **entry = environ; entry && *entry; entry++) {
        rwg_str text = rwg__str_c(*entry);
        uint32_t equals = rwg__str_index(text, '=');
        if (equals > 0 && equals < text.len) {
            rwb__env_set(env, rwg__str_sub(text, 0, equals), rwg__str_from(text, equals + 1));
        }
    }
}

/* ── Parsing ─────────────────────────────────────────────────────────────────────────────────── */

static bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

static bool is_line_end(char c) {
    return c == '\n' || c == '\r';
}

static uint32_t skip_blanks(rwg_str text, uint32_t at) {
    while (at < text.len && is_blank(text.ptr[at])) {
        at++;
    }
    return at;
}

static uint32_t line_end(rwg_str text, uint32_t at) {
    while (at < text.len && !is_line_end(text.ptr[at])) {
        at++;
    }
    return at;
}

/* Where the quote that opens at `at` closes, or text.len. A quote behind a backslash does not. */
static uint32_t closing_quote(rwg_str text, uint32_t at) {
    char quote = text.ptr[at];
    for (uint32_t i = at + 1; i < text.len; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len && text.ptr[i + 1] == quote) {
            i++;
        } else if (text.ptr[i] == quote) {
            return i;
        }
    }
    return text.len;
}

/* What stands between double quotes: \n and \r are what they are in C, the rest stays. */
static rwg_str unescape(rwg__arena *arena, rwg_str text) {
    char *out = rwg__arena_alloc(arena, (size_t)text.len + 1);
    uint32_t len = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        char next = i + 1 < text.len ? text.ptr[i + 1] : '\0';
        if (text.ptr[i] == '\\' && (next == 'n' || next == 'r')) {
            out[len++] = next == 'n' ? '\n' : '\r';
            i++;
        } else {
            out[len++] = text.ptr[i];
        }
    }
    return (rwg_str){out, len};
}

/* The value that begins at `at`; *next is where the line goes on. */
static rwg_str take_value(rwb__env *env, rwg_str text, uint32_t at, uint32_t *next) {
    char quote = at < text.len ? text.ptr[at] : '\0';
    if (quote == '"' || quote == '\'' || quote == '`') {
        uint32_t end = closing_quote(text, at);
        // Behind the closing quote only a comment may follow; else the quote is a plain character.
        uint32_t after = end < text.len ? skip_blanks(text, end + 1) : end;
        if (end < text.len &&
            (after == text.len || text.ptr[after] == '#' || is_line_end(text.ptr[after]))) {
            *next = end + 1;
            rwg_str inner = rwg__str_sub(text, at + 1, end);
            return quote == '"' ? unescape(&env->arena, inner) : inner;
        }
    }
    uint32_t end = at;
    while (end < text.len && !is_line_end(text.ptr[end]) && text.ptr[end] != '#') {
        end++;
    }
    *next = end;
    while (end > at && is_blank(text.ptr[end - 1])) {
        end--;
    }
    return rwg__str_sub(text, at, end);
}

/* One line from `at`; returns where the next one begins. */
static uint32_t take_line(rwb__env *env, rwg_str text, uint32_t at) {
    rwg_str word = RWG_STR("export");
    at = skip_blanks(text, at);
    rwg_str rest = rwg__str_from(text, at);
    if (rwg__str_starts(rest, word) && rest.len > word.len && is_blank(rest.ptr[word.len])) {
        at = skip_blanks(text, at + word.len);
    }
    uint32_t name_end = at;
    while (name_end < text.len && is_name_char(text.ptr[name_end])) {
        name_end++;
    }
    rwg_str name = rwg__str_sub(text, at, name_end);
    uint32_t equals = skip_blanks(text, name_end);
    bool colon =
        name_end + 1 < text.len && text.ptr[name_end] == ':' && is_blank(text.ptr[name_end + 1]);
    if (name.len == 0 || equals == text.len || (text.ptr[equals] != '=' && !colon)) {
        at = line_end(text, at);
    } else {
        rwg_str value = take_value(env, text, skip_blanks(text, equals + 1), &at);
        rwb__env_set(env, name, value);
        at = line_end(text, at);
    }
    while (at < text.len && is_line_end(text.ptr[at])) {
        at++;
    }
    return at;
}

void rwb__env_parse(rwb__env *env, rwg_str text) {
    rwg_str mark = RWG_STR("\xef\xbb\xbf");
    uint32_t at = rwg__str_starts(text, mark) ? mark.len : 0;
    while (at < text.len) {
        at = take_line(env, text, at);
    }
}

/* ── Expanding ───────────────────────────────────────────────────────────────────────────────── */

/* A text under expansion: the value of a variable, or a default. */
typedef struct frame {
    rwg_str text;
    uint32_t at;
    uint32_t var;  /* index, or UINT32_MAX for a default */
    rwg__buf *out; /* of the variable that it is part of */
} frame;

typedef struct expansion {
    rwb__env *env;
    const rwb__env *first;
    uint8_t *state; /* by variable */
    frame frames[EXPAND_DEPTH];
    rwg__buf bufs[EXPAND_DEPTH];
    uint32_t depth;
} expansion;

enum {
    UNTOUCHED,
    UNDER_WAY,
    EXPANDED,
};

/* $NAME, ${NAME}, ${NAME:-default}, ${NAME-default} */
typedef struct reference {
    rwg_str name;
    rwg_str fallback;
    bool has_fallback;
    bool empty_too; /* ":-" */
    uint32_t end;
} reference;

static uint32_t word_end(rwg_str text, uint32_t at) {
    while (at < text.len && is_name_char(text.ptr[at]) && text.ptr[at] != '.' && text.ptr[at] != '-'
    ) {
        at++;
    }
    return at;
}

/* The brace that closes the one before `at`, or text.len. */
static uint32_t closing_brace(rwg_str text, uint32_t at) {
    uint32_t depth = 1;
    for (; at < text.len; at++) {
        if (text.ptr[at] == '{') {
            depth++;
        } else if (text.ptr[at] == '}' && --depth == 0) {
            break;
        }
    }
    return at;
}

/* Reads the reference at the dollar; false when it is none. */
static bool read_reference(rwg_str text, uint32_t at, reference *out) {
    *out = (reference){0};
    bool brace = at + 1 < text.len && text.ptr[at + 1] == '{';
    uint32_t start = at + (brace ? 2 : 1);
    uint32_t end = word_end(text, start);
    out->name = rwg__str_sub(text, start, end);
    out->end = end;
    if (out->name.len == 0 || !brace) {
        return out->name.len > 0;
    }
    uint32_t close = closing_brace(text, end);
    if (close == text.len) {
        return false;
    }
    out->end = close + 1;
    rwg_str rest = rwg__str_sub(text, end, close);
    out->empty_too = rwg__str_starts(rest, RWG_STR(":-"));
    out->has_fallback = out->empty_too || rwg__str_starts(rest, RWG_STR("-"));
    if (out->has_fallback) {
        out->fallback = rwg__str_from(rest, out->empty_too ? 2 : 1);
    }
    return rest.len == 0 || out->has_fallback;
}

static void push(expansion *e, rwg_str text, uint32_t var, rwg__buf *out) {
    RWG_ASSERT(e->depth < EXPAND_DEPTH);
    e->frames[e->depth++] = (frame){text, 0, var, out};
}

static void append(rwg__buf *out, rwg_str text) {
    if (out->bytes.len + (uint64_t)text.len <= VALUE_BYTES) {
        rwg__buf_add(out, text);
    }
}

/* Puts in what the name means. True when a frame was pushed for it, false when it is done. With
 * `again`, the variable has been expanded by then. */
static bool resolve(expansion *e, const reference *r, rwg__buf *out, bool *again) {
    const rwg_str *value = e->first ? rwb__env_get(e->first, r->name) : NULL;
    *again = false;
    if (!value) {
        bool found;
        uint32_t var = find(e->env, r->name, &found);
        if (found && e->state[var] == UNTOUCHED && e->depth < EXPAND_DEPTH) {
            e->state[var] = UNDER_WAY;
            rwg__buf_clear(&e->bufs[e->depth]);
            push(e, e->env->vars[var].value, var, &e->bufs[e->depth]);
            *again = true;
            return true;
        }
        if (found && e->state[var] == EXPANDED) {
            value = &e->env->vars[var].value;
        }
    }
    if (r->has_fallback && (!value || (r->empty_too && value->len == 0))) {
        if (e->depth == EXPAND_DEPTH) {
            return false;
        }
        push(e, r->fallback, UINT32_MAX, out);
        return true;
    }
    if (value) {
        append(out, *value);
    }
    return false;
}

/* Goes on with the innermost text, until it is over or another one is to be done first. */
static void advance(expansion *e) {
    frame *top = &e->frames[e->depth - 1];
    while (top->at < top->text.len) {
        rwg_str text = top->text;
        uint32_t at = top->at;
        reference r;
        bool again;
        if (text.ptr[at] == '\\' && at + 1 < text.len && text.ptr[at + 1] == '$') {
            append(top->out, RWG_STR("$"));
            top->at += 2;
        } else if (text.ptr[at] == '$' && read_reference(text, at, &r)) {
            bool pushed = resolve(e, &r, top->out, &again);
            top->at = again ? at : r.end;
            if (pushed) {
                return;
            }
        } else {
            append(top->out, rwg__str_sub(text, at, at + 1));
            top->at++;
        }
    }
    e->depth--;
    if (top->var != UINT32_MAX) {
        e->state[top->var] = EXPANDED;
        e->env->vars[top->var].value = rwg__arena_str(&e->env->arena, rwg__buf_str(top->out));
    }
}

void rwb__env_expand(rwb__env *env, const rwb__env *first) {
    rwg__mem *mem = env->arena.mem;
    expansion *e = rwg__mem_zalloc(mem, sizeof *e);
    e->env = env;
    e->first = first;
    e->state = rwg__mem_zalloc(mem, (size_t)env->count + 1);
    for (uint32_t i = 0; i < EXPAND_DEPTH; i++) {
        rwg__buf_init(&e->bufs[i], mem);
    }
    for (uint32_t i = 0; i < env->count; i++) {
        if (e->state[i] == UNTOUCHED) {
            e->state[i] = UNDER_WAY;
            rwg__buf_clear(&e->bufs[0]);
            push(e, env->vars[i].value, i, &e->bufs[0]);
        }
        while (e->depth > 0) {
            advance(e);
        }
    }
    for (uint32_t i = 0; i < EXPAND_DEPTH; i++) {
        rwg__buf_deinit(&e->bufs[i]);
    }
    rwg__mem_free(mem, e->state, (size_t)env->count + 1);
    rwg__mem_free(mem, e, sizeof *e);
}

/* ── Files ───────────────────────────────────────────────────────────────────────────────────── */

/* Adds a file's variables; one that is not there adds none. */
static rwg_status load_file(const rwg_fs *fs, rwg_str path, rwb__env *env, rwg_error *err) {
    rwg_str text;
    rwg_status status = rwg__fs_read(fs, &env->arena, path, RWB__LIMIT_ENV_BYTES, &text);
    if (status == RWG_OK) {
        rwb__env_parse(env, text);
        return RWG_OK;
    }
    if (status == RWG_NOT_FOUND) {
        return RWG_OK;
    }
    return rwg__error(err, status, path, "cannot read the file of variables");
}

void rwb__env_files(
    rwg_str dir, rwg_str mode, void (*fn)(void *payload, rwg_str path), void *payload
) {
    rwg_str names[4][3] = {
        {RWG_STR(".env")},
        {RWG_STR(".env"), RWG_STR(".local")},
        {RWG_STR(".env."), mode},
        {RWG_STR(".env."), mode, RWG_STR(".local")},
    };
    // A mode is a name: one with a slash would lead elsewhere.
    uint32_t count =
        mode.len > 0 && mode.len < 128 && rwg__str_index(mode, '/') == mode.len ? 4 : 2;
    for (uint32_t i = 0; i < count; i++) {
        rwg__path name = {0};
        rwg__path path;
        for (uint32_t part = 0; part < 3; part++) {
            memcpy(
                name.bytes + name.len,
                names[i][part].ptr ? names[i][part].ptr : "",
                names[i][part].len
            );
            name.len += names[i][part].len;
        }
        if (rwg__path_join(&path, dir, rwg__path_str(&name))) {
            fn(payload, rwg__path_str(&path));
        }
    }
}

typedef struct loading {
    const rwg_fs *fs;
    rwb__env *env;
    rwg_error *err;
    rwg_status status;
} loading;

static void load_one(void *payload, rwg_str path) {
    loading *l = payload;
    if (l->status == RWG_OK) {
        l->status = load_file(l->fs, path, l->env, l->err);
    }
}

static bool is_public(const rwb__env_load_options *options, rwg_str name) {
    static const rwg_str STANDARD[] = {{"VITE_", 5}, {"RWSDK_", 6}};
    const rwg_str *prefixes = options->prefixes ? options->prefixes : STANDARD;
    uint32_t count = options->prefixes ? options->prefix_count : 2;
    for (uint32_t i = 0; i < count; i++) {
        if (rwg__str_starts(name, prefixes[i])) {
            return true;
        }
    }
    return false;
}

static void copy_vars(
    const rwb__env_load_options *options, const rwb__env *from, bool only_public, rwb__env *to
) {
    for (uint32_t i = 0; from && to && i < from->count; i++) {
        if (!only_public || is_public(options, from->vars[i].name)) {
            rwb__env_set(to, from->vars[i].name, from->vars[i].value);
        }
    }
}

rwg_status rwb__env_load(
    const rwb__env_load_options *options, rwb__env *out, rwb__env *out_public, rwg_error *err
) {
    for (uint32_t i = 0; options->prefixes && i < options->prefix_count; i++) {
        if (options->prefixes[i].len == 0) {
            return rwg__error(
                err,
                RWG_INVALID,
                options->dir,
                "an empty envPrefix would send every variable to the browser"
            );
        }
    }
    rwb__env files;
    rwb__env_init(&files, out ? out->arena.mem : out_public->arena.mem);
    loading l = {options->fs, &files, err, RWG_OK};
    if (options->dir.len > 0) {
        rwb__env_files(options->dir, options->mode, load_one, &l);
    }
    if (l.status == RWG_OK) {
        rwb__env_expand(&files, options->process);
        // The process wins, name by name; out has the names of the files only.
        for (uint32_t i = 0; options->process && i < files.count; i++) {
            const rwg_str *value = rwb__env_get(options->process, files.vars[i].name);
            if (value) {
                files.vars[i].value = *value;
            }
        }
        copy_vars(options, &files, false, out);
        copy_vars(options, &files, true, out_public);
        copy_vars(options, options->process, true, out_public);
    }
    rwb__env_deinit(&files);
    return l.status;
}

rwg_status rwb__env_load_dev_vars(
    const rwg_fs *fs, rwg_str dir, rwg_str environment, rwb__env *out, rwg_error *err
) {
    rwg__path path;
    rwg__path name = {9, ".dev.vars"};
    rwg_status status = RWG_OK;
    if (environment.len > 0 && environment.len < 128 &&
        rwg__str_index(environment, '/') == environment.len) {
        name.bytes[name.len++] = '.';
        memcpy(name.bytes + name.len, environment.ptr, environment.len);
        name.len += environment.len;
        rwg_fs_stat info;
        // A file of the environment's own stands in place of the common one, as wrangler has it.
        if (rwg__path_join(&path, dir, rwg__path_str(&name)) &&
            fs->stat(fs->self, rwg__path_str(&path), &info) == RWG_OK && info.kind == RWG_FS_FILE) {
            return load_file(fs, rwg__path_str(&path), out, err);
        }
    }
    if (rwg__path_join(&path, dir, RWG_STR(".dev.vars"))) {
        status = load_file(fs, rwg__path_str(&path), out, err);
    }
    return status;
}
