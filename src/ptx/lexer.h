// PTX text -> tokens, one at a time with one token of look-ahead. A word keeps its dots ("add.s32", "%tid.x",
// "cp.async.L2::128B"), because whether a dot belongs to an opcode, a special register or a vector is the parser's
// matter.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/ptx/module.h"

namespace qiao::ptx {

struct Token {
  enum class Kind : uint8_t {
    End,
    Word,       // identifier or instruction, with dots
    Directive,  // ".reg", ".b32", ".shared::cta"
    Number,     // any literal, as written
    String,     // without its quotes
    Punct,      // one character
    Bad,        // a character that cannot start a token, or an unterminated string or comment
  };
  Kind kind = Kind::End;
  std::string_view text;
  Location location;

  bool is(char c) const { return kind == Kind::Punct && text[0] == c; }
  bool is_directive(std::string_view name) const { return kind == Kind::Directive && text == name; }
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) { advance(); }

  const Token& peek() const { return current_; }
  Token take() {
    Token token = current_;
    advance();
    return token;
  }
  // The character after the current token: tells `a::b` and `foo(` apart without a second token of look-ahead.
  char after() const { return at_ < text_.size() ? text_[at_] : '\0'; }

 private:
  void advance();
  void skip_blanks();
  void skip_line();
  bool skip_block_comment();
  size_t end_of_word(size_t from) const;
  size_t end_of_number(size_t from) const;
  void finish(Token::Kind kind, size_t begin, size_t end);

  std::string_view text_;
  size_t at_ = 0;
  size_t line_begin_ = 0;
  uint32_t line_ = 1;
  Token current_;
};

}  // namespace qiao::ptx
