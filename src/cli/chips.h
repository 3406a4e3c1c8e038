// The parts of `qiao chips`.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "device_sim/chips/catalog.h"

namespace qiao::cli {

// Numbers, lists and yes/no are written in JSON's own way already; the rest is text.
nlohmann::ordered_json chip_value(const std::string& text);

// Where a value comes from, for people.
std::string origin(const chips::Fact& fact);

// 1 when one of them cannot be used. No names: all.
int check_chips(std::vector<std::string> names, bool as_json);
int diff_chips(const std::string& first, const std::string& second, bool as_json);

}  // namespace qiao::cli
