#include "src/fatbin/compress.h"

#include "tests/unit/catch.h"
#include "tests/unit/src/fatbin/samples.h"

using namespace qiao;
using namespace qiao::fatbin;
using namespace qiao::fatbin::test;

TEST_CASE("a payload must inflate to exactly the size it declares") {
  const Compression compression = GENERATE(Compression::Lz4, Compression::Zstd);
  const auto raw = to_bytes(kPtx);
  const auto packed = deflate(raw, compression);
  REQUIRE(packed);
  CHECK(packed->size() < raw.size());
  CHECK(*inflate(*packed, compression, raw.size()) == raw);
  CHECK(inflate(*packed, compression, raw.size() - 1).error().code == Code::InvalidImage);
  CHECK(inflate(*packed, compression, raw.size() + 1).error().code == Code::InvalidImage);
  CHECK(inflate(*packed, compression, 0).error().code == Code::InvalidImage);
}

TEST_CASE("a payload that declares a preposterous size is refused before any memory is taken") {
  const auto packed = deflate(to_bytes(kPtx), Compression::Lz4);
  REQUIRE(packed);
  const auto huge = inflate(*packed, Compression::Lz4, std::uint64_t{1} << 29);
  CHECK(huge.error().message.find("cannot hold") != std::string::npos);
  CHECK(inflate(*packed, Compression::Zstd, kMaxPayload + 1).error().message.find("limit of 1 GiB") !=
        std::string::npos);
}

TEST_CASE("a compressed payload cut short or of another format is InvalidImage") {
  const Compression compression = GENERATE(Compression::Lz4, Compression::Zstd);
  const auto raw = to_bytes(kPtx);
  const auto packed = deflate(raw, compression);
  REQUIRE(packed);
  for (std::size_t size = 0; size < packed->size(); ++size) {
    const std::vector<std::byte> cut(packed->begin(), packed->begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(inflate(cut, compression, raw.size()));
  }
  CHECK_FALSE(inflate(raw, compression, raw.size()));
}
