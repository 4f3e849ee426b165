/* The static closure of some modules: as JSON, what a runner asks for in one round trip; as a
 * script, what a browser loads of a package.
 *
 * Starts at the entries, compiles what is not compiled yet, follows imports and requires, leaves
 * out what the runner has, and answers when nothing is missing. Any number may run at once; each
 * holds the view it was asked for, so a commit in between changes nothing of it. */
#ifndef RWB_DEV_CLOSURE_H
#define RWB_DEV_CLOSURE_H

#include "base/json.h"
#include "dev/compiler.h"
#include "dev/held.h"
#include "link/definition.h"

/* The answer; borrowed for the call. */
typedef void (*rwb__closure_fn)(void *payload, rwg_str text);

typedef struct rwb__closure_request {
    rwb__view *view;
    rwg_env env;
    const rwg__json *entries; /* an array of qualified ids, or of specifiers of `importer` */
    rwg_str importer;         /* key of a module, or "" */
    const rwg__json *have;    /* an array of keys, or NULL */
    rwb__session *session; /* what else the runner has; the answer gets a number. NULL: nothing */
    rwg_str state_code;    /* the factory of rwsdk/__state */
    /* Script: definitions of one root's closure inside the folder `package`, and an import of the
     * script of each module outside of it. */
    bool is_script;
    rwg_node root;
    rwg_str package; /* relative to the root, with a slash at its end */
    void (*script_url)(void *payload, const rwb__view *view, rwg_node node, rwg__buf *out);
    void *url_payload;
} rwb__closure_request;

/// Everything in the request is copied or retained. done may be called before this returns.
void rwb__closure_run(
    rwb__compiler *compiler,
    rwb__definer *definer,
    const rwb__closure_request *request,
    rwb__closure_fn done,
    void *payload
);

#endif
