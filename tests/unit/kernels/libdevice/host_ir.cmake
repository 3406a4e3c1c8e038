# cmake -DIN=libdevice.any.ll -DOUT=host.ll -P host_ir.cmake : the same functions for the host. Tables leave the constant
# address space; the few PTX instructions that are not arithmetic of LLVM get no body, so what calls them is not testable here.
file(READ ${IN} text)
string(REGEX REPLACE "target (datalayout|triple) = \"[^\"]*\"" "" text "${text}")
string(REPLACE "addrspace(4) " "" text "${text}")
string(REGEX REPLACE "declare ([a-z0-9]+) @llvm\\.nvvm\\.([a-z0-9.]+)\\(([^)]*)\\)[^\n]*"
       "define linkonce_odr \\1 @nvvm.\\2(\\3) { unreachable }" text "${text}")
string(REPLACE "@llvm.nvvm." "@nvvm." text "${text}")
file(WRITE ${OUT} "${text}")
