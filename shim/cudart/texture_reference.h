// What a program's constructors register of its texture references.
#pragma once

namespace qiao::shim {

// `normalized`: 8- and 16-bit integers are read as floats (cudaReadModeNormalizedFloat).
void declare_texture(const void* host, bool normalized);

}  // namespace qiao::shim
