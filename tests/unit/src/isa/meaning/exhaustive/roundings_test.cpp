// Random operands of the correctly rounded instructions, in every rounding direction and in both domains, against MPFR:
// 2^20 each in the long suite, 2^10 else.
#include <functional>
#include <sstream>

#include "tests/unit/src/isa/meaning/exhaustive/instruction_on_both.h"
#include "tests/unit/src/isa/mpfr_format.h"
#include "tests/unit/src/isa/meaning/exhaustive/operands.h"
#include "tests/unit/src/isa/meaning/exhaustive/sweep.h"

using namespace qiao::isa;

namespace {

// The exact result of one evaluation, as a double of the result's format.
using Reference = std::function<double(std::span<const uint64_t>)>;

void check_instruction(const std::string& text, const MpfrFormat& result, const std::vector<Slots>& operands,
                       const Reference& reference) {
  const InstructionOnBoth instruction(text);
  const Slots host = instruction.on_host(operands), compiled = instruction.compiled(operands);
  std::atomic<uint64_t> wrong = 0, differing = 0, example = 0;
  sweep_in_parallel(host.size(), [&](uint64_t begin, uint64_t end) {
    std::vector<uint64_t> one(operands.size());
    for (uint64_t i = begin; i < end; ++i) {
      for (size_t k = 0; k < one.size(); ++k) one[k] = operands[k][i];
      if (!same_number(result.number(host[i]), reference(one))) ++wrong, example = i;
      if (host[i] != compiled[i]) ++differing, example = i;
    }
    mpfr_free_cache();
  });
  std::ostringstream values;
  for (const Slots& slots : operands) values << std::hex << slots[example] << " ";
  INFO(text << ": " << values.str() << "gives " << std::hex << host[example] << ", compiled " << compiled[example]);
  CHECK(wrong == 0);
  CHECK(differing == 0);
}

struct Direction {
  const char* name;
  Rounding rounding;
};
constexpr Direction kDirections[] = {
    {"rn", Rounding::NearestEven}, {"rz", Rounding::Zero}, {"rm", Rounding::Down}, {"rp", Rounding::Up}};

using Operation = int (*)(mpfr_ptr, mpfr_ptr, mpfr_ptr, mpfr_ptr, mpfr_rnd_t);
// clang-format off
struct Arithmetic {
  const char* name;
  unsigned operands;
  Operation operation;
};
constexpr Arithmetic kArithmetic[] = {
    {"add", 2, [](mpfr_ptr r, mpfr_ptr a, mpfr_ptr b, mpfr_ptr, mpfr_rnd_t m) { return mpfr_add(r, a, b, m); }},
    {"sub", 2, [](mpfr_ptr r, mpfr_ptr a, mpfr_ptr b, mpfr_ptr, mpfr_rnd_t m) { return mpfr_sub(r, a, b, m); }},
    {"mul", 2, [](mpfr_ptr r, mpfr_ptr a, mpfr_ptr b, mpfr_ptr, mpfr_rnd_t m) { return mpfr_mul(r, a, b, m); }},
    {"fma", 3, [](mpfr_ptr r, mpfr_ptr a, mpfr_ptr b, mpfr_ptr c, mpfr_rnd_t m) { return mpfr_fma(r, a, b, c, m); }},
    {"div", 2, [](mpfr_ptr r, mpfr_ptr a, mpfr_ptr b, mpfr_ptr, mpfr_rnd_t m) { return mpfr_div(r, a, b, m); }},
    {"sqrt", 1, [](mpfr_ptr r, mpfr_ptr a, mpfr_ptr, mpfr_ptr, mpfr_rnd_t m) { return mpfr_sqrt(r, a, m); }},
    {"rcp", 1, [](mpfr_ptr r, mpfr_ptr a, mpfr_ptr, mpfr_ptr, mpfr_rnd_t m) { return mpfr_ui_div(r, 1, a, m); }},
};
// clang-format on

void check_arithmetic(const Arithmetic& arithmetic, const MpfrFormat& format, const Direction& direction) {
  const std::string text = std::string(arithmetic.name) + "." + direction.name + "." + format.name;
  const auto seed =
      static_cast<uint64_t>(arithmetic.name[0]) * 256 + format.width + static_cast<uint64_t>(direction.rounding);
  check_instruction(text, format, float_operands(format, arithmetic.operands, seed),
                    [&](std::span<const uint64_t> one) {
                      return format.rounded(direction.rounding, [&](mpfr_ptr result, mpfr_rnd_t mode) {
                        MpfrNumber numbers[3];
                        for (size_t k = 0; k < one.size(); ++k)
                          mpfr_set_d(numbers[k], format.number(one[k]), MPFR_RNDN);
                        return arithmetic.operation(result, numbers[0], numbers[1], numbers[2], mode);
                      });
                    });
}

void check_narrowing(const MpfrFormat& to, const MpfrFormat& from, const Direction& direction) {
  // Numbers of the wider format with exponents of the narrower one.
  Operands random(to.width + from.width);
  std::vector<Slots> operands(1, Slots(sample_size()));
  for (uint64_t& bits : operands[0]) {
    const auto span = static_cast<unsigned>(to.most - to.least) + 4;
    const int exponent = static_cast<int>(to.least + from.most) - 4 + static_cast<int>(random.bits() % span);
    bits = random.number(from, exponent);
    if (random.one_of(2)) bits &= ~uint64_t{0} << (from.fraction_bits - to.fraction_bits - 1);  // a tie, often
  }
  check_instruction(std::string("cvt.") + direction.name + "." + to.name + "." + from.name, to, operands,
                    [&](std::span<const uint64_t> one) {
                      return to.rounded(direction.rounding, [&](mpfr_ptr result, mpfr_rnd_t mode) {
                        return mpfr_set_d(result, from.number(one[0]), mode);
                      });
                    });
}

void check_from_integer(const MpfrFormat& to, unsigned bits, bool is_signed, const Direction& direction) {
  Operands random(to.width + bits);
  std::vector<Slots> operands(1, Slots(sample_size()));
  for (uint64_t& value : operands[0]) {
    value = random.bits() >> random.bits() % 64;
    if (random.one_of(2)) value = value >> random.bits() % 32 << random.bits() % 32;
    if (random.one_of(2)) value = 0 - value;
    value &= HostValue::mask(bits);
  }
  const std::string source = (is_signed ? ".s" : ".u") + std::to_string(bits);
  check_instruction(std::string("cvt.") + direction.name + "." + to.name + source, to, operands,
                    [&](std::span<const uint64_t> one) {
                      return to.rounded(direction.rounding, [&](mpfr_ptr result, mpfr_rnd_t mode) {
                        return is_signed ? mpfr_set_sj(result, HostValue(bits, one[0]).signed_bits(), mode)
                                         : mpfr_set_uj(result, one[0], mode);
                      });
                    });
}

}  // namespace

TEST_CASE("f32 and f64 arithmetic rounds once in every direction") {
  for (const Arithmetic& arithmetic : kArithmetic) {
    for (const Direction& direction : kDirections) {
      check_arithmetic(arithmetic, kMpfrF32, direction);
      check_arithmetic(arithmetic, kMpfrF64, direction);
    }
  }
}

TEST_CASE("f16 and bf16 arithmetic rounds once to nearest") {
  for (unsigned i = 0; i < 4; ++i) {  // add, sub, mul, fma
    check_arithmetic(kArithmetic[i], kMpfrF16, kDirections[0]);
    check_arithmetic(kArithmetic[i], kMpfrBf16, kDirections[0]);
  }
}

TEST_CASE("floats narrow with one rounding in every direction") {
  for (const Direction& direction : kDirections) {
    check_narrowing(kMpfrF32, kMpfrF64, direction);
    for (const MpfrFormat* to : {&kMpfrF16, &kMpfrBf16}) {
      check_narrowing(*to, kMpfrF32, direction);
      check_narrowing(*to, kMpfrF64, direction);
    }
  }
}

TEST_CASE("integers become floats with one rounding in every direction") {
  for (const Direction& direction : kDirections) {
    for (const MpfrFormat& to : kMpfrFormats) {
      for (unsigned bits : {32u, 64u}) {
        check_from_integer(to, bits, false, direction);
        check_from_integer(to, bits, true, direction);
      }
    }
  }
}
