# rwg_test(NAME SOURCES… [LABEL label] [TIMEOUT seconds] [THREADS] [BUNDLER]): a program of TEST() cases
# (unit/test.h). THREADS says that threads meet in it, so that ThreadSanitizer is worth its time;
# BUNDLER links the bundler too.
# It sees internal headers. Every case becomes a ctest entry of its own, called after its sentence:
# the program is asked for its cases after it is linked.

add_library(rwgraph_testing STATIC "${CMAKE_CURRENT_LIST_DIR}/unit/test.c")
rwg_own(rwgraph_testing)
target_include_directories(rwgraph_testing PUBLIC "${CMAKE_CURRENT_LIST_DIR}/unit")
target_link_libraries(rwgraph_testing PUBLIC PkgConfig::CMOCKA)

# What tests use in place of the real world; tests/support/*.h say how.
add_library(rwgraph_test_support STATIC
    "${CMAKE_CURRENT_LIST_DIR}/support/faultvfs.c"
    "${CMAKE_CURRENT_LIST_DIR}/support/memfs.c"
    "${CMAKE_CURRENT_LIST_DIR}/support/storeimage.c")
rwg_own(rwgraph_test_support)
target_include_directories(rwgraph_test_support PUBLIC "${CMAKE_CURRENT_LIST_DIR}/support")
target_link_libraries(rwgraph_test_support PUBLIC rwgraph_internal)

set(RWG_DISCOVER "${CMAKE_CURRENT_LIST_DIR}/discover.cmake")

function(rwg_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "THREADS;BUNDLER" "LABEL;TIMEOUT" "")
    if(NOT arg_LABEL)
        set(arg_LABEL unit)
    endif()
    if(arg_THREADS)
        list(APPEND arg_LABEL threads)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    if(RWG_SANITIZE OR RWG_COVERAGE)
        math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5")
    endif()
    add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
    rwg_own(${name})
    if(arg_BUNDLER)
        target_link_libraries(${name} PRIVATE rwbundler)
        target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/bundler/src")
    endif()
    target_link_libraries(${name} PRIVATE rwgraph_testing rwgraph_test_support rwgraph_internal)
    target_compile_definitions(${name} PRIVATE RWG_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

    set(cases "${CMAKE_CURRENT_BINARY_DIR}/${name}_cases.cmake")
    add_custom_command(TARGET ${name} POST_BUILD
        COMMAND "${CMAKE_COMMAND}" "-DPROGRAM=$<TARGET_FILE:${name}>" "-DNAME=${name}" "-DLABEL=${arg_LABEL}"
            "-DTIMEOUT=${arg_TIMEOUT}" "-DOUTPUT=${cases}" -P "${RWG_DISCOVER}"
        BYPRODUCTS "${cases}" VERBATIM)
    # A program that did not build is a test that fails, not a reason to run none.
    set(include "${CMAKE_CURRENT_BINARY_DIR}/${name}_include.cmake")
    file(WRITE "${include}"
        "if(EXISTS \"${cases}\")\n"
        "    include(\"${cases}\")\n"
        "else()\n"
        "    add_test(${name}_is_built ${name})\n"
        "endif()\n")
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${include}")
endfunction()
