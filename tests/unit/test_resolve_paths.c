// Relative and absolute paths: extensions, folders, queries, names, links.
#include "test_resolve_world.h"

TEST(a_relative_path_leads_to_the_file_with_an_extension) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/a.ts", "");
    memfs_write(w.disk, "/app/src/b.jsx", "");
    memfs_write(w.disk, "/app/src/sub/c.tsx", "");
    memfs_write(w.disk, "/app/top.mjs", "");
    expect_file(&w, CLIENT, "./a", "/app/src/a.ts");
    expect_file(&w, CLIENT, "./a.ts", "/app/src/a.ts");
    expect_file(&w, CLIENT, "./b", "/app/src/b.jsx");
    expect_file(&w, CLIENT, "./sub/c", "/app/src/sub/c.tsx");
    expect_file(&w, CLIENT, "../top", "/app/top.mjs");
    expect_file(&w, CLIENT, "./sub/../a", "/app/src/a.ts");
    expect_file(&w, CLIENT, "./missing/../a", "/app/src/a.ts");
    world_free(&w);
}

TEST(a_package_is_found_in_the_nearest_node_modules) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/node_modules/one/package.json", "{\"main\": \"lib/one.js\"}");
    memfs_write(w.disk, "/app/node_modules/one/lib/one.js", "");
    memfs_write(
        w.disk,
        "/app/node_modules/@s/two/package.json",
        "{\"exports\": {\".\": {\"browser\": \"./b.js\", \"default\": \"./d.js\"}}}"
    );
    memfs_write(w.disk, "/app/node_modules/@s/two/b.js", "");
    memfs_write(w.disk, "/app/node_modules/@s/two/d.js", "");
    expect_file(&w, CLIENT, "one", "/app/node_modules/one/lib/one.js");
    expect_file(&w, CLIENT, "one/lib/one", "/app/node_modules/one/lib/one.js");
    expect_file(&w, CLIENT, "@s/two", "/app/node_modules/@s/two/b.js");
    expect_file(&w, WORKER, "@s/two", "/app/node_modules/@s/two/d.js");
    world_free(&w);
}
