/* `rwgraph resolve`: where a specifier leads, from a file, in an environment.
 *
 * Without --env the environment is what the options say, Node's as far as they say nothing. With
 * --env it is the project's, as configured, and the options change it. */
#include <rwgraph/rwgraph.h>

#include "cmd.h"
#include "lines.h"
#include "opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_ITEMS   64
#define MOST_ALIASES 64
#define LONGEST_PATH 4096

typedef struct resolve_settings {
    /* As given. */
    const char *from;
    const char *env_name;
    const char *root;
    const char *conditions;
    const char *main_fields;
    const char *extensions;
    const char *tsconfig;
    const char *kind;
    bool browser_field;
    bool no_builtins;
    bool preserve_symlinks;
    bool json_lines;
    bool explain;

    /* What they come to. */
    rwg_config config; /* of the project, when env_name is given */
    rwg_config used;   /* one environment */
    rwg_env_config env;
    rwg_str condition_items[MOST_ITEMS];
    rwg_str field_items[MOST_ITEMS];
    rwg_str extension_items[MOST_ITEMS];
    rwg_alias aliases[MOST_ALIASES];
    uint32_t alias_count;
    rwg_site site;
    char root_path[LONGEST_PATH];
    char tsconfig_path[LONGEST_PATH];
    rwg_resolver *resolver;
    bool had_missing;
} resolve_settings;

static rwg_str text_of(const char *text) {
    return (rwg_str){text, (uint32_t)strlen(text)};
}

static bool equals(const char *a, const char *b) {
    return strcmp(a, b) == 0;
}

/* "a,b,c" into items; false when there are too many. */
static bool split(const char *text, rwg_str *items, rwg_str_list *out) {
    uint32_t count = 0;
    while (*text) {
        size_t len = strcspn(text, ",");
        if (len > 0) {
            if (count == MOST_ITEMS) {
                fprintf(stderr, "rwgraph: a list may have %d items\n", MOST_ITEMS);
                return false;
            }
            items[count++] = (rwg_str){text, (uint32_t)len};
        }
        text += len + (text[len] == ',');
    }
    *out = (rwg_str_list){items, count};
    return true;
}

/* Takes "--alias:KEY=VALUE" out of the arguments: their names are not known beforehand. */
static bool take_aliases(resolve_settings *s, int *argc, char **argv) {
    static const char PREFIX[] = "--alias:";
    int kept = 1;
    for (int i = 1; i < *argc; i++) {
        if (strncmp(argv[i], PREFIX, sizeof PREFIX - 1) != 0) {
            argv[kept++] = argv[i];
            continue;
        }
        const char *key = argv[i] + sizeof PREFIX - 1;
        const char *sign = strchr(key, '=');
        if (!sign || sign == key || s->alias_count == MOST_ALIASES) {
            fprintf(stderr, "rwgraph: '%s' is not --alias:KEY=VALUE, or one too many\n", argv[i]);
            return false;
        }
        s->aliases[s->alias_count++] =
            (rwg_alias){{key, (uint32_t)(sign - key)}, text_of(sign + 1)};
    }
    *argc = kept;
    return true;
}

/* An absolute path into a buffer of LONGEST_PATH bytes. */
static bool make_absolute(const char *path, char *out) {
    char here[LONGEST_PATH] = "";
    if (path[0] != '/' && !getcwd(here, sizeof here)) {
        perror("rwgraph: the current folder");
        return false;
    }
    int len = snprintf(out, LONGEST_PATH, "%s%s%s", here, here[0] ? "/" : "", path);
    if (len < 0 || len >= LONGEST_PATH) {
        fprintf(stderr, "rwgraph: the path is too long: %s\n", path);
        return false;
    }
    return true;
}

static bool choose_env(resolve_settings *s) {
    static const rwg_str CONDITIONS[] = {{"node", 4}};
    static const rwg_str FIELDS[] = {{"main", 4}};
    static const rwg_str EXTENSIONS[] = {{".js", 3}, {".json", 5}, {".node", 5}};
    s->used = (rwg_config)RWG_CONFIG_INIT;
    s->used.tsconfig = RWG_TSCONFIG_NONE;
    s->env = (rwg_env_config){
        .name = RWG_STR("options"),
        .conditions = {CONDITIONS, 1},
        .main_fields = {FIELDS, 1},
        .extensions = {EXTENSIONS, 3},
        .node_builtins = true,
    };
    if (!s->env_name) {
        return true;
    }
    rwg_error err = {0};
    if (rwg_config_load(NULL, text_of(s->root_path), &s->config, &err) != RWG_OK) {
        fprintf(stderr, "rwgraph: %s%s%s\n", err.path, err.path[0] ? ": " : "", err.text);
        return false;
    }
    for (uint32_t i = 0; i < s->config.env_count; i++) {
        rwg_str name = s->config.envs[i].name;
        if (name.len == strlen(s->env_name) && memcmp(name.ptr, s->env_name, name.len) == 0) {
            s->used = s->config;
            s->used.owned = NULL;
            s->env = s->config.envs[i];
            return true;
        }
    }
    fprintf(stderr, "rwgraph: there is no environment '%s'\n", s->env_name);
    return false;
}

static bool apply_tsconfig(resolve_settings *s) {
    if (!s->tsconfig) {
        return true;
    }
    if (equals(s->tsconfig, "auto") || equals(s->tsconfig, "none")) {
        bool automatic = equals(s->tsconfig, "auto");
        s->used.tsconfig = automatic ? RWG_TSCONFIG_AUTO : RWG_TSCONFIG_NONE;
        return true;
    }
    if (!make_absolute(s->tsconfig, s->tsconfig_path)) {
        return false;
    }
    s->used.tsconfig = RWG_TSCONFIG_FILE;
    s->used.tsconfig_path = text_of(s->tsconfig_path);
    return true;
}

static bool apply_options(resolve_settings *s) {
    if ((s->conditions && !split(s->conditions, s->condition_items, &s->env.conditions)) ||
        (s->main_fields && !split(s->main_fields, s->field_items, &s->env.main_fields)) ||
        (s->extensions && !split(s->extensions, s->extension_items, &s->env.extensions)) ||
        !apply_tsconfig(s)) {
        return false;
    }
    s->env.browser_field |= s->browser_field;
    s->env.node_builtins &= !s->no_builtins;
    s->used.preserve_symlinks |= s->preserve_symlinks;
    if (s->alias_count > 0) {
        s->env.aliases = s->aliases;
        s->env.alias_count = s->alias_count;
    }
    s->used.envs = &s->env;
    s->used.env_count = 1;
    if (!s->kind || equals(s->kind, "import")) {
        s->site = RWG_SITE_IMPORT;
    } else if (equals(s->kind, "require")) {
        s->site = RWG_SITE_REQUIRE;
    } else if (equals(s->kind, "style")) {
        s->site = RWG_SITE_STYLE;
    } else {
        fprintf(stderr, "rwgraph: --kind is import, require or style, not '%s'\n", s->kind);
        return false;
    }
    return true;
}

static void write_string(rwg_json_writer *w, const char *key, rwg_str value) {
    rwg_json_key(w, key);
    rwg_json_string(w, value);
}

static void write_missing(rwg_json_writer *w, const rwg_resolution *found) {
    write_string(w, "error", found->message);
    rwg_json_key(w, "code");
    rwg_json_cstring(w, rwg_diag_code_name(found->code));
    if (found->fix.len > 0) {
        write_string(w, "fix", found->fix);
    }
    rwg_json_key(w, "probed");
    rwg_json_array(w);
    for (uint32_t i = 0; i < found->probe_count; i++) {
        rwg_json_string(w, found->probes[i].path);
    }
    rwg_json_array_end(w);
}

static void write_answer(const rwg_resolution *found, rwg_sink *out) {
    rwg_json_writer w = rwg_json_writer_make(out);
    rwg_json_object(&w);
    switch (found->outcome) {
    case RWG_OUTCOME_FILE: write_string(&w, "path", found->path); break;
    case RWG_OUTCOME_BUILTIN: write_string(&w, "builtin", found->path); break;
    case RWG_OUTCOME_EXTERNAL: write_string(&w, "external", found->path); break;
    case RWG_OUTCOME_PINNED: write_string(&w, "pinned", found->path); break;
    case RWG_OUTCOME_IGNORED:
        rwg_json_key(&w, "ignored");
        rwg_json_bool(&w, true);
        break;
    case RWG_OUTCOME_MISSING: write_missing(&w, found); break;
    }
    if (found->query.len > 0) {
        write_string(&w, "query", found->query);
    }
    rwg_json_object_end(&w);
}

static void answer(void *payload, const json_t *object, rwg_sink *out) {
    resolve_settings *s = payload;
    rwg_str from = rwg_lines_str(object, "from");
    rwg_str specifier = rwg_lines_str(object, "specifier");
    if (from.len == 0 || from.ptr[0] != '/' ||
        !json_is_string(json_object_get(object, "specifier"))) {
        rwg_lines_error(out, "the line needs \"from\", an absolute path, and \"specifier\"");
        return;
    }
    const rwg_resolution *found = rwg_resolve(s->resolver, (rwg_env){1}, from, specifier, s->site);
    s->had_missing |= found->outcome == RWG_OUTCOME_MISSING;
    write_answer(found, out);
}

/* One specifier, for people. */
static bool resolve_one(resolve_settings *s, const char *specifier) {
    char from[LONGEST_PATH];
    if (!make_absolute(s->from, from)) {
        return false;
    }
    rwg_sink out = rwg_sink_file(stdout);
    if (s->explain) {
        rwg_resolve_explain(
            s->resolver, (rwg_env){1}, text_of(from), text_of(specifier), s->site, &out
        );
    }
    const rwg_resolution *found =
        rwg_resolve(s->resolver, (rwg_env){1}, text_of(from), text_of(specifier), s->site);
    s->had_missing = found->outcome == RWG_OUTCOME_MISSING;
    if (s->explain) {
        return true;
    }
    static const char *const WORDS[] = {"", "builtin ", "external ", "ignored ", "pinned ", ""};
    if (s->had_missing) {
        rwg_sink_printf(
            &out,
            "error[%s]: %.*s\n",
            rwg_diag_code_name(found->code),
            (int)found->message.len,
            found->message.ptr
        );
        if (found->fix.len > 0) {
            rwg_sink_printf(&out, "  %.*s\n", (int)found->fix.len, found->fix.ptr);
        }
        return true;
    }
    rwg_sink_cstr(&out, WORDS[found->outcome]);
    rwg_sink_write(&out, found->path);
    rwg_sink_write(&out, found->query);
    rwg_sink_cstr(&out, "\n");
    return true;
}

static int run(resolve_settings *s, const char *specifier) {
    rwg_error err = {0};
    if (!make_absolute(s->root ? s->root : ".", s->root_path) || !choose_env(s) ||
        !apply_options(s)) {
        return RWG_EXIT_USAGE;
    }
    if (rwg_resolver_new(NULL, text_of(s->root_path), &s->used, &s->resolver, &err) != RWG_OK) {
        fprintf(stderr, "rwgraph: %s\n", err.text);
        return RWG_EXIT_USAGE;
    }
    bool ok = s->json_lines ? rwg_lines_run(answer, s) : resolve_one(s, specifier);
    rwg_resolver_free(s->resolver);
    if (!ok) {
        return RWG_EXIT_USAGE;
    }
    /* In a conversation, an error is an answer. */
    return s->had_missing && !s->json_lines ? RWG_EXIT_FINDINGS : RWG_EXIT_OK;
}

int rwg_cmd_resolve(int argc, char **argv) {
    resolve_settings s = {.config = RWG_CONFIG_INIT};
#define TEXT(field, label, what, says)                                                             \
    { .name = (label), .kind = RWG_OPT_TEXT, .text = &s.field, .value = (what), .help = (says) }
#define FLAG(field, label, says)                                                                   \
    { .name = (label), .kind = RWG_OPT_FLAG, .flag = &s.field, .help = (says) }
    const rwg_opt options[] = {
        TEXT(from, "from", "PATH", "the file that imports"),
        FLAG(json_lines, "json-lines", "answer {\"from\":p,\"specifier\":s} lines on stdin"),
        FLAG(explain, "explain", "print each step"),
        TEXT(env_name, "env", "NAME", "as the project configures this environment"),
        TEXT(root, "root", "DIR", "the project (default: the current folder)"),
        TEXT(kind, "kind", "KIND", "import (default), require or style"),
        TEXT(conditions, "conditions", "A,B", "conditions of exports and imports maps"),
        TEXT(main_fields, "main-fields", "A,B", "package.json fields, in order"),
        TEXT(extensions, "resolve-extensions", "A,B", "extensions with dot, in order"),
        FLAG(browser_field, "browser-field", "honour browser maps"),
        TEXT(tsconfig, "tsconfig", "FILE", "paths of this tsconfig, of the nearest (auto), none"),
        FLAG(preserve_symlinks, "preserve-symlinks", "do not follow symbolic links"),
        FLAG(no_builtins, "no-builtins", "the modules of Node are not there"),
        {.name = "alias:KEY=VALUE",
         .kind = RWG_OPT_TEXT,
         .text = &s.root,
         .help = "replace a specifier, or its beginning (may be repeated)"},
        {0},
    };
#undef TEXT
#undef FLAG
    const rwg_opt_usage usage = {
        .synopsis = "resolve SPECIFIER --from PATH | --json-lines",
        .about = "Prints where an import leads. Exit code 1: nowhere.",
        .options = options,
    };
    int count = 0;
    if (!take_aliases(&s, &argc, argv)) {
        return RWG_EXIT_USAGE;
    }
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    if (s.json_lines ? count != 0 : count != 1 || !s.from) {
        fprintf(stderr, "rwgraph: resolve needs a specifier and --from, or --json-lines\n");
        return RWG_EXIT_USAGE;
    }
    code = run(&s, s.json_lines ? NULL : argv[1]);
    rwg_config_deinit(&s.config);
    return code;
}
