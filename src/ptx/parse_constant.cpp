// Constant expressions (PTX ISA 9.0, 4.5.3 to 4.5.6): precedence climbing, bounded in depth.
#include "src/ptx/parser.h"

namespace qiao::ptx {

namespace {

unsigned precedence_of(std::string_view op) {
  constexpr std::pair<std::string_view, unsigned> kLevels[] = {
      {"||", 1}, {"&&", 2}, {"|", 3},  {"^", 4},  {"&", 5}, {"==", 6}, {"!=", 6}, {"<", 7},  {">", 7},
      {"<=", 7}, {">=", 7}, {"<<", 8}, {">>", 8}, {"+", 9}, {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10}};
  for (auto [name, level] : kLevels) {
    if (name == op) return level;
  }
  return 0;
}

// The operator at the current token: the lexer gives single characters, two of which may be one operator.
std::string operator_at(const Token& token, char next) {
  constexpr std::string_view kFirst = "|&^=!<>+-*/%";  // most constants end before a comma or a semicolon
  if (token.kind != Token::Kind::Punct || kFirst.find(token.text[0]) == kFirst.npos) return "";
  std::string two = {token.text[0], next};
  if (precedence_of(two) != 0) return two;
  std::string one(token.text);
  return precedence_of(one) != 0 ? one : "";
}

}  // namespace

bool Parser::parse_primary(Constant& value) {
  if (++depth_ > kMaxDepth) return fail(peek().location, "expression nested too deeply");
  bool ok = true;
  if (accept('(')) {
    if (peek().kind == Token::Kind::Directive) {  // a cast: `(.s64) x`
      bool to_unsigned = peek().is_directive(".u64");
      if (!to_unsigned && !peek().is_directive(".s64")) return fail_found(".s64 or .u64");
      take();
      ok = expect(')', "after the cast") && parse_primary(value);
      value.is_unsigned = to_unsigned;
    } else {
      ok = parse_expression(value, 1) && expect(')', "to close the expression");
    }
  } else if (peek().is('-') || peek().is('+') || peek().is('~') || peek().is('!')) {
    Token op = take();
    ok = parse_primary(value);
    auto result = apply_unary(op.text[0], value);
    if (ok && !result) return fail(op.location, "operator '" + std::string(op.text) + "' needs an integer");
    if (ok) value = *result;
  } else if (peek().kind == Token::Kind::Word && peek().text == "WARP_SZ") {
    take();
    value = {Constant::Kind::Integer, false, 32};
  } else {
    if (peek().kind != Token::Kind::Number) return fail_found("a constant");
    auto literal = parse_literal(peek().text);
    if (!literal) return fail_found("a number PTX can write");
    value = *literal;
    take();
  }
  depth_--;
  return ok;
}

bool Parser::parse_expression(Constant& value, unsigned min_precedence) {
  if (++depth_ > kMaxDepth) return fail(peek().location, "expression nested too deeply");
  if (!parse_primary(value)) return false;
  for (;;) {
    std::string op = operator_at(peek(), lexer_.after());
    unsigned precedence = precedence_of(op);
    if (precedence == 0 || precedence < min_precedence) break;
    Location location = peek().location;
    for (size_t i = 0; i < op.size(); i++) take();
    Constant right;
    if (!parse_expression(right, precedence + 1)) return false;
    auto result = apply_binary(op, value, right);
    if (!result) return fail(location, "operator '" + op + "' cannot be evaluated here");
    value = *result;
  }
  if (min_precedence <= 1 && accept('?')) {
    Constant yes, no;
    if (!parse_expression(yes, 1) || !expect(':', "in the conditional expression") || !parse_expression(no, 1)) {
      return false;
    }
    value = value.bits != 0 ? yes : no;
  }
  depth_--;
  return true;
}

bool Parser::parse_constant(Constant& value) {
  return parse_expression(value, 1);
}

bool Parser::parse_count(uint64_t& value, uint64_t limit, std::string_view what) {
  if (peek().kind != Token::Kind::Number && !peek().is('(')) return fail_found(what);
  Location location = peek().location;
  Constant constant;
  if (!parse_primary(constant)) return false;  // not an expression: `%r<18>` would take the '>'
  if (constant.kind != Constant::Kind::Integer) return fail(location, "found a float, expected " + std::string(what));
  bool negative = !constant.is_unsigned && static_cast<int64_t>(constant.bits) < 0;
  if (negative || constant.bits > limit) {
    return fail(location,
                "found a number out of range, expected " + std::string(what) + " up to " + std::to_string(limit));
  }
  value = constant.bits;
  return true;
}

}  // namespace qiao::ptx
