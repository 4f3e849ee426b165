# Install BUILD beside STAGE, then move it to STAGE.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE "${STAGE}" "${STAGE}.before")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${STAGE}.before"
    COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${STAGE}.before" "${STAGE}")
