/* What is watched: the root with all below it; the folders of files that the graph has outside of
 * it (packages of the workspace that are linked); and the names in each node_modules that code of
 * the graph can import from, so that packages may be installed while the server runs. What is
 * inside of an installed package is not watched, since nobody edits it: an installation changes
 * names, or the note that every package manager leaves in node_modules at the end. */
#include <rwgraph/sys/fs.h>

#include "base/path.h"
#include "base/str.h"
#include "dev/dev_state.h"
#include "serve/env_files.h"

static const rwg_str PACKAGES = {"node_modules", 12};

/* The system's limit is told once, by the root's folders. */
static void watch_names(rwb__dev *d, rwg_str dir) {
    rwg_error err;
    (void)rwb__watch_add_names(d->watch, dir, &err);
}

typedef struct scopes {
    rwb__dev *d;
    rwg_str dir;
} scopes;

static void watch_scope(void *payload, const rwg_fs_entry *entry) {
    const scopes *s = payload;
    rwg__path path;
    if (entry->name.ptr[0] == '@' && rwg__path_join(&path, s->dir, entry->name)) {
        watch_names(s->d, rwg__path_str(&path));
    }
}

/* node_modules, and each @scope in it. */
static void watch_packages(rwb__dev *d, rwg_str dir) {
    scopes s = {d, dir};
    watch_names(d, dir);
    (void)d->setup.fs.list(d->setup.fs.self, dir, watch_scope, &s);
}

/* Where code in this folder imports packages from, but for folders above that were seen. */
static void watch_packages_above(rwb__dev *d, rwg_str dir) {
    bool added = true;
    while (dir.len > 0 && added) {
        rwg__path path;
        rwg_fs_stat stat;
        rwg__strmap_put(&d->watched, dir, &added);
        if (added && rwg__path_join(&path, dir, PACKAGES) &&
            d->setup.fs.stat(d->setup.fs.self, rwg__path_str(&path), &stat) == RWG_OK &&
            stat.kind == RWG_FS_DIR) {
            watch_packages(d, rwg__path_str(&path));
        }
        dir = dir.len > 1 ? rwg__path_dirname(dir) : (rwg_str){NULL, 0};
    }
}

static void watch_folder_of(rwb__dev *d, rwg_str file) {
    rwg_str root = d->setup.settings.root;
    rwg__path path;
    if (!rwg__path_join(&path, root, file)) {
        return;
    }
    rwg_str dir = rwg__path_dirname(rwg__path_str(&path));
    if (rwg__strmap_find(&d->watched, dir)) {
        return;
    }
    dir = rwg__arena_str(&d->watched_paths, dir);
    if (!rwg__path_is_under(dir, root)) {
        rwg_error err;
        (void)rwb__watch_add_files_of(d->watch, dir, &err);
    }
    watch_packages_above(d, dir);
}

void rwb__dev_watch_graph(rwb__dev *d) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    for (uint32_t f = 1; f <= rwg_graph_file_max(g); f++) {
        rwg_str path = rwg_graph_file_path(g, (rwg_file){f});
        if (path.len > 0 && !rwg__str_contains(path, RWG_STR("node_modules/"))) {
            watch_folder_of(d, path);
        }
    }
}

static void watch_file(void *watch, rwg_str path) {
    rwg_error err;
    (void)rwb__watch_add_file(watch, path, &err);
}

rwg_status rwb__dev_watch_start(rwb__dev *d, rwg_error *err) {
    const rwb__dev_config *site = &d->setup.site;
    rwg_str root = d->setup.settings.root;
    d->watch = rwb__watch_new(
        d->loop,
        &(rwb__watch_options){
            .ignore = site->ignored,
            .ignore_count = site->ignored_count,
            .quiet_ms = 2,
            .payload = d,
            .changed = rwb__dev_files_changed,
        }
    );
    rwg_status status = rwb__watch_add_dir(d->watch, root, err);
    if (status == RWG_OK && site->public_dir.len > 0 &&
        !rwg__path_is_under(site->public_dir, root)) {
        status = rwb__watch_add_dir(d->watch, site->public_dir, err);
        status = status == RWG_NOT_FOUND ? RWG_OK : status; // it may be there next time
    }
    if (site->env_dir.len > 0 && !rwg__path_is_under(site->env_dir, root)) {
        rwg_str mode = d->options->mode.len > 0 ? d->options->mode : RWG_STR("development");
        rwb__env_files(site->env_dir, mode, watch_file, d->watch);
    }
    if (status == RWG_LIMIT) {
        rwb__dev_say(d, true, rwg__str_c(err->text)); /* the rest is watched */
        status = RWG_OK;
    }
    rwg__path packages;
    if (status == RWG_OK && rwg__path_join(&packages, root, PACKAGES)) {
        watch_packages(d, rwg__path_str(&packages)); /* which may come later */
    }
    return status;
}

void rwb__dev_watch_told(rwb__dev *d, rwg_str path) {
    if (rwg__str_eq(rwg__path_basename(path), PACKAGES)) {
        watch_packages(d, path); /* scopes may be new */
    }
}
