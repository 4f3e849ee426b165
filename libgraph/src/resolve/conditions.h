/* The "exports" and "imports" fields of package.json: from a subpath to a target.
 *
 * Pure: JSON and a set of conditions in, text out; no file is looked at. The rules are Node's
 * PACKAGE_EXPORTS_RESOLVE, PACKAGE_IMPORTS_RESOLVE, PACKAGE_IMPORTS_EXPORTS_RESOLVE and
 * PACKAGE_TARGET_RESOLVE ("ECMAScript modules", resolution algorithm specification). One thing is
 * added: keys that end in "/" map folders, as Node did before 17 and bundlers still do. */
#ifndef RWG_RESOLVE_CONDITIONS_H
#define RWG_RESOLVE_CONDITIONS_H

#include "base/buf.h"
#include "base/json.h"

typedef enum rwg__match_kind {
    RWG__MATCH_FILE,         /* target is a path below the package, "./dist/x.js" */
    RWG__MATCH_BARE,         /* imports only: target is a specifier, "pkg/x" or "node:fs" */
    RWG__MATCH_NONE,         /* no key, or no condition of it holds */
    RWG__MATCH_EXCLUDED,     /* the target is null: hidden on purpose */
    RWG__MATCH_BAD_TARGET,   /* not a path below the package */
    RWG__MATCH_BAD_CONFIG,   /* keys that may not be together */
    RWG__MATCH_BAD_SPECIFIER /* the part that * stands for leaves the package */
} rwg__match_kind;

typedef struct rwg__match {
    rwg__match_kind kind;
    rwg_str key;    /* the key that matched, "" if none; borrowed from the JSON */
    rwg_str target; /* FILE, BARE: in the caller's buffer. BAD_TARGET: as written */
} rwg__match;

typedef struct rwg__conditions {
    const rwg_str *names; /* beside "default", which always holds */
    uint32_t count;
    rwg_str site; /* "import", "require" or "style" */
} rwg__conditions;

/* What subpath ("." or "./x") of a package with this exports field means. text is overwritten. */
rwg__match rwg__exports_match(
    const rwg__json *exports, rwg_str subpath, const rwg__conditions *conditions, rwg__buf *text
);
/* What a specifier that begins with # means under this imports field. */
rwg__match rwg__imports_match(
    const rwg__json *imports, rwg_str specifier, const rwg__conditions *conditions, rwg__buf *text
);
/* True when exports is one target for "." instead of a map of subpaths. */
bool rwg__exports_is_sugar(const rwg__json *exports);

#endif
