/* Folders are made absolute here, and everything that a secret could leave by is refused here. */
#include "dev/config_places.h"

#include "base/path.h"
#include "base/str.h"

/* --- where all is served --- */

/* What a browser sends for such a path is the path itself, and it means the same in HTML and CSS.
 */
static bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '-' || c == '_' || c == '.' || c == '~';
}

/* "/", or "/a/b" with or without a slash at the end; no //, no . or .. */
static bool is_base(rwg_str text) {
    bool good = rwg__str_starts(text, RWG_STR("/")) && text.len < RWG_LIMIT_PATH / 2;
    for (uint32_t i = 0; i < text.len && good; i++) {
        good = is_plain(text.ptr[i]);
    }
    rwg__path normal;
    if (good && rwg__str_ends(text, RWG_STR("/")) && text.len > 1) {
        text.len--;
    }
    return good && rwg__path_normalise(&normal, text) && rwg__str_eq(rwg__path_str(&normal), text);
}

rwg_status rwb__config_base(rwb__config_reader *r, const rwg__json *value, void *out_str) {
    rwg_str text = rwg__json_string(value);
    if (!is_base(text)) {
        return rwb__config_mistake(
            r, "must be a path of letters, digits and -_.~ that begins with /: \"/app/\""
        );
    }
    rwg__path path = {0};
    path.len = text.len;
    memcpy(path.bytes, text.ptr, text.len);
    if (!rwg__str_ends(text, RWG_STR("/"))) {
        path.bytes[path.len++] = '/';
    }
    *(rwg_str *)out_str = rwg__arena_str(r->arena, rwg__path_str(&path));
    return RWG_OK;
}

/* --- folders --- */

static rwg_status make_absolute(rwb__config_reader *r, rwg_str text, rwg_str *out) {
    rwg__path path;
    if (!rwg__path_join(&path, r->root, text)) {
        return rwb__config_mistake(r, "names a path that is too long");
    }
    *out = rwg__arena_str(r->arena, rwg__path_str(&path));
    return RWG_OK;
}

rwg_status rwb__config_folder(rwb__config_reader *r, const rwg__json *value, void *out_str) {
    if (value->type == RWG__JSON_FALSE) {
        *(rwg_str *)out_str = RWG_STR("");
        return RWG_OK;
    }
    if (value->type != RWG__JSON_STRING || value->string.len == 0) {
        return rwb__config_mistake(r, "must be a folder, or false for none");
    }
    return make_absolute(r, value->string, out_str);
}

rwg_status rwb__config_public(rwb__config_reader *r, const rwg__json *value, void *out_str) {
    rwg_str *dir = out_str;
    rwg_status status = rwb__config_folder(r, value, dir);
    if (status == RWG_OK && dir->len > 0 && rwg__path_is_under(r->root, *dir)) {
        return rwb__config_mistake(
            r, "holds the project itself; what is in it would be for everybody"
        );
    }
    return status;
}

/* --- names that reach browsers --- */

rwg_status rwb__config_prefixes(rwb__config_reader *r, const rwg__json *value, void *out_config) {
    rwb__dev_config *config = out_config;
    if (value->type == RWG__JSON_STRING && value->string.len > 0) {
        rwg_str *one = rwg__arena_alloc(r->arena, sizeof *one);
        *one = value->string;
        config->env_prefixes = one;
        config->env_prefix_count = 1;
        return RWG_OK;
    }
    if (rwb__config_texts(r, value, &config->env_prefixes, &config->env_prefix_count) &&
        config->env_prefix_count > 0) {
        return RWG_OK;
    }
    return rwb__config_mistake(
        r,
        "must be what names begin with that reach browsers, or a list: \"PUBLIC_\"; nothing at "
        "all would be every secret"
    );
}

/* --- files --- */

static rwg_status read_allow(rwb__config_reader *r, const rwg__json *value, void *out_config) {
    rwb__dev_config *config = out_config;
    const rwg_str *texts;
    uint32_t count;
    if (!rwb__config_texts(r, value, &texts, &count)) {
        return rwb__config_mistake(r, "must be a list of folders: [\"../shared\"]");
    }
    rwg_str *folders = rwg__arena_alloc(r->arena, count * sizeof *folders);
    rwg_status status = RWG_OK;
    for (uint32_t i = 0; i < count && status == RWG_OK; i++) {
        status = make_absolute(r, texts[i], &folders[i]);
    }
    config->allow = folders;
    config->allow_count = count;
    return status;
}

static rwg_status read_deny(rwb__config_reader *r, const rwg__json *value, void *out_config) {
    rwb__dev_config *config = out_config;
    return rwb__config_texts(r, value, &config->deny, &config->deny_count)
               ? RWG_OK
               : rwb__config_mistake(r, "must be a list of patterns: [\"*.secret\"]");
}

rwg_status rwb__config_files(rwb__config_reader *r, const rwg__json *value, void *out_config) {
    rwb__dev_config *config = out_config;
    const rwb__config_field fields[] = {
        {"allow", read_allow, config},
        {"deny", read_deny, config},
        {0},
    };
    return rwb__config_fields(r, value, fields, "must be an object with \"allow\" and \"deny\"");
}

static rwg_status read_ignored(rwb__config_reader *r, const rwg__json *value, void *out_config) {
    rwb__dev_config *config = out_config;
    return rwb__config_texts(r, value, &config->ignored, &config->ignored_count)
               ? RWG_OK
               : rwb__config_mistake(r, "must be a list of patterns: [\"**/fixtures\"]");
}

rwg_status rwb__config_watch(rwb__config_reader *r, const rwg__json *value, void *out_config) {
    const rwb__config_field fields[] = {{"ignored", read_ignored, out_config}, {0}};
    return rwb__config_fields(r, value, fields, "must be an object: { \"ignored\": [\"…\"] }");
}
