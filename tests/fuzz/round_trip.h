// The property every text must have: it is refused with an error, or parses to a module whose printed text parses to
// the same module again.
#pragma once

#include <string>
#include <string_view>

namespace qiao::fuzz {

// Empty: the property holds. Else what broke.
std::string broken_round_trip(std::string_view text);

}  // namespace qiao::fuzz
