// QIAO_TRACE=1: one line on stderr per call and one per result. Argument names come from the list.
#include <unistd.h>

#include <cstring>
#include <string>

#include "shim/api/enter.h"
#include "src/base/environment.h"

namespace qiao::shim {

bool tracing = environment("QIAO_TRACE").value_or("0") != "0";

namespace {

std::string hexadecimal(uint64_t bits) {
  std::string digits;
  do digits.insert(digits.begin(), "0123456789abcdef"[bits & 15]);
  while (bits >>= 4);
  return "0x" + digits;
}

std::string quoted(const char* text) {
  constexpr size_t kLongest = 80;
  return text ? '"' + std::string(text, strnlen(text, kLongest)) + '"' : "null";
}

std::string text(const Traced& value) {
  using Kind = Traced::Kind;
  switch (value.kind) {
    case Kind::Signed:
      return std::to_string(static_cast<int64_t>(value.bits));
    case Kind::Unsigned:
      return std::to_string(value.bits);
    case Kind::Pointer:
      return value.bits ? hexadecimal(value.bits) : "null";
    case Kind::Text:
      return quoted(reinterpret_cast<const char*>(value.bits));
    case Kind::Float:
      return std::to_string(__builtin_bit_cast(double, value.bits));
    case Kind::Grid: {
      const auto& [x, y, z] = value.grid;
      return std::to_string(x) + "x" + std::to_string(y) + "x" + std::to_string(z);
    }
    case Kind::Other:
      break;
  }
  return "{...}";
}

}  // namespace

void trace(const Entry& entry, const Traced* arguments, unsigned count, const Traced* result) {
  std::string line = std::string("qiao: call: ") + entry.symbol;
  if (result) {
    line += " = " + text(*result);
  } else {
    std::string_view names = entry.arguments;
    names.remove_prefix(1);
    line += '(';
    for (unsigned i = 0; i < count; ++i) {
      const size_t end = names.find_first_of(",)");
      line.append(i ? ", " : "").append(names.substr(0, end)).append("=").append(text(arguments[i]));
      names.remove_prefix(std::min(names.size(), end + 2));
    }
    line += ')';
  }
  line += '\n';
  // One write, so that lines of several threads do not mix; nothing can be done when it fails.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace qiao::shim
