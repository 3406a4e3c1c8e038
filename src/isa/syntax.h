// Compiles a row of the instruction table, `add{.sat}.s32 d, a, b`, at compile time; a misspelt modifier does not
// compile. Grammar: opcode, then `.name` or `{.name}`, then operands. A name is a set of modifier_sets.inc, a type, or
// a modifier
// (`lo@Compare` where two axes spell alike). Operands: `d`, `[a]`, `d|p`, `{, c}`, `{|p}`, `{!}c`, `d:Wide`, `{-}a`,
// `a{.sel}` (selectors.h); without annotation p and q are predicates and the rest have type T. What stands before the
// first comma and is called d, p or q is written. A trailing `.*` lets anything follow (refused families).
#pragma once

#include "src/isa/form.h"

namespace qiao::isa {

struct NamedSet {
  std::string_view name;
  std::string_view tokens;
};

inline constexpr NamedSet kNamedSets[] = {
#define QIAO_SET(name, tokens) {name, tokens},
#include "src/isa/modifier_sets.inc"
#undef QIAO_SET
};

inline constexpr std::string_view kAxisNames[] = {
#define QIAO_AXIS(name) #name,
#include "src/isa/axes.inc"
#undef QIAO_AXIS
};

inline constexpr std::string_view kTypeSpellings[] = {
#define QIAO_TYPE(name, spelling, bits, type_class) spelling,
#include "src/isa/types.inc"
#undef QIAO_TYPE
};

constexpr Type find_type(std::string_view spelling) {
  for (size_t i = 1; i < std::size(kTypeSpellings); i++) {
    if (kTypeSpellings[i] == spelling) return static_cast<Type>(i);
  }
  return Type::None;
}

// `name` or `name@Axis`; the first modifier of that spelling.
constexpr Mod find_modifier(std::string_view name) {
  size_t at = name.find('@');
  std::string_view spelling = name.substr(0, at);
  for (size_t i = 1; i < kModCount; i++) {
    Mod mod = static_cast<Mod>(i);
    if (spelling_of(mod) != spelling) continue;
    if (at == name.npos || kAxisNames[static_cast<size_t>(axis_of(mod))] == name.substr(at + 1)) return mod;
  }
  return Mod::None;
}

// Throwing here is how a bad row becomes a compile error that shows the text.
class SyntaxCompiler {
 public:
  constexpr explicit SyntaxCompiler(std::string_view text) : text_(text) { form_.syntax = text; }

  constexpr Form compile() {
    form_.opcode = take_while_name();
    if (form_.opcode.empty()) throw "expected an opcode";
    while (!done() && text_[at_] != ' ') compile_modifier();
    skip_spaces();
    if (!done()) compile_operands();
    return form_;
  }

 private:
  constexpr bool done() const { return at_ == text_.size(); }
  constexpr bool peek(char c) const { return !done() && text_[at_] == c; }
  constexpr bool accept(char c) {
    if (!peek(c)) return false;
    at_++;
    return true;
  }
  constexpr void expect(char c) {
    if (!accept(c)) throw "unexpected character in the syntax line";
  }
  constexpr void skip_spaces() {
    while (accept(' ')) {
    }
  }
  static constexpr bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@';
  }
  constexpr std::string_view take_while_name() {
    size_t begin = at_;
    while (!done() && (is_name(text_[at_]) || (text_[at_] == ':' && at_ + 1 < text_.size() && text_[at_ + 1] == ':') ||
                       (text_[at_] == ':' && at_ > begin && text_[at_ - 1] == ':'))) {
      at_++;
    }
    return text_.substr(begin, at_ - begin);
  }

  constexpr void compile_modifier() {
    bool optional = accept('{');
    expect('.');
    if (accept('*')) {
      form_.pattern.open = true;
      return;
    }
    std::string_view name = take_while_name();
    if (optional) expect('}');
    for (const NamedSet& set : kNamedSets) {
      if (set.name == name) return add_tokens(set.tokens, optional);
    }
    if (Type type = find_type(name); type != Type::None) {
      TypeSet types;
      types.add(type);
      return add_type_slot(types, optional);
    }
    Pattern::Modifier item;
    add_modifier_to(item, name);
    add_modifier_slot(item, optional);
  }

  constexpr void add_tokens(std::string_view tokens, bool optional) {
    TypeSet types;
    Pattern::Modifier item;
    bool any_modifier = false;
    for (size_t begin = 0; begin < tokens.size();) {
      size_t end = tokens.find('.', begin + 1);
      std::string_view token = tokens.substr(begin + 1, end == tokens.npos ? end : end - begin - 1);
      if (Type type = find_type(token); type != Type::None) {
        types.add(type);
      } else {
        any_modifier = true;
        add_modifier_to(item, token);
      }
      begin = end == tokens.npos ? tokens.size() : end;
    }
    if (any_modifier && types.bits != 0) throw "a set mixes types and modifiers";
    if (any_modifier) {
      add_modifier_slot(item, optional);
    } else {
      add_type_slot(types, optional);
    }
  }

  constexpr void add_modifier_to(Pattern::Modifier& item, std::string_view name) {
    Mod mod = find_modifier(name);
    if (mod == Mod::None) throw "unknown modifier after '.'";
    if (item.axis != Axis::Count && item.axis != axis_of(mod)) throw "a set spans two axes";
    item.axis = axis_of(mod);
    item.mods.add(mod);
  }

  constexpr void add_modifier_slot(Pattern::Modifier item, bool optional) {
    Pattern& pattern = form_.pattern;
    for (size_t i = 0; i < pattern.modifier_count; i++) {
      if (pattern.modifiers[i].axis == item.axis) throw "two modifiers on one axis";
    }
    item.required = !optional;
    item.types_before = pattern.type_count;
    if (pattern.modifier_count == pattern.modifiers.size()) throw "too many modifiers";
    pattern.modifiers[pattern.modifier_count++] = item;
  }

  constexpr void add_type_slot(TypeSet types, bool optional) {
    if (optional) throw "a type cannot be optional";
    if (form_.pattern.type_count == form_.pattern.types.size()) throw "too many types";
    form_.pattern.types[form_.pattern.type_count++] = types;
  }

  constexpr void compile_operands() {
    bool first = true;
    compile_operand(first, false, false);
    while (!done()) {
      bool optional = accept('{');
      bool after_pipe = peek('|');
      if (!accept('|')) {
        expect(',');
        skip_spaces();
        first = false;
      }
      compile_operand(first, optional, after_pipe);
      if (optional) expect('}');
    }
  }

  constexpr void compile_operand(bool first, bool optional, bool after_pipe) {
    OperandSlot slot;
    slot.optional = optional;
    slot.after_pipe = after_pipe;
    bool negatable = accept('{');
    if (negatable) {
      slot.negatable = accept('-');
      if (!slot.negatable) expect('!');
      expect('}');
    }
    bool address = accept('[');
    slot.name = take_while_name();
    if (slot.name.empty()) throw "expected an operand";
    if (address) {
      expect(']');
      slot.type = OperandType::Address;
    } else if ((negatable && !slot.negatable) || slot.name == "p" || slot.name == "q") {
      slot.type = OperandType::Pred;
    }
    slot.is_destination = first && !address && (slot.name == "d" || slot.name == "p" || slot.name == "q");
    if (text_.substr(at_).starts_with("{.")) {
      at_ += 2;
      slot.selector = selector_from_name(take_while_name());
      if (slot.selector == Selector::None) throw "unknown selector behind an operand";
      expect('}');
    }
    if (accept(':')) slot.type = operand_type(take_while_name());
    if (slot.type == OperandType::T && form_.pattern.type_count == 0) throw "an operand of type T, but no type";
    if (form_.slots.count == OperandSlots::kMax) throw "too many operands";
    form_.slots.slots[form_.slots.count++] = slot;
  }

  static constexpr OperandType operand_type(std::string_view name) {
    for (size_t i = 0; i < std::size(kOperandTypes); i++) {
      if (kOperandTypes[i] == name) return static_cast<OperandType>(i);
    }
    throw "unknown operand type after ':'";
  }

  std::string_view text_;
  size_t at_ = 0;
  Form form_;
};

constexpr bool requires_axis(const Form& form, Axis axis) {
  for (size_t i = 0; i < form.pattern.modifier_count; i++) {
    if (form.pattern.modifiers[i].axis == axis && form.pattern.modifiers[i].required) return true;
  }
  return false;
}

// What tells how the lanes of a warp run relative to each other, which in lane mode is one after the other: which lanes
// are active at this instant (activemask, shuffles and votes without a member mask), and in which order lanes that race
// come to a place in memory (atomics, strong accesses; racing by weak ones has no meaning in PTX).
constexpr bool depends_on_convergence(const Form& form) {
  if (form.kind == Kind::ActiveMask || form.kind == Kind::Atomic || form.kind == Kind::Reduction) return true;
  if (form.kind == Kind::Shuffle || form.kind == Kind::Vote) return !requires_axis(form, Axis::Action);
  return (form.kind == Kind::Load || form.kind == Kind::Store) && requires_axis(form, Axis::Order);
}

consteval Form compile_form(std::string_view syntax, Kind kind, Meaning meaning, Unit unit, unsigned ptx, unsigned sm,
                            std::string_view bound = {}) {
  Form form = SyntaxCompiler(syntax).compile();
  form.kind = kind;
  form.meaning = meaning;
  form.unit = unit;
  form.fidelity = kind == Kind::Refused ? Fidelity::Unsupported : bound.empty() ? Fidelity::Exact : Fidelity::Bounded;
  form.bound = bound;
  if (requires_axis(form, Axis::Accuracy) && bound.empty() && kind != Kind::Refused) throw "an inexact row has a bound";
  form.convergence_dependent = depends_on_convergence(form);
  form.since_ptx = static_cast<uint8_t>(ptx);
  form.since_sm = static_cast<uint8_t>(sm);
  return form;
}

// Can one instruction match both rows? Axis by axis: the sets of tokens (absent being one) must meet, and so must
// types.
constexpr const Pattern::Modifier* find_axis(const Pattern& pattern, Axis axis) {
  for (size_t i = 0; i < pattern.modifier_count; i++) {
    if (pattern.modifiers[i].axis == axis) return &pattern.modifiers[i];
  }
  return nullptr;
}

constexpr bool meets(const Pattern::Modifier& item, const Pattern::Modifier* other) {
  if (!item.required && (other == nullptr || !other->required)) return true;
  if (other == nullptr) return false;
  for (size_t i = 0; i < item.mods.words.size(); i++) {
    if ((item.mods.words[i] & other->mods.words[i]) != 0) return true;
  }
  return false;
}

constexpr bool overlap(const Form& a, const Form& b) {
  if (a.opcode != b.opcode || a.pattern.open || b.pattern.open) return false;
  if (a.pattern.type_count != b.pattern.type_count) return false;
  for (size_t i = 0; i < a.pattern.type_count; i++) {
    if ((a.pattern.types[i].bits & b.pattern.types[i].bits) == 0) return false;
  }
  for (size_t i = 0; i < a.pattern.modifier_count; i++) {
    if (!meets(a.pattern.modifiers[i], find_axis(b.pattern, a.pattern.modifiers[i].axis))) return false;
  }
  for (size_t i = 0; i < b.pattern.modifier_count; i++) {
    if (!meets(b.pattern.modifiers[i], find_axis(a.pattern, b.pattern.modifiers[i].axis))) return false;
  }
  return true;
}

consteval bool well_formed(std::span<const Form> family) {
  for (size_t i = 0; i < family.size(); i++) {
    if (i > 0 && family[i - 1].opcode > family[i].opcode) throw "rows are not sorted by opcode";
    for (size_t j = i + 1; j < family.size() && family[j].opcode == family[i].opcode; j++) {
      if (overlap(family[i], family[j])) throw "two rows match the same instruction";
    }
    if (family[i].since_ptx > 90) throw "newer than the newest PTX version we know";
  }
  return true;
}

}  // namespace qiao::isa
