// The packed conversions to and from fp8, fp6, fp4 and ue8m0 in both domains: all 2^16 halves and all codes, each once
// in either half of the pair, and f32 operands around every number of the formats.
#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "tests/unit/src/isa/meaning/exhaustive/instruction_on_both.h"
#include "tests/unit/src/isa/meaning/exhaustive/small_float.h"

using namespace qiao::isa;

namespace {

constexpr SmallFloat kFormats[] = {{"e4m3", 4, 3, false},
                                   {"e5m2", 5, 2, true},
                                   {"e2m3", 2, 3, false, false},
                                   {"e3m2", 3, 2, false, false},
                                   {"e2m1", 2, 1, false, false}};

unsigned element_width(const SmallFloat& format) {
  return format.width() == 4 ? 4 : 8;
}

// Whether one element of the result is right for one of the operand.
using Judge = std::function<bool(uint64_t operand, uint64_t result)>;

void check(const std::string& text, std::span<const Slots> operands,
           const std::function<bool(size_t, uint64_t)>& judge) {
  const InstructionOnBoth instruction(text);
  const Slots host = instruction.on_host(operands), compiled = instruction.compiled(operands);
  uint64_t wrong = 0, differing = 0, example = 0;
  for (size_t i = 0; i < host.size(); ++i) {
    if (!judge(i, host[i])) ++wrong, example = i;
    differing += host[i] != compiled[i];
  }
  INFO(text << ": operand " << std::hex << operands[0][example] << " gives " << host[example]);
  CHECK(wrong == 0);
  CHECK(differing == 0);
}

// An operand of two elements of `from` bits each, a result of two of `to` bits: every element in the lower half,
// another one above it.
void check_pairs(const std::string& text, unsigned from, unsigned to, const Judge& judge) {
  const uint64_t mask = HostValue::mask(from), result_mask = HostValue::mask(to);
  Slots operands(1 << 16);
  for (size_t i = 0; i < operands.size(); ++i) operands[i] = (i * 40503 >> 3 & mask) << from | (i & mask);
  check(text, {&operands, 1}, [&](size_t i, uint64_t result) {
    return judge(operands[i] & mask, result & result_mask) && judge(operands[i] >> from, result >> to);
  });
}

// .satfinite: never infinity; a NaN where the format has one, else the largest number; .relu: no negative number.
bool is_finite_result(const SmallFloat& format, double value, bool relu, uint64_t result) {
  if (std::isnan(value)) return format.has_nan ? format.is_nan(result) : result == format.largest();
  const uint64_t code = format.rounded(Rounding::NearestEven, value);
  const uint64_t magnitude = std::min(code & format.magnitudes(), format.largest());
  if (relu && std::signbit(value)) return result == 0;
  return result == (magnitude | (code & format.sign()));
}

void check_to_small_from_f16(const SmallFloat& format) {
  for (bool relu : {false, true}) {
    check_pairs(std::string("cvt.rn.satfinite") + (relu ? ".relu." : ".") + format.name + "x2.f16x2", 16,
                element_width(format), [&](uint64_t operand, uint64_t result) {
                  return is_finite_result(format, kSmallF16.number(operand), relu, result);
                });
  }
}

// Each number of the format, the middle to the next one, a few units of f32 around both; then anything.
Slots f32_operands(const SmallFloat& format, uint64_t seed) {
  Slots operands;
  for (uint64_t code = 0; code <= format.magnitudes(); ++code) {
    const double low = format.number(std::min(code, format.largest()));
    const double high = format.number(std::min(code + 1, format.largest()));
    for (double value : {low, (low + high) / 2, 2 * low}) {
      for (uint64_t by : {0, 1, 2, 3, 4}) {
        const uint64_t bits = (f32(static_cast<float>(value)) + by - 2) & 0xffffffff;
        operands.insert(operands.end(), {bits, bits ^ 0x80000000});
      }
    }
  }
  std::mt19937_64 random(seed);
  while (operands.size() % 256 != 0 || operands.size() < 16384) operands.push_back(random() & 0xffffffff);
  std::shuffle(operands.begin(), operands.end(), random);
  return operands;
}

bool is_scale(uint64_t operand_bits, bool up, bool finite, uint64_t result) {  // of an f32 operand
  const double value = std::abs(static_cast<double>(as_f32(operand_bits)));
  if (std::isnan(value)) return result == 255;
  uint64_t code = 0;
  while (code < 255 && (up ? std::ldexp(1, static_cast<int>(code) - 127) < value
                           : std::ldexp(1, static_cast<int>(code) - 126) <= value)) {
    ++code;
  }
  return result == (finite ? std::min<uint64_t>(code, 254) : code);
}

}  // namespace

TEST_CASE("every f16 converts to fp8 and fp4") {
  for (const SmallFloat& format : {kFormats[0], kFormats[1], kFormats[4]}) check_to_small_from_f16(format);
}

TEST_CASE("every code of fp8, fp6 and fp4 converts to f16") {
  for (const SmallFloat& format : kFormats) {
    for (bool relu : {false, true}) {
      check_pairs(std::string("cvt.rn") + (relu ? ".relu" : "") + ".f16x2." + format.name + "x2", element_width(format),
                  16, [&](uint64_t operand, uint64_t result) {
                    operand &= 2 * format.magnitudes() + 1;
                    if (format.is_nan(operand)) return kSmallF16.is_nan(result);
                    if (relu && (operand & format.sign()) != 0) return result == 0;
                    return result == kSmallF16.rounded(Rounding::Zero, format.number(operand));
                  });
    }
  }
}

TEST_CASE("f32 converts to fp8, fp6 and fp4") {
  for (const SmallFloat& format : kFormats) {
    for (bool relu : {false, true}) {
      const Slots operands[] = {f32_operands(format, 1), f32_operands(format, 2)};
      const unsigned width = element_width(format);
      check(std::string("cvt.rn.satfinite") + (relu ? ".relu." : ".") + format.name + "x2.f32", operands,
            [&](size_t i, uint64_t result) {
              return is_finite_result(format, as_f32(operands[0][i]), relu, result >> width) &&
                     is_finite_result(format, as_f32(operands[1][i]), relu, result & HostValue::mask(width));
            });
    }
  }
}

TEST_CASE("every bf16 converts to ue8m0, and every code of that back") {
  for (bool up : {false, true}) {
    for (bool finite : {false, true}) {
      check_pairs(std::string("cvt") + (up ? ".rp" : ".rz") + (finite ? ".satfinite" : "") + ".ue8m0x2.bf16x2", 16, 8,
                  [=](uint64_t operand, uint64_t result) { return is_scale(operand << 16, up, finite, result); });
    }
  }
  check_pairs("cvt.rn.bf16x2.ue8m0x2", 8, 16, [](uint64_t operand, uint64_t result) {
    if (operand == 255) return kSmallBf16.is_nan(result);
    return kSmallBf16.number(result) == std::ldexp(1, static_cast<int>(operand) - 127);
  });
}
