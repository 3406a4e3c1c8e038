#include "src/compile/arch.h"

#include <charconv>

namespace qiao::compile {

Result<Arch> parse_arch(std::string_view text) {
  const std::string_view whole = text;
  for (const std::string_view prefix : {"sm_", "compute_", "lto_"}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  }
  Arch arch;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), arch.sm);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (failed != std::errc() || text.size() == whole.size() || (rest != "" && rest != "a" && rest != "f")) {
    return invalid(Code::InvalidValue, "unknown architecture '" + std::string(whole) + "', expected one like sm_80");
  }
  arch.suffix = rest.empty() ? 0 : rest[0];
  return arch;
}

}  // namespace qiao::compile
