#include "tests/fuzz/round_trip.h"

#include "src/ptx/parse.h"
#include "src/ptx/print.h"

namespace qiao::fuzz {

std::string broken_round_trip(std::string_view text) {
  auto module = ptx::parse(text);
  if (!module) return module.error().message.empty() ? "an error without a message" : "";
  const std::string printed = ptx::print(*module);
  auto again = ptx::parse(printed);
  if (!again) return "the printed text does not parse: " + again.error().message + "\n" + printed;
  const std::string twice = ptx::print(*again);
  return twice == printed ? "" : "printing twice differs:\n" + printed + "\n---\n" + twice;
}

}  // namespace qiao::fuzz
