// Walks a fatbin's entries. The one rule: no length or offset is used before it is compared with what is left.
#include "src/fatbin/container.h"

#include "src/fatbin/format.h"
#include "src/fatbin/mapped.h"

namespace qiao::fatbin {
namespace {

// A linked program of more units than this would not load anywhere; it bounds a corrupt array.
constexpr std::size_t kMaxUnits = 1 << 20;

Error bad(const std::string& what) {
  return invalid(Code::InvalidImage, "invalid fatbin: " + what);
}

Kind kind_of(std::uint16_t kind) {
  switch (kind) {
    case 1:
      return Kind::Ptx;
    case 2:
      return Kind::Elf;
    case 8:
      return Kind::LtoIr;
    default:
      return Kind::Unknown;
  }
}

Result<std::string> read_options(Bytes header, std::uint32_t offset) {
  if (offset == 0) return std::string();
  const auto where = read<std::uint32_t>(header, offset);
  const auto length = read<std::uint32_t>(header, std::uint64_t{offset} + 4);
  if (!where || !length) return bad("the options lie outside their entry");
  const auto options = slice(header, *where, *length);
  if (!options) return bad("the options lie outside their entry");
  return std::string(text(*options).substr(0, text(*options).find_last_not_of('\0') + 1));
}

Result<Compression> compression_of(const EntryHeader& entry) {
  const bool lz4 = (entry.flags & kFlagLz4) != 0;
  const bool zstd = (entry.flags & kFlagZstd) != 0;
  if (lz4 && zstd) return bad("an entry claims to be both LZ4 and zstd");
  if (entry.compressed_size == 0) return Compression::None;
  if (!lz4 && !zstd)
    return unsupported("fatbin entry of unknown compression (flags " + std::to_string(entry.flags) + ")",
                       Code::InvalidImage);
  return lz4 ? Compression::Lz4 : Compression::Zstd;
}

// `bytes` begins at the entry's header; the header and padded payload are known to lie inside.
Result<Image> read_entry(Bytes bytes, const EntryHeader& entry) {
  const Bytes header = bytes.first(entry.header_size);
  Image image;
  image.kind = kind_of(entry.kind);
  image.sm = entry.sm;
  image.arch_specific = (entry.flags & kFlagArchSpecific) != 0;
  image.family_specific = (entry.flags & kFlagFamily) != 0;
  image.debug = (entry.flags & kFlagDebug) != 0;
  image.scrambled = (entry.flags & kFlagScrambled) != 0;

  const auto name = slice(header, entry.name_offset, entry.name_length);
  if (!name) return bad("the name lies outside its entry");
  image.name = c_string(*name, 0);
  auto options = read_options(header, entry.options_offset);
  if (!options) return options.error();
  image.options = std::move(*options);

  const auto compression = compression_of(entry);
  if (!compression) return compression.error();
  image.compression = *compression;
  const bool raw = image.compression == Compression::None;
  const auto stored = slice(bytes.subspan(entry.header_size), 0, raw ? entry.padded_size : entry.compressed_size);
  if (!stored || stored->size() > entry.padded_size) {
    return bad("a compressed payload of " + std::to_string(entry.compressed_size) + " bytes in a slot of " +
               std::to_string(entry.padded_size));
  }
  image.stored = *stored;
  image.size = raw ? entry.padded_size : entry.uncompressed_size;
  return image;
}

}  // namespace

std::string Image::arch() const {
  return "sm_" + std::to_string(sm) + (arch_specific ? "a" : "") + (family_specific ? "f" : "");
}

Result<std::vector<std::byte>> Image::payload() const {
  if (scrambled) return unsupported("scrambled LTO intermediate code", Code::InvalidImage);
  return inflate(stored, compression, size);
}

Result<std::string> Image::ptx() const {
  if (kind != Kind::Ptx) return invalid(Code::InvalidImage, "invalid image: not PTX");
  const auto bytes = payload();
  if (!bytes) return bytes.error();
  const std::string_view all = text(*bytes);
  // Payloads are padded with NULs, and nvcc ends the text with one.
  std::string out(all.substr(0, all.find('\0')));
  if (out.empty()) return invalid(Code::InvalidImage, "invalid image: the PTX text is empty");
  return out;
}

Result<std::vector<Image>> read_fatbin(Bytes bytes) {
  const auto header = read<FatbinHeader>(bytes, 0);
  if (!header) return bad("cut short in its header (" + std::to_string(bytes.size()) + " of 16 bytes)");
  if (header->magic != kFatbinMagic) return bad("wrong magic number");
  if (header->version != kFatbinVersion) {
    return bad("version " + std::to_string(header->version) + ", expected " + std::to_string(kFatbinVersion));
  }
  if (header->header_size < sizeof(FatbinHeader)) return bad("a header shorter than 16 bytes");
  const auto body = slice(bytes, header->header_size, header->size);
  if (!body) {
    return bad("cut short: the header says " + std::to_string(header->size) + " bytes, there are " +
               std::to_string(bytes.size() - std::min<std::size_t>(bytes.size(), header->header_size)));
  }
  std::vector<Image> images;
  for (Bytes rest = *body; !rest.empty();) {
    const auto entry = read<EntryHeader>(rest, 0);
    const std::string where = "entry " + std::to_string(images.size());
    if (!entry) return bad(where + " is cut short in its header");
    if (entry->header_size < sizeof(EntryHeader) || entry->header_size > rest.size()) {
      return bad(where + " has a header of " + std::to_string(entry->header_size) + " bytes");
    }
    if (entry->padded_size > rest.size() - entry->header_size) {
      return bad(where + " says " + std::to_string(entry->padded_size) + " bytes, there are " +
                 std::to_string(rest.size() - entry->header_size));
    }
    auto image = read_entry(rest, *entry);
    if (!image) return image.error();
    images.push_back(std::move(*image));
    rest = rest.subspan(entry->header_size + entry->padded_size);
  }
  return images;
}

Result<std::vector<Image>> read_fatbin(const void* fatbin) {
  const auto header = read<FatbinHeader>(mapped(fatbin, sizeof(FatbinHeader)), 0);
  if (!header) return bad("not in mapped memory");
  if (header->magic != kFatbinMagic) return bad("wrong magic number");
  if (header->size > UINT64_MAX - header->header_size) return bad("the size in its header overflows");
  return read_fatbin(mapped(fatbin, header->header_size + header->size));
}

Result<Wrapper> read_wrapper(const void* wrapper) {
  const auto header = read<WrapperHeader>(mapped(wrapper, sizeof(WrapperHeader)), 0);
  if (!header) return bad("the wrapper is not in mapped memory");
  if (header->magic != kWrapperMagic) return bad("the wrapper has the wrong magic number");
  if (header->version != 1 && header->version != 2) {
    return bad("wrapper version " + std::to_string(header->version) + ", expected 1 or 2");
  }
  Wrapper out{header->version, {}, {}};
  auto images = read_fatbin(header->data);
  if (!images) return images.error();
  out.images = std::move(*images);
  // Version 1 leaves `extra` for its own use; only version 2 points it at units.
  if (header->version == 1 || header->extra == nullptr) return out;
  for (std::size_t i = 0;; ++i) {
    const auto unit = read<const void*>(mapped(header->extra + i, sizeof(void*)), 0);
    if (!unit || i == kMaxUnits) return bad("the wrapper's list of units has no end");
    if (*unit == nullptr) return out;
    auto relocatable = read_fatbin(*unit);
    if (!relocatable) return relocatable.error();
    out.relocatable.push_back(std::move(*relocatable));
  }
}

}  // namespace qiao::fatbin
