// The same tool in C++, with the library's objects held by smart pointers.

#include <rwgraph/rwgraph.h>

#include <cstdio>
#include <memory>

struct Close {
    void operator()(rwg_project *project) const { rwg_project_close(project); }
    void operator()(rwg_graph *graph) const { rwg_graph_release(graph); }
};

int main() {
    rwg_error err{};
    rwg_project_options options = RWG_PROJECT_OPTIONS_INIT;
    options.no_cache = true;
    rwg_project *opened = nullptr;
    if (rwg_project_open(RWG_STR(APP), &options, &opened, &err) != RWG_OK) {
        std::fprintf(stderr, "%s: %s\n", err.path, err.text);
        return 1;
    }
    std::unique_ptr<rwg_project, Close> project(opened);
    rwg_stats stats;
    if (rwg_project_scan(project.get(), &stats, &err) != RWG_OK) {
        std::fprintf(stderr, "%s: %s\n", err.path, err.text);
        return 1;
    }
    std::unique_ptr<rwg_graph, Close> graph(rwg_project_graph(project.get()));
    rwg_env client = rwg_graph_env(graph.get(), RWG_STR("client"));
    rwg_node greet = rwg_graph_find(graph.get(), RWG_STR("src/greet.ts"), client);
    uint32_t importers = 0;
    rwg_graph_importers(graph.get(), greet, &importers);
    return importers == 1 ? 0 : 1;
}
