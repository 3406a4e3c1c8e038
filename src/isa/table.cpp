// The whole instruction table, and how an instruction as written finds its row.
#include <algorithm>
#include <unordered_map>
#include <vector>

#include "src/isa/forms/families.h"
#include "src/isa/syntax.h"

namespace qiao::isa {

namespace {

struct Token {  // what one `.token` can mean
  Type type = Type::None;
  std::array<Mod, 2> mods{};
};

constexpr std::span<const Form> (*kFamilies[])() = {
    integer_forms, extended_forms, float_forms,  half_forms, compare_forms, logic_forms,   move_forms,    memory_forms,
    control_forms, parallel_forms, atomic_forms, misc_forms, video_forms,   texture_forms, surface_forms, refused_forms,
};

struct Table {
  std::vector<const Form*> forms;  // no copies: every process that loads a module builds this
  std::unordered_map<std::string_view, std::span<const Form* const>> by_opcode;
  std::unordered_map<std::string_view, Token> tokens;
};

void add_tokens(Table& table) {
  for (size_t i = 1; i < std::size(kTypeSpellings); i++) table.tokens[kTypeSpellings[i]].type = static_cast<Type>(i);
  for (size_t i = 1; i < kModCount; i++) {
    Mod mod = static_cast<Mod>(i);
    Token& token = table.tokens[spelling_of(mod)];
    token.mods[token.mods[0] == Mod::None ? 0 : 1] = mod;
  }
}

Table build_table() {
  Table table;
  for (const auto& family : kFamilies) {
    for (const Form& form : family()) table.forms.push_back(&form);
  }
  auto by_opcode = [](const Form* a, const Form* b) { return a->opcode < b->opcode; };
  std::stable_sort(table.forms.begin(), table.forms.end(), by_opcode);
  for (size_t begin = 0; begin < table.forms.size();) {
    size_t end = begin;
    while (end < table.forms.size() && table.forms[end]->opcode == table.forms[begin]->opcode) end++;
    table.by_opcode[table.forms[begin]->opcode] = std::span(table.forms).subspan(begin, end - begin);
    begin = end;
  }
  add_tokens(table);
  return table;
}

const Table& table() {
  static const Table kTable = build_table();
  return kTable;
}

bool take_modifier(const Pattern& pattern, const Token& token, Modifiers& modifiers) {
  for (size_t i = 0; i < pattern.modifier_count; i++) {
    const Pattern::Modifier& item = pattern.modifiers[i];
    if (modifiers.at(item.axis) != Mod::None) continue;
    for (Mod mod : token.mods) {
      if (mod == Mod::None || !item.mods.has(mod)) continue;
      modifiers.set(mod);
      return true;
    }
  }
  return false;
}

// Modifiers may come in any order (assemblers accept more orders than the manual writes); types in theirs.
bool matches(const Form& form, std::span<const Token* const> tokens, FormMatch& match) {
  const Pattern& pattern = form.pattern;
  size_t types = 0;
  match.modifiers = {};
  match.types = {};
  for (const Token* token : tokens) {
    if (token->type != Type::None && types < pattern.type_count && pattern.types[types].has(token->type)) {
      match.types[types++] = token->type;
    } else if (!take_modifier(pattern, *token, match.modifiers)) {
      return false;
    }
  }
  if (types != pattern.type_count) return false;
  for (size_t i = 0; i < pattern.modifier_count; i++) {
    if (pattern.modifiers[i].required && match.modifiers.at(pattern.modifiers[i].axis) == Mod::None) return false;
  }
  match.form = &form;
  return true;
}

}  // namespace

std::string_view name_of(Kind kind) {
  constexpr std::string_view kNames[] = {
#define QIAO_KIND(name) #name,
#include "src/isa/kinds.inc"
#undef QIAO_KIND
  };
  return kNames[static_cast<size_t>(kind)];
}

std::string_view name_of(Fidelity fidelity) {
  constexpr std::string_view kNames[] = {"exact", "bounded", "unsupported"};
  return kNames[static_cast<size_t>(fidelity)];
}

std::span<const Form> forms() {
  static const std::vector<Form> kForms = [] {
    std::vector<Form> forms;
    for (const Form* form : table().forms) forms.push_back(*form);
    return forms;
  }();
  return kForms;
}

FormMatch match_form(std::string_view instruction) {
  FormMatch match;
  size_t dot = instruction.find('.');
  auto rows = table().by_opcode.find(instruction.substr(0, dot));
  if (rows == table().by_opcode.end()) return match;

  std::vector<const Token*> tokens;
  size_t unknown = 0;
  while (dot != instruction.npos) {
    size_t end = instruction.find('.', dot + 1);
    auto token = table().tokens.find(instruction.substr(dot + 1, end == instruction.npos ? end : end - dot - 1));
    if (token != table().tokens.end()) {
      tokens.push_back(&token->second);
    } else if (unknown == 0) {
      unknown = dot;
    }
    dot = end;
  }
  const Form* refused = nullptr;
  for (const Form* form : rows->second) {
    if (form->pattern.open) {
      refused = form;
    } else if (unknown == 0 && matches(*form, tokens, match)) {
      match.outcome = form->kind == Kind::Refused ? FormMatch::Outcome::Refused : FormMatch::Outcome::Found;
      return match;
    }
  }
  match.modifiers = {};
  match.types = {};
  match.form = refused;
  match.token_offset = unknown;
  match.outcome = refused != nullptr ? FormMatch::Outcome::Refused
                  : unknown != 0     ? FormMatch::Outcome::UnknownModifier
                                     : FormMatch::Outcome::NoForm;
  return match;
}

}  // namespace qiao::isa
