// Pages and .env files, which are the user's own and may be anything. What must hold: a page
// without anything to be put in comes out as it went in, apart from inline modules, which are found
// again under the numbers that they were given; an error page shows no markup of the error's;
// expansion ends.

#include "base/str.h"
#include "serve/env_files.h"
#include "serve/html.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void count_url(void *payload, rwg_str url) {
    uint32_t *count = payload;
    HOLDS(url.len > 0);
    ++*count;
}

static void check_page(rwg__mem *mem, rwg_str page) {
    rwg__buf out;
    rwg__buf_init(&out, mem);
    rwb__html_options plain = {.url = RWG_STR("/x.html"), .base = RWG_STR("/")};
    rwb__html_transform(page, &plain, &out);
    uint32_t modules = 0;
    rwg_span span;
    while (rwb__html_inline_script(page, modules, &span)) {
        HOLDS(span.start < span.end && span.end <= page.len);
        modules++;
    }
    HOLDS(modules > 0 || rwg__str_eq(rwg__buf_str(&out), page));
    HOLDS(modules == 0 || rwg__str_contains(rwg__buf_str(&out), RWG_STR("html-proxy&amp;index=0")));
    uint32_t urls = 0;
    rwb__html_sources(page, count_url, &urls);

    static const rwb__html_var VARS[] = {{{"A", 1}, {"<", 1}}};
    rwb__html_options full = {
        .url = RWG_STR("/x.html"),
        .base = RWG_STR("/base/"),
        .client = RWG_STR("/client"),
        .preamble = RWG_STR("p()"),
        .nonce = RWG_STR("n"),
        .version = RWG_STR("1"),
        .vars = VARS,
        .var_count = 1,
    };
    rwg__buf_clear(&out);
    rwb__html_transform(page, &full, &out);
    HOLDS(rwg__str_contains(rwg__buf_str(&out), RWG_STR("src=\"/base/client\"")));

    rwg__buf_clear(&out);
    rwb__html_escape(&out, page);
    HOLDS(out.bytes.len == 0 || !memchr(out.bytes.ptr, '<', out.bytes.len));
    HOLDS(out.bytes.len == 0 || !memchr(out.bytes.ptr, '"', out.bytes.len));
    rwg__buf_deinit(&out);
}

static void check_env(rwg__mem *mem, rwg_str text) {
    rwb__env env;
    rwb__env_init(&env, mem);
    rwb__env_parse(&env, text);
    rwb__env_expand(&env, NULL);
    for (uint32_t i = 0; i < env.count; i++) {
        HOLDS(env.vars[i].name.len > 0);
        HOLDS(i == 0 || rwg__str_compare(env.vars[i - 1].name, env.vars[i].name) < 0);
        HOLDS(rwb__env_get(&env, env.vars[i].name) == &env.vars[i].value);
    }
    rwb__env_deinit(&env);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 65536) {
        return 0;
    }
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg_str text = {(const char *)data, (uint32_t)size};
    check_page(&mem, text);
    check_env(&mem, text);
    HOLDS(mem.used == 0);
    return 0;
}
