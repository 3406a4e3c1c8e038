#include "kernels/bench/host/compare.h"

#include <cmath>
#include <cstdio>

namespace qiao::bench {
namespace {

template <class T, class Same>
std::string count_differences(const Buffer<T>& ours, const Buffer<T>& native, Same same) {
  std::size_t wrong = 0, first = 0;
  for (std::size_t i = 0; i < native.size(); ++i) {
    if (same(ours[i], native[i])) continue;
    if (wrong++ == 0) first = i;
  }
  if (wrong == 0) return {};
  char text[200];
  std::snprintf(text, sizeof text, "%zu of %zu values differ, first [%zu]: %.9g, expected %.9g", wrong, native.size(),
                first, static_cast<double>(ours[first]), static_cast<double>(native[first]));
  return text;
}

}  // namespace

std::string differences(const Buffer<float>& ours, const Buffer<float>& native, Tolerance tolerance) {
  return count_differences(ours, native, [tolerance](double a, double b) {
    return std::fabs(a - b) <= tolerance.relative * std::fabs(b) + tolerance.absolute;
  });
}

std::string differences(const Buffer<int>& ours, const Buffer<int>& native) {
  return count_differences(ours, native, [](int a, int b) { return a == b; });
}

std::string differences(const Buffer<unsigned>& ours, const Buffer<unsigned>& native) {
  return count_differences(ours, native, [](unsigned a, unsigned b) { return a == b; });
}

}  // namespace qiao::bench
