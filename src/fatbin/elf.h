// A bounded view of an ELF64 file as ptxas writes it: sections by index and name, symbols. Only what cubin.cpp and
// identify.cpp need; a general reader would bring far more than that (LLVM has one, and this folder stays below it).
#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/fatbin/bytes.h"

namespace qiao::fatbin {

inline constexpr std::uint16_t kMachineCuda = 190;  // EM_CUDA

struct Section {
  std::string_view name;
  Elf64_Shdr header;
  Bytes data;  // empty for NOBITS
};

struct Elf {
  Elf64_Ehdr header;
  std::vector<Section> sections;

  // The symbol's name in `symtab`'s string table; empty when there is no such symbol.
  std::string_view symbol_name(const Section& symtab, std::uint32_t index) const;
};

bool is_elf(Bytes bytes);
Result<Elf> read_elf(Bytes bytes);

// How long the file is by its own headers (the end of the last table or section), which must lie in `bytes`.
Result<std::uint64_t> elf_size(Bytes bytes);

// 80 for sm_80; the place in e_flags moved with ABI version 8 (CUDA 13).
std::uint32_t elf_sm(const Elf64_Ehdr& header);

}  // namespace qiao::fatbin
