// ptxas notes resources in .nv.info (all functions: registers, stack) and .nv.info.NAME (one kernel), lists of
// attributes {u8 format, u8 id, u16 value or size}. Ids were matched with `ptxas -v` on sm_75 to sm_120 (CUDA 13.0).
#include "src/fatbin/cubin.h"

#include <algorithm>
#include <functional>

#include "src/fatbin/elf.h"

namespace qiao::fatbin {
namespace {

constexpr std::uint8_t kFormatSized = 4;  // a payload of `value` bytes follows; other formats hold `value` itself
constexpr std::uint8_t kMaxThreads = 0x05;
constexpr std::uint8_t kRequiredThreads = 0x10;
constexpr std::uint8_t kFrameSize = 0x11;
constexpr std::uint8_t kMinStackSize = 0x12;
constexpr std::uint8_t kRegisterCount = 0x2f;
constexpr std::uint32_t kSystemShared = 1024;  // sm_90 on: counted in .nv.shared.NAME, not the program's

constexpr std::string_view kText = ".text.";
constexpr std::string_view kInfo = ".nv.info";
constexpr std::string_view kInfoOf = ".nv.info.";
constexpr std::string_view kShared = ".nv.shared.";
constexpr std::string_view kReserved = ".nv.shared.reserved.0";

struct Attribute {
  std::uint8_t format;
  std::uint8_t id;
  std::uint16_t value;
};

Error bad(const std::string& what) {
  return invalid(Code::InvalidImage, "invalid cubin: " + what);
}

Result<void> each_attribute(const Section& section, const std::function<void(std::uint8_t, Bytes)>& visit) {
  Bytes rest = section.data;
  while (!rest.empty()) {
    const auto attribute = read<Attribute>(rest, 0);
    if (!attribute) return bad(std::string(section.name) + " is cut short");
    const std::uint64_t size = attribute->format == kFormatSized ? attribute->value : 0;
    const auto payload = slice(rest, sizeof(Attribute), size);
    if (!payload) return bad(std::string(section.name) + " is cut short");
    visit(attribute->id, *payload);
    rest = rest.subspan(sizeof(Attribute) + size);
  }
  return {};
}

const Section* find_section(const Elf& elf, std::string_view name) {
  const auto at = std::ranges::find(elf.sections, name, &Section::name);
  return at == elf.sections.end() ? nullptr : &*at;
}

KernelResources* find_kernel(Cubin& cubin, std::string_view name) {
  const auto at = std::ranges::find(cubin.kernels, name, &KernelResources::name);
  return at == cubin.kernels.end() ? nullptr : &*at;
}

// Kernels are the functions that have a .nv.info of their own and code.
void list_kernels(const Elf& elf, Cubin& cubin) {
  for (const Section& section : elf.sections) {
    if (!section.name.starts_with(kInfoOf)) continue;
    const std::string name(section.name.substr(kInfoOf.size()));
    if (find_section(elf, std::string(kText) + name) == nullptr) continue;
    cubin.kernels.push_back({name, 0, 0, 0, 0});
  }
}

Result<void> read_common(const Elf& elf, Cubin& cubin) {
  const Section* info = find_section(elf, kInfo);
  if (info == nullptr) return {};
  if (info->header.sh_link >= elf.sections.size()) return bad(".nv.info has no symbol table");
  const Section& symbols = elf.sections[info->header.sh_link];
  return each_attribute(*info, [&](std::uint8_t id, Bytes payload) {
    const auto symbol = read<std::uint32_t>(payload, 0);
    const auto value = read<std::uint32_t>(payload, 4);
    if (!symbol || !value) return;
    KernelResources* kernel = find_kernel(cubin, elf.symbol_name(symbols, *symbol));
    if (kernel == nullptr) return;
    if (id == kRegisterCount) kernel->registers = *value;
    // The minimal stack includes callees, the frame does not; recursion leaves the former unknown (all ones).
    if ((id == kFrameSize || id == kMinStackSize) && *value != UINT32_MAX) {
      kernel->local_bytes = std::max(kernel->local_bytes, *value);
    }
  });
}

Result<void> read_kernel(const Section& info, KernelResources& kernel) {
  return each_attribute(info, [&](std::uint8_t id, Bytes payload) {
    if (id != kMaxThreads && id != kRequiredThreads) return;
    std::uint64_t threads = 1;
    for (std::uint64_t axis = 0; axis < 3; ++axis) threads *= read<std::uint32_t>(payload, axis * 4).value_or(1);
    kernel.max_threads = static_cast<std::uint32_t>(std::min<std::uint64_t>(threads, UINT32_MAX));
  });
}

void read_shared(const Elf& elf, KernelResources& kernel) {
  const Section* shared = find_section(elf, std::string(kShared) + kernel.name);
  if (shared == nullptr) return;
  const std::uint64_t reserved = find_section(elf, kReserved) != nullptr ? kSystemShared : 0;
  const std::uint64_t size = shared->header.sh_size;
  kernel.static_shared =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(size - std::min(size, reserved), UINT32_MAX));
}

}  // namespace

const KernelResources* Cubin::find(std::string_view name) const {
  const auto at = std::ranges::find(kernels, name, &KernelResources::name);
  return at == kernels.end() ? nullptr : &*at;
}

Result<Cubin> read_cubin(Bytes bytes) {
  const auto elf = read_elf(bytes);
  if (!elf) return elf.error();
  Cubin cubin{elf_sm(elf->header), {}};
  list_kernels(*elf, cubin);
  if (auto common = read_common(*elf, cubin); !common) return common.error();
  for (KernelResources& kernel : cubin.kernels) {
    const Section* info = find_section(*elf, std::string(kInfoOf) + kernel.name);
    if (auto own = read_kernel(*info, kernel); !own) return own.error();
    read_shared(*elf, kernel);
  }
  return cubin;
}

}  // namespace qiao::fatbin
