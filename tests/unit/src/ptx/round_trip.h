// The check of parse(print(m)) against m.
#pragma once

#include <string>

#include "src/ptx/parse.h"
#include "src/ptx/print.h"
#include "tests/unit/catch.h"

namespace qiao::ptx {

inline bool same(const Operand& a, const Operand& b) {
  // Symbols may be numbered anew; their names are compared through the second print.
  bool symbol = a.kind == Operand::Kind::Symbol || a.base_is_symbol;
  bool equal = a.kind == b.kind && a.negated == b.negated && a.selector == b.selector && a.local == b.local &&
               a.component == b.component && a.special == b.special && (symbol || a.id == b.id) &&
               a.base_is_symbol == b.base_is_symbol && a.offset == b.offset && a.bits == b.bits &&
               a.elements.size() == b.elements.size();
  for (size_t i = 0; equal && i < a.elements.size(); i++) equal = same(a.elements[i], b.elements[i]);
  return equal;
}

inline void check_body(const Function& a, const Function& b) {
  REQUIRE(a.body.size() == b.body.size());
  CHECK(a.labels == b.labels);
  CHECK(a.registers.size() == b.registers.size());
  CHECK(a.locals.size() == b.locals.size());
  CHECK(a.params == b.params);
  CHECK(a.results == b.results);
  bool equal = true;
  for (size_t i = 0; i < a.body.size(); i++) {
    const Instruction &x = a.body[i], &y = b.body[i];
    equal &= x.form == y.form && x.modifiers == y.modifiers && x.types == y.types && x.guard == y.guard &&
             x.guard_negated == y.guard_negated && x.operands.size() == y.operands.size();
    for (size_t j = 0; equal && j < x.operands.size(); j++) equal = same(x.operands[j], y.operands[j]);
    if (!equal) {
      INFO(y.location.line);
      REQUIRE(equal);
    }
  }
}

inline void check_round_trip(const std::string& text) {
  auto first = parse(text);
  INFO((first.ok() ? "" : first.error().message));
  REQUIRE(first.ok());
  std::string printed = print(*first);
  auto second = parse(printed);
  INFO((second.ok() ? "" : second.error().message) << printed.substr(0, 20000));
  REQUIRE(second.ok());
  CHECK(print(*second) == printed);
  for (const Function& function : first->functions) {
    if (!function.unusable.empty() || function.is_declaration) continue;
    const Function* other = second->find_function(function.name);
    REQUIRE(other != nullptr);
    check_body(function, *other);
  }
}

}  // namespace qiao::ptx
