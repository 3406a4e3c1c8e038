#include "src/fatbin/container.h"

#include "src/fatbin/format.h"
#include "tests/unit/catch.h"
#include "tests/unit/src/fatbin/samples.h"

using namespace qiao;
using namespace qiao::fatbin;
using namespace qiao::fatbin::test;

namespace {

constexpr std::size_t kEntry = sizeof(FatbinHeader);

std::string error_of(const std::vector<std::byte>& bytes) {
  const auto images = read_fatbin(Bytes(bytes));
  if (images) return "";
  CHECK(images.error().code == Code::InvalidImage);
  return images.error().message;
}

}  // namespace

TEST_CASE("an entry is read field by field as nvcc lays it out") {
  // Written out by hand, not by our writer: a 72-byte header with a name, and a raw payload of 8 bytes.
  std::vector<std::byte> bytes(16 + 72 + 8);
  poke<std::uint32_t>(bytes, 0, 0xba55ed50);
  poke<std::uint16_t>(bytes, 4, 1);
  poke<std::uint16_t>(bytes, 6, 16);
  poke<std::uint64_t>(bytes, 8, 80);
  poke<std::uint16_t>(bytes, 16, 1);        // PTX
  poke<std::uint32_t>(bytes, 16 + 4, 72);   // header size
  poke<std::uint64_t>(bytes, 16 + 8, 8);    // padded payload size
  poke<std::uint32_t>(bytes, 16 + 28, 90);  // sm
  poke<std::uint32_t>(bytes, 16 + 32, 64);  // name offset
  poke<std::uint32_t>(bytes, 16 + 36, 4);
  poke<std::uint64_t>(bytes, 16 + 40, 0x100013);  // 64-bit, debug, Linux, `a`
  std::memcpy(bytes.data() + 16 + 64, "k.cu", 4);
  std::memcpy(bytes.data() + 16 + 72, ".ptx", 4);

  const auto images = read_fatbin(Bytes(bytes));
  REQUIRE(images);
  REQUIRE(images->size() == 1);
  const Image& image = images->front();
  CHECK(image.kind == Kind::Ptx);
  CHECK(image.arch() == "sm_90a");
  CHECK(image.debug);
  CHECK(image.name == "k.cu");
  CHECK(image.options.empty());
  CHECK(*image.ptx() == ".ptx");
}

TEST_CASE("PTX is the same text whether stored raw, as LZ4 or as zstd") {
  const Compression compression = GENERATE(Compression::None, Compression::Lz4, Compression::Zstd);
  const auto bytes = fatbin_of({ptx_image(80, compression)});
  const auto images = read_fatbin(Bytes(bytes));
  REQUIRE(images);
  CHECK(images->front().compression == compression);
  CHECK(*images->front().ptx() == kPtx);
}

TEST_CASE("several images keep their order, names and options") {
  NewImage named = ptx_image(75, Compression::Zstd);
  named.name = "file.cu";
  named.options = "-g --compile-only ";
  NewImage family = ptx_image(100);
  family.family_specific = true;
  const auto bytes = fatbin_of({named, family, {Kind::LtoIr, 80, false, false, false, "", "", {}, to_bytes("x")}});
  const auto images = read_fatbin(Bytes(bytes));
  REQUIRE(images);
  REQUIRE(images->size() == 3);
  CHECK((*images)[0].name == "file.cu");
  CHECK((*images)[0].options == "-g --compile-only ");
  CHECK((*images)[1].arch() == "sm_100f");
  CHECK((*images)[2].kind == Kind::LtoIr);
  CHECK((*images)[2].ptx().error().code == Code::InvalidImage);
}

TEST_CASE("an empty fatbin has no images and is no error") {
  const auto bytes = fatbin_of({});
  const auto images = read_fatbin(Bytes(bytes));
  REQUIRE(images);
  CHECK(images->empty());
}

TEST_CASE("a kind nobody has seen yet is kept and skipped over") {
  auto bytes = fatbin_of({ptx_image(80), ptx_image(90)});
  poke<std::uint16_t>(bytes, kEntry, 64);
  const auto images = read_fatbin(Bytes(bytes));
  REQUIRE(images);
  CHECK((*images)[0].kind == Kind::Unknown);
  CHECK((*images)[1].kind == Kind::Ptx);
}

TEST_CASE("a fatbin cut short anywhere is InvalidImage") {
  NewImage named = ptx_image(80, Compression::Zstd);
  named.name = "file.cu";
  named.options = "-g";
  const auto whole = fatbin_of({named, ptx_image(90, Compression::Lz4), ptx_image(75)});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of exactly this size, so that the sanitizer sees one byte too many.
    const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(error_of(cut).empty());
  }
}

TEST_CASE("no single wrong byte reads outside the fatbin") {
  NewImage named = ptx_image(80, Compression::Zstd);
  named.name = "file.cu";
  named.options = "-g";
  const auto whole = fatbin_of({named, ptx_image(90, Compression::Lz4)});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      std::vector<std::byte> changed = whole;
      changed[at] ^= std::byte{flip};
      const auto images = read_fatbin(Bytes(changed));
      if (!images) continue;
      for (const Image& image : *images) (void)image.payload();
    }
  }
}

TEST_CASE("what is wrong with a corrupt fatbin is said in one line") {
  const auto whole = fatbin_of({ptx_image(80, Compression::Zstd)});
  auto bytes = whole;
  SECTION("magic") {
    poke<std::uint32_t>(bytes, 0, 0x12345678);
    CHECK(error_of(bytes) == "invalid fatbin: wrong magic number");
  }
  SECTION("version") {
    poke<std::uint16_t>(bytes, 4, 7);
    CHECK(error_of(bytes) == "invalid fatbin: version 7, expected 1");
  }
  SECTION("entry header") {
    poke<std::uint32_t>(bytes, kEntry + 4, 8);
    CHECK(error_of(bytes) == "invalid fatbin: entry 0 has a header of 8 bytes");
  }
  SECTION("payload size") {
    poke<std::uint64_t>(bytes, kEntry + 8, ~std::uint64_t{0});
    CHECK(error_of(bytes).find("entry 0 says 18446744073709551615 bytes") != std::string::npos);
  }
  SECTION("compressed size") {
    poke<std::uint32_t>(bytes, kEntry + 16, 1 << 20);
    CHECK(error_of(bytes).find("compressed payload of 1048576 bytes") != std::string::npos);
  }
  SECTION("both compressions") {
    poke<std::uint64_t>(bytes, kEntry + 40, kFlagLz4 | kFlagZstd);
    CHECK(error_of(bytes).find("both LZ4 and zstd") != std::string::npos);
  }
  SECTION("name") {
    poke<std::uint32_t>(bytes, kEntry + 36, 1 << 30);
    CHECK(error_of(bytes).find("name lies outside") != std::string::npos);
  }
}
