/* A problem knows its place, and the import at that place knows the package. */
#include "absences.h"

#include <stdlib.h>
#include <string.h>

/* Importers named on a package's line. */
#define SHOWN_IMPORTERS 2u

/* "@scope/name" or "name" of a specifier; "#name" as it is. */
static rwg_str package_of(rwg_str specifier) {
    uint32_t slashes = specifier.len && specifier.ptr[0] == '@' ? 2 : 1;
    uint32_t end = 0;
    while (end < specifier.len && specifier.ptr[end] != '?' &&
           (specifier.ptr[end] != '/' || --slashes > 0)) {
        end++;
    }
    return specifier.len && specifier.ptr[0] == '#' ? specifier : (rwg_str){specifier.ptr, end};
}

/* The specifier of the import that begins at `start`; imports are in source order. */
static rwg_str specifier_at(const rwg_module *module, uint32_t start) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(module, &count);
    uint32_t low = 0;
    while (low < count) {
        uint32_t middle = low + (count - low) / 2;
        if (imports[middle].span.start < start) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    (void)rwg_module_imports(module, &count);
    bool found = low < count && imports[low].span.start == start;
    return found ? rwg_module_str(module, imports[low].specifier) : (rwg_str){NULL, 0};
}

static rwg_str package_at(const rwg_open *o, const rwg_problem *problem) {
    for (uint32_t env = 1; env <= rwg_graph_env_count(o->graph); env++) {
        rwg_node node = rwg_graph_find(o->graph, problem->diag->path, (rwg_env){env});
        const rwg_module *module = node.v ? rwg_node_module(o->graph, node) : NULL;
        if (module) {
            return package_of(specifier_at(module, problem->diag->span.start));
        }
    }
    return (rwg_str){NULL, 0};
}

/* Problems lie by path and position in one array, so their addresses are in that order. */
static int order_rows(const void *a, const void *b) {
    const rwg_absence_row *left = a;
    const rwg_absence_row *right = b;
    int order = rwg_str_order(left->package, right->package);
    return order ? order : (left->problem > right->problem) - (left->problem < right->problem);
}

static int order_absences(const void *a, const void *b) {
    const rwg_absence *left = a;
    const rwg_absence *right = b;
    if (left->count != right->count) {
        return left->count > right->count ? -1 : 1;
    }
    return rwg_str_order(left->package, right->package);
}

static void group(rwg_absences *absences) {
    for (uint32_t i = 0; i < absences->row_count; i++) {
        const rwg_absence_row *row = &absences->rows[i];
        rwg_absence *last = absences->count ? &absences->items[absences->count - 1] : NULL;
        if (!last || !rwg_str_equal(last->package, row->package)) {
            last = &absences->items[absences->count++];
            *last = (rwg_absence){.package = row->package, .first = i, .optional = true};
        }
        last->count++;
        last->envs |= row->problem->envs;
        last->optional &= row->problem->diag->severity != RWG_SEVERITY_ERROR;
    }
}

rwg_absences rwg_absences_collect(const rwg_open *o, const rwg_problems *problems) {
    rwg_absences absences = {0};
    absences.rows = calloc((size_t)problems->count + 1, sizeof *absences.rows);
    absences.items = calloc((size_t)problems->count + 1, sizeof *absences.items);
    if (!absences.rows || !absences.items) {
        abort();
    }
    for (uint32_t i = 0; i < problems->count; i++) {
        const rwg_problem *problem = &problems->items[i];
        if (problem->diag->code == RWG_DIAG_PACKAGE_NOT_INSTALLED) {
            absences.rows[absences.row_count++] =
                (rwg_absence_row){problem, package_at(o, problem)};
        }
    }
    qsort(absences.rows, absences.row_count, sizeof *absences.rows, order_rows);
    group(&absences);
    qsort(absences.items, absences.count, sizeof *absences.items, order_absences);
    return absences;
}

void rwg_absences_free(rwg_absences *absences) {
    free(absences->rows);
    free(absences->items);
    *absences = (rwg_absences){0};
}

/* A package that is not there because its name is misspelt is worth its hint; "install it" is not.
 */
static rwg_str hint_of(const rwg_diag *diag) {
    static const char MEANT[] = "did you mean";
    bool hint =
        diag->fix.len >= sizeof MEANT && memcmp(diag->fix.ptr, MEANT, sizeof MEANT - 1) == 0;
    return hint ? diag->fix : (rwg_str){NULL, 0};
}

static void print_absence(const rwg_absences *absences, const rwg_absence *absence) {
    const rwg_absence_row *rows = absences->rows + absence->first;
    printf(
        "  %-28.*s %5u %s  ",
        (int)absence->package.len,
        absence->package.ptr,
        absence->count,
        absence->count == 1 ? "import " : "imports"
    );
    for (uint32_t i = 0; i < absence->count && i < SHOWN_IMPORTERS; i++) {
        const rwg_diag *diag = rows[i].problem->diag;
        printf("%s%.*s:%u", i ? ", " : "", (int)diag->path.len, diag->path.ptr, diag->line);
    }
    fputs(absence->count > SHOWN_IMPORTERS ? ", ..." : "", stdout);
    rwg_str hint = hint_of(rows[0].problem->diag);
    if (hint.len) {
        printf(" - %.*s", (int)hint.len, hint.ptr);
    }
    puts(absence->optional ? " (optional)" : "");
}

static bool has_node_modules(const rwg_open *o) {
    rwg_fs fs = rwg_fs_system();
    rwg_str root = rwg_project_root(o->project);
    rwg_fs_stat found = {0};
    char path[4096];
    int len = snprintf(path, sizeof path, "%.*s/node_modules", (int)root.len, root.ptr);
    return len > 0 && (size_t)len < sizeof path &&
           fs.stat(fs.self, rwg_cstr(path), &found) == RWG_OK && found.kind == RWG_FS_DIR;
}

void rwg_absences_print(const rwg_open *o, const rwg_absences *absences, uint32_t most) {
    uint32_t shown = absences->count < most ? absences->count : most;
    for (uint32_t i = 0; i < shown; i++) {
        print_absence(absences, &absences->items[i]);
    }
    if (absences->count > shown) {
        printf(
            "  ... and %u more (--problems all or --format json lists all)\n",
            absences->count - shown
        );
    }
    if (absences->count && !has_node_modules(o)) {
        puts("  There is no node_modules here: install the project's packages first.");
    }
}
