# The layer law of ARCHITECTURE.md, as a test. Usage: cmake -DROOT=<source dir> -P layers.cmake
#
# A row is: folder | folders it may include | headers granted to it. Project includes are written
# "folder/file.h"; a folder may always include itself. A header named in FENCED may be included by
# the folders that are granted it, and by nobody else: each third-party library has one owner, and
# the public headers that speak of the graph or of a project are unknown below those layers.
cmake_minimum_required(VERSION 3.25)

set(LAW
    "libgraph/base        |                                 |pthread.h xxhash.h jansson.h dirent.h fcntl.h sys/mman.h"
    "libgraph/src/record  |base                             |"
    "libgraph/src/syntax  |base record                      |tree_sitter/api.h rwgraph/sys/source.h"
    "libgraph/src/resolve |base record                      |rwgraph/config.h rwgraph/resolve.h"
    "libgraph/src/graph   |base record                      |rwgraph/config.h rwgraph/resolve.h rwgraph/graph.h rwgraph/change.h"
    "libgraph/src/store   |base record graph                |sqlite3.h fcntl.h rwgraph/config.h rwgraph/resolve.h rwgraph/graph.h rwgraph/change.h"
    "libgraph/src/project |base record syntax resolve graph store|rwgraph/config.h rwgraph/resolve.h rwgraph/graph.h rwgraph/change.h rwgraph/project.h rwgraph/rwgraph.h"
    "bundler/src/analyze  |base                             |rwgraph/sys/source.h"
    "bundler/src/transform|base analyze                     |rwgraph/sys/source.h"
    "bundler/src/emit     |base analyze transform           |"
    "bundler/src/compile  |base analyze transform emit      |rwgraph/sys/source.h"
    "bundler/src/style    |base                             |"
    "bundler/src/link     |base compile emit style          |rwgraph/config.h rwgraph/resolve.h rwgraph/graph.h rwgraph/change.h rwgraph/project.h rwgraph/rwgraph.h"
    "bundler/src/serve    |base                             |pthread.h fcntl.h uv.h zlib.h openssl/err.h openssl/evp.h openssl/sha.h openssl/ssl.h"
    "bundler/src/dev      |base compile emit link serve|uv.h sqlite3.h fcntl.h rwgraph/config.h rwgraph/resolve.h rwgraph/graph.h rwgraph/change.h rwgraph/project.h rwgraph/rwgraph.h"
    "bundler/src/build    |base compile emit link dev serve style|rwgraph/config.h rwgraph/resolve.h rwgraph/graph.h rwgraph/change.h rwgraph/project.h rwgraph/rwgraph.h"
    "cli                  |                                 |jansson.h rwgraph/config.h rwgraph/resolve.h rwgraph/graph.h rwgraph/change.h rwgraph/project.h rwgraph/rwgraph.h")
set(FENCED
    pthread.h xxhash.h jansson.h dirent.h fcntl.h sys/mman.h tree_sitter/api.h sqlite3.h
    uv.h zlib.h openssl/err.h openssl/evp.h openssl/sha.h openssl/ssl.h rwgraph/sys/source.h
    rwgraph/config.h rwgraph/resolve.h rwgraph/graph.h rwgraph/change.h rwgraph/project.h rwgraph/rwgraph.h)

set(violations 0)
macro(violation text)
    message("${file}: ${text}")
    math(EXPR violations "${violations} + 1")
endmacro()

set(seen 0)
set(names "")
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
        math(EXPR seen "${seen} + 1")
        get_filename_component(name "${file}" NAME)
        if(name IN_LIST names)
            violation("another folder has a file of this name")
        endif()
        list(APPEND names "${name}")
        file(STRINGS "${file}" lines REGEX "^[ \t]*#[ \t]*include")
        foreach(line IN LISTS lines)
            if(line MATCHES "\"\\.\\.?/")
                violation("includes are written \"folder/file.h\", without dots")
            elseif(line MATCHES "\"([a-z_]+)/[^\"]*\"")
                set(target "${CMAKE_MATCH_1}")
                if(NOT target STREQUAL self AND NOT target IN_LIST allowed)
                    violation("${self} may not include ${target}/")
                endif()
            elseif(line MATCHES "<([^>]+)>")
                set(target "${CMAKE_MATCH_1}")
                if(target IN_LIST FENCED AND NOT target IN_LIST granted)
                    violation("<${target}> is fenced")
                endif()
            endif()
        endforeach()
    endforeach()
endforeach()
if(seen EQUAL 0)
    message(FATAL_ERROR "no sources under ${ROOT}")
endif()
if(violations)
    message(FATAL_ERROR "${violations} layering violation(s)")
endif()
