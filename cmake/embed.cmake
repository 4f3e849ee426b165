# Write INPUT as a comma-separated list of bytes, with a final zero, to OUTPUT.
cmake_minimum_required(VERSION 3.25)
file(READ "${INPUT}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE "${OUTPUT}" "${bytes}0x00\n")
