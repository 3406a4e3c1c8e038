#include "src/isa/since.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "src/isa/syntax.h"

namespace qiao::isa {

namespace {

struct Rule {
  Form what;  // only the pattern and the operands' names are used
  Since since;
};

consteval Rule rule(std::string_view syntax, unsigned ptx, unsigned sm, Target target = Target::Any) {
  return {SyntaxCompiler(syntax).compile(), {static_cast<uint8_t>(ptx), static_cast<uint8_t>(sm), target, false}};
}

consteval Rule never(std::string_view syntax) {
  return {SyntaxCompiler(syntax).compile(), {10, 10, Target::Any, true}};
}

constexpr Rule kRules[] = {
#define QIAO_SINCE(...) rule(__VA_ARGS__),
#define QIAO_NEVER(syntax) never(syntax),
#include "src/isa/since.inc"
#undef QIAO_SINCE
#undef QIAO_NEVER
};

using Rules = std::vector<const Rule*>;

// Those of the opcode and those of any. Every instruction of a module asks.
const Rules& rules_of(std::string_view opcode) {
  static const auto kByOpcode = [] {
    std::unordered_map<std::string_view, Rules> found;
    for (const Rule& rule : kRules) found[rule.what.opcode];
    for (auto& [opcode, rules] : found) {
      for (const Rule& rule : kRules) {
        if (rule.what.opcode == opcode || rule.what.opcode == "any") rules.push_back(&rule);
      }
    }
    return found;
  }();
  const auto own = kByOpcode.find(opcode);
  return own != kByOpcode.end() ? own->second : kByOpcode.at("any");
}

bool has_modifiers(const Pattern& pattern, const Modifiers& modifiers) {
  for (size_t i = 0; i < pattern.modifier_count; i++) {
    const Mod mod = modifiers.at(pattern.modifiers[i].axis);
    if (mod == Mod::None || !pattern.modifiers[i].mods.has(mod)) return false;
  }
  return true;
}

bool has_types(const Pattern& pattern, const std::array<Type, 4>& types) {
  size_t found = 0;
  for (Type type : types) {
    if (found < pattern.type_count && pattern.types[found].has(type)) found++;
  }
  return found == pattern.type_count;
}

bool has_operands(const OperandSlots& wanted, const OperandSlots& slots, const HasOperand& has_operand) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const OperandSlot& want) {
    for (size_t i = 0; i < slots.size(); i++) {
      if (slots[i].name == want.name && has_operand[i]) return true;
    }
    return false;
  });
}

}  // namespace

Since since_of(const Form& form, const Modifiers& modifiers, const std::array<Type, 4>& types,
               const HasOperand& has_operand) {
  Since since{form.since_ptx, form.since_sm, Target::Any, false};
  for (const Rule* found : rules_of(form.opcode)) {
    const Rule& rule = *found;
    const Form& what = rule.what;
    if (!has_modifiers(what.pattern, modifiers) || !has_types(what.pattern, types) ||
        !has_operands(what.slots, form.slots, has_operand)) {
      continue;
    }
    since.ptx = std::max(since.ptx, rule.since.ptx);
    since.sm = std::max(since.sm, rule.since.sm);
    since.target = std::max(since.target, rule.since.target);
    since.never |= rule.since.never;
  }
  return since;
}

}  // namespace qiao::isa
