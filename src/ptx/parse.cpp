// Module scope of the PTX grammar (PTX ISA 9.0, 4 and 11.1, 11.5 to 11.7), and the parser's entry point.
#include "src/ptx/parse.h"

#include "src/ptx/hash.h"
#include "src/ptx/parser.h"
#include "src/ptx/verify.h"

namespace qiao::ptx {

Result<Module> parse(std::string_view text) {
  Module module;
  module.files.emplace_back();
  Parser parser(text, module);
  if (!parser.parse_module()) return invalid(Code::InvalidPtx, "invalid PTX: " + parser.error());
  if (auto verified = verify(module); !verified) return std::move(verified).error();
  module.text_hash = content_hash(text);
  return module;
}

bool Parser::fail(Location location, std::string message) {
  if (error_.empty()) {
    error_ = std::to_string(location.line) + ":" + std::to_string(location.column) + ": " + std::move(message);
  }
  return false;
}

bool Parser::fail_found(std::string_view expected) {
  const Token& token = peek();
  std::string found = "end of text";
  if (token.kind != Token::Kind::End) {
    found = "'" + std::string(token.text.substr(0, 60)) + "'";
    for (char& c : found) {
      if (c < ' ' || c > '~') c = '?';
    }
  }
  return fail(token.location, "found " + found + ", expected " + std::string(expected));
}

bool Parser::accept(char c) {
  if (!peek().is(c)) return false;
  take();
  return true;
}

bool Parser::expect(char c, std::string_view where) {
  if (accept(c)) return true;
  return fail_found("'" + std::string(1, c) + "' " + std::string(where));
}

bool Parser::accept_directive(std::string_view name) {
  if (!peek().is_directive(name)) return false;
  take();
  return true;
}

bool Parser::expect_word(std::string& name, std::string_view what) {
  if (peek().kind != Token::Kind::Word) return fail_found(what);
  name = take().text;
  return true;
}

bool Parser::skip_until_semicolon() {
  while (!peek().is(';')) {
    if (peek().kind == Token::Kind::End || peek().kind == Token::Kind::Bad) return fail_found("';'");
    take();
  }
  take();
  return true;
}

bool Parser::skip_braces() {
  if (!expect('{', "to open the section")) return false;
  for (size_t depth = 1; depth > 0; take()) {
    if (peek().kind == Token::Kind::End || peek().kind == Token::Kind::Bad) return fail_found("'}'");
    if (peek().is('{')) depth++;
    if (peek().is('}')) depth--;
  }
  return true;
}

bool Parser::parse_module() {
  if (!parse_version() || !parse_target()) return false;
  while (peek().kind != Token::Kind::End) {
    if (!parse_item()) return false;
  }
  return settle_aliases() && settle_initializers();
}

bool Parser::parse_version() {
  if (!accept_directive(".version")) return fail_found("'.version' at the beginning of the module");
  std::string_view text = peek().text;
  size_t dot = text.find('.');
  auto digits = [](std::string_view s) {
    return !s.empty() && s.size() <= 2 && s.find_first_not_of("0123456789") == s.npos;
  };
  if (peek().kind != Token::Kind::Number || dot == text.npos || !digits(text.substr(0, dot)) ||
      text.size() != dot + 2 || !digits(text.substr(dot + 1))) {
    return fail_found("a version like 9.0");
  }
  for (char c : text.substr(0, dot)) module_.version = module_.version * 10 + static_cast<uint32_t>(c - '0');
  module_.version = module_.version * 10 + static_cast<uint32_t>(text[dot + 1] - '0');
  take();
  return true;
}

// `.target sm_90a, texmode_independent`: the architecture is the first; what follows are platform options.
bool Parser::parse_target() {
  if (!accept_directive(".target")) return fail_found("'.target' after '.version'");
  Location location = peek().location;
  if (!expect_word(module_.target, "a target like sm_75")) return false;
  std::string_view digits = std::string_view(module_.target).substr(0, 3) == "sm_"
                                ? std::string_view(module_.target).substr(3)
                                : std::string_view();
  size_t count = 0;
  for (; count < digits.size() && digits[count] >= '0' && digits[count] <= '9' && count < 4; count++) {
    module_.sm = module_.sm * 10 + static_cast<uint32_t>(digits[count] - '0');
  }
  std::string_view suffix = digits.substr(count);
  if (count == 0 || !(suffix.empty() || suffix == "a" || suffix == "f")) {
    return fail(location, "found target '" + module_.target.substr(0, 60) + "', expected one like sm_75");
  }
  module_.arch_specific = !suffix.empty();
  while (accept(',')) {
    std::string option;
    if (!expect_word(option, "a target option")) return false;
    map_f64_to_f32_ |= option == "map_f64_to_f32";
    module_.independent_samplers |= option == "texmode_independent";
  }
  return true;
}

bool Parser::parse_linkage(Modifiers& modifiers) {
  constexpr std::pair<std::string_view, Linkage> kLinkages[] = {{".visible", Linkage::Visible},
                                                                {".extern", Linkage::Extern},
                                                                {".weak", Linkage::Weak},
                                                                {".common", Linkage::Common}};
  for (auto [name, linkage] : kLinkages) {
    if (!accept_directive(name)) continue;
    modifiers = {linkage, true};
    return true;
  }
  return false;
}

bool Parser::parse_item() {
  if (accept_directive(".address_size")) {
    uint64_t size = 0;
    Location location = peek().location;
    if (!parse_count(size, 64, "an address size")) return false;
    if (size != 64) return fail(location, "found address size " + std::to_string(size) + ", expected 64");
    return true;
  }
  if (accept_directive(".file")) return parse_file();
  if (accept_directive(".section")) return parse_section();
  if (accept_directive(".alias")) return parse_alias();
  if (accept_directive(".pragma")) return skip_until_semicolon();
  if (accept(';')) return true;
  Modifiers modifiers;
  parse_linkage(modifiers);
  if (peek().is_directive(".entry") && modifiers.linkage == Linkage::Common) return fail_found(".global");
  if (accept_directive(".entry")) return parse_function(true, modifiers.linkage);
  if (accept_directive(".func")) return parse_function(false, modifiers.linkage);
  if (accept_directive(".global")) return parse_variables(isa::StateSpace::Global, modifiers.linkage);
  if (accept_directive(".const")) return parse_variables(isa::StateSpace::Const, modifiers.linkage);
  if (accept_directive(".shared")) return parse_variables(isa::StateSpace::Shared, modifiers.linkage);
  return fail_found("a declaration: .entry, .func, .global, .const, .shared or another module directive");
}

// `.file 1 "name"` with an optional time stamp and size.
bool Parser::parse_file() {
  uint64_t index = 0;
  if (!parse_count(index, 1u << 20, "a file index")) return false;
  if (peek().kind != Token::Kind::String) return fail_found("a file name in quotes");
  if (module_.files.size() <= index) module_.files.resize(index + 1);
  module_.files[index] = take().text;
  while (accept(',')) {
    uint64_t ignored = 0;
    if (!parse_count(ignored, ~uint64_t{0}, "a time stamp or size")) return false;
  }
  return true;
}

bool Parser::parse_section() {
  if (peek().kind != Token::Kind::Directive && peek().kind != Token::Kind::Word) return fail_found("a section name");
  take();
  return skip_braces();
}

bool Parser::parse_alias() {
  std::string alias;
  if (!expect_word(alias, "the name of the alias") || !expect(',', "after the alias")) return false;
  if (peek().kind != Token::Kind::Word) return fail_found("the function the alias stands for");
  aliases_.emplace_back(alias, take());
  return expect(';', "after .alias");
}

bool Parser::settle_aliases() {
  for (const auto& [alias, target] : aliases_) {
    auto from = module_.symbol_by_name.find(alias);
    auto to = module_.symbol_by_name.find(std::string(target.text));
    if (to == module_.symbol_by_name.end() || module_.symbols[to->second].kind != Symbol::Kind::Function) {
      return fail(target.location, "found '" + std::string(target.text) + "', expected a function declared before");
    }
    if (from == module_.symbol_by_name.end()) {
      return fail(target.location, "found alias '" + alias + "', expected one declared as a function before");
    }
    Symbol& symbol = module_.symbols[from->second];
    const bool function = symbol.kind == Symbol::Kind::Function;
    if (!function || !module_.functions[symbol.index].is_declaration ||
        !same_signature(module_.functions[symbol.index], module_.functions[module_.symbols[to->second].index])) {
      return fail(target.location, "found alias '" + alias + "', expected a function declared like '" +
                                       std::string(target.text) + "' and without a body");
    }
    symbol = {Symbol::Kind::Function, module_.symbols[to->second].index, module_.functions[symbol.index].linkage};
  }
  return true;
}

bool Parser::settle_initializers() {
  for (const Pending& use : pending_) {
    auto found = module_.symbol_by_name.find(use.name);
    if (found == module_.symbol_by_name.end()) {
      return fail(use.location, "found undefined name '" + use.name + "', expected a variable or function");
    }
    module_.variables[use.variable].init[use.element].symbol = found->second;
  }
  return true;
}

}  // namespace qiao::ptx
