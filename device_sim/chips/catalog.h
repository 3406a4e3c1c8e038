// The chips Qiao can be: TOML files in share/qiao/chips (or any file the user names), loaded, inherited from their base
// and checked. A value may stand alone or carry where it comes from:
//   count = {value = 108, source = "vendor data sheet", confidence = "H"}
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/hal/chip.h"
#include "src/hal/chip_model.h"

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
  hal::ChipModel model;
  std::vector<Fact> facts;  // every key, in the order of keys.inc and model_keys.inc
};

// The names in the catalogue, sorted.
Result<std::vector<std::string>> names();

// A name of the catalogue, or a path (anything with a "/" or ending in ".toml").
Result<Chip> load(const std::string& name_or_file);

// A published number beside what the rest of the file gives for it.
struct PeakCheck {
  std::string what;      // "fp32", "memory bandwidth"
  double published = 0;  // TFLOPS, GB/s
  double derived = 0;
  double off_pct() const;
  bool holds() const;  // within 10 %
};
std::vector<PeakCheck> peak_checks(const Chip& chip);

// What is not wrong but should be known: peaks that are missed, numbers that nobody vouches for.
std::vector<std::string> remarks(const Chip& chip);

}  // namespace qiao::chips
