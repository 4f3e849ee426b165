# The layer law of ARCHITECTURE.md, as a test. Usage: cmake -DROOT=<source dir> -P layers.cmake
#
# A row is: folder | folders it may include | system headers fenced to it.
# Project includes are written "folder/file.h"; a folder may always include itself.
cmake_minimum_required(VERSION 3.25)

set(LAW
    "libgraph/base        |                                          |pthread.h xxhash.h jansson.h fcntl.h dirent.h"
    "libgraph/src/record  |base                                      |"
    "libgraph/src/syntax  |base record                               |tree_sitter/api.h"
    "libgraph/src/resolve |base record                               |"
    "libgraph/src/graph   |base record                               |"
    "libgraph/src/store   |base record graph                         |sqlite3.h"
    "libgraph/src/project |base record syntax resolve graph store    |"
    "bundler/src/analyze  |base                                      |tree_sitter/api.h"
    "bundler/src/transform|base analyze                              |tree_sitter/api.h"
    "bundler/src/link     |base analyze                              |"
    "bundler/src/emit     |base analyze transform link               |"
    "bundler/src/deps     |base analyze transform link emit          |"
    "bundler/src/serve    |base analyze transform link emit deps     |sys/inotify.h sys/epoll.h fcntl.h"
    "cli                  |                                          |")
set(FENCED pthread.h xxhash.h jansson.h fcntl.h dirent.h tree_sitter/api.h sqlite3.h sys/inotify.h sys/epoll.h)

set(violations 0)
foreach(row IN LISTS LAW)
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 folder)
    list(GET row 1 allowed)
    list(GET row 2 granted)
    string(STRIP "${folder}" folder)
    separate_arguments(allowed)
    separate_arguments(granted)
    get_filename_component(self "${folder}" NAME)
    file(GLOB files "${ROOT}/${folder}/*.[ch]")
    foreach(file IN LISTS files)
        file(STRINGS "${file}" lines REGEX "^[ \t]*#[ \t]*include")
        foreach(line IN LISTS lines)
            if(line MATCHES "\"([a-z_]+)/[^\"]*\"")
                set(target "${CMAKE_MATCH_1}")
                if(NOT target STREQUAL self AND NOT target IN_LIST allowed)
                    message("${file}: ${self} may not include ${target}/")
                    math(EXPR violations "${violations} + 1")
                endif()
            elseif(line MATCHES "<([^>]+)>")
                set(target "${CMAKE_MATCH_1}")
                if(target IN_LIST FENCED AND NOT target IN_LIST granted)
                    message("${file}: <${target}> is fenced")
                    math(EXPR violations "${violations} + 1")
                endif()
            endif()
        endforeach()
    endforeach()
endforeach()
if(violations)
    message(FATAL_ERROR "${violations} layering violation(s)")
endif()
