#include "src/perf/table.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace qiao::perf {
namespace {

// Characters of UTF-8, each taken to be one column wide.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string format_columns(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const Column& column : columns) widths.push_back(width(column.title));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  auto add_row = [&](auto cell) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string& value = cell(i);
      std::string padding(widths[i] - width(value), ' ');
      line += (i == 0 ? "" : "  ");
      line += columns[i].is_number ? padding + value : value + padding;
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_row([&](std::size_t i) -> const std::string& { return columns[i].title; });
  for (const auto& row : rows) add_row([&](std::size_t i) -> const std::string& { return row[i]; });
  return text;
}

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, ",");
  return digits;
}

std::string duration(std::uint64_t nanoseconds) {
  constexpr std::array<std::pair<double, const char*>, 3> kUnits = {{{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}}};
  double amount = static_cast<double>(nanoseconds);
  for (auto [size, unit] : kUnits) {
    if (amount < size) continue;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f %s", amount / size, unit);
    return text.data();
  }
  return std::to_string(nanoseconds) + " ns";
}

}  // namespace qiao::perf
