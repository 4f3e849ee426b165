/* `rwgraph transform`: one module in, the JavaScript and the source map that it becomes out.
 *
 * What the nearest tsconfig.json says of a file holds for it, unless an option says otherwise.
 * Specifiers stay as they are written: where they lead is the business of whoever serves or builds
 * the graph. */
#include <rwgraph/rwgraph.h>

#include "cmd.h"
#include "lines.h"
#include "open.h"
#include "opt.h"

#include <rwbundler/transform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The library's own limit on a source file; larger files are refused before they are read. */
#define SOURCE_LIMIT (UINT64_C(64) * 1024 * 1024)
#define MOST_DEFINES 256
#define LONGEST_PATH 4096

typedef struct transform_settings {
    /* As given. */
    const char *env;
    const char *jsx;
    const char *jsx_import_source;
    const char *decorators;
    bool jsx_dev;
    bool refresh;
    bool verbatim_module_syntax;
    bool no_define_fields;
    bool decorator_metadata;
    bool runner;
    bool map;
    bool json_lines;

    /* What they come to. */
    rwb_define defines[MOST_DEFINES];
    uint32_t define_count;
    rwb_transform_options options;
    rwb_transformer *transformer;
    rwg_fs fs;
    rwg_config config;
    rwg_env_config env_config;
    rwg_resolver *resolver; /* made for the first file: it reads tsconfigs */
} transform_settings;

/* --- options --- */

/* Takes "--define:NAME=VALUE" out of the arguments: their names are not known beforehand. */
static bool take_defines(transform_settings *s, int *argc, char **argv) {
    static const char PREFIX[] = "--define:";
    int kept = 1;
    for (int i = 1; i < *argc; i++) {
        if (strncmp(argv[i], PREFIX, sizeof PREFIX - 1) != 0) {
            argv[kept++] = argv[i];
            continue;
        }
        const char *name = argv[i] + sizeof PREFIX - 1;
        const char *sign = strchr(name, '=');
        /* One place is left for import.meta.env.SSR. */
        if (!sign || sign == name || s->define_count == MOST_DEFINES - 1) {
            fprintf(stderr, "rwgraph: '%s' is not --define:NAME=VALUE, or one too many\n", argv[i]);
            return false;
        }
        s->defines[s->define_count++] =
            (rwb_define){{name, (uint32_t)(sign - name)}, rwg_cstr(sign + 1)};
    }
    *argc = kept;
    return true;
}

/* The place of a word in a list that ends with NULL; -1, said on standard error, if it has none. */
static int choose(const char *option, const char *word, const char *const *words) {
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    fprintf(stderr, "rwgraph: --%s must be one of", option);
    for (int i = 0; words[i]; i++) {
        fprintf(stderr, "%s %s", i ? "," : "", words[i]);
    }
    fprintf(stderr, ", not '%s'\n", word);
    return -1;
}

/* An environment decides import.meta.env.SSR. */
static bool take_env(transform_settings *s) {
    rwg_config config = RWG_CONFIG_INIT;
    rwg_error err = {0};
    char here[LONGEST_PATH];
    if (!getcwd(here, sizeof here)) {
        perror("rwgraph: the current folder");
        return false;
    }
    if (rwg_config_load(NULL, rwg_cstr(here), &config, &err) != RWG_OK) {
        rwg_print_error(&err);
        return false;
    }
    bool found = false;
    for (uint32_t i = 0; i < config.env_count && !found; i++) {
        found = rwg_str_equal(config.envs[i].name, rwg_cstr(s->env));
        bool browser = config.envs[i].role == RWG_ROLE_CLIENT;
        if (found && config.envs[i].role != RWG_ROLE_PLAIN) {
            s->defines[s->define_count++] = (rwb_define
            ){RWG_STR("import.meta.env.SSR"), browser ? RWG_STR("false") : RWG_STR("true")};
        }
    }
    rwg_config_deinit(&config);
    if (!found) {
        fprintf(stderr, "rwgraph: there is no environment '%s'\n", s->env);
    }
    return found;
}

/* What holds for every file, and for text that is no file. */
static bool settle_options(transform_settings *s) {
    static const char *const JSX[] = {"automatic", "classic", "preserve", NULL};
    static const char *const DECORATORS[] = {"standard", "legacy", NULL};
    s->options = (rwb_transform_options)RWB_TRANSFORM_OPTIONS_INIT;
    if (s->env && !take_env(s)) {
        return false;
    }
    if (s->jsx) {
        int jsx = choose("jsx", s->jsx, JSX);
        if (jsx < 0) {
            return false;
        }
        s->options.jsx = (rwb_jsx)jsx;
    }
    if (s->decorators) {
        int decorators = choose("decorators", s->decorators, DECORATORS);
        if (decorators < 0) {
            return false;
        }
        s->options.decorators = (rwb_decorators)decorators;
    }
    s->options.form = s->runner ? RWB_FORM_FACTORY : RWB_FORM_ESM;
    s->options.refresh = s->refresh;
    s->options.jsx_dev = s->jsx_dev;
    s->options.jsx_import_source = rwg_cstr(s->jsx_import_source);
    s->options.verbatim_module_syntax = s->verbatim_module_syntax;
    s->options.use_define_for_class_fields = !s->no_define_fields;
    s->options.emit_decorator_metadata = s->decorator_metadata;
    s->options.defines = s->defines;
    s->options.define_count = s->define_count;
    s->options.source_map = s->json_lines || s->map;
    return true;
}

static bool ends_with(rwg_str text, const char *end) {
    size_t len = strlen(end);
    return text.len >= len && memcmp(text.ptr + text.len - len, end, len) == 0;
}

/* "preserve" and "react-native" leave JSX to the next tool; here there is none. */
static void apply_jsx(const transform_settings *s, rwg_str jsx, rwb_transform_options *options) {
    if (!s->jsx) {
        bool classic = rwg_str_equal(jsx, RWG_STR("react"));
        options->jsx = classic ? RWB_JSX_CLASSIC : RWB_JSX_AUTOMATIC;
        options->jsx_dev |= rwg_str_equal(jsx, RWG_STR("react-jsxdev"));
    }
}

/* What the file's tsconfig says, where no option was given. What it says of TypeScript does not
 * change what JavaScript means. */
static void apply_tsconfig(transform_settings *s, rwg_str path, rwb_transform_options *options) {
    char *real = NULL;
    if (!s->resolver || s->fs.realpath(s->fs.self, path, &real) != RWG_OK) {
        return;
    }
    const rwg_compiler_options *said = rwg_resolver_compiler_options(s->resolver, rwg_cstr(real));
    apply_jsx(s, said->jsx, options);
    if (!s->jsx_import_source) {
        options->jsx_import_source = said->jsx_import_source;
    }
    options->jsx_factory = said->jsx_factory;
    options->jsx_fragment = said->jsx_fragment_factory;
    if (options->lang == RWG_LANG_TS || options->lang == RWG_LANG_TSX) {
        options->verbatim_module_syntax |= said->verbatim_module_syntax;
        options->use_define_for_class_fields &= said->use_define_for_class_fields;
        options->emit_decorator_metadata |= said->emit_decorator_metadata;
        if (!s->decorators && said->experimental_decorators) {
            options->decorators = RWB_DECORATORS_LEGACY;
        }
    }
    free(real);
}

static bool open_resolver(transform_settings *s) {
    char here[LONGEST_PATH];
    rwg_error err = {0};
    if (!getcwd(here, sizeof here)) {
        perror("rwgraph: the current folder");
        return false;
    }
    s->fs = rwg_fs_system();
    s->config = (rwg_config)RWG_CONFIG_INIT;
    s->env_config = (rwg_env_config){.name = RWG_STR("options")};
    s->config.envs = &s->env_config;
    s->config.env_count = 1;
    if (rwg_resolver_new(&s->fs, rwg_cstr(here), &s->config, &s->resolver, &err) != RWG_OK) {
        rwg_print_error(&err);
        return false;
    }
    return true;
}

/* --- JSON lines --- */

/* 1-based, in characters. */
static uint32_t column_of(rwg_str text, uint32_t at) {
    uint32_t column = 1;
    for (; at > 0 && at <= text.len && text.ptr[at - 1] != '\n'; at--) {
        column += ((unsigned char)text.ptr[at - 1] & 0xC0) != 0x80;
    }
    return column;
}

/* {"error":{"message":...}}, with the place when `diag` has one. */
static void write_error(rwg_sink *out, const char *message, const rwg_diag *diag, rwg_str text) {
    rwg_json_writer w = rwg_json_writer_make(out);
    rwg_json_object(&w);
    rwg_json_key(&w, "error");
    rwg_json_object(&w);
    rwg_json_key(&w, "message");
    if (!diag) {
        rwg_json_cstring(&w, message);
    } else {
        rwg_json_string(&w, diag->message);
        rwg_json_key(&w, "code");
        rwg_json_cstring(&w, rwg_diag_code_name(diag->code));
        if (diag->path.len) {
            rwg_json_key(&w, "file");
            rwg_json_string(&w, diag->path);
        }
        rwg_json_key(&w, "line");
        rwg_json_uint(&w, diag->line);
        rwg_json_key(&w, "column");
        rwg_json_uint(&w, column_of(text, diag->span.start));
        rwg_json_key(&w, "start");
        rwg_json_uint(&w, diag->span.start);
        rwg_json_key(&w, "end");
        rwg_json_uint(&w, diag->span.end);
        char *frame = NULL;
        size_t len = 0;
        FILE *memory = open_memstream(&frame, &len);
        if (memory) {
            rwg_sink sink = rwg_sink_file(memory);
            rwg_diag_render(diag, text, false, &sink);
            (void)fclose(memory);
            rwg_json_key(&w, "frame");
            rwg_json_string(&w, (rwg_str){frame, (uint32_t)len});
            free(frame);
        }
    }
    rwg_json_object_end(&w);
    rwg_json_object_end(&w);
}

static void write_output(rwg_sink *out, const rwb_output *output) {
    rwg_json_writer w = rwg_json_writer_make(out);
    rwg_json_object(&w);
    rwg_json_key(&w, "code");
    rwg_json_string(&w, rwb_output_code(output));
    rwg_sink_cstr(out, ",\"map\":");
    rwg_sink_write(out, rwb_output_map(output));
    rwg_json_object_end(&w);
}

static const rwg_diag *first_error(const rwb_output *output) {
    uint32_t n = 0;
    const rwg_diag *diags = rwb_output_diags(output, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (diags[i].severity == RWG_SEVERITY_ERROR) {
            return &diags[i];
        }
    }
    return NULL;
}

static void answer_text(
    transform_settings *s, rwg_str text, const rwb_transform_options *options, rwg_sink *out
) {
    rwb_output *output = NULL;
    rwg_error err = {0};
    if (rwb_transform(s->transformer, text, options, &output, &err) != RWG_OK) {
        write_error(out, err.text, NULL, text);
        return;
    }
    const rwg_diag *error = first_error(output);
    if (error) {
        write_error(out, NULL, error, text);
    } else {
        write_output(out, output);
    }
    rwb_output_free(output);
}

/* The text of a file and the options that hold for it; bytes are the caller's to free. */
static rwg_status read_source(
    transform_settings *s, rwg_str path, rwb_transform_options *options, rwg_file_text *out
) {
    uint64_t len = 0;
    *options = s->options;
    options->path = path;
    options->lang = rwg_lang_of_path(path, NULL);
    options->module = ends_with(path, ".mjs") || ends_with(path, ".mts");
    apply_tsconfig(s, path, options);
    rwg_status status = s->fs.read(s->fs.self, path, SOURCE_LIMIT, &out->bytes, &len);
    out->text = (rwg_str){out->bytes, (uint32_t)len};
    return status;
}

static const char *why_unread(rwg_status status) {
    if (status == RWG_NOT_FOUND) {
        return "there is no such file";
    }
    return status == RWG_LIMIT ? "the file is larger than 64 MiB" : "the file cannot be read";
}

static void answer_file(transform_settings *s, rwg_str path, rwg_sink *out) {
    rwb_transform_options options;
    rwg_file_text file = {0};
    rwg_status status = read_source(s, path, &options, &file);
    if (status == RWG_OK) {
        answer_text(s, file.text, &options, out);
    } else {
        write_error(out, why_unread(status), NULL, file.text);
    }
    free(file.bytes);
}

static void answer(void *payload, const json_t *object, rwg_sink *out) {
    transform_settings *s = payload;
    rwg_str file = rwg_lines_str(object, "file");
    if (file.len) {
        answer_file(s, file, out);
        return;
    }
    rwg_str code = rwg_lines_str(object, "code");
    if (!json_is_string(json_object_get(object, "code"))) {
        write_error(out, "the line needs \"file\" or \"code\"", NULL, code);
        return;
    }
    rwb_transform_options options = s->options;
    rwg_str lang = rwg_lines_str(object, "lang");
    char name[16];
    (void)snprintf(name, sizeof name, "x.%.*s", (int)(lang.len > 8 ? 8 : lang.len), lang.ptr);
    options.lang = lang.len ? rwg_lang_of_path(rwg_cstr(name), NULL) : RWG_LANG_JS;
    options.path = rwg_lines_str(object, "path");
    options.module = json_is_true(json_object_get(object, "module"));
    answer_text(s, code, &options, out);
}

/* --- one file --- */

/* //# sourceMappingURL=data:application/json;base64,... */
static void print_inline_map(rwg_str map) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    fputs("//# sourceMappingURL=data:application/json;charset=utf-8;base64,", stdout);
    for (uint32_t i = 0; i < map.len; i += 3) {
        uint32_t left = map.len - i;
        uint32_t bits = (uint32_t)(unsigned char)map.ptr[i] << 16 |
                        (left > 1 ? (uint32_t)(unsigned char)map.ptr[i + 1] << 8 : 0) |
                        (left > 2 ? (uint32_t)(unsigned char)map.ptr[i + 2] : 0);
        putchar(DIGITS[bits >> 18]);
        putchar(DIGITS[bits >> 12 & 63]);
        putchar(left > 1 ? DIGITS[bits >> 6 & 63] : '=');
        putchar(left > 2 ? DIGITS[bits & 63] : '=');
    }
    putchar('\n');
}

static int print_output(const transform_settings *s, const rwb_output *output, rwg_str text) {
    uint32_t n = 0;
    const rwg_diag *diags = rwb_output_diags(output, &n);
    rwg_sink err = rwg_sink_file(stderr);
    for (uint32_t i = 0; i < n; i++) {
        rwg_diag_render(&diags[i], text, isatty(STDERR_FILENO) && !getenv("NO_COLOR"), &err);
    }
    if (first_error(output)) {
        return RWG_EXIT_FINDINGS;
    }
    rwg_str code = rwb_output_code(output);
    rwg_print_str(code);
    if (code.len > 0 && code.ptr[code.len - 1] != '\n') {
        putchar('\n');
    }
    if (s->map) {
        print_inline_map(rwb_output_map(output));
    }
    return n > 0 ? RWG_EXIT_FINDINGS : RWG_EXIT_OK;
}

static int transform_file(transform_settings *s, const char *path) {
    rwb_transform_options options;
    rwg_file_text file = {0};
    rwg_status status = read_source(s, rwg_cstr(path), &options, &file);
    int code = RWG_EXIT_FINDINGS;
    rwb_output *output = NULL;
    rwg_error err = {0};
    if (status != RWG_OK) {
        fprintf(stderr, "rwgraph: %s: %s\n", path, why_unread(status));
    } else if (rwb_transform(s->transformer, file.text, &options, &output, &err) != RWG_OK) {
        fprintf(stderr, "rwgraph: %s: %s\n", path, err.text);
    } else {
        code = print_output(s, output, file.text);
    }
    rwb_output_free(output);
    free(file.bytes);
    return code;
}

static int run(transform_settings *s, const char *file) {
    int code = RWG_EXIT_USAGE;
    s->transformer = rwb_transformer_new();
    if (open_resolver(s)) {
        code = !s->json_lines             ? transform_file(s, file)
               : rwg_lines_run(answer, s) ? RWG_EXIT_OK
                                          : RWG_EXIT_USAGE;
    }
    rwg_resolver_free(s->resolver);
    rwb_transformer_free(s->transformer);
    return code;
}

int rwg_cmd_transform(int argc, char **argv) {
    transform_settings s = {0};
    const rwg_opt options[] = {
        {.name = "json-lines",
         .kind = RWG_OPT_FLAG,
         .flag = &s.json_lines,
         .help = "answer {\"file\":p} or {\"code\":s,\"lang\":l,\"module\":bool} lines on stdin"},
        {.name = "map", .kind = RWG_OPT_FLAG, .flag = &s.map, .help = "append the source map"},
        {.name = "env",
         .kind = RWG_OPT_TEXT,
         .text = &s.env,
         .value = "NAME",
         .help = "for this environment: what import.meta.env.SSR is"},
        {.name = "jsx",
         .kind = RWG_OPT_TEXT,
         .text = &s.jsx,
         .value = "FORM",
         .help = "automatic, classic or preserve"},
        {.name = "jsx-dev",
         .kind = RWG_OPT_FLAG,
         .flag = &s.jsx_dev,
         .help = "elements know their place in the source"},
        {.name = "jsx-import-source",
         .kind = RWG_OPT_TEXT,
         .text = &s.jsx_import_source,
         .value = "PACKAGE",
         .help = "whose jsx-runtime to import (default: react)"},
        {.name = "refresh",
         .kind = RWG_OPT_FLAG,
         .flag = &s.refresh,
         .help = "register components for React Refresh"},
        {.name = "verbatim-module-syntax",
         .kind = RWG_OPT_FLAG,
         .flag = &s.verbatim_module_syntax,
         .help = "keep every import that is not marked `type`"},
        {.name = "no-define-fields",
         .kind = RWG_OPT_FLAG,
         .flag = &s.no_define_fields,
         .help = "class fields are assigned, not defined (TypeScript)"},
        {.name = "decorators",
         .kind = RWG_OPT_TEXT,
         .text = &s.decorators,
         .value = "KIND",
         .help = "standard or legacy"},
        {.name = "decorator-metadata",
         .kind = RWG_OPT_FLAG,
         .flag = &s.decorator_metadata,
         .help = "emit design:type and its like (legacy decorators)"},
        {.name = "runner",
         .kind = RWG_OPT_FLAG,
         .flag = &s.runner,
         .help = "write a factory for the module registry, not an ES module"},
        {0},
    };
    const rwg_opt_usage usage = {
        .synopsis = "transform FILE | --json-lines",
        .about = "Prints the JavaScript that a module becomes: types stripped, JSX compiled.\n"
                 "compilerOptions of the nearest tsconfig.json hold. --define:NAME=VALUE replaces "
                 "NAME by\n"
                 "the expression VALUE; it may be repeated.",
        .options = options,
    };
    if (!take_defines(&s, &argc, argv)) {
        return RWG_EXIT_USAGE;
    }
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    if (s.json_lines ? count != 0 : count != 1) {
        fprintf(stderr, "rwgraph: transform needs one file, or --json-lines\n");
        return RWG_EXIT_USAGE;
    }
    if (!settle_options(&s)) {
        return RWG_EXIT_USAGE;
    }
    return run(&s, s.json_lines ? NULL : argv[1]);
}
