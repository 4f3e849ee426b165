# Configure, build and run the outside project once. THROUGH: cmake or pkgconfig; KIND: shared or static.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE "${BINARY}")
set(ENV{PKG_CONFIG_PATH} "${STAGE}/${LIBDIR}/pkgconfig")
execute_process(COMMAND "${CMAKE_COMMAND}" -S "${SOURCE}" -B "${BINARY}" -G "${GENERATOR}"
    "-DTHROUGH=${THROUGH}" "-DKIND=${KIND}" "-DCMAKE_PREFIX_PATH=${STAGE}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BINARY}" COMMAND_ERROR_IS_FATAL ANY)
set(ENV{LD_LIBRARY_PATH} "${STAGE}/${LIBDIR}")
foreach(program IN ITEMS in_c in_cxx)
    execute_process(COMMAND "${BINARY}/${program}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
