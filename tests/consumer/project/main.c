// A tool somebody else writes: scan a project and ask who imports a file.

#include <rwgraph/rwgraph.h>

#include <stdio.h>

int main(void) {
    rwg_error err = {.status = RWG_OK};
    rwg_project_options options = RWG_PROJECT_OPTIONS_INIT;
    options.no_cache = true;
    rwg_project *project = NULL;
    rwg_stats stats;
    if (rwg_project_open(RWG_STR(APP), &options, &project, &err) != RWG_OK ||
        rwg_project_scan(project, &stats, &err) != RWG_OK) {
        fprintf(stderr, "%s: %s\n", err.path, err.text);
        rwg_project_close(project);
        return 1;
    }
    rwg_graph *graph = rwg_project_graph(project);
    rwg_env client = rwg_graph_env(graph, RWG_STR("client"));
    rwg_node greet = rwg_graph_find(graph, RWG_STR("src/greet.ts"), client);
    uint32_t importers = 0;
    rwg_graph_importers(graph, greet, &importers);
    printf("%u files, %u importers of greet.ts\n", stats.files, importers);
    rwg_graph_release(graph);
    rwg_project_close(project);
    return importers == 1 ? 0 : 1;
}
