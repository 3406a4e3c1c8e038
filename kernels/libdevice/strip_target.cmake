# cmake -DIN=a.ll -DOUT=b.ll -P strip_target.cmake : takes the processor out of the functions' attributes, so that they can
# be inlined into code for any other. Clang puts in the caller's when it links the bitcode.
file(READ ${IN} text)
string(REGEX REPLACE " \"(target-cpu|target-features|tune-cpu)\"=\"[^\"]*\"" "" text "${text}")
string(REPLACE " \"no-builtins\"" "" text "${text}")  # a caller without it could not inline these
string(REGEX REPLACE " \"frame-pointer\"=\"[^\"]*\"" "" text "${text}")
file(WRITE ${OUT} "${text}")
