#include "device_sim/chips/catalog.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "device_sim/chips/checks.h"
#include "device_sim/chips/reader.h"
#include "src/base/environment.h"
#include "src/base/install_tree.h"

namespace qiao::chips {
namespace {

namespace fs = std::filesystem;

constexpr int kLongestChain = 8;

Result<fs::path> folder() {
  if (auto found = find_in_tree("share/qiao/chips")) return *found;
  return invalid(Code::FileNotFound, "cannot find the folder share/qiao/chips near " + own_object().string());
}

bool is_path(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".toml");
}

Result<fs::path> file_of(const std::string& name, const fs::path& beside) {
  std::error_code failed;
  if (is_path(name)) {
    if (fs::is_regular_file(name, failed)) return fs::path(name);
    return invalid(Code::FileNotFound, "invalid chip file: " + name + " is not there");
  }
  if (fs::path sibling = beside / (name + ".toml"); !beside.empty() && fs::is_regular_file(sibling, failed))
    return sibling;
  Result<std::vector<std::string>> known = names();
  if (!known) return known.error();
  if (std::find(known->begin(), known->end(), name) != known->end()) {
    Result<fs::path> where = folder();
    if (!where) return where.error();
    return *where / (name + ".toml");
  }
  std::string list;
  for (const std::string& one : *known) list += (list.empty() ? "" : ", ") + one;
  return invalid(Code::InvalidValue,
                 "invalid chip: unknown name " + name + ", expected one of " + list + ", or a .toml file");
}

Result<void> read_chain(Chip& chip, const fs::path& file, int depth) {
  if (depth > kLongestChain)
    return invalid(Code::InvalidValue, "invalid chip file: bases of " + file.string() + " go in circles");
  Result<std::string> base = base_of(file);
  if (!base) return base.error();
  if (!base->empty()) {
    Result<fs::path> base_file = file_of(*base, file.parent_path());
    if (!base_file) return base_file.error();
    if (Result<void> done = read_chain(chip, *base_file, depth + 1); !done) return done;
  }
  return read_into(chip, file);
}

}  // namespace

Result<std::vector<std::string>> names() {
  Result<fs::path> where = folder();
  if (!where) return where.error();
  std::vector<std::string> found;
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(*where, failed)) {
    if (entry.path().extension() == ".toml") found.push_back(entry.path().stem().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<Chip> load(const std::string& name_or_file) {
  Result<fs::path> file = file_of(name_or_file, {});
  if (!file) return file.error();
  Chip chip = defaults();
  if (Result<void> done = read_chain(chip, *file, 0); !done) return done.error();
  if (Result<void> done = check_whole(chip); !done) return done.error();
  return chip;
}

}  // namespace qiao::chips

namespace qiao::hal {

namespace {

constexpr int kMostDevices = 64;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

}  // namespace

Result<std::vector<ModelledChip>> chosen_modelled_chips() {
  const std::vector<std::string> names = split(environment("QIAO_CHIP").value_or(chips::kDefaultChip));
  const std::string count = environment("QIAO_DEVICES").value_or(std::to_string(names.size()));
  int devices = 0;
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), devices);
  if (error != std::errc() || end != count.data() + count.size() || devices < 1 || devices > kMostDevices)
    return invalid(Code::InvalidValue,
                   "invalid QIAO_DEVICES '" + count + "', expected 1 to " + std::to_string(kMostDevices));
  std::vector<ModelledChip> chosen;
  for (int i = 0; i < devices; ++i) {
    Result<chips::Chip> chip = chips::load(names[static_cast<size_t>(i) % names.size()]);
    if (!chip) return chip.error();
    chosen.push_back({std::move(chip->description), chip->model});
  }
  return chosen;
}

Result<std::vector<ChipDescription>> chosen_chips() {
  Result<std::vector<ModelledChip>> chips = chosen_modelled_chips();
  if (!chips) return chips.error();
  std::vector<ChipDescription> chosen;
  for (ModelledChip& chip : *chips) chosen.push_back(std::move(chip.about));
  return chosen;
}

Result<ChipDescription> chosen_chip() {
  Result<std::vector<ChipDescription>> chips = chosen_chips();
  if (!chips) return chips.error();
  return std::move(chips->front());
}

}  // namespace qiao::hal
