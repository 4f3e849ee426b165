# Write INPUT as a comma-separated list of characters, with a final zero, to OUTPUT.
cmake_minimum_required(VERSION 3.25)
file(READ "${INPUT}" hex HEX)
# A line a byte-0a keeps the lines of a text file; '\xff' has the sign that char has here.
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
string(REPLACE "'\\x0a'," "'\\x0a',\n" bytes "${bytes}")
file(WRITE "${OUTPUT}" "${bytes}0\n")
