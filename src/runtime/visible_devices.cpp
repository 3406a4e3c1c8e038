#include "src/runtime/visible_devices.h"

#include <algorithm>
#include <charconv>

#include "src/runtime/attributes.h"

namespace qiao::runtime {
namespace {

// The index an entry means, or -1.
int device_named(std::string_view entry, int count) {
  if (entry.starts_with("GPU-")) {
    int found = -1;
    for (int i = 0; i < count; ++i) {
      if (!uuid_text(i).starts_with(entry)) continue;
      if (found >= 0) return -1;  // ambiguous
      found = i;
    }
    return found;
  }
  int index = -1;
  const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), index);
  return error == std::errc() && end == entry.data() + entry.size() && index >= 0 && index < count ? index : -1;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string uuid_text(int physical) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "GPU-";
  int place = 0;
  for (const char each : device_uuid(physical)) {
    if (place == 4 || place == 6 || place == 8 || place == 10) text += '-';
    const auto byte = static_cast<unsigned char>(each);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
    ++place;
  }
  return text;
}

std::vector<int> visible_devices(const std::optional<std::string>& list, int count) {
  std::vector<int> visible;
  if (!list) {
    for (int i = 0; i < count; ++i) visible.push_back(i);
    return visible;
  }
  std::string_view rest = *list;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(','), rest.size());
    const int index = device_named(without_blanks(rest.substr(0, end)), count);
    if (index < 0) break;
    if (std::find(visible.begin(), visible.end(), index) != visible.end()) return {};
    visible.push_back(index);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return visible;
}

}  // namespace qiao::runtime
