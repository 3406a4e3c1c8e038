// A launch as the bytes of a log record (record_layout.h), and back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "src/perf/launch_profile.h"

namespace qiao::perf {

void put_number(std::string& bytes, uint64_t number);

// Takes a number from the front; nothing when the bytes end within it.
std::optional<uint64_t> take_number(std::string_view& bytes);

std::string encode(const LaunchProfile& launch, const std::function<uint64_t(const std::string&)>& number_of);

// Nothing when the bytes do not hold a launch, to the last of them. `text_of`: null for a number that is not known.
std::optional<LaunchProfile> decode(std::string_view bytes, const std::function<const std::string*(uint64_t)>& text_of);

}  // namespace qiao::perf
