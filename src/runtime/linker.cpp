#include "src/runtime/linker.h"

#include "src/fatbin/choose.h"
#include "src/fatbin/container.h"
#include "src/ptx/parse.h"
#include "src/runtime/library.h"

namespace qiao::runtime {
namespace {

constexpr std::string_view kNextUnit = "\n// qiao: next linked unit\n";

}  // namespace

Result<void> Linker::add(fatbin::Bytes data) {
  Result<fatbin::LoadedImage> loaded = fatbin::identify(data);
  if (!loaded) return loaded.error();
  Result<size_t> chosen = fatbin::choose_ptx(loaded->images, sm_);
  if (!chosen) return chosen.error();
  Result<std::string> text = loaded->images[*chosen].ptx();
  if (!text) return text.error();
  for (std::string& unit : units_of(*text)) {
    if (Result<ptx::Module> module = ptx::parse(unit); !module) return module.error();
    units_.push_back(std::move(unit));
  }
  return {};
}

Result<std::string> Linker::complete() {
  if (units_.empty()) return invalid(Code::InvalidValue, "a link without inputs");
  if (auto linked = Library::from_ptx(units_); !linked) return linked.error();
  std::string image;
  for (const std::string& unit : units_) {
    if (!image.empty()) image += kNextUnit;
    image += unit;
  }
  return image;
}

std::vector<std::string> units_of(std::string_view text) {
  std::vector<std::string> units;
  for (;;) {
    const size_t end = text.find(kNextUnit);
    units.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return units;
    text.remove_prefix(end + kNextUnit.size());
  }
}

}  // namespace qiao::runtime
