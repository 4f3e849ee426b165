/* Definitions as statements, and the maps that belong to them. */
#include "build/bundle.h"

#include "base/str.h"

void rwb__bundle_init(rwb__bundle *b, const rwb__bundle_input *input) {
    *b = (rwb__bundle){.in = *input};
    rwg__mem *mem = input->mem;
    rwg__buf_init(&b->code, mem);
    rwg__buf_init(&b->names, mem);
    rwg__buf_init(&b->problems, mem);
    rwg__buf_init(&b->warnings, mem);
    rwg__buf_init(&b->externals, mem);
    rwg__arena_init(&b->arena, mem);
    rwg__strmap_init(&b->seen, mem);
}

void rwb__bundle_deinit(rwb__bundle *b) {
    rwg__buf_deinit(&b->code);
    rwg__buf_deinit(&b->names);
    rwg__vec_free(&b->sections, b->in.mem);
    rwg__buf_deinit(&b->problems);
    rwg__buf_deinit(&b->warnings);
    rwg__buf_deinit(&b->externals);
    rwg__strmap_deinit(&b->seen);
    rwg__arena_deinit(&b->arena);
}

void rwb__bundle_text(rwb__bundle *b, rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        b->line += text.ptr[i] == '\n';
    }
    rwg__buf_add(&b->code, text);
}

/* --- definitions --- */

/* Code begins on a line of its own, so that its section has column 0. */
static void add_statement(rwb__bundle *b, rwg_str json, rwg_str code, rwg_str map, bool is_json) {
    rwb__bundle_text(b, RWG_STR("define("));
    rwb__bundle_text(b, json);
    rwb__bundle_text(b, is_json ? RWG_STR(", () => (\n") : RWG_STR(",\n"));
    if (b->in.with_map && map.len > 0) {
        *rwg__vec_push(&b->sections, b->in.mem) =
            (rwb__section){b->line, rwg__arena_str(&b->arena, map)};
    }
    rwb__bundle_text(b, code.len > 0 ? code : RWG_STR("undefined"));
    rwb__bundle_text(b, is_json ? RWG_STR("\n));\n") : RWG_STR("\n);\n"));
}

void rwb__bundle_definition(rwb__bundle *b, rwg_str json, rwg_str code) {
    add_statement(b, json, code, (rwg_str){NULL, 0}, false);
}

static bool is_new(rwb__bundle *b, rwg_env env, const rwb__link_target *target) {
    rwg__buf key;
    rwg__buf_init(&key, b->in.mem);
    rwb__link_target_key(b->in.view, env, target, &key);
    bool added = false;
    if (!rwg__strmap_find(&b->seen, rwg__buf_str(&key))) {
        rwg__strmap_put(&b->seen, rwg__arena_str(&b->arena, rwg__buf_str(&key)), &added);
    }
    rwg__buf_deinit(&key);
    return added;
}

/* The text that a target's definition is written with. */
static void add_text(rwb__bundle *b, const rwb__link_target *target, rwg__buf *out) {
    if (target->kind == RWB__LINK_TARGET_PINNED) {
        rwg__buf_add(out, b->in.state_code);
    } else if (target->kind == RWB__LINK_TARGET_ASPECT) {
        rwb__aspect_write(b->in.definer, b->in.view, target, b->in.places, out, &b->problems);
    }
}

/* A require may be there for what a package does without; an import keeps what has it from
 * running. */
static bool is_needed(const rwb__bundle *b, const rwb__link_target *target) {
    const rwg_module *module = rwg_node_module(rwb__view_graph(b->in.view), target->from);
    uint32_t count = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &count) : NULL;
    if (target->import >= count) {
        return true;
    }
    uint8_t kind = imports[target->import].kind;
    return kind == RWG_IMPORT_STATIC || kind == RWG_IMPORT_REEXPORT || kind == RWG_IMPORT_STAR;
}

/* The project's own mistakes are problems; others can do without the parts of packages that do not
 * work, which say so when they are run. */
static void report_missing(rwb__bundle *b, const rwb__link_target *target) {
    const rwg_graph *g = rwb__view_graph(b->in.view);
    bool own = target->from.v && !(rwg_node_flags(g, target->from) & RWG_NODE_DEPENDENCY);
    if (own || (target->from.v && is_needed(b, target))) {
        rwg__buf *out = own ? &b->problems : &b->warnings;
        rwb__link_target_message(b->in.view, target, out);
        rwg__buf_char(out, '\n');
    }
}

/* An import that leads nowhere is told; one that only may be made, later, says so then. */
static void add_target(rwb__bundle *b, rwg_env env, const rwb__link_target *target, bool is_later) {
    if (target->kind == RWB__LINK_TARGET_NODE || !is_new(b, env, target)) {
        return;
    }
    rwg__buf json;
    rwg__buf code;
    rwg__buf text;
    rwg__buf_init(&json, b->in.mem);
    rwg__buf_init(&code, b->in.mem);
    rwg__buf_init(&text, b->in.mem);
    add_text(b, target, &text);
    if (target->kind == RWB__LINK_TARGET_EXTERNAL) {
        rwg__buf_add(&b->externals, target->text);
        rwg__buf_char(&b->externals, '\n');
    }
    if (target->kind == RWB__LINK_TARGET_MISSING && !is_later) {
        report_missing(b, target);
    }
    rwg_sink sink = rwg__buf_sink(&json);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwb__definition_out out = {&w, &code};
    rwb__definition_write_target(b->in.definer, b->in.view, env, target, rwg__buf_str(&text), &out);
    bool is_json = target->kind == RWB__LINK_TARGET_EMPTY;
    add_statement(b, rwg__buf_str(&json), rwg__buf_str(&code), (rwg_str){NULL, 0}, is_json);
    rwg__buf_deinit(&json);
    rwg__buf_deinit(&code);
    rwg__buf_deinit(&text);
}

/* A file that is imported as it is: the module's value is its address. */
static void add_asset(rwb__bundle *b, rwg_node node, rwg__buf *code) {
    const rwb__places *places = b->in.places;
    rwg__buf address;
    rwg__buf_init(&address, b->in.mem);
    rwb__link_target target = {
        .kind = RWB__LINK_TARGET_ASPECT, .aspect = RWB__ASPECT_URL, .node = node};
    places->address(places->payload, b->in.view, &target, &address);
    rwb__definition_value(rwg__buf_str(&address), code);
    rwg__buf_deinit(&address);
}

/* --- names --- */

static void add_name(rwb__bundle *b, rwg_str name, rwg_str key) {
    rwg__buf_add(&b->names, RWG_STR("    "));
    rwb__string_literal(name, &b->names);
    rwg__buf_add(&b->names, RWG_STR(": "));
    rwb__string_literal(key, &b->names);
    rwg__buf_add(&b->names, RWG_STR(",\n"));
}

static void
add_lookup(rwb__bundle *b, rwg_node node, uint32_t flag, const char *kind, rwg_str key) {
    const rwg_graph *g = rwb__view_graph(b->in.view);
    if (!(rwg_node_flags(g, node) & flag)) {
        return;
    }
    rwg__buf name;
    rwg__buf_init(&name, b->in.mem);
    rwg_str env = rwg_graph_env_name(g, rwg_node_env(g, node));
    rwg__buf_printf(&name, "%.*s:lookup-%s:", (int)env.len, env.ptr, kind);
    rwb__view_id(b->in.view, node, &name);
    add_name(b, rwg__buf_str(&name), key);
    rwg__buf_deinit(&name);
}

static void add_names(rwb__bundle *b, rwg_node node) {
    rwg__buf name;
    rwg__buf key;
    rwg__buf_init(&name, b->in.mem);
    rwg__buf_init(&key, b->in.mem);
    rwb__view_qualified(b->in.view, node, &name);
    rwb__view_key(b->in.view, node, &key);
    add_name(b, rwg__buf_str(&name), rwg__buf_str(&key));
    add_lookup(b, node, RWG_NODE_CLIENT, "client", rwg__buf_str(&key));
    add_lookup(b, node, RWG_NODE_SERVER, "server", rwg__buf_str(&key));
    rwg__buf_deinit(&name);
    rwg__buf_deinit(&key);
}

static void add_target_name(rwb__bundle *b, rwg_env env, const rwb__link_target *target) {
    rwg__buf name;
    rwg__buf key;
    rwg__buf_init(&name, b->in.mem);
    rwg__buf_init(&key, b->in.mem);
    rwb__link_target_name(b->in.view, env, target, &name);
    rwb__link_target_key(b->in.view, env, target, &key);
    add_name(b, rwg__buf_str(&name), rwg__buf_str(&key));
    rwg__buf_deinit(&name);
    rwg__buf_deinit(&key);
}

/* --- modules --- */

/* What is imported later has a name of its own when it is no module of a file. */
static void add_later(rwb__bundle *b, rwg_env env, const rwb__module *module) {
    rwb__link_target_vec targets = {0};
    rwb__definition_later(b->in.definer, module, &targets);
    for (uint32_t i = 0; i < targets.len; i++) {
        const rwb__link_target *target = &targets.ptr[i];
        if (target->kind != RWB__LINK_TARGET_NODE && target->kind != RWB__LINK_TARGET_EXTERNAL) {
            add_target(b, env, target, true);
            add_target_name(b, env, target);
        }
    }
    rwg__vec_free(&targets, b->in.mem);
}

static void add_targets(rwb__bundle *b, rwg_env env, const rwb__module *module) {
    rwb__link_target_vec targets = {0};
    rwb__definition_targets(b->in.definer, module, &targets);
    for (uint32_t i = 0; i < targets.len; i++) {
        add_target(b, env, &targets.ptr[i], false);
    }
    rwg__vec_free(&targets, b->in.mem);
}

void rwb__bundle_module(rwb__bundle *b, const rwb__module *module) {
    const rwg_graph *g = rwb__view_graph(b->in.view);
    const rwb__compiled *compiled = module->compiled;
    rwg_env env = rwg_node_env(g, module->node);
    bool own = !(rwg_node_flags(g, module->node) & RWG_NODE_DEPENDENCY);
    if (compiled->problem.len > 0) {
        rwg__buf *told = own ? &b->problems : &b->warnings;
        rwg__buf_add(told, compiled->problem);
        rwg__buf_char(told, '\n');
    }
    rwg__buf json;
    rwg__buf code;
    rwg__buf_init(&json, b->in.mem);
    rwg__buf_init(&code, b->in.mem);
    rwg_sink sink = rwg__buf_sink(&json);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwb__definition_out out = {&w, &code};
    rwb__definition_write(b->in.definer, module, &out);
    if (module->kind == RWB__SOURCE_ASSET) {
        rwg__buf_clear(&code);
        add_asset(b, module->node, &code);
    }
    bool is_json = module->kind == RWB__SOURCE_JSON;
    add_statement(b, rwg__buf_str(&json), rwg__buf_str(&code), compiled->map, is_json);
    rwg__buf_deinit(&json);
    rwg__buf_deinit(&code);
    b->modules++;
    b->is_async |= compiled->is_async;
    add_names(b, module->node);
    if (compiled->problem.len == 0) {
        add_targets(b, env, module);
        add_later(b, env, module);
    }
}

void rwb__bundle_virtuals(rwb__bundle *b, rwg_env env) {
    static const rwg_str NAMES[] = {
        {"virtual:use-client-lookup.js", 28}, {"virtual:use-server-lookup.js", 28}};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        rwb__link_target target = {.kind = RWB__LINK_TARGET_VIRTUAL, .text = NAMES[i], .env = env};
        add_target(b, env, &target, false);
        add_target_name(b, env, &target);
    }
}

void rwb__bundle_names(rwb__bundle *b) {
    rwb__bundle_text(b, RWG_STR("Object.assign(names, {\n"));
    rwb__bundle_text(b, rwg__buf_str(&b->names));
    rwb__bundle_text(b, RWG_STR("});\n"));
}

void rwb__bundle_call(rwb__bundle *b, const char *before, rwg_node node, const char *after) {
    rwg__buf line;
    rwg__buf key;
    rwg__buf_init(&line, b->in.mem);
    rwg__buf_init(&key, b->in.mem);
    rwb__view_key(b->in.view, node, &key);
    rwg__buf_add(&line, rwg__str_c(before));
    rwb__string_literal(rwg__buf_str(&key), &line);
    rwg__buf_add(&line, rwg__str_c(after));
    rwb__bundle_text(b, rwg__buf_str(&line));
    rwg__buf_deinit(&line);
    rwg__buf_deinit(&key);
}
