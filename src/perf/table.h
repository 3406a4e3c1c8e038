// Text tables for reports: columns as wide as their widest cell, numbers to the right.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qiao::perf {

struct Column {
  std::string title;
  bool is_number = false;
};

std::string format_columns(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows);

// 1234567 -> "1,234,567"
std::string with_commas(std::uint64_t number);

// 1234567 ns -> "1.235 ms"
std::string duration(std::uint64_t nanoseconds);

}  // namespace qiao::perf
