# rwg_embed(TARGET FILE): make the bytes of FILE available to TARGET's sources as
#     static const char text[] = {
#     #include "<file name>.inc"
#     };
# The bytes end in a zero, so that `text` is a C string. C17 has no #embed.

set(RWG_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed.cmake")

function(rwg_embed target file)
    get_filename_component(input "${file}" ABSOLUTE)
    get_filename_component(name "${file}" NAME)
    set(output "${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.inc")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" "-DINPUT=${input}" "-DOUTPUT=${output}" -P "${RWG_EMBED_SCRIPT}"
        DEPENDS "${input}" "${RWG_EMBED_SCRIPT}"
        COMMENT "Embedding ${name}" VERBATIM)
    target_sources(${target} PRIVATE "${output}")
    target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/embedded")
endfunction()
