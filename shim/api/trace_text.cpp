#include "shim/api/trace_text.h"

#include <unistd.h>

#include <charconv>
#include <cstring>

namespace qiao::shim {
namespace {

std::string hexadecimal(uint64_t bits) {
  char digits[20];
  return "0x" + std::string(digits, std::to_chars(digits, digits + sizeof digits, bits, 16).ptr);
}

std::string fixed(double value) {
  char digits[48];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, 1).ptr);
}

std::string number(double value) {
  char digits[48];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

std::string enumerator(const Traced& value) {
  const auto wanted = static_cast<long long>(value.bits);
  for (size_t i = 0; i < value.names.count; ++i) {
    if (value.names.first[i].value == wanted) return value.names.first[i].name;
  }
  return std::to_string(wanted);
}

std::string clipped(uint64_t address) {
  constexpr size_t kLongest = 80;
  const char* text = reinterpret_cast<const char*>(address);
  std::string copy(text, strnlen(text, kLongest));
  return copy.size() == kLongest ? copy + "..." : copy;
}

std::string values(const std::vector<Shown>& list) {
  std::string text;
  for (const Shown& value : list) text += (text.empty() ? "" : ", ") + value.name + "=" + value.text;
  return text;
}

std::string json_value(const Shown& value) {
  return value.bare ? value.text : json_string(value.text);
}

std::string json_object(const std::vector<Shown>& list) {
  std::string text;
  for (const Shown& value : list) text += (text.empty() ? "" : ",") + json_string(value.name) + ":" + json_value(value);
  return "{" + text + "}";
}

}  // namespace

Shown show(const std::string& name, const Traced& value) {
  using Kind = Traced::Kind;
  switch (value.kind) {
    case Kind::Signed:
      return {name, std::to_string(static_cast<int64_t>(value.bits)), true};
    case Kind::Unsigned:
      // CUdeviceptr is an integer; so large a one is an address.
      if (value.bits >> 40 != 0) return {name, hexadecimal(value.bits), false};
      return {name, std::to_string(value.bits), true};
    case Kind::Pointer:
      return {name, value.bits ? hexadecimal(value.bits) : "null", value.bits == 0};
    case Kind::Text:
      return value.bits ? Shown{name, '"' + clipped(value.bits) + '"', false} : Shown{name, "null", true};
    case Kind::Float:
      return {name, number(__builtin_bit_cast(double, value.bits)), false};
    case Kind::Grid: {
      const auto& [x, y, z] = value.grid;
      return {name, std::to_string(x) + "x" + std::to_string(y) + "x" + std::to_string(z), false};
    }
    case Kind::Enum:
      return {name, enumerator(value), false};
    case Kind::Other:
      break;
  }
  return {name, "{...}", false};
}

std::string duration_text(uint64_t nanoseconds) {
  const double ns = static_cast<double>(nanoseconds);
  if (ns < 1e6) return fixed(ns / 1e3) + " us";
  if (ns < 1e9) return fixed(ns / 1e6) + " ms";
  return fixed(ns / 1e9) + " s";
}

std::string text_line(const CallLine& call) {
  std::string line = "call: " + std::string(call.depth * 2, ' ') + call.symbol + "(" + values(*call.arguments) + ")";
  if (!call.result->text.empty()) line += " = " + call.result->text;
  if (!call.outputs->empty()) line += " {" + values(*call.outputs) + "}";
  line +=
      "  [" + std::string(call.library) + ", thread " + std::to_string(gettid()) + ", " + duration_text(call.duration);
  if (call.end == TracedCall::End::Missing) line += ", not supported";
  return line + "]";
}

std::string json_line(const CallLine& call) {
  constexpr double kMicro = 1e3;
  std::string line = "{\"library\":" + json_string(call.library) + ",\"name\":" + json_string(call.symbol) +
                     ",\"arguments\":" + json_object(*call.arguments);
  if (!call.outputs->empty()) line += ",\"outputs\":" + json_object(*call.outputs);
  line += ",\"result\":" + (call.result->text.empty() ? "null" : json_value(*call.result));
  line += ",\"failed\":" + std::string(call.end == TracedCall::End::Good ? "false" : "true");
  if (call.end == TracedCall::End::Missing) line += ",\"supported\":false";
  line += ",\"begin_us\":" + fixed(double(call.begin) / kMicro) +
          ",\"duration_us\":" + fixed(double(call.duration) / kMicro);
  return line + ",\"process\":" + std::to_string(getpid()) + ",\"thread\":" + std::to_string(gettid()) +
         ",\"depth\":" + std::to_string(call.depth) + "}";
}

std::string json_string(const std::string& text) {
  constexpr const char* kHex = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      quoted += std::string("\\u00") + kHex[byte >> 4] + kHex[byte & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

}  // namespace qiao::shim
