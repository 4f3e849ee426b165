/* The driver of this folder: hash, checks, digest, tree, extraction, kind.
 *
 *     text ── digest? ── tree ── gaps patched? ── extraction ── record
 *       └────── not sure, or errors: the whole text ──┘
 *
 * A text that cannot be read as its language still has a record: what could be read, and
 * diagnostics. */
#include <rwgraph/diag.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/str.h"
#include "syntax/errors.h"
#include "syntax/extract.h"
#include "syntax/read_css.h"
#include "syntax/read_json.h"
#include "syntax/read_script.h"
#include "syntax/syntax.h"

struct rwg__parser {
    rwg__mem *mem;
    rwg__script script;
    rwg__record_builder out;
    rwg__extract extract;
    rwg__prescan prescan;
    rwg__arena scratch;
};

rwg__parser *rwg__parser_new(rwg__mem *mem) {
    rwg__parser *p = rwg__mem_zalloc(mem, sizeof *p);
    p->mem = mem;
    rwg__script_init(&p->script, mem);
    rwg__record_init(&p->out, mem);
    rwg__extract_init(&p->extract, mem);
    rwg__arena_init(&p->scratch, mem);
    return p;
}

void rwg__parser_free(rwg__parser *p) {
    if (!p) {
        return;
    }
    rwg__script_deinit(&p->script);
    rwg__record_deinit(&p->out);
    rwg__extract_deinit(&p->extract);
    rwg__prescan_deinit(&p->prescan, p->mem);
    rwg__arena_deinit(&p->scratch);
    rwg__mem_free(p->mem, p, sizeof *p);
}

static void extract_from(
    rwg__parser *p,
    const rwg_parse_options *options,
    const TSTree *tree,
    rwg_str text,
    rwg_str source,
    const rwg__prescan *scan
) {
    const rwg__gaps *gaps = &p->script.gaps;
    rwg__reading in = {
        .text = text,
        .seen = rwg__gaps_text(gaps, text),
        .source = source,
        .scan = scan,
        .types = gaps->types.ptr,
        .type_count = gaps->types.len,
        .typescript = options->lang == RWG_LANG_TS || options->lang == RWG_LANG_TSX,
        .jsx = options->lang != RWG_LANG_TS,
    };
    const rwg__grammar *grammar = rwg__source_grammar(&p->script.source, options->lang);
    rwg__extract_run(&p->extract, &p->out, grammar, tree, &in, options->module);
}

/* The way over the digest. False: it gave no record, and p->out is as it was. */
static bool parse_digest(
    rwg__parser *p, rwg_str source, const rwg_parse_options *options, rwg__parse_stats *stats
) {
    rwg__prescan_run(&p->prescan, p->mem, source, options->lang);
    if (!p->prescan.sure) {
        return false;
    }
    rwg_str digest = {p->prescan.text.ptr, p->prescan.text.len};
    stats->ranges = p->prescan.pieces.len;
    stats->bytes = digest.len;
    /* How server functions are called stands in their values, which are not in the digest. */
    if (rwg__str_contains(digest, RWG_STR("use server"))) {
        return false;
    }
    TSTree *tree = rwg__script_tree(&p->script, options->lang, digest);
    bool clean = tree && !ts_node_has_error(ts_tree_root_node(tree));
    if (clean) {
        extract_from(p, options, tree, digest, source, &p->prescan);
    }
    if (tree) {
        ts_tree_delete(tree);
    }
    return clean;
}

static void report(rwg__parser *p, rwg_diag_code code, const rwg__syntax_error *error) {
    rwg__record_diag(
        &p->out, (uint16_t)code, RWG_SEVERITY_ERROR, error->span, "%s", error->message
    );
}

/* The way over the whole text. Returns flags for the record. */
static uint32_t parse_whole(
    rwg__parser *p, rwg_str source, const rwg_parse_options *options, rwg__parse_stats *stats
) {
    stats->full = true;
    stats->ranges = 1;
    stats->bytes = source.len;
    TSTree *tree = rwg__script_tree(&p->script, options->lang, source);
    if (!tree) {
        rwg__record_diag(
            &p->out, RWG_DIAG_SYNTAX, RWG_SEVERITY_ERROR, (rwg_span){0, 0}, RWG__TOO_MANY_STEPS
        );
        return RWG_MODULE_PARTIAL;
    }
    extract_from(p, options, tree, source, source, NULL);
    uint32_t flags = 0;
    if (ts_node_has_error(ts_tree_root_node(tree))) {
        rwg__syntax_error errors[RWG__ERRORS_MAX];
        uint32_t count = rwg__errors_find(tree, source, errors);
        for (uint32_t i = 0; i < count; i++) {
            report(p, RWG_DIAG_SYNTAX, &errors[i]);
        }
        flags = RWG_MODULE_PARTIAL;
    }
    ts_tree_delete(tree);
    return flags;
}

static void report_bad_bytes(rwg__parser *p, rwg__bad_bytes bad) {
    rwg__record_diag(
        &p->out,
        RWG_DIAG_NOT_UTF8,
        RWG_SEVERITY_WARNING,
        (rwg_span){bad.first, bad.first + 1},
        "%u byte%s of this file %s not UTF-8; the first is at offset %u",
        bad.count,
        bad.count == 1 ? "" : "s",
        bad.count == 1 ? "is" : "are",
        bad.first
    );
}

static void parse_script(
    rwg__parser *p,
    rwg_str text,
    const rwg_parse_options *options,
    rwg__record_facts *facts,
    rwg__parse_stats *stats
) {
    rwg__bad_bytes bad;
    text = rwg__script_repair(&p->script, text, &bad);
    if (bad.count > 0) {
        report_bad_bytes(p, bad);
    }
    if (options->full || !parse_digest(p, text, options, stats)) {
        facts->flags |= parse_whole(p, text, options, stats);
    }
    facts->flags |= p->extract.flags;
    facts->kind = rwg__extract_kind(&p->extract);
}

static void parse_text(
    rwg__parser *p,
    rwg_str text,
    const rwg_parse_options *options,
    rwg__record_facts *facts,
    rwg__parse_stats *stats
) {
    bool readable = true;
    switch (options->lang) {
    case RWG_LANG_NONE: facts->kind = RWG_MODULE_ASSET; break;
    case RWG_LANG_JSON:
        facts->kind = RWG_MODULE_JSON;
        rwg__arena_reset(&p->scratch);
        readable = rwg__read_json(&p->out, &p->scratch, text);
        break;
    case RWG_LANG_CSS:
        facts->kind = RWG_MODULE_CSS;
        rwg__read_css(&p->out, p->mem, text);
        break;
    case RWG_LANG_JS:
    case RWG_LANG_JSX:
    case RWG_LANG_TS:
    case RWG_LANG_TSX: parse_script(p, text, options, facts, stats); break;
    }
    if (!readable) {
        facts->flags |= RWG_MODULE_PARTIAL;
    }
}

/* A kind for a file whose text was not looked at. */
static rwg_module_kind unread_kind(const rwg_parse_options *options) {
    switch (options->lang) {
    case RWG_LANG_NONE: return RWG_MODULE_ASSET;
    case RWG_LANG_JSON: return RWG_MODULE_JSON;
    case RWG_LANG_CSS: return RWG_MODULE_CSS;
    case RWG_LANG_JS:
    case RWG_LANG_JSX:
    case RWG_LANG_TS:
    case RWG_LANG_TSX: break;
    }
    return options->module ? RWG_MODULE_ESM : RWG_MODULE_SCRIPT;
}

rwg_module *rwg__parse(
    rwg__parser *p, rwg_str text, const rwg_parse_options *options, rwg__parse_stats *out_stats
) {
    rwg__parse_stats unused = {.full = false};
    rwg__parse_stats *stats = out_stats ? out_stats : &unused;
    *stats = unused;
    rwg__record_reset(&p->out);
    rwg__record_facts facts = {
        .lang = options->lang,
        .flags = options->declaration ? RWG_MODULE_DECLARATION : 0,
        .source_len = text.len,
        .content = rwg__hash_bytes(text.ptr, text.len),
    };
    RWG_ASSERT(text.len <= RWG_LIMIT_SOURCE_BYTES);
    rwg__syntax_error binary;
    if (options->lang != RWG_LANG_NONE && rwg__errors_binary(text, &binary)) {
        report(p, RWG_DIAG_BINARY, &binary);
        facts.kind = unread_kind(options);
        facts.flags |= RWG_MODULE_PARTIAL;
    } else {
        parse_text(p, text, options, &facts, stats);
    }
    return rwg__record_finish(&p->out, &facts);
}

rwg_status rwg_module_parse(
    rwg_str text, const rwg_parse_options *options, rwg_module **out_module, rwg_error *err
) {
    if (!out_module || !options || options->size != sizeof *options ||
        (unsigned)options->lang > RWG_LANG_CSS || (text.len && !text.ptr)) {
        return rwg__error(err, RWG_INVALID, (rwg_str){NULL, 0}, "bad argument to rwg_module_parse");
    }
    *out_module = NULL;
    if (text.len > RWG_LIMIT_SOURCE_BYTES) {
        return rwg__error(
            err,
            RWG_LIMIT,
            (rwg_str){NULL, 0},
            "the text has %u bytes; at most %u can be read",
            text.len,
            RWG_LIMIT_SOURCE_BYTES
        );
    }
    rwg__mem *mem = rwg__mem_new(NULL, 0);
    rwg__parser *parser = rwg__parser_new(mem);
    *out_module = rwg__parse(parser, text, options, NULL);
    rwg__parser_free(parser);
    rwg__module_take_mem(*out_module);
    return RWG_OK;
}
