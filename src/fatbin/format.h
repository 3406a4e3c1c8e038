// The fatbin container as it lies in a program: wrapper, fatbin header, entry header. Layouts were observed with CUDA
// 11 to 13 (the formats are not documented); shared by the reader, the writer and their tests.
#pragma once

#include <cstdint>

namespace qiao::fatbin {

inline constexpr std::uint32_t kWrapperMagic = 0x466243b1;
inline constexpr std::uint32_t kFatbinMagic = 0xba55ed50;
inline constexpr std::uint16_t kFatbinVersion = 1;
inline constexpr std::uint16_t kEntryVersion = 0x101;

// Section .nvFatBinSegment. Version 1: `data` is a fatbin. Version 2 (relocatable device code): `data` is the linked
// fatbin and `extra` a null-terminated array of each unit's fatbin, which the program's constructors fill in.
struct WrapperHeader {
  std::uint32_t magic;
  std::uint32_t version;
  const void* data;
  const void* const* extra;
};
static_assert(sizeof(WrapperHeader) == 24);

struct FatbinHeader {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_size;
  std::uint64_t size;  // of the entries that follow; 0 = empty
};
static_assert(sizeof(FatbinHeader) == 16);

// Offsets are counted from the start of this header; `options_offset` points at two u32: offset and length.
struct EntryHeader {
  std::uint16_t kind;
  std::uint16_t version;
  std::uint32_t header_size;
  std::uint64_t padded_size;      // the next entry is at header_size + padded_size
  std::uint32_t compressed_size;  // 0 = stored raw
  std::uint32_t options_offset;
  std::uint16_t minor;
  std::uint16_t major;
  std::uint32_t sm;
  std::uint32_t name_offset;
  std::uint32_t name_length;
  std::uint64_t flags;
  std::uint64_t reserved;
  std::uint64_t uncompressed_size;
};
static_assert(sizeof(EntryHeader) == 64);

inline constexpr std::uint64_t kFlag64Bit = 0x1;
inline constexpr std::uint64_t kFlagDebug = 0x2;
inline constexpr std::uint64_t kFlagLinux = 0x10;
inline constexpr std::uint64_t kFlagLz4 = 0x2000;
inline constexpr std::uint64_t kFlagZstd = 0x8000;
inline constexpr std::uint64_t kFlagScrambled = 0x10000;      // seen on LTO-IR only; what is inside is not zstd
inline constexpr std::uint64_t kFlagArchSpecific = 0x100000;  // sm_90a
inline constexpr std::uint64_t kFlagFamily = 0x200000;        // sm_100f

}  // namespace qiao::fatbin
