// Device math for modules that were built without a libdevice: the functions which Clang's CUDA headers call __nv_*.
// One unit, so that one compilation gives the bitcode `qiao cc` links and the PTX which the runtime links.
// Not here, and so an error by name: the Bessel functions (j0 j1 jn y0 y1 yn cyl_bessel_i0 cyl_bessel_i1).
// The order matters: gamma.cpp and log.cpp use helpers of special.cpp.
// clang-format off
#include "kernels/libdevice/exact.cpp"
#include "kernels/libdevice/fast.cpp"
#include "kernels/libdevice/math.cpp"
#include "kernels/libdevice/single.cpp"
#include "kernels/libdevice/special.cpp"
#include "kernels/libdevice/gamma.cpp"
#include "kernels/libdevice/log.cpp"
