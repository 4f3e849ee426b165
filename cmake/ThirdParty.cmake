# The parsers, from their npm packages. They are compiled as their authors wrote them: without our
# warnings, sanitizers, coverage or tidy, hidden, and optimised even in a Debug build (a grammar is
# a 9 MB table in C, and an unoptimised parser makes every test ten times slower).

set(RWG_NODE_MODULES "${PROJECT_SOURCE_DIR}/node_modules" CACHE PATH "Where npm put the parser sources")
if(NOT EXISTS "${RWG_NODE_MODULES}/tree-sitter/vendor/tree-sitter/lib/src/lib.c")
    message(FATAL_ERROR
        "The parser sources are not in ${RWG_NODE_MODULES}. Run: npm ci --ignore-scripts")
endif()

function(rwg_third_party target)
    add_library(${target} OBJECT ${ARGN})
    set_target_properties(${target} PROPERTIES
        C_STANDARD 11
        C_VISIBILITY_PRESET hidden
        POSITION_INDEPENDENT_CODE ON)
    target_compile_options(${target} PRIVATE -O2 -g0 -w)
endfunction()

set(core "${RWG_NODE_MODULES}/tree-sitter/vendor/tree-sitter/lib")
rwg_third_party(tree_sitter_core "${core}/src/lib.c")
target_compile_definitions(tree_sitter_core PRIVATE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
target_include_directories(tree_sitter_core PRIVATE "${core}/src" "${core}/include")
add_library(tree_sitter_headers INTERFACE)
target_include_directories(tree_sitter_headers SYSTEM INTERFACE "${core}/include")

function(rwg_grammar name folder)
    set(src "${RWG_NODE_MODULES}/${folder}/src")
    rwg_third_party(tree_sitter_${name} "${src}/parser.c" "${src}/scanner.c")
    target_include_directories(tree_sitter_${name} PRIVATE "${src}")
endfunction()

rwg_grammar(javascript tree-sitter-javascript)
rwg_grammar(tsx tree-sitter-typescript/tsx)
rwg_grammar(typescript tree-sitter-typescript/typescript)

set(RWG_PARSERS tree_sitter_core tree_sitter_javascript tree_sitter_tsx tree_sitter_typescript)

# "name version" of each, as installed: stored records are worth nothing to another grammar.
set(RWG_GRAMMAR_VERSIONS "")
foreach(package IN ITEMS tree-sitter tree-sitter-javascript tree-sitter-typescript)
    file(READ "${RWG_NODE_MODULES}/${package}/package.json" manifest)
    string(JSON version GET "${manifest}" version)
    list(APPEND RWG_GRAMMAR_VERSIONS "${package} ${version}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${RWG_NODE_MODULES}/${package}/package.json")
endforeach()
list(JOIN RWG_GRAMMAR_VERSIONS ", " RWG_GRAMMAR_VERSIONS)
