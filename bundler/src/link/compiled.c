/* Running recipes: text -> compiled module, and compiled modules as bytes. */
#include "base/buf.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/str.h"
#include "link/identifier.h"
#include "link/recipe.h"
#include "link/reference.h"
#include "link/stylesheet.h"

#include <stdlib.h>

/* --- the value --- */

typedef struct parts {
    rwg_str code;
    rwg_str map;
    rwg_str problem;
    const uint32_t *imports;
    uint32_t import_count;
    uint32_t extras;
    bool is_async;
} parts;

/* One block: the struct, the import indices, the texts. */
static rwb__compiled *compiled_new(rwg__mem *mem, const parts *p) {
    size_t list = p->import_count * sizeof(uint32_t);
    size_t size = sizeof(rwb__compiled) + list + p->code.len + p->map.len + p->problem.len;
    rwb__compiled *c = rwg__mem_zalloc(mem, size);
    atomic_init(&c->refs, 1);
    c->mem = mem;
    c->size = size;
    char *at = (char *)(c + 1);
    if (list > 0) {
        memcpy(at, p->imports, list);
    }
    c->imports = (const uint32_t *)(const void *)at;
    c->import_count = p->import_count;
    at += list;
    const rwg_str texts[] = {p->code, p->map, p->problem};
    rwg_str *slots[] = {&c->code, &c->map, &c->problem};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].len > 0) {
            memcpy(at, texts[i].ptr, texts[i].len);
        }
        *slots[i] = rwg__str(at, texts[i].len);
        at += texts[i].len;
    }
    c->extras = p->extras;
    c->is_async = p->is_async;
    return c;
}

void rwb__add_content(rwg_hash content, rwg__buf *address) {
    char hex[33];
    rwg__hash_hex(content, hex);
    rwg__buf_printf(address, "?v=%.8s", hex);
}

rwb__compiled *rwb__compiled_problem(rwg__mem *mem, rwg_str problem) {
    rwb__compiled *c = compiled_new(mem, &(parts){.problem = problem});
    c->is_transient = true;
    return c;
}

rwb__compiled *rwb__compiled_retain(rwb__compiled *compiled) {
    atomic_fetch_add_explicit(&compiled->refs, 1, memory_order_relaxed);
    return compiled;
}

void rwb__compiled_release(rwb__compiled *compiled) {
    if (compiled && atomic_fetch_sub_explicit(&compiled->refs, 1, memory_order_acq_rel) == 1) {
        rwg__mem_free(compiled->mem, compiled, compiled->size);
    }
}

/* --- texts that are not transformed --- */

static void add_json_string(rwg__buf *out, rwg_str text) {
    rwg_sink sink = rwg__buf_sink(out);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_string(&w, text);
}

/* JSON.parse rather than a literal: `__proto__` is a key like any other in JSON. */
static void add_json_module(rwg__mem *mem, rwg__buf *out, rwg_str text) {
    rwg__buf_add(out, RWG_STR("const value = JSON.parse("));
    add_json_string(out, text);
    rwg__buf_add(out, RWG_STR(");\nexport default value;\n"));
    rwg__arena arena;
    rwg__arena_init(&arena, mem);
    rwg__json_error error;
    const rwg__json *json = rwg__json_parse(&arena, text, &error);
    for (uint32_t i = 0; json && json->type == RWG__JSON_OBJECT && i < json->count; i++) {
        rwg_str key = json->keys[i];
        if (rwb__is_identifier(key) && !rwg__str_eq_c(key, "value") &&
            !rwg__str_eq_c(key, "__proto__")) {
            rwg__buf_printf(
                out,
                "export const %.*s = value.%.*s;\n",
                (int)key.len,
                key.ptr,
                (int)key.len,
                key.ptr
            );
        }
    }
    rwg__arena_deinit(&arena);
}

/* A module that exports one value: PROTOCOL §2.1, or an ES module. */
static void add_default_module(rwg__buf *out, rwb_form form, rwg_str expression) {
    if (form == RWB_FORM_FACTORY) {
        rwg__buf_add(
            out,
            RWG_STR("function* (__rwg_i, __rwg_x) { \"use strict\";\n"
                    "__rwg_x({ default: () => __rwg_default });\nyield;\n"
                    "const __rwg_default = ")
        );
        rwg__buf_add(out, expression);
        rwg__buf_add(out, RWG_STR(";\n}"));
    } else {
        rwg__buf_add(out, RWG_STR("export default "));
        rwg__buf_add(out, expression);
        rwg__buf_add(out, RWG_STR(";\n"));
    }
}

/* The address has the content in it: who sets it again after an edit gets the new file. */
static void add_asset(const rwb__recipe *recipe, rwg__buf *code) {
    rwg__buf address;
    rwg__buf url;
    rwg__buf_init(&address, recipe->mem);
    rwg__buf_init(&url, recipe->mem);
    rwg__buf_add(&address, recipe->address);
    rwb__add_content(recipe->content, &address);
    add_json_string(&url, rwg__buf_str(&address));
    add_default_module(code, recipe->form, rwg__buf_str(&url));
    rwg__buf_deinit(&url);
    rwg__buf_deinit(&address);
}

/* --- scripts --- */

static void add_problems(const rwb_output *output, rwg_str text, rwg__buf *out) {
    uint32_t count = 0;
    const rwg_diag *diags = rwb_output_diags(output, &count);
    rwg_sink sink = rwg__buf_sink(out);
    for (uint32_t i = 0; i < count; i++) {
        if (diags[i].severity == RWG_SEVERITY_ERROR) {
            rwg_diag_render(&diags[i], text, false, &sink);
        }
    }
}

static rwb__compiled *run_script(const rwb__recipe *recipe, rwb_transformer *t, rwg_str text) {
    rwb_output *output = NULL;
    rwg_error err = {.status = RWG_OK};
    rwg__buf problem;
    rwg__buf_init(&problem, recipe->mem);
    parts p = {.is_async = false};
    if (rwb_transform(t, text, &recipe->options, &output, &err) != RWG_OK) {
        rwg__buf_printf(&problem, "%.*s: %s", (int)recipe->id.len, recipe->id.ptr, err.text);
    } else {
        add_problems(output, text, &problem);
        p.code = rwb_output_code(output);
        p.map = rwb_output_map(output);
        p.imports = rwb_output_imports(output, &p.import_count);
        p.extras = rwb_output_extras(output);
        p.is_async = rwb_output_is_async(output);
    }
    p.problem = rwg__buf_str(&problem);
    rwb__compiled *compiled = compiled_new(recipe->mem, &p);
    rwb_output_free(output);
    rwg__buf_deinit(&problem);
    return compiled;
}

rwb__compiled *rwb__recipe_run(const rwb__recipe *recipe, rwb_transformer *t, rwg_str text) {
    if (recipe->kind == RWB__SOURCE_SCRIPT || recipe->kind == RWB__SOURCE_COMMONJS) {
        return run_script(recipe, t, text);
    }
    rwg__buf code;
    rwg__buf problem;
    rwb__import_list imports = {0};
    rwg__buf_init(&code, recipe->mem);
    rwg__buf_init(&problem, recipe->mem);
    switch (recipe->kind) {
    case RWB__SOURCE_JSON:
        if (recipe->form == RWB_FORM_FACTORY) {
            rwg__buf_add(&code, text);
        } else {
            add_json_module(recipe->mem, &code, text);
        }
        break;
    case RWB__SOURCE_STYLE: rwb__stylesheet_compile(recipe, text, &code, &imports, &problem); break;
    case RWB__SOURCE_ASSET: add_asset(recipe, &code); break;
    case RWB__SOURCE_CLIENT_REF:
    case RWB__SOURCE_SERVER_REF: rwb__reference_compile(recipe, &code); break;
    case RWB__SOURCE_SCRIPT:
    case RWB__SOURCE_COMMONJS: break;
    }
    parts p = {
        .code = rwg__buf_str(&code),
        .problem = rwg__buf_str(&problem),
        .imports = imports.ptr,
        .import_count = imports.len,
    };
    rwb__compiled *compiled = compiled_new(recipe->mem, &p);
    rwg__vec_free(&imports, recipe->mem);
    rwg__buf_deinit(&problem);
    rwg__buf_deinit(&code);
    return compiled;
}

/* --- bytes --- */

#define PACK_MAGIC 0x31435752u /* "RWC1" */

typedef struct pack_head {
    uint32_t magic;
    uint32_t flags; /* bit 0: async; the extras above it */
    uint32_t code_len;
    uint32_t map_len;
    uint32_t problem_len;
    uint32_t import_count;
    uint64_t check; /* of everything behind the head */
} pack_head;

void rwb__compiled_pack(const rwb__compiled *c, rwg__buf *out) {
    uint32_t start = out->bytes.len;
    pack_head head = {
        .magic = PACK_MAGIC,
        .flags = (uint32_t)c->is_async | c->extras << 1,
        .code_len = c->code.len,
        .map_len = c->map.len,
        .problem_len = c->problem.len,
        .import_count = c->import_count,
    };
    rwg__buf_add(out, rwg__str((const char *)&head, sizeof head));
    rwg__buf_add(out, rwg__str((const char *)c->imports, c->import_count * sizeof(uint32_t)));
    rwg__buf_add(out, c->code);
    rwg__buf_add(out, c->map);
    rwg__buf_add(out, c->problem);
    const char *body = out->bytes.ptr + start + sizeof head;
    head.check = rwg__hash_quick(body, out->bytes.len - start - sizeof head);
    memcpy(out->bytes.ptr + start, &head, sizeof head);
}

rwb__compiled *rwb__compiled_unpack(rwg__mem *mem, rwg_str bytes) {
    pack_head head;
    if (bytes.len < sizeof head) {
        return NULL;
    }
    memcpy(&head, bytes.ptr, sizeof head);
    uint64_t list = (uint64_t)head.import_count * sizeof(uint32_t);
    uint64_t size = list + (uint64_t)head.code_len + head.map_len + head.problem_len;
    const char *at = bytes.ptr + sizeof head;
    if (head.magic != PACK_MAGIC || size != bytes.len - sizeof head ||
        head.check != rwg__hash_quick(at, (size_t)size)) {
        return NULL;
    }
    uint32_t *imports = rwg__mem_zalloc(mem, (size_t)list + 1);
    memcpy(imports, at, (size_t)list);
    at += list;
    parts p = {
        .imports = imports,
        .import_count = head.import_count,
        .extras = head.flags >> 1,
        .is_async = head.flags & 1,
    };
    const uint32_t lens[] = {head.code_len, head.map_len, head.problem_len};
    rwg_str *slots[] = {&p.code, &p.map, &p.problem};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        *slots[i] = rwg__str(at, lens[i]);
        at += lens[i];
    }
    rwb__compiled *compiled = compiled_new(mem, &p);
    rwg__mem_free(mem, imports, (size_t)list + 1);
    return compiled;
}
