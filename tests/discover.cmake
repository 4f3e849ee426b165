# Write OUTPUT, a ctest include file with one test for each case that PROGRAM --list prints.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND "${PROGRAM}" --list OUTPUT_VARIABLE names COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" names "${names}")
set(text "")
foreach(case IN LISTS names)
    if(case)
        string(APPEND text "add_test([=[${NAME}: ${case}]=] [=[${PROGRAM}]=] [=[${case}]=])\n"
            "set_tests_properties([=[${NAME}: ${case}]=] PROPERTIES LABELS [=[${LABEL}]=] TIMEOUT ${TIMEOUT})\n")
    endif()
endforeach()
file(WRITE "${OUTPUT}" "${text}")
