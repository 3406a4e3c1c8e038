// The only door to LZ4 and zstd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/base/result.h"
#include "src/fatbin/bytes.h"

namespace qiao::fatbin {

enum class Compression { None, Lz4, Zstd };

// The largest payload we inflate; the biggest images in the field (BLAS libraries) stay below a quarter of it.
inline constexpr std::uint64_t kMaxPayload = std::uint64_t{1} << 30;

// Inflates to exactly `size` bytes; more, fewer, or more than kMaxPayload is InvalidImage.
Result<std::vector<std::byte>> inflate(Bytes stored, Compression compression, std::uint64_t size);

// Used by the writer (`qiao cc` stores zstd, as nvcc does) and by tests.
Result<std::vector<std::byte>> deflate(Bytes raw, Compression compression);

}  // namespace qiao::fatbin
