# Collects which rows of the instruction table have a test: each `// form: SYNTAX` line of tests/ptx as a C++ string.
# cmake -D FOLDER=tests/ptx -D OUTPUT=file.inc -P tested_forms.cmake
file(GLOB_RECURSE tests ${FOLDER}/*.ptx)
set(text "// Made from tests/ptx: the rows of the instruction table that have a test.\n")
foreach(test IN LISTS tests)
  file(STRINGS ${test} lines REGEX "^// form: ")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^// form: *" "" line "${line}")
    string(REGEX REPLACE " +" " " line "${line}")
    string(STRIP "${line}" line)
    string(APPEND text "\"${line}\",\n")
  endforeach()
endforeach()
file(WRITE ${OUTPUT} "${text}")
