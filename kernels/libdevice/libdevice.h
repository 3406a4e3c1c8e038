// Device math as one PTX module, for modules that were built without a libdevice and call __nv_sinf and the like. Link
// with qiao_kernels.
#pragma once

#include <string_view>

extern "C" {
extern const char qiao_kernels_libdevice_ptx[];      // NUL-terminated
extern const char qiao_kernels_libdevice_ptx_end[];  // behind the NUL
}

namespace qiao::kernels {

// Empty where the build found no Clang or no libclc.
inline std::string_view libdevice_ptx() {
  return {qiao_kernels_libdevice_ptx,
          static_cast<std::size_t>(qiao_kernels_libdevice_ptx_end - qiao_kernels_libdevice_ptx) - 1};
}

}  // namespace qiao::kernels
