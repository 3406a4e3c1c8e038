// The chips Qiao can be: TOML files in share/qiao/chips (or any file the user names), loaded, inherited from their base
// and checked. A value may stand alone or carry where it comes from:
//   count = {value = 108, source = "vendor data sheet", confidence = "H"}
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/hal/chip.h"

namespace qiao::chips {

inline constexpr const char* kDefaultChip = "qiao-generic";

// One key of a chip: its value as text and how sure it is. `source` is empty for a value nobody vouches for.
struct Fact {
  std::string section;
  std::string key;
  std::string value;
  std::string meaning;
  std::string source;
  std::string confidence;  // H, M, L or empty
  std::string file;        // the chip whose file says so; empty: Qiao's default
};

struct Chip {
  hal::ChipDescription description;
  std::vector<Fact> facts;  // every key, in the order of keys.inc
};

// The names in the catalogue, sorted.
Result<std::vector<std::string>> names();

// A name of the catalogue, or a path (anything with a "/" or ending in ".toml").
Result<Chip> load(const std::string& name_or_file);

}  // namespace qiao::chips
