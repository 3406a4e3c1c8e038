// Device printf and assert: what every executor calls for vprintf and __assertfail, so that they print the same. Output
// is written to stdout at once, one call being one write, in the order of the calls (under one lock).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "src/base/result.h"

namespace qiao::machine {

// Says whether [address, address + bytes) may be read; on failure the Error to raise.
using ReadableCheck = std::function<Result<void>(uint64_t address, uint64_t bytes)>;

// Formats and writes. `arguments` is vprintf's buffer: each argument at its natural alignment (4 bytes: int, 8: long,
// double, pointers). The value is what vprintf returns: the number of arguments used, 0 for a null format.
Result<int> device_printf(uint64_t format, uint64_t arguments, const ReadableCheck& readable);

// The text alone, for tests.
struct FormattedText {
  std::string text;
  int arguments = 0;
};
Result<FormattedText> format_device_text(uint64_t format, uint64_t arguments, const ReadableCheck& readable);

struct DeviceAssert {
  uint64_t message = 0;  // device strings
  uint64_t file = 0;
  uint32_t line = 0;
  uint64_t function = 0;
  uint32_t block[3] = {};
  uint32_t thread[3] = {};
};
// Prints CUDA's line ("file:1: void f(): block: [0,0,0], thread: [0,0,0] Assertion `x` failed.") on stderr.
Result<void> print_device_assert(const DeviceAssert& failure, const ReadableCheck& readable);

}  // namespace qiao::machine
