/* `rwgraph parse`: one file (or text) in, its module record as one line of JSON out. */
#include <rwgraph/rwgraph.h>

#include "cmd.h"
#include "lines.h"
#include "opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The library's own limit on a source file; larger files are refused before they are read. */
#define SOURCE_LIMIT (UINT64_C(64) * 1024 * 1024)

typedef struct parse_settings {
    bool full;
    bool had_errors; /* some file has a diagnostic of severity error, or could not be read */
} parse_settings;

static rwg_lang lang_by_name(rwg_str name) {
    static const struct {
        const char *name;
        rwg_lang lang;
    } LANGS[] = {
        {"js", RWG_LANG_JS},
        {"jsx", RWG_LANG_JSX},
        {"ts", RWG_LANG_TS},
        {"tsx", RWG_LANG_TSX},
        {"json", RWG_LANG_JSON},
        {"css", RWG_LANG_CSS},
    };

    for (size_t i = 0; i < sizeof LANGS / sizeof LANGS[0]; i++) {
        if (strlen(LANGS[i].name) == name.len && memcmp(LANGS[i].name, name.ptr, name.len) == 0) {
            return LANGS[i].lang;
        }
    }
    return RWG_LANG_NONE;
}

static void write_error(rwg_sink *out, rwg_str file, const char *text) {
    rwg_json_writer w = rwg_json_writer_make(out);
    rwg_json_object(&w);
    if (file.len) {
        rwg_json_key(&w, "file");
        rwg_json_string(&w, file);
    }
    rwg_json_key(&w, "error");
    rwg_json_cstring(&w, text);
    rwg_json_object_end(&w);
}

static void parse_text(
    parse_settings *settings, rwg_str file, rwg_str text, rwg_parse_options *options, rwg_sink *out
) {
    options->full = settings->full;
    rwg_module *module = NULL;
    rwg_error err = {0};
    if (rwg_module_parse(text, options, &module, &err) != RWG_OK) {
        settings->had_errors = true;
        write_error(out, file, err.text);
        return;
    }
    uint32_t n = 0;
    const rwg_module_diag *diags = rwg_module_diags(module, &n);
    for (uint32_t i = 0; i < n; i++) {
        settings->had_errors |= diags[i].severity == RWG_SEVERITY_ERROR;
    }
    rwg_module_write_json(module, out);
    rwg_module_free(module);
}

/* What the status of a read means for the user. */
static const char *why_unread(const rwg_fs *fs, rwg_str path, rwg_status status) {
    rwg_fs_stat stat = {0};
    rwg_status looked = fs->stat(fs->self, path, &stat);
    if (looked == RWG_INVALID) {
        return "cannot read the file: its symbolic links form a loop";
    }
    if (looked == RWG_OK && stat.kind == RWG_FS_DIR) {
        return "cannot read the file: it is a folder";
    }
    switch ((int)status) {
    case RWG_NOT_FOUND: return "cannot read the file: it does not exist";
    case RWG_ACCESS: return "cannot read the file: permission denied";
    case RWG_LIMIT: return "cannot read the file: it is larger than 64 MiB";
    default: return "cannot read the file";
    }
}

static void parse_file(parse_settings *settings, rwg_str path, rwg_sink *out) {
    rwg_fs fs = rwg_fs_system();
    char *bytes = NULL;
    uint64_t len = 0;
    rwg_status status = fs.read(fs.self, path, SOURCE_LIMIT, &bytes, &len);
    if (status != RWG_OK) {
        settings->had_errors = true;
        write_error(out, path, why_unread(&fs, path, status));
        return;
    }
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    options.lang = rwg_lang_of_path(path, &options.declaration);
    parse_text(settings, path, (rwg_str){bytes, (uint32_t)len}, &options, out);
    free(bytes);
}

static void answer(void *payload, const json_t *object, rwg_sink *out) {
    parse_settings *settings = payload;
    rwg_str file = rwg_lines_str(object, "file");
    if (file.len) {
        parse_file(settings, file, out);
        return;
    }
    rwg_str code = rwg_lines_str(object, "code");
    if (!json_is_string(json_object_get(object, "code"))) {
        rwg_lines_error(out, "the line needs \"file\" or \"code\"");
        return;
    }
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    rwg_str lang = rwg_lines_str(object, "lang");
    options.lang = lang.len ? lang_by_name(lang) : RWG_LANG_JS;
    if (options.lang == RWG_LANG_NONE) {
        rwg_lines_error(out, "\"lang\" must be one of js, jsx, ts, tsx, json, css");
        return;
    }
    options.module = json_is_true(json_object_get(object, "module"));
    parse_text(settings, (rwg_str){NULL, 0}, code, &options, out);
}

int rwg_cmd_parse(int argc, char **argv) {
    parse_settings settings = {0};
    bool json_lines = false;
    const rwg_opt options[] = {
        {.name = "json-lines",
         .kind = RWG_OPT_FLAG,
         .flag = &json_lines,
         .help = "answer {\"file\":p} or {\"code\":s,\"lang\":l,\"module\":bool} lines on stdin"},
        {.name = "full",
         .kind = RWG_OPT_FLAG,
         .flag = &settings.full,
         .help = "always parse the whole file, never only its module syntax"},
        {0},
    };
    const rwg_opt_usage usage = {
        .synopsis = "parse FILE... | --json-lines",
        .about = "Prints the module record of each file as one line of JSON. Offsets are bytes.",
        .options = options,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    if (json_lines == (count > 0)) {
        fprintf(stderr, "rwgraph: parse needs files, or --json-lines\n");
        return RWG_EXIT_USAGE;
    }
    if (json_lines) {
        return rwg_lines_run(answer, &settings) ? RWG_EXIT_OK : RWG_EXIT_USAGE;
    }
    rwg_sink out = rwg_sink_file(stdout);
    for (int i = 1; i <= count; i++) {
        parse_file(&settings, (rwg_str){argv[i], (uint32_t)strlen(argv[i])}, &out);
        rwg_sink_cstr(&out, "\n");
    }
    return settings.had_errors ? RWG_EXIT_FINDINGS : RWG_EXIT_OK;
}
