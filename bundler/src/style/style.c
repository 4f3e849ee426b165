/* One pass over the tokens. Blocks are kept on a stack; a statement's end is looked up before it is
 * read, which tells a nested rule from a declaration: a "{" comes before the ";". */
#include "style/style.h"

#include "base/str.h"
#include "style/names.h"
#include "style/style_pass.h"

/* --- statements --- */

static void open_block(rwb__pass *p, rwb__block b) {
    *rwg__vec_push(&p->blocks, p->mem) = b;
}

static void close_block(rwb__pass *p) {
    if (p->blocks.len == 0) {
        rwb__pass_copy(p, p->at);
        return;
    }
    rwb__block b = p->blocks.ptr[--p->blocks.len];
    if (!b.unwrapped) {
        rwb__pass_copy(p, p->at);
    }
    p->owners.len = b.kept;
}

/* `:export { name: value; }` */
static void read_export(rwb__pass *p, uint32_t brace) {
    uint32_t i = rwb__pass_skip(p, brace + 1, p->tokens.len);
    while (i < p->tokens.len && !rwb__pass_is_char(p, i, '}')) {
        uint32_t end = rwb__pass_find_end(p, i, true);
        uint32_t colon = rwb__pass_skip(p, i + 1, end);
        if (rwb__pass_is(p, i, RWB__STYLE_IDENT) && rwb__pass_is_char(p, colon, ':')) {
            uint32_t from = rwb__pass_skip(p, colon + 1, end);
            rwg_str value = rwb__pass_range(p, from, rwb__pass_trim(p, from, end));
            const rwg_str *known =
                rwb__pass_trim(p, from, end) == from + 1 ? rwb__pass_value_of(p, from) : NULL;
            uint32_t name =
                rwb__style_name_put(p->style, rwb__pass_unescape(p, rwb__pass_text(p, i)));
            (void)rwb__style_part_add(p->style, name, known ? *known : value, RWG_STR(""));
        }
        i = rwb__pass_skip(p, rwb__pass_is_char(p, end, ';') ? end + 1 : end, p->tokens.len);
        if (rwb__pass_is_char(p, i, '{')) {
            i++; /* no declaration: not to stay here for ever */
        }
    }
    rwb__pass_drop(p, p->at, i < p->tokens.len ? i + 1 : i);
    p->at = i < p->tokens.len ? i + 1 : i;
}

static void read_rule(rwb__pass *p, uint32_t start, uint32_t brace) {
    rwb__block outer =
        p->blocks.len > 0 ? p->blocks.ptr[p->blocks.len - 1] : (rwb__block){.global = false};
    rwb__block b = {.global = outer.global, .owners = p->owners.len, .kept = p->owners.len};
    uint32_t end = rwb__pass_trim(p, start, brace);
    rwg_str prelude = rwb__pass_range(p, start, end);
    if (p->scope.len == 0 || outer.kind == RWB__BLOCK_KEYFRAMES) {
        rwb__pass_write_value(p, start, brace);
    } else if (rwb__style_is(prelude, ":export")) {
        read_export(p, brace);
        return;
    } else if (rwg__str_starts(prelude, RWG_STR(":import("))) {
        rwb__pass_complain(p, start, ":import is not supported: use composes or @value");
    } else if (rwb__style_is(prelude, ":global") || rwb__style_is(prelude, ":local")) {
        b.global = rwb__style_is(prelude, ":global");
        b.unwrapped = true;
    } else {
        b.simple = rwb__pass_write_selector(p, start, brace, outer.global);
    }
    if (b.unwrapped) {
        rwb__pass_drop(p, start, brace);
    } else {
        rwb__pass_copy(p, brace);
    }
    open_block(p, b);
    p->at = brace + 1;
}

static void read_declaration(rwb__pass *p, uint32_t start, uint32_t end) {
    uint32_t colon = rwb__pass_skip(p, start + 1, end);
    rwg_str name = rwb__pass_text(p, start);
    bool is_own = p->scope.len > 0 && colon < end && rwb__pass_is_char(p, colon, ':');
    if (is_own && (rwb__style_is(name, "composes") || rwb__style_is(name, "compose-with"))) {
        rwb__pass_read_composes(p, colon + 1, end);
        p->at = rwb__pass_is_char(p, end, ';') ? end + 1 : end;
        rwb__pass_drop(p, start, p->at);
        return;
    }
    bool global = p->blocks.len > 0 && p->blocks.ptr[p->blocks.len - 1].global;
    bool animates = rwb__style_is(name, "animation") || rwb__style_is(name, "animation-name") ||
                    rwb__style_is(name, "-webkit-animation") ||
                    rwb__style_is(name, "-webkit-animation-name");
    uint32_t value = start;
    if (colon < end && rwb__pass_is_char(p, colon, ':')) {
        while (value <= colon) {
            rwb__pass_copy(p, value++); /* a property's name is never a value's */
        }
    }
    if (is_own && animates && !global) {
        rwb__pass_write_animation(p, value, end);
    } else {
        rwb__pass_write_value(p, value, end);
    }
    p->at = end;
}

/* `@import "a.css" layer(x) print;`: the address, and the conditions behind it. */
static void read_import(rwb__pass *p, uint32_t end) {
    uint32_t i = rwb__pass_skip(p, p->at + 1, end);
    uint32_t rest = i + 1;
    rwg_str specifier = {NULL, 0};
    if (rwb__pass_is(p, i, RWB__STYLE_STRING)) {
        specifier = rwb__pass_unescape(p, rwb__pass_text(p, i));
    } else if (rwb__pass_is(p, i, RWB__STYLE_URL)) {
        specifier = rwb__pass_unescape(p, rwb__style_url_inside(rwb__pass_text(p, i)));
    } else if (rwb__pass_is(p, i, RWB__STYLE_FUNCTION)) {
        uint32_t string = rwb__pass_skip(p, i + 1, end);
        if (string < end && rwb__pass_is(p, string, RWB__STYLE_STRING)) {
            specifier = rwb__pass_unescape(p, rwb__pass_text(p, string));
            rest = rwb__pass_skip(p, string + 1, end) + 1;
        }
    }
    uint32_t stop = rwb__pass_is_char(p, end, ';') ? end + 1 : end;
    rest = rwb__pass_skip(p, rest < end ? rest : end, end);
    rwg_str conditions = rwb__pass_range(p, rest, rwb__pass_trim(p, rest, end));
    rwg_str address = specifier;
    if (!p->hooks || !p->hooks->import || specifier.len == 0) {
        rwb__pass_write(p, rwb__pass_range(p, p->at, stop));
    } else if (p->hooks->import(p->hooks->payload, specifier, conditions, &address)) {
        rwb__pass_write(p, RWG_STR("@import "));
        rwb__style_quote(address, &p->style->css);
        rwb__pass_write(p, conditions.len > 0 ? RWG_STR(" ") : RWG_STR(""));
        rwb__pass_write(p, conditions);
        rwb__pass_write(p, RWG_STR(";"));
    } else {
        rwb__pass_drop(p, p->at, stop);
    }
    p->at = stop;
}

static void read_at_rule(rwb__pass *p) {
    rwg_str name = rwg__str_from(rwb__pass_text(p, p->at), 1);
    uint32_t start = p->at;
    uint32_t end = rwb__pass_find_end(p, start + 1, false);
    bool is_block = rwb__pass_is_char(p, end, '{');
    bool is_module = p->scope.len > 0;
    if (!is_block && (rwb__style_is(name, "charset") || rwb__style_is(name, "value"))) {
        if (!rwb__style_is(name, "charset")) {
            rwb__pass_read_value(p, start, end);
        }
        p->at = rwb__pass_is_char(p, end, ';') ? end + 1 : end;
        rwb__pass_drop(p, start, p->at);
        return;
    }
    if (!is_block && rwb__style_is(name, "import")) {
        read_import(p, end);
        return;
    }
    p->ruled |= is_block || !rwb__style_is(name, "layer");
    p->style->layers = !p->ruled;
    rwb__block outer =
        p->blocks.len > 0 ? p->blocks.ptr[p->blocks.len - 1] : (rwb__block){.global = false};
    rwb__block b = {.global = outer.global, .simple = outer.simple, .owners = outer.owners};
    b.kept = p->owners.len;
    rwb__pass_copy(p, start);
    if (is_block && rwg__str_ends(name, RWG_STR("keyframes"))) {
        b.kind = RWB__BLOCK_KEYFRAMES;
        if (is_module) {
            rwb__pass_write_keyframes(p, start + 1, end, outer.global);
        } else {
            rwb__pass_write_value(p, start + 1, end);
        }
    } else if (is_module && rwb__style_is(name, "scope")) {
        uint32_t kept = p->owners.len;
        (void)rwb__pass_write_selector(p, start + 1, end, outer.global);
        p->owners.len = kept;
    } else {
        rwb__pass_write_value(p, start + 1, end);
    }
    p->at = end;
    if (is_block) {
        rwb__pass_copy(p, end);
        open_block(p, b);
        p->at++;
    }
}

static void read_statement(rwb__pass *p) {
    uint32_t start = p->at;
    p->ruled = true;
    p->style->layers = false;
    uint32_t next = rwb__pass_skip(p, start + 1, p->tokens.len);
    bool custom = rwb__pass_is(p, start, RWB__STYLE_IDENT) && rwb__pass_is_char(p, next, ':') &&
                  rwg__str_starts(rwb__pass_text(p, start), RWG_STR("--"));
    uint32_t end = rwb__pass_find_end(p, start, custom);
    if (rwb__pass_is_char(p, end, '{')) {
        read_rule(p, start, end);
    } else {
        read_declaration(p, start, end);
    }
}

static void run(rwb__pass *p) {
    while (p->at < p->tokens.len) {
        if (rwb__pass_is_char(p, p->at, '}')) {
            close_block(p);
            p->at++;
        } else if (rwb__pass_is_blank(p, p->at) || rwb__pass_is_char(p, p->at, ';')) {
            rwb__pass_copy(p, p->at++);
        } else if (rwb__pass_is(p, p->at, RWB__STYLE_AT)) {
            read_at_rule(p);
        } else {
            read_statement(p);
        }
    }
}

/* --- the end --- */

/* What the last token lacks to be whole, "" = nothing. */
static const char *end_of_token(rwg_str text, const rwb__style_token *token) {
    rwg_str last = rwg__str_sub(text, token->start, token->end);
    switch ((rwb__style_kind)token->kind) {
    case RWB__STYLE_COMMENT: return last.len >= 4 && rwg__str_ends(last, RWG_STR("*/")) ? "" : "*/";
    case RWB__STYLE_STRING: {
        bool closed = last.len > 1 && last.ptr[last.len - 1] == last.ptr[0];
        return closed ? "" : last.ptr[0] == '"' ? "\"" : "'";
    }
    case RWB__STYLE_URL: return rwg__str_ends(last, RWG_STR(")")) ? "" : ")";
    case RWB__STYLE_SPACE:
    case RWB__STYLE_IDENT:
    case RWB__STYLE_FUNCTION:
    case RWB__STYLE_AT:
    case RWB__STYLE_HASH:
    case RWB__STYLE_NUMBER:
    case RWB__STYLE_OPEN:
    case RWB__STYLE_CLOSE:
    case RWB__STYLE_DELIM: break;
    }
    return "";
}

/* The end of a sheet closes all that is open in it. What is written may be followed by another
 * sheet, so it is closed here. */
static void close_all(rwb__style *style) {
    rwb__style_tokens tokens = {0};
    RWG_VEC(char) open = {0};
    rwg_str text = rwg__buf_str(&style->css);
    rwb__style_lex(style->mem, text, &tokens);
    for (uint32_t i = 0; i < tokens.len; i++) {
        const rwb__style_token *token = &tokens.ptr[i];
        char c = text.ptr[token->end - 1];
        if (token->kind == RWB__STYLE_OPEN || token->kind == RWB__STYLE_FUNCTION) {
            *rwg__vec_push(&open, style->mem) = c == '{' ? '}' : c == '[' ? ']' : ')';
        } else if (token->kind == RWB__STYLE_CLOSE && open.len > 0 && open.ptr[open.len - 1] == c) {
            open.len--;
        }
    }
    const char *end = tokens.len > 0 ? end_of_token(text, &tokens.ptr[tokens.len - 1]) : "";
    rwg__buf_add(&style->css, rwg__str_c(end));
    while (open.len > 0) {
        rwg__buf_char(&style->css, open.ptr[--open.len]);
    }
    rwg__vec_free(&open, style->mem);
    rwg__vec_free(&tokens, style->mem);
}

/* --- --- */

bool rwb__style_is_module(rwg_str path) {
    return rwg__str_ends(path, RWG_STR(".module.css"));
}

void rwb__style_init(
    rwb__style *style, rwg__mem *mem, rwg_str text, rwg_str scope, const rwb__style_hooks *hooks
) {
    *style = (rwb__style){.mem = mem};
    rwg__arena_init(&style->arena, mem);
    rwg__buf_init(&style->css, mem);
    rwg__buf_init(&style->problem, mem);
    rwg__strmap_init(&style->by_name, mem);
    if (rwg__str_starts(text, RWG_STR("\xEF\xBB\xBF"))) {
        text = rwg__str_from(text, 3);
    }
    rwb__pass p = {.style = style, .mem = mem, .text = text, .scope = scope, .hooks = hooks};
    rwg__strmap_init(&p.values, mem);
    rwg__buf_init(&p.scratch, mem);
    rwb__style_lex(mem, text, &p.tokens);
    run(&p);
    close_all(style);
    rwg__vec_free(&p.tokens, mem);
    rwg__vec_free(&p.blocks, mem);
    rwg__vec_free(&p.owners, mem);
    rwg__vec_free(&p.brackets, mem);
    rwg__vec_free(&p.texts, mem);
    rwg__strmap_deinit(&p.values);
    rwg__buf_deinit(&p.scratch);
}

void rwb__style_deinit(rwb__style *style) {
    rwg__buf_deinit(&style->css);
    rwg__buf_deinit(&style->problem);
    rwg__strmap_deinit(&style->by_name);
    rwg__vec_free(&style->names, style->mem);
    rwg__vec_free(&style->parts, style->mem);
    rwg__arena_deinit(&style->arena);
}
