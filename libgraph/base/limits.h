/* Every limit on input, in one place, each with its reason. Inputs over a limit give a diagnostic
 * or RWG_LIMIT, never a crash and never a silent cut. */
#ifndef RWG_BASE_LIMITS_H
#define RWG_BASE_LIMITS_H

/* A source file. Offsets are 32 bits; the largest bundles published to npm are below 40 MB, and
 * tree-sitter needs about 50 times a file's size while it parses. */
#define RWG_LIMIT_SOURCE_BYTES (64u * 1024 * 1024)

/* package.json, tsconfig.json, .pnp.data.json, rwgraph.json. PnP data of large monorepos reach 10
 * MB. */
#define RWG_LIMIT_JSON_BYTES (32u * 1024 * 1024)

/* Nesting of JSON values; Node has no limit, real files stay below 20. */
#define RWG_LIMIT_JSON_DEPTH 256

/* A path. Linux's PATH_MAX; longer ones cannot be opened. */
#define RWG_LIMIT_PATH 4096

/* Import sites of one file: 16 times the largest barrel found on npm. */
#define RWG_LIMIT_IMPORTS (256u * 1024)

/* A specifier, and a name. data: URLs are external and kept up to here. */
#define RWG_LIMIT_SPECIFIER (64u * 1024)

/* Files and nodes of one project. Handles are 32 bits; databases and dumps stay handy below this.
 */
#define RWG_LIMIT_FILES (4u * 1024 * 1024)

/* Files one glob or template import may match. */
#define RWG_LIMIT_GLOB_MATCHES (64u * 1024)

/* Hops through aliases, exports maps, tsconfig extends and links before a loop is assumed. */
#define RWG_LIMIT_HOPS 64

/* Directory levels walked down when looking for sources; cycles are cut by realpath before that. */
#define RWG_LIMIT_WALK_DEPTH 128

/* Worker threads. */
#define RWG_LIMIT_WORKERS 64

#endif
