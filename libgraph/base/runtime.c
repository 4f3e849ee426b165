/* Which version this is and what it can do. See rwgraph/sys/runtime.h. */
#include <rwgraph/sys/runtime.h>

#include <string.h>

#define TEXT_(value) #value
#define TEXT(value)  TEXT_(value)

const char *rwg_version_string(void) {
    return TEXT(RWG_VERSION_MAJOR) "." TEXT(RWG_VERSION_MINOR) "." TEXT(RWG_VERSION_PATCH);
}

bool rwg_has(const char *capability) {
    static const char *const names[] = {
        "broad-invalidation",
        "cancel",
        "env-edges",
        "fast-parse",
        "memory-budget",
        "overlays",
        "pnp",
        "precise-invalidation",
        "snapshots",
        "sqlite-cache",
        "syntax-tree",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(capability, names[i]) == 0) {
            return true;
        }
    }
    return false;
}
