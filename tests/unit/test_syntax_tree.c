// The syntax tree as a flat array (rwgraph/sys/source.h): its shape, its names, and what it says of
// text that is patched, wrong, or no text at all.

#include <rwgraph/sys/runtime.h>
#include <rwgraph/sys/source.h>

#include "base/limits.h"
#include "base/str.h"
#include "syntax/grammar.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define JS  RWG_LANG_JS
#define TS  RWG_LANG_TS
#define TSX RWG_LANG_TSX

#define FOLDER RWG_SOURCE_DIR "/tests/fixtures/syntax/gaps"

static rwg_source *open_with(rwg_source_parser *parser, rwg_lang lang, rwg_str text) {
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    options.lang = lang;
    rwg_source *source = NULL;
    assert_int_equal(rwg_source_open(parser, text, &options, &source, NULL), RWG_OK);
    return source;
}

/* A source that outlives its parser, as they may. */
static rwg_source *open_text(rwg_lang lang, rwg_str text) {
    rwg_source_parser *parser = rwg_source_parser_new();
    rwg_source *source = open_with(parser, lang, text);
    rwg_source_parser_free(parser);
    return source;
}

static bool is_space(rwg_str text, uint32_t at) {
    static const char *const SPACES[] = {
        " ",
        "\t",
        "\n",
        "\r",
        "\v",
        "\f",
        "\xC2\xA0",
        "\xEF\xBB\xBF",
        "\xE2\x80\xA8",
        "\xE2\x80\xA9"};
    for (size_t i = 0; i < sizeof SPACES / sizeof SPACES[0]; i++) {
        uint32_t len = (uint32_t)strlen(SPACES[i]);
        for (uint32_t back = 0; back < len && back <= at; back++) {
            if (rwg__str_starts(rwg__str_from(text, at - back), rwg__str_c(SPACES[i]))) {
                return true;
            }
        }
    }
    return false;
}

static void check_shape(const rwg_source *source) {
    uint32_t n = 0;
    const rwg_syntax_node *nodes = rwg_source_nodes(source, &n);
    rwg_str text = rwg_source_text(source);
    assert_true(n > 0);
    assert_int_equal(nodes[0].kind, RWG_SYNTAX_PROGRAM);
    assert_int_equal(nodes[0].parent, 0);
    assert_int_equal(nodes[0].start, 0);
    assert_int_equal(nodes[0].end, text.len);
    assert_int_equal(nodes[0].next, n);
    for (uint32_t i = 1; i < n; i++) {
        const rwg_syntax_node *node = &nodes[i];
        const rwg_syntax_node *parent = &nodes[node->parent];
        assert_true(node->parent < i && node->next > i && node->next <= parent->next);
        assert_true(parent->start <= node->start && node->start <= node->end);
        assert_true(node->end <= parent->end);
        assert_true(i == node->parent + 1 || nodes[i - 1].start <= node->start);
        if (node->next < parent->next) {
            assert_int_equal(nodes[node->next].parent, node->parent);
            assert_true(node->end <= nodes[node->next].start);
        }
    }
}

/* What no leaf covers is white space. */
static void check_cover(const rwg_source *source) {
    uint32_t n = 0;
    const rwg_syntax_node *nodes = rwg_source_nodes(source, &n);
    rwg_str seen = rwg_source_seen(source);
    uint32_t covered = 0;
    for (uint32_t i = 1; i <= n; i++) {
        bool is_end = i == n;
        if (!is_end && nodes[i].next != i + 1) {
            continue;
        }
        uint32_t start = is_end ? seen.len : nodes[i].start;
        for (uint32_t at = covered; at < start; at++) {
            if (!is_space(seen, at)) {
                print_error("%.*s\n", (int)(start - covered), seen.ptr + covered);
            }
            assert_true(is_space(seen, at));
        }
        covered = is_end ? start : nodes[i].end;
    }
}

static uint32_t count_errors(const rwg_source *source) {
    uint32_t n = 0;
    rwg_source_errors(source, &n);
    return n;
}

/* The tree as text: named nodes in parentheses, fields with a colon, words and punctuation left
 * out; `!` is a missing node, `~` a patched one. Freed by the caller. */
static char *show(const rwg_source *source) {
    uint32_t n = 0;
    const rwg_syntax_node *nodes = rwg_source_nodes(source, &n);
    static const char *const FIELDS[] = {
        "",
#define X(field, name) name,
        RWG_SYNTAX_FIELD_MAP(X)
#undef X
    };
    char *out = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&out, &size);
    assert_non_null(to);
    for (uint32_t i = 0; i < n; i++) {
        const rwg_syntax_node *node = &nodes[i];
        if (node->flags & RWG_SYNTAX_NAMED) {
            fputs(i > 0 ? " " : "", to);
            fprintf(to, node->field ? "%s:" : "%s", FIELDS[node->field]);
            fprintf(to, "(%s", rwg_syntax_kind_name((rwg_syntax_kind)node->kind));
            fputs(node->flags & RWG_SYNTAX_MISSING ? "!" : "", to);
            fputs(node->flags & RWG_SYNTAX_PATCHED ? "~" : "", to);
        }
        for (uint32_t up = i; nodes[up].next == i + 1; up = nodes[up].parent) {
            fputs(nodes[up].flags & RWG_SYNTAX_NAMED ? ")" : "", to);
            if (up == 0) {
                break;
            }
        }
    }
    fclose(to);
    return out;
}

static void check_shown(rwg_lang lang, const char *code, const char *expected) {
    rwg_source *source = open_text(lang, rwg__str_c(code));
    check_shape(source);
    check_cover(source);
    assert_int_equal(count_errors(source), 0);
    char *shown = show(source);
    assert_string_equal(shown, expected);
    free(shown);
    rwg_source_free(source);
}

/* `times` copies of `part`, then `rest`; freed by the caller. */
static char *repeated(const char *part, size_t times, const char *rest) {
    size_t len = strlen(part);
    char *text = malloc(len * times + strlen(rest) + 1);
    assert_non_null(text);
    for (size_t i = 0; i < times; i++) {
        memcpy(text + i * len, part, len);
    }
    strcpy(text + len * times, rest);
    return text;
}

/* The first node of the kind. */
static const rwg_syntax_node *first_of(const rwg_source *source, rwg_syntax_kind kind) {
    uint32_t n = 0;
    const rwg_syntax_node *nodes = rwg_source_nodes(source, &n);
    uint32_t i = 0;
    while (i < n && nodes[i].kind != kind) {
        i++;
    }
    assert_true(i < n);
    return &nodes[i];
}

TEST(this_build_says_that_it_has_syntax_trees) {
    assert_true(rwg_has("syntax-tree"));
}

TEST(every_fixture_is_one_array_in_source_order_that_covers_the_text) {
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    rwg_source_parser *parser = rwg_source_parser_new();
    int checked = 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        rwg_lang lang = rwg_lang_of_path(rwg__str_c(entry->d_name), NULL);
        if (entry->d_name[0] == '.' || lang == RWG_LANG_NONE) {
            continue;
        }
        char path[512];
        snprintf(path, sizeof path, "%s/%s", FOLDER, entry->d_name);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        static char bytes[1 << 16];
        size_t len = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        rwg_source *source = open_with(parser, lang, rwg__str(bytes, len));
        check_shape(source);
        check_cover(source);
        assert_int_equal(count_errors(source), 0);
        rwg_source_free(source);
        checked++;
    }
    closedir(folder);
    rwg_source_parser_free(parser);
    assert_true(checked > 20);
}

TEST(every_node_type_and_field_of_the_grammars_has_a_name_here) {
    static const struct {
        const char *type;
        bool named;
    } KNOWN[] = {

#define X(kind, named, type) {type, named},
        RWG_SYNTAX_MAP(X)
#undef X
    };
    static const char *const FIELDS[] = {
#define X(field, name) name,
        RWG_SYNTAX_FIELD_MAP(X)
#undef X
    };
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    for (int lang = JS; lang <= TSX; lang++) {
        rwg__grammar grammar;
        rwg__grammar_init(&grammar, &mem, (rwg_lang)lang);
        for (uint32_t s = 1; s < ts_language_symbol_count(grammar.language); s++) {
            TSSymbolType type = ts_language_symbol_type(grammar.language, (TSSymbol)s);
            const char *name = ts_language_symbol_name(grammar.language, (TSSymbol)s);
            bool known = type != TSSymbolTypeRegular && type != TSSymbolTypeAnonymous;
            for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
                bool named = type == TSSymbolTypeRegular;
                known |= KNOWN[i].named == named && strcmp(KNOWN[i].type, name) == 0;
            }
            if (!known) {
                print_error("%s has no kind\n", name);
            }
            assert_true(known);
        }
        for (uint32_t f = 1; f <= ts_language_field_count(grammar.language); f++) {
            const char *name = ts_language_field_name_for_id(grammar.language, (TSFieldId)f);
            bool known = false;
            for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
                known |= strcmp(FIELDS[i], name) == 0;
            }
            if (!known) {
                print_error("%s is no field\n", name);
            }
            assert_true(known);
        }
        rwg__grammar_deinit(&grammar, &mem);
    }
}

TEST(javascript_has_its_nodes_with_their_parts) {
    check_shown(JS, "", "(program)");
    check_shown(
        JS,
        "#!/bin/node\n// c\nconst {a, b: [c] = d} = e?.f(`x${1}`)",
        "(program (hash_bang_line) (comment) (lexical_declaration (variable_declarator "
        "name:(object_pattern (shorthand_property_identifier_pattern) (pair_pattern "
        "key:(property_identifier) value:(assignment_pattern left:(array_pattern (identifier)) "
        "right:(identifier)))) value:(call_expression function:(member_expression "
        "object:(identifier) optional_chain:(optional_chain) property:(property_identifier)) "
        "arguments:(arguments (template_string (string_fragment) (template_substitution "
        "(number))))))))"
    );
    check_shown(
        JS,
        "class A extends B { static #x = /r/g; async *m(...a) { await 1 } }",
        "(program (class_declaration name:(identifier) (class_heritage (identifier)) "
        "body:(class_body member:(field_definition property:(private_property_identifier) "
        "value:(regex pattern:(regex_pattern) flags:(regex_flags))) "
        "member:(method_definition name:(property_identifier) parameters:(formal_parameters "
        "(rest_pattern (identifier))) body:(statement_block (expression_statement "
        "(await_expression (number))))))))"
    );
}

TEST(typescript_has_its_nodes_with_their_parts) {
    check_shown(
        TS,
        "export default function f<T extends U>(this: X, a?: T): a is string {}",
        "(program (export_statement declaration:(function_declaration name:(identifier) "
        "type_parameters:(type_parameters (type_parameter name:(type_identifier) "
        "constraint:(constraint (type_identifier)))) parameters:(formal_parameters "
        "(required_parameter pattern:(this) type:(type_annotation (type_identifier))) "
        "(optional_parameter pattern:(identifier) type:(type_annotation (type_identifier)))) "
        "return_type:(type_predicate_annotation (type_predicate name:(identifier) "
        "type:(predefined_type))) body:(statement_block))))"
    );
    check_shown(
        TS,
        "const enum E { A = 1 } declare let x: unique symbol; <T>y; z!",
        "(program (enum_declaration name:(identifier) body:(enum_body (enum_assignment "
        "name:(property_identifier) value:(number)))) (ambient_declaration (lexical_declaration "
        "(variable_declarator name:(identifier) type:(type_annotation (predefined_type))))) "
        "(expression_statement (type_assertion (type_arguments (type_identifier)) (identifier))) "
        "(expression_statement (non_null_expression (identifier))))"
    );
}

TEST(tsx_has_elements_and_their_text) {
    check_shown(
        TSX,
        "x = <A.B c=\"d\" {...e}>f &amp; {g as H}<></></A.B>",
        "(program (expression_statement (assignment_expression left:(identifier) "
        "right:(jsx_element open_tag:(jsx_opening_element name:(member_expression "
        "object:(identifier) property:(property_identifier)) attribute:(jsx_attribute "
        "(property_identifier) (string (string_fragment))) attribute:(jsx_expression "
        "(spread_element (identifier)))) (jsx_text) (html_character_reference) (jsx_text) "
        "(jsx_expression (as_expression (identifier) (type_identifier))) (jsx_element "
        "open_tag:(jsx_opening_element) close_tag:(jsx_closing_element)) "
        "close_tag:(jsx_closing_element name:(member_expression object:(identifier) "
        "property:(property_identifier)))))))"
    );
}

TEST(words_and_punctuation_have_kinds_of_their_own) {
    rwg_source *source = open_text(JS, RWG_STR("a >>>= typeof b"));
    assert_int_equal(first_of(source, RWG_SYNTAX_TOKEN_SHIFT_RIGHT_ZERO_ASSIGN)->start, 2);
    const rwg_syntax_node *word = first_of(source, RWG_SYNTAX_WORD_TYPEOF);
    assert_int_equal(word->start, 7);
    assert_int_equal(word->end, 13);
    assert_int_equal(word->field, RWG_SYNTAX_FIELD_OPERATOR);
    assert_false(word->flags & RWG_SYNTAX_NAMED);
    rwg_source_free(source);
}

TEST(a_byte_order_mark_is_white_space_in_front_of_the_first_token) {
    rwg_source *source = open_text(
        JS,
        RWG_STR("\xEF\xBB\xBF"
                "a\n")
    );
    check_shape(source);
    check_cover(source);
    const rwg_syntax_node *name = first_of(source, RWG_SYNTAX_IDENTIFIER);
    assert_int_equal(name->start, 3);
    assert_int_equal(name->end, 4);
    assert_ptr_equal(rwg_source_seen(source).ptr, rwg_source_text(source).ptr);
    rwg_source_free(source);
}

TEST(patched_text_is_flagged_where_it_differs_from_what_was_seen) {
    rwg_str text = RWG_STR("let a = 1;\nexport interface A<in out T> {}\nlet b = 2;\n");
    rwg_source *source = open_text(TS, text);
    check_shape(source);
    check_cover(source);
    assert_int_equal(count_errors(source), 0);
    rwg_str seen = rwg_source_seen(source);
    assert_ptr_equal(rwg_source_text(source).ptr, text.ptr);
    assert_int_equal(seen.len, text.len);
    uint32_t n = 0;
    const rwg_syntax_node *nodes = rwg_source_nodes(source, &n);
    uint32_t patched = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t len = nodes[i].end - nodes[i].start;
        bool differs = memcmp(text.ptr + nodes[i].start, seen.ptr + nodes[i].start, len) != 0;
        assert_int_equal((nodes[i].flags & RWG_SYNTAX_PATCHED) != 0, differs);
        patched += differs;
    }
    /* program, export, interface, type parameters */
    assert_in_range(patched, 4, 5);
    rwg_source_free(source);
}

TEST(text_of_a_source_in_known_gaps_is_borrowed_and_what_was_seen_is_kept) {
    rwg_source_parser *parser = rwg_source_parser_new();
    rwg_str first = RWG_STR("export type * from './a'");
    rwg_source *a = open_with(parser, TS, first);
    char *before = malloc(first.len);
    assert_non_null(before);
    memcpy(before, rwg_source_seen(a).ptr, first.len);
    rwg_source *b = open_with(parser, TS, RWG_STR("interface B<out T> { c\nd }"));
    assert_memory_equal(rwg_source_seen(a).ptr, before, first.len);
    free(before);
    rwg_source_parser_free(parser);
    check_shape(a);
    check_shape(b);
    rwg_source_free(a);
    rwg_source_free(b);
}

TEST(an_error_has_a_place_and_a_message_and_the_rest_has_nodes) {
    rwg_source *source = open_text(JS, RWG_STR("let a = (1;\nfunction f() {}\n"));
    check_shape(source);
    uint32_t n = 0;
    const rwg_source_error *errors = rwg_source_errors(source, &n);
    assert_int_equal(n, 1);
    assert_int_equal(errors[0].span.start, 10);
    assert_true(rwg__str_eq_c(errors[0].message, "\")\" is expected here"));
    const rwg_syntax_node *missing = first_of(source, RWG_SYNTAX_TOKEN_PAREN_CLOSE);
    assert_true(missing->flags & RWG_SYNTAX_MISSING);
    assert_int_equal(missing->start, missing->end);
    first_of(source, RWG_SYNTAX_FUNCTION_DECLARATION);
    rwg_source_free(source);
}

TEST(skipped_text_is_an_error_node) {
    rwg_source *source = open_text(TS, RWG_STR("a = 1;\n@@ ~\nb = 2;\n"));
    check_shape(source);
    uint32_t n = 0;
    const rwg_syntax_node *nodes = rwg_source_nodes(source, &n);
    uint32_t errors = 0;
    for (uint32_t i = 1; i < n; i++) {
        if (nodes[i].flags & RWG_SYNTAX_ERROR) {
            assert_int_equal(nodes[i].kind, RWG_SYNTAX_OTHER);
            errors++;
        }
    }
    assert_true(errors > 0);
    assert_true(count_errors(source) > 0);
    rwg_source_free(source);
}

TEST(a_text_of_which_nothing_fits_is_a_program_still) {
    static const char *const TEXTS[] = {"}", "((((", "\"", "<", "import {", "`${", "/*", "@"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        rwg_source *source = open_text(TSX, rwg__str_c(TEXTS[i]));
        check_shape(source);
        assert_true(count_errors(source) > 0);
        rwg_source_free(source);
    }
}

TEST(bytes_that_are_no_text_are_seen_as_question_marks) {
    rwg_str text = RWG_STR("a = 'caf\xE9'; b = 2");
    rwg_source *source = open_text(JS, text);
    check_shape(source);
    assert_true(rwg__str_eq(rwg_source_seen(source), RWG_STR("a = 'caf?'; b = 2")));
    assert_true(first_of(source, RWG_SYNTAX_STRING)->flags & RWG_SYNTAX_PATCHED);
    assert_false(first_of(source, RWG_SYNTAX_NUMBER)->flags & RWG_SYNTAX_PATCHED);
    assert_int_equal(count_errors(source), 0);
    rwg_source_free(source);
}

TEST(binary_data_is_a_program_without_children_and_an_error) {
    rwg_source *source = open_text(JS, RWG_STR("a\0b"));
    check_shape(source);
    uint32_t n = 0;
    rwg_source_nodes(source, &n);
    assert_int_equal(n, 1);
    const rwg_source_error *errors = rwg_source_errors(source, &n);
    assert_int_equal(n, 1);
    assert_int_equal(errors[0].span.start, 1);
    assert_true(rwg__str_contains(errors[0].message, RWG_STR("binary")));
    rwg_source_free(source);
}

TEST(one_parser_reads_all_languages_one_after_the_other) {
    rwg_source_parser *parser = rwg_source_parser_new();
    for (int round = 0; round < 3; round++) {
        for (int lang = JS; lang <= TSX; lang++) {
            rwg_source *source = open_with(parser, (rwg_lang)lang, RWG_STR("f(1)"));
            char *shown = show(source);
            assert_string_equal(
                shown,
                "(program (expression_statement (call_expression function:(identifier) "
                "arguments:(arguments (number)))))"
            );
            free(shown);
            rwg_source_free(source);
        }
    }
    rwg_source_parser_free(parser);
}

TEST(brackets_nested_a_hundred_thousand_deep_are_a_tree) {
    static const struct {
        const char *open;
        const char *close;
    } PAIRS[] = {{"(", ")"}, {"[", "]"}, {"{a:", "}"}, {"f(", ")"}, {"()=>{", "}"}};

    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        char *close = repeated(PAIRS[i].close, 100000, "");
        char *middle = repeated("1", 1, close);
        char *inner = repeated(PAIRS[i].open, 100000, middle);
        char *code = repeated("x = ", 1, inner);
        rwg_source *source = open_text(JS, rwg__str_c(code));
        check_shape(source);
        assert_int_equal(count_errors(source), 0);
        uint32_t n = 0;
        rwg_source_nodes(source, &n);
        assert_true(n > 300000);
        rwg_source_free(source);
        free(code);
        free(inner);
        free(middle);
        free(close);
    }
}

TEST(other_languages_and_bad_arguments_are_refused) {
    rwg_source_parser *parser = rwg_source_parser_new();
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    rwg_source *source = NULL;
    rwg_error err = {0};
    options.lang = RWG_LANG_CSS;
    assert_int_equal(rwg_source_open(parser, RWG_STR(""), &options, &source, &err), RWG_INVALID);
    options.lang = RWG_LANG_NONE;
    assert_int_equal(rwg_source_open(parser, RWG_STR(""), &options, &source, &err), RWG_INVALID);
    options.lang = JS;
    options.size = 1;
    assert_int_equal(rwg_source_open(parser, RWG_STR(""), &options, &source, &err), RWG_INVALID);
    options.size = sizeof options;
    rwg_str huge = {"", RWG_LIMIT_SOURCE_BYTES + 1};
    assert_int_equal(rwg_source_open(parser, huge, &options, &source, &err), RWG_LIMIT);
    assert_non_null(strstr(err.text, "67108865"));
    assert_null(source);
    rwg_source_parser_free(parser);
    rwg_source_free(NULL);
    rwg_source_parser_free(NULL);
}
