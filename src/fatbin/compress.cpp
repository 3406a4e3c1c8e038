// LZ4 blocks (CUDA 11, 12, -compress-mode=speed) and zstd frames (CUDA 13), bounded by the size the entry declares.
#include "src/fatbin/compress.h"

#include <lz4.h>
#include <zstd.h>

#include <string>

namespace qiao::fatbin {
namespace {

// An LZ4 block cannot grow its input more than 255 times, so a larger declared size is a lie told before allocation.
constexpr std::uint64_t kLz4MaxRatio = 255;

Error bad_payload(const std::string& what) {
  return invalid(Code::InvalidImage, "invalid fatbin payload: " + what);
}

Result<std::uint64_t> inflate_into(std::vector<std::byte>& out, Bytes stored, Compression compression) {
  if (compression == Compression::Lz4) {
    const int written =
        LZ4_decompress_safe(reinterpret_cast<const char*>(stored.data()), reinterpret_cast<char*>(out.data()),
                            static_cast<int>(stored.size()), static_cast<int>(out.size()));
    if (written < 0) return bad_payload("corrupt LZ4 block of " + std::to_string(stored.size()) + " bytes");
    return static_cast<std::uint64_t>(written);
  }
  const std::size_t written = ZSTD_decompress(out.data(), out.size(), stored.data(), stored.size());
  if (ZSTD_isError(written)) return bad_payload(std::string("corrupt zstd frame: ") + ZSTD_getErrorName(written));
  return static_cast<std::uint64_t>(written);
}

}  // namespace

Result<std::vector<std::byte>> inflate(Bytes stored, Compression compression, std::uint64_t size) {
  if (compression == Compression::None) return std::vector<std::byte>(stored.begin(), stored.end());
  if (size > kMaxPayload || stored.size() > kMaxPayload) {
    return bad_payload("declares " + std::to_string(size) + " bytes, more than the limit of 1 GiB");
  }
  if (compression == Compression::Lz4 && size / kLz4MaxRatio > stored.size()) {
    return bad_payload("declares " + std::to_string(size) + " bytes, which " + std::to_string(stored.size()) +
                       " bytes of LZ4 cannot hold");
  }
  std::vector<std::byte> out(size);
  const auto written = inflate_into(out, stored, compression);
  if (!written) return written.error();
  if (*written != size) {
    return bad_payload("inflates to " + std::to_string(*written) + " bytes, but declares " + std::to_string(size));
  }
  return out;
}

Result<std::vector<std::byte>> deflate(Bytes raw, Compression compression) {
  if (raw.size() > kMaxPayload) return invalid(Code::InvalidValue, "invalid payload: larger than 1 GiB");
  if (compression == Compression::None) return std::vector<std::byte>(raw.begin(), raw.end());
  if (compression == Compression::Lz4) {
    std::vector<std::byte> out(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(raw.size()))));
    const int written =
        LZ4_compress_default(reinterpret_cast<const char*>(raw.data()), reinterpret_cast<char*>(out.data()),
                             static_cast<int>(raw.size()), static_cast<int>(out.size()));
    if (written <= 0) return invalid(Code::Unknown, "LZ4 could not compress the payload");
    out.resize(static_cast<std::size_t>(written));
    return out;
  }
  std::vector<std::byte> out(ZSTD_compressBound(raw.size()));
  const std::size_t written = ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(written)) return invalid(Code::Unknown, "zstd could not compress the payload");
  out.resize(written);
  return out;
}

}  // namespace qiao::fatbin
