# How our own sources are compiled. Nothing here is global: third-party sources do not link rwg_flags.

add_library(rwg_flags INTERFACE)
target_compile_features(rwg_flags INTERFACE c_std_17)
# -std=c17 hides POSIX; the library and the program are written against POSIX.1-2008.
target_compile_definitions(rwg_flags INTERFACE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
target_compile_options(rwg_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla -Wundef
    -fno-strict-overflow $<$<BOOL:${RWG_WERROR}>:-Werror>)
if(RWG_CHECKS)
    target_compile_definitions(rwg_flags INTERFACE RWG_CHECKS=1)
endif()
if(RWG_SANITIZE)
    # -O1 keeps stack traces true and makes the tests three times as fast as -O0.
    target_compile_options(rwg_flags INTERFACE
        -fsanitize=${RWG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
        $<$<CONFIG:Debug>:-O1>)
    target_link_options(rwg_flags INTERFACE -fsanitize=${RWG_SANITIZE})
endif()
if(RWG_FUZZ)
    target_compile_options(rwg_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(RWG_COVERAGE)
    target_compile_options(rwg_flags INTERFACE --coverage)
    target_link_options(rwg_flags INTERFACE --coverage)
endif()
if(RWG_TIDY)
    find_program(CLANG_TIDY NAMES clang-tidy-14 clang-tidy REQUIRED)
endif()

# Compile TARGET as our own code: C17 without extensions, hidden symbols, warnings, and clang-tidy when asked.
function(rwg_own target)
    set_target_properties(${target} PROPERTIES
        C_EXTENSIONS OFF
        C_VISIBILITY_PRESET hidden
        POSITION_INDEPENDENT_CODE ON)
    if(RWG_TIDY)
        set_target_properties(${target} PROPERTIES C_CLANG_TIDY "${CLANG_TIDY};--quiet")
    endif()
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:rwg_flags>)
endfunction()
