/* The dev server's one state, and what its parts ask of each other.
 *
 *   dev.c            life: options, opening, closing
 *   dev_listen.c     where it listens, and what is said of that
 *   dev_requests.c   requests in, answers out
 *   watching.c       which folders and files are watched
 *   dev_problems.c   what the terminal is told of mistakes
 *   dev_updates.c    file events in, generations and messages out
 *   dev_messages.c   what browsers are told
 *   ahead.c          what they are going to ask for then
 *   page.c           index.html and its inline scripts
 *
 * All of it belongs to the loop's thread. */
#ifndef RWB_DEV_STATE_H
#define RWB_DEV_STATE_H

#include <rwgraph/rwgraph.h>

#include "dev/closure.h"
#include "dev/dev_config.h"
#include "dev/hmr.h"
#include "dev/html_names.h"
#include "dev/proxy.h"
#include "dev/server_runtime.h"
#include "serve/static.h"
#include "serve/watch.h"
#include "serve/ws.h"

#include <rwbundler/dev.h>

/* What outlives a restart. */
typedef struct rwb__dev_session {
    uint16_t wanted; /* port, 0 = any */
    uint16_t bound;  /* port, 0 = none yet */
    bool restarted;
} rwb__dev_session;

typedef struct rwb__dev {
    rwg__mem *mem;
    const rwb_dev_options *options;
    rwb__dev_session *session;
    rwb__loop *loop;
    rwb__setup setup;
    rwb__html_names names; /* of the page, which are entries of the browser */
    rwb__proxy proxy;
    rwg_project *project;
    rwb__cache *cache;
    rwb__compiler *compiler;
    rwb__definer definer;
    rwb__generations generations;
    rwb__held held; /* by server runtimes */
    rwb__browser browser;
    rwb__runtime *runtime; /* NULL: pages are static */
    rwb__http *http;
    rwb__ws *ws;
    rwb__watch *watch;
    rwb__public *public_files;
    rwb__timer *cache_timer;
    rwb__access access;
    rwb__fs_rules rules;
    const rwg_str *allowed; /* folders whose files are served */
    char token[33];
    rwg__buf messages;    /* for browsers, framed by newlines, until the runtime has switched */
    uint64_t waiting_for; /* the generation they wait for */
    uint64_t sheet_count; /* updates of stylesheets that are no modules */
    rwg__idmap given_up;  /* node -> the generation whose update of it a page gave up on last */
    rwg__strmap problems; /* texts of those that were said and are still there; in problem_texts */
    rwg__arena problem_texts;
    rwg__strmap watched; /* folders whose packages are watched -> 1; in watched_paths */
    rwg__arena watched_paths;
    bool restart; /* the configuration changed: begin anew when the loop has stopped */
} rwb__dev;

/* dev.c */
/// A line for the terminal; payload is not looked at.
void rwb__dev_say(void *payload, bool is_error, rwg_str line);

/* dev_listen.c */
/// Opens the HTTP server, as the options and the configuration say.
rwg_status rwb__dev_listen(rwb__dev *d, rwg_error *err);
/// The first lines of output; opens the page if that was asked for.
void rwb__dev_say_ready(rwb__dev *d, const rwg_stats *stats, uint64_t start_ns);

/* watching.c */
/// Opens the watcher, before the project is read, so that no edit is missed. A limit of the system
/// is said, and what can be watched is.
rwg_status rwb__dev_watch_start(rwb__dev *d, rwg_error *err);
/// Watches what files of the newest generation need, and nothing watches yet.
void rwb__dev_watch_graph(rwb__dev *d);
/// The watcher told of this path.
void rwb__dev_watch_told(rwb__dev *d, rwg_str path);

/* dev_problems.c */
/// Says what is wrong in the newest generation and was not in the one before.
void rwb__dev_say_problems(rwb__dev *d);
/// Says, once, what the project could have and has not.
void rwb__dev_say_hints(rwb__dev *d);
/// Callback of the compiler: a module cannot be made.
void rwb__dev_compile_problem(void *payload, rwg_str text);

/* dev_updates.c */
/// Makes the project's graph the newest generation.
void rwb__dev_publish(rwb__dev *d);
/// Keeps the texts of all modules of the newest generation.
void rwb__dev_remember(rwb__dev *d);
/// A browser gave up on a module's own update of this generation (0: it does not know): its
/// importers have to take it. `first` is the owner path of the module that began to, "" = this one.
/// Several pages may say so of one update: the first of them is heard.
void rwb__dev_invalidate(rwb__dev *d, rwg_node node, uint64_t generation, rwg_str first);
/// Callbacks of the watcher (payload: rwb__dev) and of the server runtime.
void rwb__dev_files_changed(void *payload, const rwb__watch_batch *batch);
void rwb__dev_switched(void *payload, uint64_t generation, rwg_str problem);
/// What decides how the project is read, rather than what is in it: rwgraph.json and the like.
bool rwb__dev_is_configuration(rwg_str path);

/* dev_messages.c */
/// Writes "generation" and "version" of the browser's environment.
void rwb__dev_write_version(rwb__dev *d, rwg_json_writer *w);
/// Adds the update, or the reload, that the plan comes to. `first`: who began the chain of
/// invalidations that it belongs to; "" = it belongs to none.
void rwb__dev_add_plan(rwb__dev *d, const rwb__hot_plan *plan, rwg_str first);
/// Adds modules that nothing reaches any more: what they put on the page goes.
void rwb__dev_add_prunes(rwb__dev *d, const rwg_change *change);
/// The stylesheet of server code is another one: a sheet in it changed.
void rwb__dev_add_style_update(rwb__dev *d, rwg_node node);
/// RedwoodSDK's client is to ask the server to render again.
void rwb__dev_add_server_update(rwb__dev *d, rwg_node node);
/// A page or a stylesheet that went out as it was, if this file is one and has changed: the page is
/// loaded again, the link gets another address.
void rwb__dev_add_sent_file(rwb__dev *d, rwg_str path);
/// Sends what was added.
void rwb__dev_send_messages(rwb__dev *d);

/* page.c */
/// index.html for any page that is no file, an HTML file under its own name; false: there is none.
bool rwb__dev_answer_page(rwb__dev *d, rwb__exchange *x);
/// An inline module script of a page; false: the request is for something else.
bool rwb__dev_answer_inline(rwb__dev *d, rwb__exchange *x);

/// The file that is served under this path was sent as it is.
void rwb__dev_page_sent(rwb__dev *d, rwg_str id);
/// Was the file that is served under this path sent as a page or a stylesheet, with another text
/// than it has now?
bool rwb__dev_page_changed(rwb__dev *d, rwg_str id);

/* dev_requests.c */
/// Callbacks of the HTTP server; payload: rwb__dev.
void rwb__dev_handle(void *payload, rwb__exchange *x);
rwb__body_mode rwb__dev_body_mode(void *payload, rwb__exchange *x);

#endif
