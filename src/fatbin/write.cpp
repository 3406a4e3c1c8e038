// One entry after the other, each header padded to 8 bytes with its name and options behind it, as nvcc lays them out.
#include "src/fatbin/write.h"

#include "src/fatbin/format.h"

namespace qiao::fatbin {
namespace {

constexpr std::uint64_t kAlign = 8;

std::uint64_t aligned(std::uint64_t size) {
  return (size + kAlign - 1) / kAlign * kAlign;
}

void append(std::vector<std::byte>& out, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  out.insert(out.end(), bytes, bytes + size);
}

void append_padded(std::vector<std::byte>& out, const void* data, std::size_t size) {
  append(out, data, size);
  out.resize(out.size() + (aligned(size) - size));
}

std::uint16_t kind_number(Kind kind) {
  switch (kind) {
    case Kind::Ptx:
      return 1;
    case Kind::Elf:
      return 2;
    case Kind::LtoIr:
      return 8;
    case Kind::Unknown:
      break;
  }
  return 0;
}

std::uint64_t flags_of(const NewImage& image) {
  std::uint64_t flags = kFlag64Bit | kFlagLinux;
  if (image.debug) flags |= kFlagDebug;
  if (image.arch_specific) flags |= kFlagArchSpecific;
  if (image.family_specific) flags |= kFlagFamily;
  if (image.compression == Compression::Lz4) flags |= kFlagLz4;
  if (image.compression == Compression::Zstd) flags |= kFlagZstd;
  return flags;
}

Result<void> append_image(std::vector<std::byte>& out, const NewImage& image) {
  std::vector<std::byte> raw = image.payload;
  if (image.kind == Kind::Ptx) raw.push_back(std::byte{0});
  const auto stored = deflate(raw, image.compression);
  if (!stored) return stored.error();

  const bool packed = image.compression != Compression::None;
  const std::uint32_t option_words[2] = {
      static_cast<std::uint32_t>(sizeof(EntryHeader) + aligned(image.name.size()) + sizeof(option_words)),
      static_cast<std::uint32_t>(image.options.size())};
  EntryHeader entry{};
  entry.kind = kind_number(image.kind);
  entry.version = kEntryVersion;
  entry.name_offset = image.name.empty() ? 0 : sizeof(EntryHeader);
  entry.name_length = static_cast<std::uint32_t>(image.name.size());
  entry.options_offset = static_cast<std::uint32_t>(sizeof(EntryHeader) + aligned(image.name.size()));
  entry.header_size =
      static_cast<std::uint32_t>(entry.options_offset + sizeof(option_words) + aligned(image.options.size()));
  entry.padded_size = aligned(stored->size());
  entry.compressed_size = packed ? static_cast<std::uint32_t>(stored->size()) : 0;
  entry.uncompressed_size = packed ? raw.size() : 0;
  entry.major = 9;  // of the PTX version; readers take it from the text
  entry.sm = image.sm;
  entry.flags = flags_of(image);

  append(out, &entry, sizeof(entry));
  append_padded(out, image.name.data(), image.name.size());
  append(out, option_words, sizeof(option_words));
  append_padded(out, image.options.data(), image.options.size());
  append_padded(out, stored->data(), stored->size());
  return {};
}

}  // namespace

Result<std::vector<std::byte>> write_fatbin(std::span<const NewImage> images) {
  std::vector<std::byte> body;
  for (const NewImage& image : images) {
    if (auto appended = append_image(body, image); !appended) return appended.error();
  }
  const FatbinHeader header{kFatbinMagic, kFatbinVersion, sizeof(FatbinHeader), body.size()};
  std::vector<std::byte> out;
  append(out, &header, sizeof(header));
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

}  // namespace qiao::fatbin
