/* Two short lists: a project has few pages, and few scripts in them. */
#include "dev/pages.h"

#include "base/hash.h"
#include "base/str.h"

#include <string.h>

void rwb__pages_init(rwb__pages *pages, rwg__mem *mem) {
    *pages = (rwb__pages){.mem = mem};
}

static char *copy_text(rwg__mem *mem, rwg_str text) {
    char *copy = rwg__mem_zalloc(mem, text.len + 1);
    memcpy(copy, text.ptr, text.len);
    return copy;
}

static void free_text(rwg__mem *mem, char *text) {
    rwg__mem_free(mem, text, strlen(text) + 1);
}

static void clear_script(rwb__pages *pages, rwb__page_script *script) {
    rwg__vec_free(&script->imports, pages->mem);
    free_text(pages->mem, script->id);
}

void rwb__pages_deinit(rwb__pages *pages) {
    for (uint32_t i = 0; i < pages->files.len; i++) {
        free_text(pages->mem, pages->files.ptr[i].path);
    }
    for (uint32_t i = 0; i < pages->scripts.len; i++) {
        clear_script(pages, &pages->scripts.ptr[i]);
    }
    rwg__vec_free(&pages->files, pages->mem);
    rwg__vec_free(&pages->scripts, pages->mem);
}

static rwb__sent_file *find_file(const rwb__pages *pages, rwg_str path) {
    for (uint32_t i = 0; i < pages->files.len; i++) {
        if (rwg__str_eq_c(path, pages->files.ptr[i].path)) {
            return &pages->files.ptr[i];
        }
    }
    return NULL;
}

void rwb__pages_sent(rwb__pages *pages, rwg_str path, rwg_str text) {
    rwb__sent_file *file = find_file(pages, path);
    if (!file) {
        file = rwg__vec_push(&pages->files, pages->mem);
        *file = (rwb__sent_file){.path = copy_text(pages->mem, path)};
    }
    file->hash = rwg__hash_bytes(text.ptr, text.len);
}

bool rwb__pages_changed(rwb__pages *pages, rwg_str path, rwg_str text) {
    rwb__sent_file *file = find_file(pages, path);
    rwg_hash hash = rwg__hash_bytes(text.ptr, text.len);
    if (!file || rwg__hash_equal(file->hash, hash)) {
        return false;
    }
    file->hash = hash;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < pages->scripts.len; i++) {
        rwb__page_script *script = &pages->scripts.ptr[i];
        if (rwg__str_eq(script->page, path)) {
            clear_script(pages, script);
        } else {
            pages->scripts.ptr[kept++] = *script;
        }
    }
    pages->scripts.len = kept;
    return true;
}

rwb__page_script *rwb__pages_script(rwb__pages *pages, rwg_str id, rwg_str page) {
    rwb__page_script *script = NULL;
    for (uint32_t i = 0; i < pages->scripts.len && !script; i++) {
        bool same = rwg__str_eq_c(id, pages->scripts.ptr[i].id);
        script = same ? &pages->scripts.ptr[i] : NULL;
    }
    if (script) {
        clear_script(pages, script);
    } else {
        script = rwg__vec_push(&pages->scripts, pages->mem);
    }
    *script = (rwb__page_script){.id = copy_text(pages->mem, id)};
    script->page = rwg__str(script->id, page.len); // an id begins with its page's path
    RWG_ASSERT(rwg__str_eq(script->page, page));
    return script;
}

void rwb__pages_add_import(rwb__pages *pages, rwb__page_script *script, rwb__page_import import) {
    *rwg__vec_push(&script->imports, pages->mem) = import;
}
