// ELF64 reading, every offset checked.
#include "src/fatbin/elf.h"

#include <algorithm>

namespace qiao::fatbin {
namespace {

constexpr unsigned char kAbiWithShiftedSm = 8;

Error bad(const std::string& what) {
  return invalid(Code::InvalidImage, "invalid cubin: " + what);
}

Result<Elf64_Ehdr> read_header(Bytes bytes) {
  const auto header = read<Elf64_Ehdr>(bytes, 0);
  if (!header) return bad("cut short in the ELF header");
  if (!is_elf(bytes)) return bad("not an ELF file");
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB) {
    return bad("not a 64-bit little-endian ELF file");
  }
  if (header->e_machine != kMachineCuda) {
    return bad("ELF machine " + std::to_string(header->e_machine) + ", expected " + std::to_string(kMachineCuda));
  }
  if (header->e_shnum != 0 && header->e_shentsize != sizeof(Elf64_Shdr)) return bad("section headers of unknown size");
  return *header;
}

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

}  // namespace

bool is_elf(Bytes bytes) {
  return text(bytes).substr(0, SELFMAG) == std::string_view(ELFMAG, SELFMAG);
}

std::uint32_t elf_sm(const Elf64_Ehdr& header) {
  return header.e_ident[EI_ABIVERSION] >= kAbiWithShiftedSm ? (header.e_flags >> 8) & 0xff : header.e_flags & 0xff;
}

std::string_view Elf::symbol_name(const Section& symtab, std::uint32_t index) const {
  const auto symbol = read<Elf64_Sym>(symtab.data, std::uint64_t{index} * sizeof(Elf64_Sym));
  if (!symbol || symtab.header.sh_link >= sections.size()) return {};
  return c_string(sections[symtab.header.sh_link].data, symbol->st_name);
}

Result<std::uint64_t> elf_size(Bytes bytes) {
  const auto header = read_header(bytes);
  if (!header) return header.error();
  const std::uint64_t section_table = std::uint64_t{header->e_shnum} * sizeof(Elf64_Shdr);
  const std::uint64_t program_table = std::uint64_t{header->e_phnum} * header->e_phentsize;
  std::uint64_t end = std::max({std::uint64_t{sizeof(Elf64_Ehdr)}, saturating_add(header->e_shoff, section_table),
                                saturating_add(header->e_phoff, program_table)});
  for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto section = read<Elf64_Shdr>(bytes, saturating_add(header->e_shoff, i * sizeof(Elf64_Shdr)));
    if (!section) return bad("cut short in the section headers");
    if (section->sh_type == SHT_NOBITS || section->sh_type == SHT_NULL) continue;
    end = std::max(end, saturating_add(section->sh_offset, section->sh_size));
  }
  if (end > bytes.size()) {
    return bad("cut short: its headers say " + std::to_string(end) + " bytes, there are " +
               std::to_string(bytes.size()));
  }
  return end;
}

Result<Elf> read_elf(Bytes bytes) {
  const auto header = read_header(bytes);
  if (!header) return header.error();
  Elf elf{*header, {}};
  for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto section = read<Elf64_Shdr>(bytes, saturating_add(header->e_shoff, i * sizeof(Elf64_Shdr)));
    if (!section) return bad("cut short in the section headers");
    Bytes data;
    if (section->sh_type != SHT_NOBITS && section->sh_type != SHT_NULL) {
      const auto found = slice(bytes, section->sh_offset, section->sh_size);
      if (!found) return bad("section " + std::to_string(i) + " lies outside the file");
      data = *found;
    }
    elf.sections.push_back({{}, *section, data});
  }
  if (header->e_shnum == 0) return elf;
  if (header->e_shstrndx >= elf.sections.size()) return bad("no section names");
  const Bytes names = elf.sections[header->e_shstrndx].data;
  for (Section& section : elf.sections) section.name = c_string(names, section.header.sh_name);
  return elf;
}

}  // namespace qiao::fatbin
