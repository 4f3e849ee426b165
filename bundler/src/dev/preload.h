/* What a page is going to import, named in its head: browsers fetch it at once, rather than one
 * level of imports after the other. */
#ifndef RWB_DEV_PRELOAD_H
#define RWB_DEV_PRELOAD_H

#include "dev/browser.h"

/// The URLs under which the module scripts of this page, and what they import statically, name
/// modules; nearest first, up to a limit. `page` is its path. Everything is in the arena.
uint32_t rwb__preloads(
    rwb__browser *b, rwg_str page, rwg_str html, rwg__arena *arena, const rwg_str **out_urls
);

#endif
