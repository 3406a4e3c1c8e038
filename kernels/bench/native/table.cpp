// One flavour's functions.
#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {

const Native kNative = {
    QIAO_BENCH_FLAVOUR_NAME,
    kLanes,
#ifdef __AVX512F__
    true,
#else
    false,
#endif
#ifdef __AVX2__
    true,
#else
    false,
#endif
#define QIAO_NATIVE(name, parameters) name,
#include "kernels/bench/native/native.def"
#undef QIAO_NATIVE
};

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
