// mincore() fails with ENOMEM as soon as one page of the range is unmapped: a halving search finds the first hole.
#include "src/fatbin/mapped.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace qiao::fatbin {
namespace {

constexpr std::uint64_t kPagesPerCall = 4096;

bool all_mapped(std::uintptr_t start, std::uint64_t pages, std::uint64_t page, std::vector<unsigned char>& scratch) {
  scratch.resize(pages);
  return mincore(reinterpret_cast<void*>(start), pages * page, scratch.data()) == 0 || errno != ENOMEM;
}

}  // namespace

Bytes mapped(const void* address, std::uint64_t wanted) {
  if (address == nullptr || wanted == 0) return {};
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  const std::uint64_t length = std::min<std::uint64_t>(wanted, UINTPTR_MAX - begin);
  const std::uintptr_t first = begin / page * page;
  std::uint64_t left = (begin + length - first + page - 1) / page;
  std::uintptr_t at = first;
  std::vector<unsigned char> scratch;
  while (left > 0) {
    std::uint64_t pages = std::min(left, kPagesPerCall);
    while (pages > 0 && !all_mapped(at, pages, page, scratch)) pages /= 2;
    if (pages == 0) break;
    at += pages * page;
    left -= pages;
  }
  if (at <= begin) return {};
  return {static_cast<const std::byte*>(address), std::min<std::uint64_t>(length, at - begin)};
}

}  // namespace qiao::fatbin
