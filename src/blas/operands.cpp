#include "src/blas/operands.h"

#include <charconv>
#include <string>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "src/runtime/memory_map.h"
#include "src/runtime/platform.h"

namespace qiao::blas {
namespace {

// A module's variable is in no map of allocations.
uint64_t bytes_of_variable(uint64_t address, const runtime::Device& device) {
  if (!device.hal().is_device_address(address)) return 0;
  Result<hal::GlobalVariable> found = device.hal().allocation_of(address);
  return found ? found->address + found->bytes - address : 0;
}

std::string hexadecimal(uint64_t address) {
  char digits[20];
  return "0x" + std::string(digits, std::to_chars(digits, digits + sizeof digits, address, 16).ptr);
}

}  // namespace

Result<void> check(std::span<const Operand> operands, const runtime::Device& device, const char* call) {
  for (const Operand& operand : operands) {
    if (operand.bytes == 0) continue;
    const auto address = reinterpret_cast<uint64_t>(operand.address);
    uint64_t there = runtime::MemoryMap::instance().bytes_from(address, operand.written);
    if (there == 0) there = bytes_of_variable(address, device);
    if (there >= operand.bytes) continue;
    return invalid(Code::IllegalAddress, std::string(call) + ": " + operand.name + " at " + hexadecimal(address) +
                                             " needs " + std::to_string(operand.bytes) + " bytes of device memory, " +
                                             std::to_string(there) + " are there");
  }
  return {};
}

#if defined(__x86_64__)
DefaultArithmetic::DefaultArithmetic() : saved_(_mm_getcsr()) {
  constexpr unsigned kDefault = 0x1f80;
  _mm_setcsr(kDefault);
}
DefaultArithmetic::~DefaultArithmetic() {
  _mm_setcsr(static_cast<unsigned>(saved_));
}
#elif defined(__aarch64__)
DefaultArithmetic::DefaultArithmetic() {
  asm volatile("mrs %0, fpcr" : "=r"(saved_));
  asm volatile("msr fpcr, %0" : : "r"(uint64_t{0}));
}
DefaultArithmetic::~DefaultArithmetic() {
  asm volatile("msr fpcr, %0" : : "r"(saved_));
}
#endif

}  // namespace qiao::blas
