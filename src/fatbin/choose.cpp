// The choice is a comparison of one tuple per image, so that the rules stay in one place and in their order.
#include "src/fatbin/choose.h"

#include <algorithm>
#include <tuple>

namespace qiao::fatbin {
namespace {

// Smaller is better: plain before `f` before `a`; reached by the chip before newer; then nearest.
auto rank(const Image& image, unsigned sm) {
  const int specific = image.arch_specific ? 2 : image.family_specific ? 1 : 0;
  const bool newer = image.sm > sm;
  return std::make_tuple(specific, newer, newer ? image.sm - sm : sm - image.sm);
}

std::optional<std::size_t> best(std::span<const Image> images, Kind kind, unsigned sm) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (images[i].kind != kind) continue;
    if (!found || rank(images[i], sm) < rank(images[*found], sm)) found = i;
  }
  return found;
}

const char* noun(Kind kind) {
  switch (kind) {
    case Kind::Ptx:
      return "PTX";
    case Kind::Elf:
      return "machine code";
    case Kind::LtoIr:
      return "LTO intermediate code";
    case Kind::Unknown:
      break;
  }
  return "images of an unknown kind";
}

void append_kind(std::string& out, std::span<const Image> images, Kind kind) {
  std::string list;
  for (const Image& image : images) {
    if (image.kind != kind) continue;
    const std::string arch = image.arch();
    // Compare whole names: sm_90 is a prefix of sm_90a.
    if ((", " + list + ",").find(", " + arch + ",") != std::string::npos) continue;
    list += (list.empty() ? "" : ", ") + arch;
  }
  if (list.empty()) return;
  if (!out.empty()) out += "; ";
  out += std::string(noun(kind)) + " for " + list;
}

unsigned newest(std::span<const Image> images) {
  unsigned sm = 0;
  for (const Image& image : images) sm = std::max(sm, image.sm);
  return sm;
}

}  // namespace

std::string describe(std::span<const Image> images) {
  if (images.empty()) return "no images";
  std::string out;
  for (const Kind kind : {Kind::Ptx, Kind::Elf, Kind::LtoIr, Kind::Unknown}) append_kind(out, images, kind);
  return out;
}

Result<std::size_t> choose_ptx(std::span<const Image> images, unsigned sm) {
  if (const auto found = best(images, Kind::Ptx, sm)) return *found;
  if (images.empty()) {
    return invalid(Code::NoBinaryForDevice, "invalid module: the fatbin is empty, it holds no device code");
  }
  const std::string arch = "compute_" + std::to_string(newest(images));
  return unsupported("the module holds " + describe(images) +
                         " but no PTX; rebuild it with PTX, as with nvcc -gencode arch=" + arch + ",code=" + arch,
                     Code::NoBinaryForDevice);
}

std::optional<std::size_t> choose_cubin(std::span<const Image> images, unsigned sm) {
  return best(images, Kind::Elf, sm);
}

std::string_view rules() {
  return "Which image of a fatbin runs:\n"
         "  1. the PTX of the highest architecture that the chip's compute capability reaches;\n"
         "  2. else the PTX of the lowest architecture above it;\n"
         "  3. family (sm_100f), then architecture-specific (sm_90a) PTX only when there is no plain PTX;\n"
         "  4. of equals the first.\n"
         "Machine code and LTO intermediate code do not run: such a binary must be rebuilt with PTX\n"
         "(nvcc -gencode arch=compute_80,code=compute_80).\n";
}

}  // namespace qiao::fatbin
