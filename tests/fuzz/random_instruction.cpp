#include "tests/fuzz/random_instruction.h"

#include <map>
#include <optional>
#include <vector>

#include "src/isa/form.h"
#include "src/isa/subnormals.h"
#include "src/ptx/parse.h"

namespace qiao::fuzz {
namespace {

using isa::Form;
using isa::Type;

// The rows by opcode, so that opcodes with many rows do not crowd out the others.
const std::vector<std::vector<const Form*>>& opcodes() {
  static const auto* all = [] {
    std::map<std::string_view, std::vector<const Form*>> found;
    for (const Form& form : isa::forms()) {
      bool plain = form.kind == isa::Kind::Value || form.kind == isa::Kind::Carry;
      if (plain && !form.convergence_dependent) found[form.opcode].push_back(&form);
    }
    auto* rows = new std::vector<std::vector<const Form*>>;
    for (auto& [opcode, forms] : found) rows->push_back(std::move(forms));
    return rows;
  }();
  return *all;
}

template <class Set, class Each>
Each any_of(Random& random, const Set& set, unsigned count) {
  std::vector<Each> members;
  for (unsigned i = 0; i < count; ++i) {
    if (set.has(static_cast<Each>(i))) members.push_back(static_cast<Each>(i));
  }
  return members.empty() ? Each{} : members[random.below(static_cast<uint32_t>(members.size()))];
}

// The opcode with its modifiers and types in the order of the row.
std::string spelling(Random& random, const Form& form, std::array<Type, 4>& types) {
  std::string text(form.opcode);
  unsigned written = 0;
  auto write_types = [&](unsigned until) {
    for (; written < until; ++written) {
      types[written] = any_of<isa::TypeSet, Type>(random, form.pattern.types[written], 64);
      text += "." + std::string(spelling_of(types[written]));
    }
  };
  for (unsigned i = 0; i < form.pattern.modifier_count; ++i) {
    const auto& modifier = form.pattern.modifiers[i];
    write_types(modifier.types_before);
    if (!modifier.required && !random.chance(3)) continue;
    text += "." + std::string(spelling_of(any_of<isa::ModSet, isa::Mod>(random, modifier.mods, isa::kModCount)));
  }
  write_types(form.pattern.type_count);
  return text;
}

std::optional<std::string> operand(Random& random, const isa::OperandSlot& slot, Type type) {
  if (slot.type == isa::OperandType::Number) return std::to_string(random.below(256));
  bool number = !slot.is_destination && random.chance(8) && type != Type::Pred && !is_float(type);
  if (number && bits_of(type) >= 16) return std::to_string(static_cast<int>(random.below(300)) - 100);
  switch (bits_of(type)) {
    case 1:
      return (!slot.is_destination && random.chance(4) ? "!" : "") + random.predicate();
    case 8:
    case 16:
      return random.half();
    case 32:
      return random.word();
    case 64:
      return random.two_words();
    default:
      return std::nullopt;
  }
}

std::optional<std::string> attempt(Random& random) {
  const auto& rows = opcodes()[random.below(static_cast<uint32_t>(opcodes().size()))];
  const Form& form = *rows[random.below(static_cast<uint32_t>(rows.size()))];
  std::array<Type, 4> types{};
  std::string text = spelling(random, form, types), first;
  bool any = false;
  for (const isa::OperandSlot& slot : form.slots) {
    if (slot.optional && random.chance(2)) continue;
    std::optional<std::string> chosen = operand(random, slot, type_of_slot(slot, types));
    if (!chosen) return std::nullopt;
    if (slot.after_pipe && *chosen == first) return std::nullopt;  // one register written twice
    if (!any) first = *chosen;
    text += (slot.after_pipe ? "|" : any ? ", " : " ") + *chosen;
    any = true;
  }
  return text + ";";
}

// What it does with subnormals; nothing when the parser does not take it.
std::optional<isa::Subnormals> accepted(const std::string& instruction) {
  auto module = ptx::parse(".version 9.0\n.target sm_120a\n.address_size 64\n.entry k() {\n.reg .b16 %h<" +
                           std::to_string(kHalves) + ">;\n.reg .b32 %r<" + std::to_string(kWords) +
                           ">;\n.reg .b64 %d<" + std::to_string(kDoubles) + ">;\n.reg .pred %p<" +
                           std::to_string(kPredicates) + ">;\n" + instruction + "\nret;\n}\n");
  if (!module.ok() || module->functions.size() != 1 || !module->functions[0].unusable.empty()) return std::nullopt;
  const ptx::Instruction& parsed = module->functions[0].body[0];
  return isa::subnormals_of(*parsed.form, parsed.modifiers, parsed.types);
}

}  // namespace

std::string random_instruction(Random& random, bool flushing) {
  const bool flushed = flushing && random.chance(2);
  for (;;) {
    std::optional<std::string> text = attempt(random);
    const std::optional<isa::Subnormals> subnormals = text ? accepted(*text) : std::nullopt;
    if (!subnormals || (flushing && *subnormals == isa::Subnormals::Kept)) continue;
    if (flushed && *subnormals != isa::Subnormals::Flushed) continue;
    return (random.chance(3) ? (random.chance(2) ? "@" : "@!") + random.predicate() + " " : "") + *text;
  }
}

}  // namespace qiao::fuzz
