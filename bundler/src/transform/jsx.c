/* JSX elements become calls.
 *
 *     <div id="a" key={k} {...p}>text {x}</div>
 *
 *     _jsxs("div", { id: "a", ...p, children: ["text ", x] }, k)                      automatic
 *     React.createElement("div", { id: "a", key: k, ...p }, "text ", x)               classic
 *
 * One edit per element replaces it; what it is made of (tag names, expressions, elements inside)
 * are span pieces, so that other passes edit them and the map stays exact. Elements are met in
 * source order by one walk over the tree.
 *
 * A key behind a spread must win over a key in the spread. The automatic runtime cannot say that;
 * where its own module may be imported by name, createElement of the import source does it, as in
 * other compilers, otherwise the key is taken out of the properties before the call.
 */
#include "transform/jsx.h"

#include "transform/factory.h"

typedef struct child {
    uint32_t node; /* an element or expression, 0 for text */
    rwg_str text;
    uint32_t start; /* of the text in the source */
} child;

typedef struct owner {
    uint32_t end; /* the node behind the function, field or block that `this` belongs to */
    bool has_this;
} owner;

typedef struct jsx {
    rwb__unit *u;
    rwb__jsx_runtime runtime;
    RWG_VEC(child) children; /* of the element at hand */
    RWG_VEC(owner) owners;
    uint32_t at; /* positions are counted once, forward */
    uint32_t line;
    uint32_t column;
} jsx;

/* --- pieces --- */

static void add_text(const jsx *j, const char *text) {
    rwb__edits_text(j->u->edits, rwg__str_c(text));
}

static void add_span(const jsx *j, uint32_t node) {
    rwb__edits_span(j->u->edits, j->u->nodes[node].start, j->u->nodes[node].end);
}

static void add_mapped(const jsx *j, rwg_str text, uint32_t node) {
    const rwg_syntax_node *at = &j->u->nodes[node];
    rwb__edits_mapped(j->u->edits, text, (rwg_span){at->start, at->end}, RWG_STR(""));
}

static bool is_element(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_JSX_ELEMENT || kind == RWG_SYNTAX_JSX_SELF_CLOSING_ELEMENT;
}

/* What a pair of braces holds, 0 when that is nothing. */
static uint32_t content_of(const rwb__unit *u, uint32_t braces) {
    for (uint32_t c = braces + 1; c < u->nodes[braces].next; c = u->nodes[c].next) {
        if (u->nodes[c].flags & RWG_SYNTAX_NAMED && rwb__kind(u, c) != RWG_SYNTAX_COMMENT) {
            return c;
        }
    }
    return 0;
}

static bool is_spread(const rwb__unit *u, uint32_t braces) {
    uint32_t content = content_of(u, braces);
    return content != 0 && rwb__kind(u, content) == RWG_SYNTAX_SPREAD_ELEMENT;
}

/* The expression in braces, with the comments in front of it. */
static void add_braces(const jsx *j, uint32_t braces) {
    const rwb__unit *u = j->u;
    uint32_t content = content_of(u, braces);
    if (rwb__kind(u, content) == RWG_SYNTAX_SPREAD_ELEMENT) {
        rwb__edits_span(u->edits, u->nodes[content].start, u->nodes[content].end);
        return;
    }
    bool list = rwb__kind(u, content) == RWG_SYNTAX_SEQUENCE_EXPRESSION;
    add_text(j, list ? "(" : "");
    rwb__edits_span(u->edits, u->nodes[braces + 2].start, u->nodes[content].end);
    add_text(j, list ? ")" : "");
}

/* A string as written is JavaScript's unless it has references, backslashes or line ends. */
static void add_string(const jsx *j, uint32_t node) {
    rwg_str text = rwb__text(j->u, node);
    rwg_str inner = rwg__str_sub(text, 1, text.len - 1);
    bool plain = true;
    for (uint32_t i = 0; i < inner.len && plain; i++) {
        plain = !strchr("&\\\n\r", inner.ptr[i]);
    }
    if (plain) {
        add_span(j, node);
    } else {
        add_mapped(j, rwb__unit_quote(j->u, rwb__jsx_string(j->u, inner)), node);
    }
}

/* --- tags and attributes --- */

/* The name of a tag or an attribute: a:b may have blanks and comments around its colon. */
static rwg_str name_of(const rwb__unit *u, uint32_t node) {
    if (rwb__kind(u, node) != RWG_SYNTAX_JSX_NAMESPACE_NAME) {
        return rwb__text(u, node);
    }
    rwg__buf text;
    rwg__buf_init(&text, u->mem);
    for (uint32_t c = node + 1; c < u->nodes[node].next; c = u->nodes[c].next) {
        if (u->nodes[c].flags & RWG_SYNTAX_NAMED && rwb__kind(u, c) != RWG_SYNTAX_COMMENT) {
            rwg__buf_add(&text, text.bytes.len > 0 ? RWG_STR(":") : RWG_STR(""));
            rwg__buf_add(&text, rwb__text(u, c));
        }
    }
    rwg_str name = rwg__arena_str(u->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return name;
}

static void add_tag(jsx *j, uint32_t element, uint32_t tag) {
    rwb__unit *u = j->u;
    bool automatic = j->runtime.settings.runtime == RWB_JSX_AUTOMATIC;
    if (tag == 0) {
        add_mapped(
            j,
            automatic ? rwb__jsx_runtime_use(&j->runtime, RWB__JSX_FUNCTION_FRAGMENT)
                      : rwb__jsx_runtime_fragment(&j->runtime, element),
            element
        );
        return;
    }
    rwg_str name = name_of(u, tag);
    bool is_word = rwb__kind(u, tag) == RWG_SYNTAX_IDENTIFIER;
    bool is_lower = name.ptr[0] >= 'a' && name.ptr[0] <= 'z';
    bool is_dashed = rwg__str_index(name, '-') < name.len;
    if (rwb__kind(u, tag) == RWG_SYNTAX_JSX_NAMESPACE_NAME ||
        (is_word && (is_lower || is_dashed) && !rwg__str_eq_c(name, "this"))) {
        add_mapped(j, rwb__unit_quote(u, name), tag);
    } else {
        add_span(j, tag);
    }
}

/* The name node of an attribute; 0 for a spread. */
static uint32_t attribute_name(const rwb__unit *u, uint32_t attribute) {
    return rwb__kind(u, attribute) == RWG_SYNTAX_JSX_ATTRIBUTE ? attribute + 1 : 0;
}

static bool is_key(const rwb__unit *u, uint32_t attribute) {
    uint32_t name = attribute_name(u, attribute);
    return name != 0 && rwg__str_eq_c(rwb__text(u, name), "key");
}

/* Behind the `=` of an attribute; 0 without a value. */
static uint32_t attribute_value(const rwb__unit *u, uint32_t attribute) {
    uint32_t equals = rwb__child_of_kind(u, attribute, RWG_SYNTAX_TOKEN_EQUALS);
    uint32_t value = equals ? u->nodes[equals].next : 0;
    while (value != 0 && value < u->nodes[attribute].next &&
           rwb__kind(u, value) == RWG_SYNTAX_COMMENT) {
        value = u->nodes[value].next;
    }
    return value;
}

static void add_value(const jsx *j, uint32_t attribute) {
    const rwb__unit *u = j->u;
    uint32_t value = attribute_value(u, attribute);
    if (value == 0) {
        add_text(j, "true");
    } else if (rwb__kind(u, value) == RWG_SYNTAX_STRING) {
        add_string(j, value);
    } else if (rwb__kind(u, value) == RWG_SYNTAX_JSX_EXPRESSION) {
        add_braces(j, value);
    } else {
        add_span(j, value);
    }
}

static void add_attribute(const jsx *j, uint32_t attribute) {
    rwb__unit *u = j->u;
    uint32_t name = attribute_name(u, attribute);
    if (name == 0) {
        add_braces(j, attribute);
        return;
    }
    rwg_str text = name_of(u, name);
    bool quoted = rwg__str_index(text, '-') < text.len || rwg__str_index(text, ':') < text.len;
    if (rwg__str_eq_c(text, "__proto__")) {
        text = RWG_STR("[\"__proto__\"]"); /* a property of that name, not the prototype */
    }
    add_mapped(j, quoted ? rwb__unit_quote(u, text) : text, name);
    add_text(j, ": ");
    add_value(j, attribute);
}

/* --- children --- */

static void add_text_child(jsx *j, uint32_t start, uint32_t end) {
    rwg_str value;
    uint32_t at = 0;
    if (start < end && rwb__jsx_text(j->u, rwg__str_sub(j->u->text, start, end), &value, &at)) {
        *rwg__vec_push(&j->children, j->u->mem) = (child){.text = value, .start = start + at};
    }
}

/* Everything between elements and braces is text, whatever the grammar saw in it. */
static void collect_children(jsx *j, uint32_t element, uint32_t open, uint32_t close) {
    const rwb__unit *u = j->u;
    j->children.len = 0;
    uint32_t at = u->nodes[open].end;
    for (uint32_t c = u->nodes[open].next; c < u->nodes[element].next; c = u->nodes[c].next) {
        bool braces = rwb__kind(u, c) == RWG_SYNTAX_JSX_EXPRESSION;
        if (!braces && !is_element(rwb__kind(u, c))) {
            continue;
        }
        add_text_child(j, at, u->nodes[c].start);
        at = u->nodes[c].end;
        if (!braces || content_of(u, c) != 0) {
            *rwg__vec_push(&j->children, u->mem) = (child){.node = c};
        }
    }
    add_text_child(j, at, u->nodes[close].start);
}

static void add_child(const jsx *j, const child *c) {
    rwb__unit *u = j->u;
    if (c->node == 0) {
        rwg_span span = {c->start, c->start};
        rwb__edits_mapped(u->edits, rwb__unit_quote(u, c->text), span, RWG_STR(""));
    } else if (rwb__kind(u, c->node) == RWG_SYNTAX_JSX_EXPRESSION) {
        add_braces(j, c->node);
    } else {
        add_span(j, c->node);
    }
}

static void add_children(const jsx *j) {
    for (uint32_t i = 0; i < j->children.len; i++) {
        add_text(j, i > 0 ? ", " : "");
        add_child(j, &j->children.ptr[i]);
    }
}

static bool is_static(const jsx *j) {
    return j->children.len > 1 ||
           (j->children.len == 1 && j->children.ptr[0].node != 0 &&
            rwb__kind(j->u, j->children.ptr[0].node) == RWG_SYNTAX_JSX_EXPRESSION &&
            is_spread(j->u, j->children.ptr[0].node));
}

/* --- where it stands, for development --- */

static void move_to(jsx *j, uint32_t offset) {
    rwg_str text = j->u->text;
    for (; j->at < offset; j->at++) {
        unsigned char c = (unsigned char)text.ptr[j->at];
        bool pair = c == '\r' && j->at + 1 < text.len && text.ptr[j->at + 1] == '\n';
        if (c == '\n' || (c == '\r' && !pair)) {
            j->line++;
            j->column = 1;
        } else if ((c & 0xC0) != 0x80) { /* UTF-16 units */
            j->column += c >= 0xF0 ? 2 : 1;
        }
    }
}

/* `this` must not be read in a derived class's constructor, where super() may be still to come. */
static bool is_derived_constructor(const rwb__unit *u, uint32_t method) {
    uint32_t name = rwb__child(u, method, RWG_SYNTAX_FIELD_NAME);
    uint32_t class = u->nodes[u->nodes[method].parent].parent;
    uint32_t heritage = rwb__child_of_kind(u, class, RWG_SYNTAX_CLASS_HERITAGE);
    return name != 0 && rwg__str_eq_c(rwb__text(u, name), "constructor") && heritage != 0 &&
           (rwb__child_of_kind(u, heritage, RWG_SYNTAX_WORD_EXTENDS) ||
            rwb__child_of_kind(u, heritage, RWG_SYNTAX_EXTENDS_CLAUSE));
}

static void follow_this(jsx *j, uint32_t i) {
    const rwb__unit *u = j->u;
    while (j->owners.len > 0 && j->owners.ptr[j->owners.len - 1].end <= i) {
        j->owners.len--;
    }
    rwg_syntax_kind kind = rwb__kind(u, i);
    bool method = kind == RWG_SYNTAX_METHOD_DEFINITION;
    if (method || kind == RWG_SYNTAX_FUNCTION_DECLARATION ||
        kind == RWG_SYNTAX_FUNCTION_EXPRESSION || kind == RWG_SYNTAX_GENERATOR_FUNCTION ||
        kind == RWG_SYNTAX_CLASS_STATIC_BLOCK ||
        kind == RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION || kind == RWG_SYNTAX_FIELD_DEFINITION ||
        kind == RWG_SYNTAX_PUBLIC_FIELD_DEFINITION) {
        bool has_this = !method || !is_derived_constructor(u, i);
        *rwg__vec_push(&j->owners, u->mem) = (owner){u->nodes[i].next, has_this};
    }
}

static bool has_this(const jsx *j) {
    return j->owners.len == 0 || j->owners.ptr[j->owners.len - 1].has_this;
}

static void add_source(jsx *j, uint32_t element) {
    move_to(j, j->u->nodes[element].start);
    j->runtime.uses_file_name = true;
    rwb__edits_printf(
        j->u->edits,
        "{ fileName: %.*s, lineNumber: %u, columnNumber: %u }",
        (int)j->runtime.file_name.len,
        j->runtime.file_name.ptr,
        j->line,
        j->column
    );
}

/* --- elements --- */

typedef struct element {
    uint32_t node;
    uint32_t open; /* has the tag and the attributes */
    uint32_t tag;  /* 0: a fragment */
    uint32_t key;  /* the last attribute of that name, or 0 */
    bool key_after_spread;
} element;

static bool is_attribute(const rwb__unit *u, uint32_t node) {
    return u->nodes[node].field == RWG_SYNTAX_FIELD_ATTRIBUTE;
}

/* The grammar takes any closing tag. */
static void check_closing(const jsx *j, uint32_t close, uint32_t tag) {
    rwb__unit *u = j->u;
    uint32_t name = rwb__child(u, close, RWG_SYNTAX_FIELD_NAME);
    rwg_str opened = tag ? rwb__text(u, tag) : RWG_STR("");
    rwg_str closed = name ? rwb__text(u, name) : RWG_STR("");
    uint32_t a = 0;
    uint32_t b = 0;
    for (;;) {
        while (a < opened.len && strchr(" \t\r\n", opened.ptr[a])) {
            a++;
        }
        while (b < closed.len && strchr(" \t\r\n", closed.ptr[b])) {
            b++;
        }
        if (a == opened.len || b == closed.len || opened.ptr[a] != closed.ptr[b]) {
            break;
        }
        a++;
        b++;
    }
    if (a < opened.len || b < closed.len) {
        int length = (int)opened.len;
        rwb__unit_error(u, close, "this tag should close <%.*s>", length, opened.ptr);
    }
}

static element read_element(jsx *j, uint32_t node) {
    rwb__unit *u = j->u;
    bool closes_itself = rwb__kind(u, node) == RWG_SYNTAX_JSX_SELF_CLOSING_ELEMENT;
    element e = {.node = node, .open = node};
    j->children.len = 0;
    if (!closes_itself) {
        e.open = rwb__child(u, node, RWG_SYNTAX_FIELD_OPEN_TAG);
    }
    e.tag = rwb__child(u, e.open, RWG_SYNTAX_FIELD_NAME);
    if (!closes_itself) {
        uint32_t close = rwb__child(u, node, RWG_SYNTAX_FIELD_CLOSE_TAG);
        check_closing(j, close, e.tag);
        collect_children(j, node, e.open, close);
    }
    bool spread = false;
    for (uint32_t c = e.open + 1; c < u->nodes[e.open].next; c = u->nodes[c].next) {
        if (!is_attribute(u, c)) {
            continue;
        }
        uint32_t value = attribute_name(u, c) ? attribute_value(u, c) : c;
        if (value != 0 && rwb__kind(u, value) == RWG_SYNTAX_JSX_EXPRESSION &&
            content_of(u, value) == 0) {
            rwb__unit_error(u, c, "a JSX attribute needs an expression between its braces");
        } else if (attribute_name(u, c) == 0 && !is_spread(u, c)) {
            rwb__unit_error(u, c, "braces among JSX attributes spread an object: {...value}");
        }
        spread = spread || attribute_name(u, c) == 0;
        if (is_key(u, c)) {
            e.key = c;
            e.key_after_spread = spread;
        }
    }
    return e;
}

/* What a script does is in the page's own text: a literal. */
static bool has_literal_child(const jsx *j) {
    const rwb__unit *u = j->u;
    if (j->children.len != 1 || j->children.ptr[0].node == 0) {
        return j->children.len == 1;
    }
    uint32_t braces = j->children.ptr[0].node;
    uint32_t content =
        rwb__kind(u, braces) == RWG_SYNTAX_JSX_EXPRESSION ? content_of(u, braces) : 0;
    return rwb__kind(u, content) == RWG_SYNTAX_STRING ||
           (rwb__kind(u, content) == RWG_SYNTAX_TEMPLATE_STRING &&
            !rwb__child_of_kind(u, content, RWG_SYNTAX_TEMPLATE_SUBSTITUTION));
}

/* Which scripts get the nonce of the request: those that the page's code names, or has the text of,
 * as RedwoodSDK has it. What comes out of data is not to be trusted. */
static bool wants_nonce(const jsx *j, const element *e) {
    const rwb__unit *u = j->u;
    if (!u->options->script_nonce || u->options->form != RWB_FORM_FACTORY || e->tag == 0 ||
        !rwg__str_eq_c(rwb__text(u, e->tag), "script") || rwb__factory_is_commonjs(u)) {
        return false;
    }
    bool trusted = has_literal_child(j);
    for (uint32_t c = e->open + 1; c < u->nodes[e->open].next; c = u->nodes[c].next) {
        uint32_t name = is_attribute(u, c) ? attribute_name(u, c) : 0;
        rwg_str text = name ? rwb__text(u, name) : RWG_STR("");
        if (rwg__str_eq_c(text, "nonce") || rwg__str_eq_c(text, "dangerouslySetInnerHTML")) {
            return false;
        }
        trusted |= rwg__str_eq_c(text, "src");
    }
    return trusted;
}

/* Writes them behind those that are there already; true when there are any then. */
static bool add_attributes(const jsx *j, const element *e, bool keys, bool any) {
    const rwb__unit *u = j->u;
    for (uint32_t c = e->open + 1; c < u->nodes[e->open].next; c = u->nodes[c].next) {
        if (is_attribute(u, c) && (keys || !is_key(u, c))) {
            add_text(j, any ? ", " : "{ ");
            add_attribute(j, c);
            any = true;
        }
    }
    return any;
}

static void add_automatic_props(jsx *j, const element *e) {
    bool any = wants_nonce(j, e);
    if (any) {
        add_text(j, "{ nonce: ");
        rwb__edits_text(j->u->edits, rwb__jsx_runtime_nonce(&j->runtime));
    }
    any = add_attributes(j, e, false, any);
    if (j->children.len > 0) {
        bool list = is_static(j);
        add_text(j, any ? ", children: " : "{ children: ");
        add_text(j, list ? "[" : "");
        add_children(j);
        add_text(j, list ? "]" : "");
        any = true;
    }
    add_text(j, any ? " }" : "{}");
}

static void write_automatic(jsx *j, const element *e) {
    rwb__unit *u = j->u;
    bool dev = u->options->jsx_dev;
    rwb__jsx_function call = dev            ? RWB__JSX_FUNCTION_JSX_DEV
                             : is_static(j) ? RWB__JSX_FUNCTION_JSXS
                                            : RWB__JSX_FUNCTION_JSX;
    rwb__edits_begin(u->edits, RWB__REPLACE, u->nodes[e->node].start, u->nodes[e->node].end);
    add_mapped(j, rwb__jsx_runtime_use(&j->runtime, call), e->node);
    add_text(j, "(");
    add_tag(j, e->node, e->tag);
    add_text(j, ", ");
    add_text(j, e->key_after_spread ? "(({ key, ...props }) => props)(" : "");
    add_automatic_props(j, e);
    add_text(j, e->key_after_spread ? ")" : "");
    if (e->key != 0) {
        add_text(j, ", ");
        add_value(j, e->key);
    }
    if (dev) {
        add_text(j, e->key != 0 ? ", " : ", void 0, ");
        add_text(j, is_static(j) ? "true, " : "false, ");
        add_source(j, e->node);
        add_text(j, has_this(j) ? ", this" : "");
    }
    add_text(j, ")");
}

/* createElement(tag, properties, ...children), classic or for a key behind a spread. */
static void write_create_element(jsx *j, const element *e, rwg_str name) {
    rwb__unit *u = j->u;
    rwb__edits_begin(u->edits, RWB__REPLACE, u->nodes[e->node].start, u->nodes[e->node].end);
    add_mapped(j, name, e->node);
    add_text(j, "(");
    add_tag(j, e->node, e->tag);
    add_text(j, ", ");
    bool any = add_attributes(j, e, true, false);
    if (u->options->jsx_dev && e->tag != 0 && j->runtime.settings.runtime == RWB_JSX_CLASSIC) {
        add_text(j, any ? ", " : "{ ");
        add_text(j, has_this(j) ? "__self: this, __source: " : "__source: ");
        add_source(j, e->node);
        any = true;
    }
    add_text(j, any ? " }" : "null");
    add_text(j, j->children.len > 0 ? ", " : "");
    add_children(j);
    add_text(j, ")");
}

static void write_element(jsx *j, uint32_t node) {
    element e = read_element(j, node);
    if (j->runtime.settings.runtime == RWB_JSX_CLASSIC) {
        write_create_element(j, &e, rwb__jsx_runtime_factory(&j->runtime, node));
    } else if (e.key_after_spread && j->runtime.may_import_source) {
        write_create_element(
            j, &e, rwb__jsx_runtime_use(&j->runtime, RWB__JSX_FUNCTION_CREATE_ELEMENT)
        );
    } else {
        write_automatic(j, &e);
    }
}

void rwb__jsx_run(rwb__unit *u) {
    uint32_t first = 1;
    while (first < u->node_count && !is_element(rwb__kind(u, first))) {
        first++;
    }
    rwb__jsx_settings settings = rwb__jsx_settings_of(u);
    if (first >= u->node_count || settings.runtime == RWB_JSX_PRESERVE) {
        return;
    }
    jsx j = {.u = u, .line = 1, .column = 1};
    rwb__jsx_runtime_init(&j.runtime, u, settings);
    for (uint32_t i = 1; i < u->node_count; i++) {
        follow_this(&j, i);
        if (is_element(rwb__kind(u, i))) {
            write_element(&j, i);
        }
    }
    rwb__jsx_runtime_write(&j.runtime);
    rwg__vec_free(&j.children, u->mem);
    rwg__vec_free(&j.owners, u->mem);
}
