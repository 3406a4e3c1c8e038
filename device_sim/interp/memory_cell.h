// One element of device memory, read and written as other threads may at the same time: each access of up to 8 bytes is
// one host access.
#pragma once

#include <cstddef>
#include <cstdint>

namespace qiao::interp {

template <class Word>
uint64_t load_word(const std::byte* place, bool acquires) {
  const auto* word = reinterpret_cast<const Word*>(place);
  return acquires ? __atomic_load_n(word, __ATOMIC_ACQUIRE) : __atomic_load_n(word, __ATOMIC_RELAXED);
}

template <class Word>
void store_word(std::byte* place, uint64_t value, bool releases) {
  auto* word = reinterpret_cast<Word*>(place);
  if (releases) return __atomic_store_n(word, static_cast<Word>(value), __ATOMIC_RELEASE);
  __atomic_store_n(word, static_cast<Word>(value), __ATOMIC_RELAXED);
}

inline uint64_t load_cell(const std::byte* place, uint64_t bytes, bool acquires) {
  switch (bytes) {
    case 1:
      return load_word<uint8_t>(place, acquires);
    case 2:
      return load_word<uint16_t>(place, acquires);
    case 4:
      return load_word<uint32_t>(place, acquires);
    default:
      return load_word<uint64_t>(place, acquires);
  }
}

inline void store_cell(std::byte* place, uint64_t bytes, uint64_t value, bool releases) {
  switch (bytes) {
    case 1:
      return store_word<uint8_t>(place, value, releases);
    case 2:
      return store_word<uint16_t>(place, value, releases);
    case 4:
      return store_word<uint32_t>(place, value, releases);
    default:
      return store_word<uint64_t>(place, value, releases);
  }
}

// 16 bytes as one access, by compare-and-swap: what every host with 128-bit atomics has.
using WideWord = unsigned __int128;
#if defined(__x86_64__)
#define QIAO_WIDE_ATOMICS __attribute__((target("cx16")))
#else
#define QIAO_WIDE_ATOMICS
#endif
QIAO_WIDE_ATOMICS inline WideWord exchange_wide(std::byte* place, WideWord expected, WideWord desired) {
  return __sync_val_compare_and_swap(reinterpret_cast<WideWord*>(place), expected, desired);
}
#undef QIAO_WIDE_ATOMICS

inline WideWord load_wide(std::byte* place) {
  return exchange_wide(place, 0, 0);
}

// The value before.
template <class Update>
WideWord update_wide(std::byte* place, Update update) {
  for (WideWord found = load_wide(place);;) {
    const WideWord seen = exchange_wide(place, found, update(found));
    if (seen == found) return found;
    found = seen;
  }
}

// Replaces `expected` by `desired`; on failure `expected` becomes what was found.
template <class Word>
bool exchange_word(std::byte* place, uint64_t& expected, uint64_t desired) {
  auto found = static_cast<Word>(expected);
  const bool done = __atomic_compare_exchange_n(reinterpret_cast<Word*>(place), &found, static_cast<Word>(desired),
                                                false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  expected = found;
  return done;
}

inline bool exchange_cell(std::byte* place, uint64_t bytes, uint64_t& expected, uint64_t desired) {
  switch (bytes) {
    case 2:
      return exchange_word<uint16_t>(place, expected, desired);
    case 4:
      return exchange_word<uint32_t>(place, expected, desired);
    default:
      return exchange_word<uint64_t>(place, expected, desired);
  }
}

}  // namespace qiao::interp
