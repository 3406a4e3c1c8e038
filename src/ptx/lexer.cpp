// PTX lexical structure (PTX ISA 9.0, 4.1 to 4.5).
#include "src/ptx/lexer.h"

namespace qiao::ptx {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word_start(char c) {
  return is_letter(c) || c == '_' || c == '$' || c == '%';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '$';
}

}  // namespace

void Lexer::skip_line() {
  while (at_ < text_.size() && text_[at_] != '\n') at_++;
}

bool Lexer::skip_block_comment() {
  for (at_ += 2; at_ + 1 < text_.size(); at_++) {
    if (text_[at_] == '*' && text_[at_ + 1] == '/') {
      at_ += 2;
      return true;
    }
    if (text_[at_] == '\n') {
      line_++;
      line_begin_ = at_ + 1;
    }
  }
  return false;
}

// Blanks, comments, preprocessor lines (`# 1 "file"`) and old DWARF lines (`@@DWARF ...`). Stops at an open comment.
void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    char c = text_[at_];
    std::string_view rest = text_.substr(at_);
    if (c == '\n') {
      line_++;
      line_begin_ = ++at_;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
      at_++;
    } else if (rest.starts_with("//") || c == '#' || rest.starts_with("@@DWARF")) {
      skip_line();
    } else if (rest.starts_with("/*")) {
      size_t begin = at_;
      if (!skip_block_comment()) {
        at_ = begin;
        return;
      }
    } else {
      return;
    }
  }
}

// A word takes `.name` and `::name` behind it.
size_t Lexer::end_of_word(size_t from) const {
  size_t end = from;
  while (end < text_.size()) {
    if (is_word(text_[end])) {
      end++;
    } else if (text_[end] == '.' && end + 1 < text_.size() && (is_word(text_[end + 1]))) {
      end += 2;
    } else if (text_.substr(end).starts_with("::") && end + 2 < text_.size() && is_word(text_[end + 2])) {
      end += 3;
    } else {
      break;
    }
  }
  return end;
}

size_t Lexer::end_of_number(size_t from) const {
  size_t end = from;
  while (end < text_.size()) {
    char c = text_[end];
    bool exponent_sign = (c == '+' || c == '-') && (text_[end - 1] == 'e' || text_[end - 1] == 'E') &&
                         !text_.substr(from).starts_with("0x") && !text_.substr(from).starts_with("0X") &&
                         !text_.substr(from).starts_with("0f") && !text_.substr(from).starts_with("0F") &&
                         !text_.substr(from).starts_with("0d") && !text_.substr(from).starts_with("0D");
    if (!is_word(c) && c != '.' && !exponent_sign) break;
    end++;
  }
  return end;
}

void Lexer::finish(Token::Kind kind, size_t begin, size_t end) {
  current_.kind = kind;
  current_.text = text_.substr(begin, end - begin);
  at_ = end;
}

void Lexer::advance() {
  skip_blanks();
  current_.location = {line_, static_cast<uint32_t>(at_ - line_begin_ + 1)};
  if (at_ >= text_.size()) return finish(Token::Kind::End, text_.size(), text_.size());
  char c = text_[at_];
  char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (is_word_start(c) && (c != '%' || is_word(next))) return finish(Token::Kind::Word, at_, end_of_word(at_ + 1));
  if (is_digit(c) || (c == '.' && is_digit(next))) return finish(Token::Kind::Number, at_, end_of_number(at_ + 1));
  if (c == '.' && is_word_start(next)) {
    size_t end = at_ + 2;
    while (end < text_.size() && (is_word(text_[end]) || (text_.substr(end).starts_with("::") && ++end))) end++;
    return finish(Token::Kind::Directive, at_, end);
  }
  if (c == '"') {
    size_t end = text_.find_first_of("\"\n", at_ + 1);
    if (end == text_.npos || text_[end] == '\n') return finish(Token::Kind::Bad, at_, at_ + 1);
    finish(Token::Kind::String, at_ + 1, end);
    at_++;
    return;
  }
  constexpr std::string_view kPunctuation = "{}()[]<>,;:=+-*/%&|^~!@?";
  if (kPunctuation.find(c) == kPunctuation.npos || text_.substr(at_).starts_with("/*")) {
    return finish(Token::Kind::Bad, at_, at_ + 1);
  }
  finish(Token::Kind::Punct, at_, at_ + 1);
}

}  // namespace qiao::ptx
