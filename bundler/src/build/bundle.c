/* Definitions as statements, and their maps as sections. */
#include "build/bundle.h"

#include "base/str.h"

void rwb__bundle_init(
    rwb__bundle *b, rwg__mem *mem, const rwb__view *view, rwb__definer *definer, rwg_str state_code
) {
    *b = (rwb__bundle){.mem = mem, .view = view, .definer = definer, .state_code = state_code};
    rwg__buf_init(&b->code, mem);
    rwg__buf_init(&b->problems, mem);
    rwg__buf_init(&b->externals, mem);
    rwg__arena_init(&b->arena, mem);
    rwg__strmap_init(&b->seen, mem);
}

void rwb__bundle_deinit(rwb__bundle *b) {
    rwg__buf_deinit(&b->code);
    rwg__vec_free(&b->sections, b->mem);
    rwg__buf_deinit(&b->problems);
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

/* Code begins on a line of its own, so that its section has column 0. */
static void
add_statement(rwb__bundle *b, const rwg__buf *json, rwg_str code, rwg_str map, bool is_json) {
    rwb__bundle_text(b, RWG_STR("define("));
    rwb__bundle_text(b, rwg__buf_str(json));
    rwb__bundle_text(b, is_json ? RWG_STR(", () => (\n") : RWG_STR(",\n"));
    if (b->with_map && map.len > 0) {
        *rwg__vec_push(&b->sections, b->mem) =
            (rwb__section){b->line, rwg__arena_str(&b->arena, map)};
    }
    rwb__bundle_text(b, code.len > 0 ? code : RWG_STR("undefined"));
    rwb__bundle_text(b, is_json ? RWG_STR("\n));\n") : RWG_STR("\n);\n"));
}

static bool is_new(rwb__bundle *b, rwg_env env, const rwb__link_target *target) {
    rwg__buf key;
    rwg__buf_init(&key, b->mem);
    rwb__link_target_key(b->view, env, target, &key);
    bool added = false;
    if (!rwg__strmap_find(&b->seen, rwg__buf_str(&key))) {
        rwg__strmap_put(&b->seen, rwg__arena_str(&b->arena, rwg__buf_str(&key)), &added);
    }
    rwg__buf_deinit(&key);
    return added;
}

static rwg_str asset_address(rwb__bundle *b, rwg_node node) {
    rwg__buf path;
    rwg__buf_init(&path, b->mem);
    rwb__view_path(b->view, node, &path);
    rwg_str address = rwb__assets_address(b->assets, rwg__buf_str(&path));
    rwg__buf_deinit(&path);
    return address;
}

static void
add_asset(void *payload, const rwb__view *view, rwg_node node, rwb__aspect aspect, rwg__buf *out) {
    (void)view;
    (void)aspect;
    rwb__string_literal(asset_address(payload, node), out);
}

/* The text that a target's definition is written with. */
static void add_text(rwb__bundle *b, const rwb__link_target *target, rwg__buf *out) {
    if (target->kind == RWB__LINK_TARGET_PINNED) {
        rwg__buf_add(out, b->state_code);
    } else if (target->kind == RWB__LINK_TARGET_ASPECT) {
        rwb__places places = {.payload = b, .address = add_asset};
        rwb__aspect_write(b->definer, b->view, target, &places, out, &b->problems);
    }
}

static void add_target(rwb__bundle *b, rwg_env env, const rwb__link_target *target) {
    if (target->kind == RWB__LINK_TARGET_NODE || !is_new(b, env, target)) {
        return;
    }
    const rwg_graph *g = rwb__view_graph(b->view);
    rwg__buf json;
    rwg__buf code;
    rwg__buf text;
    rwg__buf_init(&json, b->mem);
    rwg__buf_init(&code, b->mem);
    rwg__buf_init(&text, b->mem);
    add_text(b, target, &text);
    if (target->kind == RWB__LINK_TARGET_EXTERNAL) {
        rwg__buf_add(&b->externals, target->text);
        rwg__buf_char(&b->externals, '\n');
    }
    bool own = target->from.v && !(rwg_node_flags(g, target->from) & RWG_NODE_DEPENDENCY);
    if (target->kind == RWB__LINK_TARGET_MISSING && own) {
        rwb__link_target_message(b->view, target, &b->problems);
        rwg__buf_char(&b->problems, '\n');
    }
    rwg_sink sink = rwg__buf_sink(&json);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwb__definition_out out = {&w, &code};
    rwb__definition_write_target(b->definer, b->view, env, target, rwg__buf_str(&text), &out);
    add_statement(
        b, &json, rwg__buf_str(&code), (rwg_str){NULL, 0}, target->kind == RWB__LINK_TARGET_EMPTY
    );
    rwg__buf_deinit(&json);
    rwg__buf_deinit(&code);
    rwg__buf_deinit(&text);
}

void rwb__bundle_node(
    rwb__bundle *b, rwg_node node, rwb__source_kind kind, const rwb__compiled *compiled
) {
    const rwg_graph *g = rwb__view_graph(b->view);
    rwg_env env = rwg_node_env(g, node);
    if (compiled->problem.len > 0) {
        bool own = !(rwg_node_flags(g, node) & RWG_NODE_DEPENDENCY);
        if (own) {
            rwg__buf_add(&b->problems, compiled->problem);
            rwg__buf_char(&b->problems, '\n');
        }
    }
    rwg__buf json;
    rwg__buf code;
    rwg__buf_init(&json, b->mem);
    rwg__buf_init(&code, b->mem);
    rwg_sink sink = rwg__buf_sink(&json);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwb__module module = {b->view, node, kind, compiled};
    rwb__definition_out out = {&w, &code};
    rwb__definition_write(b->definer, &module, &out);
    if (kind == RWB__SOURCE_ASSET) {
        rwg__buf address;
        rwg__buf_init(&address, b->mem);
        rwg__buf_clear(&code);
        rwb__string_literal(asset_address(b, node), &address);
        rwb__definition_value(rwg__buf_str(&address), &code);
        rwg__buf_deinit(&address);
    }
    add_statement(b, &json, rwg__buf_str(&code), compiled->map, kind == RWB__SOURCE_JSON);
    b->modules++;
    rwg__buf_deinit(&json);
    rwg__buf_deinit(&code);
    rwb__link_target_vec targets = {0};
    if (compiled->problem.len == 0) {
        rwb__definition_targets(b->definer, &module, &targets);
    }
    for (uint32_t i = 0; i < targets.len; i++) {
        add_target(b, env, &targets.ptr[i]);
    }
    rwg__vec_free(&targets, b->mem);
}

void rwb__bundle_virtuals(rwb__bundle *b, rwg_env env) {
    static const rwg_str NAMES[] = {
        {"virtual:use-client-lookup.js", 28}, {"virtual:use-server-lookup.js", 28}};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        rwb__link_target target = {.kind = RWB__LINK_TARGET_VIRTUAL, .text = NAMES[i], .env = env};
        rwg__buf line;
        rwg__buf name;
        rwg__buf_init(&line, b->mem);
        rwg__buf_init(&name, b->mem);
        add_target(b, env, &target);
        rwb__link_target_name(b->view, env, &target, &name);
        rwg__buf_printf(&line, "names[\"%.*s\"] = \"", (int)name.bytes.len, name.bytes.ptr);
        rwb__link_target_key(b->view, env, &target, &line);
        rwg__buf_add(&line, RWG_STR("\";\n"));
        rwb__bundle_text(b, rwg__buf_str(&line));
        rwg__buf_deinit(&name);
        rwg__buf_deinit(&line);
    }
}

void rwb__bundle_map(const rwb__bundle *b, rwg_str file, uint32_t lines, rwg__buf *out) {
    rwg__buf_printf(
        out, "{\"version\":3,\"file\":\"%.*s\",\"sections\":[", (int)file.len, file.ptr
    );
    for (uint32_t i = 0; i < b->sections.len; i++) {
        const rwb__section *section = &b->sections.ptr[i];
        rwg__buf_printf(
            out,
            "%s{\"offset\":{\"line\":%u,\"column\":0},\"map\":",
            i ? "," : "",
            section->line + lines
        );
        rwg__buf_add(out, section->map);
        rwg__buf_char(out, '}');
    }
    rwg__buf_add(out, RWG_STR("]}\n"));
}
