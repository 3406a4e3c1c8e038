#include "src/fatbin/cubin.h"

#include <elf.h>

#include "src/fatbin/container.h"
#include "tests/unit/catch.h"
#include "tests/unit/src/fatbin/samples.h"

using namespace qiao;
using namespace qiao::fatbin;
using namespace qiao::fatbin::test;

namespace {

// A cubin of one kernel "k", laid out as ptxas does for sm_90: the attributes are those seen in its output.
class CubinWriter {
 public:
  std::vector<std::byte> write() {
    bytes_.resize(sizeof(Elf64_Ehdr));
    section(SHT_NULL, "", {});
    section(SHT_SYMTAB, ".symtab", symbols(), 2);
    section(SHT_STRTAB, ".strtab", to_bytes(std::string("\0k\0", 3)));
    section(SHT_LOPROC, ".nv.info", words({0x00082f04, 1, 40, 0x00081104, 1, 16, 0x00081204, 1, 64, 0x00082f04, 7, 99}),
            1);
    section(SHT_LOPROC, ".nv.info.k", words({0x00ff1b03, 0x000c0504, 32, 4, 2}), 1);
    section(SHT_PROGBITS, ".text.k", words({0, 0, 0, 0}));
    section(SHT_NOBITS, ".nv.shared.k", {}, 0, 1024 + 400);
    section(SHT_NOBITS, ".nv.shared.reserved.0", {});
    names_.push_back('\0');
    section(SHT_STRTAB, "", {});
    headers_.back().sh_offset = bytes_.size();
    headers_.back().sh_size = names_.size();
    append(names_.data(), names_.size());
    return finish();
  }

 private:
  static std::vector<std::byte> words(std::vector<std::uint32_t> values) {
    const auto* data = reinterpret_cast<const std::byte*>(values.data());
    return {data, data + values.size() * sizeof(std::uint32_t)};
  }

  static std::vector<std::byte> symbols() {
    Elf64_Sym table[2] = {};
    table[1].st_name = 1;
    const auto* data = reinterpret_cast<const std::byte*>(table);
    return {data, data + sizeof(table)};
  }

  void append(const void* data, std::size_t size) {
    const auto* from = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
  }

  void section(std::uint32_t type, const std::string& name, const std::vector<std::byte>& data, std::uint32_t link = 0,
               std::uint64_t size = 0) {
    Elf64_Shdr header{};
    header.sh_type = type;
    header.sh_name = static_cast<std::uint32_t>(names_.size());
    header.sh_offset = bytes_.size();
    header.sh_size = data.empty() ? size : data.size();
    header.sh_link = link;
    names_ += name + '\0';
    append(data.data(), data.size());
    headers_.push_back(header);
  }

  std::vector<std::byte> finish() {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_ABIVERSION] = 8;
    header.e_machine = 190;
    header.e_flags = 0x6005a04;
    header.e_shoff = bytes_.size();
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = static_cast<std::uint16_t>(headers_.size());
    header.e_shstrndx = static_cast<std::uint16_t>(headers_.size() - 1);
    std::memcpy(bytes_.data(), &header, sizeof(header));
    append(headers_.data(), headers_.size() * sizeof(Elf64_Shdr));
    return bytes_;
  }

  std::vector<std::byte> bytes_;
  std::string names_;
  std::vector<Elf64_Shdr> headers_;
};

}  // namespace

TEST_CASE("a kernel's resources are read from a cubin") {
  const auto bytes = CubinWriter().write();
  const auto cubin = read_cubin(bytes);
  REQUIRE(cubin);
  CHECK(cubin->sm == 90);
  REQUIRE(cubin->kernels.size() == 1);
  const KernelResources* kernel = cubin->find("k");
  REQUIRE(kernel != nullptr);
  CHECK(kernel->registers == 40);
  CHECK(kernel->local_bytes == 64);
  CHECK(kernel->static_shared == 400);
  CHECK(kernel->max_threads == 256);
  CHECK(cubin->find("other") == nullptr);
}

TEST_CASE("a cubin is known among module images, with the length its headers tell") {
  auto bytes = CubinWriter().write();
  const std::size_t size = bytes.size();
  bytes.resize(size + 100);
  const auto loaded = identify(Bytes(bytes));
  REQUIRE(loaded);
  CHECK(loaded->form == Form::Cubin);
  CHECK(loaded->images[0].kind == Kind::Elf);
  CHECK(loaded->images[0].arch() == "sm_90");
  CHECK(loaded->images[0].size == size);
  CHECK(identify(static_cast<const void*>(bytes.data()))->images[0].size == size);
}

TEST_CASE("a cubin cut short anywhere is InvalidImage") {
  const auto whole = CubinWriter().write();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(read_cubin(cut).error().code == Code::InvalidImage);
    CHECK_FALSE(identify(Bytes(cut)));
  }
}

TEST_CASE("no single wrong byte reads outside the cubin") {
  const auto whole = CubinWriter().write();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      std::vector<std::byte> changed = whole;
      changed[at] ^= std::byte{flip};
      (void)read_cubin(changed);
      (void)identify(Bytes(changed));
    }
  }
}

TEST_CASE("an ELF file of another machine is not a cubin") {
  auto bytes = CubinWriter().write();
  poke<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_machine), EM_X86_64);
  CHECK(read_cubin(bytes).error().message == "invalid cubin: ELF machine 62, expected 190");
}
