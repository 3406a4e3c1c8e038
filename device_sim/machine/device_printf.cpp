// Device printf: each directive is formatted by the host's snprintf with an argument read from the device's buffer.
#include "device_sim/machine/device_printf.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string_view>

namespace qiao::machine {
namespace {

// A NUL-terminated device string, checked page by page.
Result<std::string> read_string(uint64_t address, const ReadableCheck& readable) {
  std::string text;
  constexpr uint64_t kStep = 64;  // divides every page and chunk size
  while (true) {
    const uint64_t chunk = kStep - (address + text.size()) % kStep;
    Result<void> good = readable(address + text.size(), 1);
    if (!good) return std::move(good).error();
    const char* start = reinterpret_cast<const char*>(address + text.size());
    const size_t length = strnlen(start, chunk);
    text.append(start, length);
    if (length < chunk) return text;
  }
}

class ArgumentReader {
 public:
  ArgumentReader(uint64_t address, const ReadableCheck& readable) : address_(address), readable_(readable) {}

  template <class T>
  Result<T> next() {
    offset_ = (offset_ + sizeof(T) - 1) / sizeof(T) * sizeof(T);
    Result<void> good = readable_(address_ + offset_, sizeof(T));
    if (!good) return std::move(good).error();
    T value;
    std::memcpy(&value, reinterpret_cast<const void*>(address_ + offset_), sizeof(T));
    offset_ += sizeof(T);
    ++count_;
    return value;
  }
  int count() const { return count_; }

 private:
  uint64_t address_;
  const ReadableCheck& readable_;
  uint64_t offset_ = 0;
  int count_ = 0;
};

template <class T>
void append_formatted(std::string& out, const std::string& directive, T value) {
  char small[128];
  const int length = std::snprintf(small, sizeof small, directive.c_str(), value);
  if (length < static_cast<int>(sizeof small)) {
    out.append(small, length > 0 ? static_cast<size_t>(length) : 0);
    return;
  }
  std::string large(static_cast<size_t>(length) + 1, '\0');
  std::snprintf(large.data(), large.size(), directive.c_str(), value);
  out.append(large.data(), static_cast<size_t>(length));
}

// One directive, taken apart: flags, width and precision with each `*` filled in, length modifiers, conversion.
struct Directive {
  std::string prefix = "%";
  bool is_long = false;  // l, ll, j, z, t: 8 bytes
  std::string narrow;    // h, hh: of an int that is passed whole
  char conversion = 0;   // 0: the format ends within the directive
};

Result<Directive> parse_directive(std::string_view format, size_t& at, ArgumentReader& arguments) {
  Directive directive;
  for (; at < format.size(); ++at) {
    const char c = format[at];
    if (std::string_view("-+ #0123456789.").find(c) != std::string_view::npos) {
      directive.prefix += c;
    } else if (c == '*') {
      Result<int32_t> value = arguments.next<int32_t>();
      if (!value) return std::move(value).error();
      directive.prefix += std::to_string(*value);
    } else if (std::string_view("ljzt").find(c) != std::string_view::npos) {
      directive.is_long = true;
    } else if (c == 'h') {
      directive.narrow += c;
    } else if (c != 'L') {
      directive.conversion = c;
      ++at;
      return directive;
    }
  }
  return directive;
}

Result<void> append_argument(std::string& out, const Directive& directive, ArgumentReader& arguments,
                             const ReadableCheck& readable) {
  const char c = directive.conversion;
  const std::string spelled = directive.prefix + c;
  if (std::string_view("aAeEfFgG").find(c) != std::string_view::npos) {
    Result<double> value = arguments.next<double>();
    if (!value) return std::move(value).error();
    append_formatted(out, spelled, *value);
  } else if (c == 's') {
    Result<uint64_t> value = arguments.next<uint64_t>();
    if (!value) return std::move(value).error();
    if (*value == 0) return append_formatted(out, spelled, "(null)"), Result<void>();
    Result<std::string> text = read_string(*value, readable);
    if (!text) return std::move(text).error();
    append_formatted(out, spelled, text->c_str());
  } else if (c == 'p' || directive.is_long) {
    Result<uint64_t> value = arguments.next<uint64_t>();
    if (!value) return std::move(value).error();
    if (c == 'p') {
      append_formatted(out, spelled, reinterpret_cast<void*>(*value));
    } else {
      append_formatted(out, directive.prefix + "ll" + c, *value);
    }
  } else {
    Result<uint32_t> value = arguments.next<uint32_t>();
    if (!value) return std::move(value).error();
    append_formatted(out, c == 'c' ? spelled : directive.prefix + directive.narrow + c, *value);
  }
  return {};
}

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

Result<FormattedText> format_device_text(uint64_t format, uint64_t arguments, const ReadableCheck& readable) {
  FormattedText result;
  if (format == 0) return result;
  Result<std::string> spelled = read_string(format, readable);
  if (!spelled) return std::move(spelled).error();
  ArgumentReader reader(arguments, readable);
  const std::string_view text = *spelled;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '%') {
      result.text += text[at++];
      continue;
    }
    const size_t start = at++;
    Result<Directive> directive = parse_directive(text, at, reader);
    if (!directive) return std::move(directive).error();
    if (directive->conversion == '%') {
      result.text += '%';
    } else if (std::string_view("diouxXcaAeEfFgGsp").find(directive->conversion) == std::string_view::npos ||
               directive->conversion == 0) {
      result.text += text.substr(start, at - start);  // unknown to CUDA too: printed as it stands
    } else {
      Result<void> appended = append_argument(result.text, *directive, reader, readable);
      if (!appended) return std::move(appended).error();
    }
  }
  result.arguments = reader.count();
  return result;
}

Result<int> device_printf(uint64_t format, uint64_t arguments, const ReadableCheck& readable) {
  Result<FormattedText> formatted = format_device_text(format, arguments, readable);
  if (!formatted) return std::move(formatted).error();
  static std::mutex order;
  const std::lock_guard lock(order);
  std::fflush(stdout);  // what the host printed before comes first
  write_all(STDOUT_FILENO, formatted->text);
  return formatted->arguments;
}

Result<void> print_device_assert(const DeviceAssert& failure, const ReadableCheck& readable) {
  std::string names[3];
  const uint64_t addresses[3] = {failure.message, failure.file, failure.function};
  for (int i = 0; i < 3; ++i) {
    Result<std::string> text =
        addresses[i] == 0 ? Result<std::string>(std::string()) : read_string(addresses[i], readable);
    if (!text) return std::move(text).error();
    names[i] = std::move(*text);
  }
  const auto triple = [](const uint32_t(&v)[3]) {
    return "[" + std::to_string(v[0]) + "," + std::to_string(v[1]) + "," + std::to_string(v[2]) + "]";
  };
  const std::string line = names[1] + ":" + std::to_string(failure.line) + ": " + names[2] +
                           ": block: " + triple(failure.block) + ", thread: " + triple(failure.thread) +
                           " Assertion `" + names[0] + "` failed.\n";
  write_all(STDERR_FILENO, line);
  return {};
}

}  // namespace qiao::machine
