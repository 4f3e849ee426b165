/* rwb_transform: what <rwbundler/transform.h> promises, as a list of steps.
 *
 * text -> tree, record, names -> passes, which add edits -> output text and map. Each step makes
 * one value that the later ones only read. What an output consists of lives in its own arena, so
 * the transformer can go before its outputs; everything else lives for one call. */
#include "base/hash.h"
#include "base/limits.h"
#include "emit/render.h"
#include "transform/unit.h"

#include <rwbundler/transform.h>

struct rwb_transformer {
    rwg__mem *mem;
    rwg_source_parser *parser;
};

struct rwb_output {
    rwg__mem *mem; /* a reference: outputs may outlive the transformer */
    rwg__arena arena;
    const rwg_module *record;
    rwg_module *own_record; /* the same, when it was made here */
    rwg__buf code;
    rwg__buf map;
    RWG_VEC(uint32_t) imports;
    RWG_VEC(rwg_diag) diags;
    uint32_t extras;
    bool is_async;
};

rwb_transformer *rwb_transformer_new(void) {
    rwg__mem *mem = rwg__mem_new(NULL, 0);
    rwb_transformer *t = rwg__mem_zalloc(mem, sizeof *t);
    t->mem = mem;
    t->parser = rwg_source_parser_new();
    return t;
}

void rwb_transformer_free(rwb_transformer *t) {
    if (t) {
        rwg__mem *mem = t->mem;
        rwg_source_parser_free(t->parser);
        rwg__mem_free(mem, t, sizeof *t);
        rwg__mem_release(mem);
    }
}

static rwb_output *output_new(rwg__mem *mem) {
    rwb_output *output = rwg__mem_zalloc(mem, sizeof *output);
    output->mem = rwg__mem_retain(mem);
    rwg__arena_init(&output->arena, mem);
    rwg__buf_init(&output->code, mem);
    rwg__buf_init(&output->map, mem);
    return output;
}

void rwb_output_free(rwb_output *output) {
    if (output) {
        rwg__mem *mem = output->mem;
        rwg_module_free(output->own_record);
        rwg__buf_deinit(&output->code);
        rwg__buf_deinit(&output->map);
        rwg__vec_free(&output->imports, mem);
        rwg__vec_free(&output->diags, mem);
        rwg__arena_deinit(&output->arena);
        rwg__mem_free(mem, output, sizeof *output);
        rwg__mem_release(mem);
    }
}

rwg_str rwb_output_code(const rwb_output *output) {
    return rwg__buf_str(&output->code);
}

rwg_str rwb_output_map(const rwb_output *output) {
    return rwg__buf_str(&output->map);
}

const uint32_t *rwb_output_imports(const rwb_output *output, uint32_t *out_n) {
    *out_n = output->imports.len;
    return output->imports.ptr;
}

uint32_t rwb_output_extras(const rwb_output *output) {
    return output->extras;
}

bool rwb_output_is_async(const rwb_output *output) {
    return output->is_async;
}

const rwg_module *rwb_output_module(const rwb_output *output) {
    return output->record;
}

const rwg_diag *rwb_output_diags(const rwb_output *output, uint32_t *out_n) {
    *out_n = output->diags.len;
    return output->diags.ptr;
}

/* --- the unit --- */

/* Everything that lives for one call. */
typedef struct job {
    rwb_transformer *t;
    const rwb_transform_options *options;
    rwb_output *output;
    rwg_source *source;
    rwb__scopes *scopes;
    rwb__edits edits;
    rwg__arena arena;
    rwb__unit unit;
} job;

/* The record that was handed in, or one of our own. */
static rwg_status
read_record(const job *j, rwg_str text, const rwg_parse_options *options, rwg_error *err) {
    rwb_output *output = j->output;
    const rwg_module *known = j->options->record;
    if (!known) {
        rwg_status status = rwg_module_parse(text, options, &output->own_record, err);
        output->record = output->own_record;
        return status;
    }
    if (!rwg__hash_equal(rwg_module_content_hash(known), rwg__hash_bytes(text.ptr, text.len))) {
        return rwg__error(err, RWG_INVALID, j->options->path, "the record is of another text");
    }
    output->record = known;
    return RWG_OK;
}

static rwg_status read_text(job *j, rwg_str text, rwg_error *err) {
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    options.lang = j->options->lang;
    options.module = j->options->module;
    rwg_status status = rwg_source_open(j->t->parser, text, &options, &j->source, err);
    return status == RWG_OK ? read_record(j, text, &options, err) : status;
}

static void set_up_unit(job *j, rwg_str text) {
    rwb__unit *u = &j->unit;
    *u = (rwb__unit){
        .mem = j->t->mem,
        .arena = &j->arena,
        .options = j->options,
        .source = j->source,
        .text = text,
        .record = j->output->record,
        .edits = &j->edits,
        .typescript = j->options->lang == RWG_LANG_TS || j->options->lang == RWG_LANG_TSX,
    };
    u->nodes = rwg_source_nodes(j->source, &u->node_count);
    j->scopes = rwb__scopes_new(u->mem, j->source, j->options->lang);
    u->scopes = j->scopes;
    uint32_t imports = 0;
    (void)rwg_module_imports(u->record, &imports);
    u->elided = rwg__arena_zalloc(&j->arena, u->node_count);
    u->import_elided = rwg__arena_zalloc(&j->arena, imports);
    u->is_async = (rwg_module_flags(u->record) & RWG_MODULE_TLA) != 0;
    rwg__buf_init(&u->head, u->mem);
    rwg__buf_init(&u->tail, u->mem);
}

static void run_passes(rwb__unit *u) {
    rwb__elide_run(u);
    rwb__types_run(u);
    rwb__enums_run(u);
    rwb__jsx_run(u);
    rwb__meta_run(u);
    rwb__classes_run(u); /* behind those that write inside of values, in front of who exports */
    rwb__namespaces_run(u);
    rwb__refresh_run(u);
    rwb__using_run(u); /* behind those that write around what its regions hold */
    rwb__references_run(u);
    rwb__directives_run(u);
    rwb__helpers_run(u);
    /* Behind all that add to the head and the tail: it puts the factory around them. */
    if (u->options->form == RWB_FORM_FACTORY) {
        rwb__factory_run(u);
    } else {
        rwb__imports_run(u);
    }
}

/* --- problems --- */

static uint32_t line_of(rwg_str text, uint32_t at) {
    uint32_t line = 1;
    for (uint32_t i = 0; i < at; i++) {
        line += text.ptr[i] == '\n';
    }
    return line;
}

static void add_diag(rwb_output *output, const rwg_diag *from) {
    rwg_diag *diag = rwg__vec_push(&output->diags, output->mem);
    *diag = *from;
    diag->path = rwg__arena_str(&output->arena, from->path);
    diag->message = rwg__arena_str(&output->arena, from->message);
    diag->fix = rwg__arena_str(&output->arena, from->fix);
}

static bool add_syntax_errors(job *j, rwg_str text) {
    uint32_t n = 0;
    const rwg_source_error *errors = rwg_source_errors(j->source, &n);
    for (uint32_t i = 0; i < n; i++) {
        rwg_diag diag = {
            .code = RWG_DIAG_SYNTAX,
            .severity = RWG_SEVERITY_ERROR,
            .path = j->options->path,
            .span = errors[i].span,
            .line = line_of(text, errors[i].span.start),
            .message = errors[i].message,
        };
        add_diag(j->output, &diag);
    }
    return n > 0;
}

/* True when one of the passes' problems is an error. */
static bool add_problems(job *j) {
    bool failed = false;
    for (uint32_t i = 0; i < j->unit.diags.len; i++) {
        add_diag(j->output, &j->unit.diags.ptr[i]);
        failed |= j->unit.diags.ptr[i].severity == RWG_SEVERITY_ERROR;
    }
    return failed;
}

/* --- text --- */

/* Where the module's own statements begin: behind a hashbang and the directives. *out_ends: the
 * text there ends a statement. */
static uint32_t body_start(const rwb__unit *u, bool *out_ends) {
    uint32_t at = 0;
    *out_ends = true;
    for (uint32_t i = rwb__first(u, 0); i < u->nodes[0].next; i = u->nodes[i].next) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        if (kind == RWG_SYNTAX_HASH_BANG_LINE) {
            at = u->nodes[i].end;
            continue;
        }
        if (kind == RWG_SYNTAX_COMMENT) {
            continue;
        }
        if (kind != RWG_SYNTAX_EXPRESSION_STATEMENT ||
            rwb__kind(u, rwb__first(u, i)) != RWG_SYNTAX_STRING) {
            break;
        }
        at = u->nodes[i].end;
        *out_ends = u->text.ptr[at - 1] == ';';
    }
    return at;
}

/* What the passes made beside edits becomes edits too. A factory wraps the whole text; other heads
 * go where they neither hide a directive nor part a hashbang from its file's beginning. */
static void place_head_and_tail(job *j) {
    rwb__unit *u = &j->unit;
    bool wraps = j->options->form == RWB_FORM_FACTORY;
    uint32_t bom = rwg__str_starts(u->text, RWG_STR("\xEF\xBB\xBF")) ? 3 : 0;
    if (bom) {
        rwb__edits_remove(u->edits, 0, bom);
    }
    /* A hashbang is the first token, if there is one. */
    if (wraps && u->node_count > 1 && rwb__kind(u, 1) == RWG_SYNTAX_HASH_BANG_LINE) {
        rwb__edits_remove(u->edits, u->nodes[1].start, u->nodes[1].end);
    }
    if (u->head.bytes.len > 0) {
        bool ends = true;
        uint32_t at = wraps ? 0 : body_start(u, &ends);
        rwb__edits_begin(u->edits, RWB__AFTER, at, at);
        rwb__edits_text(u->edits, !ends ? RWG_STR(";\n") : at > 0 ? RWG_STR("\n") : RWG_STR(""));
        rwb__edits_text(u->edits, rwg__buf_str(&u->head));
    }
    if (u->tail.bytes.len > 0) {
        bool has_line_end = u->text.len > 0 && u->text.ptr[u->text.len - 1] == '\n';
        rwb__edits_begin(u->edits, RWB__BEFORE, u->text.len, u->text.len);
        rwb__edits_text(u->edits, has_line_end ? RWG_STR("") : RWG_STR("\n"));
        rwb__edits_text(u->edits, rwg__buf_str(&u->tail));
    }
}

static rwg_status render(job *j, rwg_error *err) {
    rwb__unit *u = &j->unit;
    rwb__map_builder map;
    rwb__map_init(&map, u->mem);
    bool of_others = rwg__str_contains(j->options->path, RWG_STR("node_modules/"));
    uint32_t source = rwb__map_source_add(&map, j->options->path, u->text, of_others);
    bool has_map = j->options->source_map;
    bool done = rwb__render(u->text, u->edits, source, &j->output->code, has_map ? &map : NULL);
    if (done && has_map) {
        rwg_sink sink = rwg__buf_sink(&j->output->map);
        rwb__map_write(&map, RWG_STR(""), &sink);
        done = !sink.failed;
    }
    rwb__map_deinit(&map);
    return done ? RWG_OK
                : rwg__error(err, RWG_LIMIT, j->options->path, "the module's code grows too large");
}

static void collect_imports(job *j) {
    uint32_t n = 0;
    const rwg_import *imports = rwg_module_imports(j->output->record, &n);
    for (uint32_t i = 0; i < n; i++) {
        bool is_type = imports[i].kind == RWG_IMPORT_IMPORT_TYPE;
        if (!is_type && !j->unit.import_elided[i]) {
            *rwg__vec_push(&j->output->imports, j->output->mem) = i;
        }
    }
}

static rwg_status run(job *j, rwg_str text, rwg_error *err) {
    rwg_status status = read_text(j, text, err);
    if (status != RWG_OK || add_syntax_errors(j, text)) {
        return status;
    }
    set_up_unit(j, text);
    run_passes(&j->unit);
    if (!add_problems(j)) {
        place_head_and_tail(j);
        status = render(j, err);
        collect_imports(j);
        j->output->extras = j->unit.extras;
        j->output->is_async = j->unit.is_async;
    }
    rwg__buf_deinit(&j->unit.head);
    rwg__buf_deinit(&j->unit.tail);
    rwg__vec_free(&j->unit.diags, j->unit.mem);
    return status;
}

rwg_status rwb_transform(
    rwb_transformer *t,
    rwg_str text,
    const rwb_transform_options *options,
    rwb_output **out,
    rwg_error *err
) {
    *out = NULL;
    if (options->size != sizeof *options) {
        return rwg__error(
            err, RWG_INVALID, RWG_STR(""), "rwb_transform_options of another version"
        );
    }
    if (options->lang < RWG_LANG_JS || options->lang > RWG_LANG_TSX) {
        return rwg__error(
            err, RWG_INVALID, options->path, "only JavaScript and TypeScript are transformed"
        );
    }
    job j = {.t = t, .options = options, .output = output_new(t->mem)};
    rwb__edits_init(&j.edits, t->mem);
    rwg__arena_init(&j.arena, t->mem);
    rwg_status status = run(&j, text, err);
    rwb__scopes_free(j.scopes);
    rwg_source_free(j.source);
    rwb__edits_deinit(&j.edits);
    rwg__arena_deinit(&j.arena);
    if (status == RWG_OK) {
        *out = j.output;
    } else {
        rwb_output_free(j.output);
    }
    return status;
}
