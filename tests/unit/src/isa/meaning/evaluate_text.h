// evaluate() by the instruction's text: run("add.sat.s32", {a, b}). Sources get the width of their slot's type.
#pragma once

#include <cmath>
#include <string_view>
#include <vector>

#include "src/isa/evaluate.h"
#include "src/isa/host_value.h"
#include "tests/unit/catch.h"

namespace qiao::isa {

inline Results<HostValue> run_all(std::string_view text, std::initializer_list<uint64_t> sources) {
  const FormMatch match = match_form(text);
  INFO(text);
  REQUIRE(match.outcome == FormMatch::Outcome::Found);
  std::vector<HostValue> values;
  auto next = sources.begin();
  for (const OperandSlot& slot : match.form->slots) {
    if (slot.is_destination) continue;
    const unsigned count = slot.type == OperandType::Four ? 4 : 1;
    for (unsigned i = 0; i < count && next != sources.end(); ++i) {
      values.emplace_back(bits_of(type_of_slot(slot, match.types)), *next++);
    }
  }
  for (const OperandSlot& slot : match.form->slots) {
    if (slot.has_selector_word() && next != sources.end()) values.emplace_back(32, *next++);
  }
  while (next != sources.end()) values.emplace_back(1, *next++);  // CC.CF
  return evaluate<HostValue>(*match.form, match.modifiers, match.types, std::span<const HostValue>(values));
}

inline uint64_t run(std::string_view text, std::initializer_list<uint64_t> sources) {
  const Results<HostValue> results = run_all(text, sources);
  REQUIRE(results.count >= 1);
  return results.values[0].bits();
}

inline uint64_t f32(float value) {
  return std::bit_cast<uint32_t>(value);
}
inline uint64_t f64(double value) {
  return std::bit_cast<uint64_t>(value);
}
inline float as_f32(uint64_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits));
}
inline double as_f64(uint64_t bits) {
  return std::bit_cast<double>(bits);
}

}  // namespace qiao::isa
