/* What is wrong with the project, for the terminal: each problem once, when it comes. Pages show
 * what they run into themselves; but who writes code for a server has no page, and an import that
 * cannot be resolved is known before anybody asks for the module. */
#include "base/str.h"
#include "dev/dev_state.h"

/* Problems looked at, and said at a time: a project without its packages has thousands. */
#define LOOKED_AT 1000u
#define SAID      10u

static void write_problem(const rwg_diag *diag, rwg__buf *out) {
    rwg__buf_clear(out);
    rwg__buf_add(out, diag->path);
    if (diag->line > 0) {
        rwg__buf_printf(out, ":%u", diag->line);
    }
    rwg__buf_printf(out, ": error[%s]: ", rwg_diag_code_name(diag->code));
    rwg__buf_add(out, diag->message);
    if (diag->fix.len > 0) {
        rwg__buf_add(out, RWG_STR("\n  "));
        rwg__buf_add(out, diag->fix);
    }
}

void rwb__dev_say_problems(rwb__dev *d) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    uint32_t count = 0;
    const rwg_diag *diags = rwg_graph_diags(g, &count);
    rwg__strmap now;
    rwg__arena texts;
    rwg__buf text;
    rwg__strmap_init(&now, d->mem);
    rwg__arena_init(&texts, d->mem);
    rwg__buf_init(&text, d->mem);
    uint32_t fresh = 0;
    for (uint32_t i = 0; i < count && now.len < LOOKED_AT; i++) {
        if (diags[i].severity != RWG_SEVERITY_ERROR) {
            continue;
        }
        write_problem(&diags[i], &text);
        if (rwg__strmap_find(&now, rwg__buf_str(&text))) {
            continue; /* in another environment */
        }
        rwg__strmap_put(&now, rwg__arena_str(&texts, rwg__buf_str(&text)), NULL);
        if (!rwg__strmap_find(&d->problems, rwg__buf_str(&text)) && fresh++ < SAID) {
            rwb__dev_say(d, true, rwg__buf_str(&text));
        }
    }
    if (fresh > SAID) {
        rwg__buf_clear(&text);
        rwg__buf_printf(&text, "%u problems more: \"rwgraph scan\" lists them", fresh - SAID);
        rwb__dev_say(d, true, rwg__buf_str(&text));
    }
    rwg__strmap_deinit(&d->problems);
    rwg__arena_deinit(&d->problem_texts);
    d->problems = now;
    d->problem_texts = texts;
    rwg__buf_deinit(&text);
}

void rwb__dev_say_hints(rwb__dev *d) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    uint32_t count = 0;
    const rwg_dependency *deps = NULL;
    if (d->setup.client_env.v && d->setup.refresh_path.len == 0) {
        deps = rwg_graph_deps(g, d->setup.client_env, &count);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (rwg__str_eq_c(deps[i].specifier, "react-dom/client")) {
            rwb__dev_say(
                d,
                false,
                RWG_STR("react-refresh is not installed: an edit of a component loads the page "
                        "again. With it, state is kept: npm install --save-dev react-refresh")
            );
            return;
        }
    }
}

void rwb__dev_compile_problem(void *payload, rwg_str text) {
    while (text.len > 0 && text.ptr[text.len - 1] == '\n') {
        text.len--;
    }
    rwb__dev_say(payload, true, text);
}
