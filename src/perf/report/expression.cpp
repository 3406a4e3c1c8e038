#include "src/perf/report/expression.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <regex>

namespace qiao::perf {

struct ExpressionNode {
  enum class Kind : uint8_t { Number, Percent, Name, Old, New, Binary, InKernel } kind = Kind::Number;
  long double number = 0;
  bool whole = true;
  std::string text;  // name or operator
  std::regex kernel;
  std::unique_ptr<ExpressionNode> left, right;
};

namespace {

using Node = ExpressionNode;
using NodePtr = std::unique_ptr<Node>;
using Kind = Node::Kind;

NodePtr node(Kind kind, std::string text = {}, NodePtr left = nullptr, NodePtr right = nullptr) {
  auto made = std::make_unique<Node>();
  made->kind = kind;
  made->text = std::move(text);
  made->left = std::move(left);
  made->right = std::move(right);
  return made;
}

bool starts_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
}
bool continues_name(char c) {
  return starts_name(c) || std::isdigit(static_cast<unsigned char>(c)) || c == '.';
}

// A null node means that `error_` says why.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  NodePtr parse() {
    NodePtr all = either();
    skip_spaces();
    if (all && at_ < text_.size()) return fail("unexpected '" + std::string(1, text_[at_]) + "'");
    return all;
  }
  const std::string& error() const { return error_; }
  std::vector<std::string> take_names() { return std::move(names_); }

 private:
  static constexpr int kDeepest = 100;

  NodePtr fail(const std::string& what) {
    if (error_.empty()) error_ = "column " + std::to_string(at_ + 1) + " of \"" + std::string(text_) + "\": " + what;
    return nullptr;
  }
  void skip_spaces() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(std::string_view symbol) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(symbol)) return false;
    const size_t end = at_ + symbol.size();
    if (starts_name(symbol[0]) && end < text_.size() && continues_name(text_[end])) return false;
    at_ = end;
    return true;
  }
  std::string take_one_of(std::initializer_list<std::string_view> symbols) {
    for (std::string_view symbol : symbols)
      if (take(symbol)) return std::string(symbol);
    return {};
  }

  template <class Next>
  NodePtr chain(std::initializer_list<std::string_view> symbols, Next next) {
    NodePtr left = next();
    for (std::string symbol; left && !(symbol = take_one_of(symbols)).empty();) {
      NodePtr right = next();
      if (!right) return nullptr;
      left = node(Kind::Binary, symbol, std::move(left), std::move(right));
    }
    return left;
  }

  NodePtr either() {
    return chain({"or"}, [this] { return both(); });
  }
  NodePtr both() {
    return chain({"and"}, [this] { return condition(); });
  }
  NodePtr sum() {
    return chain({"+", "-"}, [this] { return product(); });
  }
  NodePtr product() {
    return chain({"*", "/"}, [this] { return factor(); });
  }

  NodePtr condition() {
    NodePtr left = sum();
    const std::string compare = left ? take_one_of({"<=", ">=", "==", "!=", "<", ">"}) : "";
    if (!compare.empty()) {
      NodePtr right = percentage();
      if (!right) right = sum();
      if (!right) return nullptr;
      left = node(Kind::Binary, compare, std::move(left), std::move(right));
    }
    return left && take("in") ? in_kernel(std::move(left)) : std::move(left);
  }

  NodePtr in_kernel(NodePtr what) {
    skip_spaces();
    const size_t close = at_ < text_.size() && text_[at_] == '/' ? text_.find('/', at_ + 1) : std::string_view::npos;
    if (close == std::string_view::npos) return fail("expected /REGEX/ after in");
    NodePtr made = node(Kind::InKernel, {}, std::move(what));
    try {
      made->kernel = std::regex(std::string(text_.substr(at_ + 1, close - at_ - 1)));
    } catch (const std::regex_error&) {
      return fail("not a regular expression");
    }
    at_ = close + 1;
    return made;
  }

  // [+|-] NUMBER %, or nothing taken.
  NodePtr percentage() {
    const size_t start = at_;
    const bool negative = take_one_of({"+", "-"}) == "-";
    NodePtr made = number();
    if (made && take("%")) {
      made->kind = Kind::Percent;
      if (negative) made->number = -made->number;
      return made;
    }
    at_ = start;
    return nullptr;
  }

  NodePtr number() {
    skip_spaces();
    size_t end = at_;
    while (end < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[end])) || text_[end] == '.')) ++end;
    if (end == at_ || !std::isdigit(static_cast<unsigned char>(text_[at_]))) return nullptr;
    const std::string digits(text_.substr(at_, end - at_));
    if (std::count(digits.begin(), digits.end(), '.') > 1) return nullptr;
    NodePtr made = node(Kind::Number);
    made->number = std::strtold(digits.c_str(), nullptr);
    made->whole = digits.find('.') == std::string::npos;
    at_ = end;
    return made;
  }

  NodePtr factor() {
    if (++depth_ > kDeepest) return fail("too deep");
    NodePtr made = simple_factor();
    --depth_;
    return made;
  }

  NodePtr simple_factor() {
    if (take("(")) return closed(either());
    if (take("+")) return factor();
    if (take("-")) {
      NodePtr of = factor();
      return of ? node(Kind::Binary, "-", node(Kind::Number), std::move(of)) : nullptr;
    }
    if (NodePtr made = number()) return made;
    for (auto [word, kind] : {std::pair{"old", Kind::Old}, std::pair{"new", Kind::New}}) {
      if (!take(word)) continue;
      if (!take("(")) return fail("expected ( after " + std::string(word));
      NodePtr of = closed(either());
      return of ? node(kind, {}, std::move(of)) : nullptr;
    }
    return name();
  }

  NodePtr closed(NodePtr inside) { return !inside || take(")") ? std::move(inside) : fail("expected )"); }

  NodePtr name() {
    skip_spaces();
    if (at_ == text_.size()) return fail("unexpected end");
    if (!starts_name(text_[at_])) return fail("expected a number, a name or (");
    size_t end = at_;
    while (end < text_.size() && continues_name(text_[end])) ++end;
    std::string word(text_.substr(at_, end - at_));
    at_ = end;
    if (std::find(names_.begin(), names_.end(), word) == names_.end()) names_.push_back(word);
    return node(Kind::Name, std::move(word));
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string error_;
  std::vector<std::string> names_;
};

std::optional<Value> evaluate_node(const Node& at, const Scope& scope, Side side);

// In percent; a change from 0 is without bound.
std::optional<Value> change(const Node& at, const Scope& scope) {
  const std::optional<Value> before = evaluate_node(at, scope, Side::Old);
  const std::optional<Value> after = evaluate_node(at, scope, Side::New);
  if (!before || !after) return std::nullopt;
  if (before->number == after->number) return Value{0, false};
  if (before->number == 0) return Value{after->number > 0 ? INFINITY : -INFINITY, false};
  return Value{100 * (after->number - before->number) / std::fabs(before->number), false};
}

std::optional<Value> combine(const std::string& symbol, const Value& a, const Value& b) {
  const bool whole = a.whole && b.whole;
  if (symbol == "+") return Value{a.number + b.number, whole};
  if (symbol == "-") return Value{a.number - b.number, whole};
  if (symbol == "*") return Value{a.number * b.number, whole};
  if (symbol == "/") return b.number == 0 ? std::nullopt : std::optional(Value{a.number / b.number, false});
  if (symbol == "and") return Value{a.number != 0 && b.number != 0 ? 1.0L : 0.0L};
  if (symbol == "or") return Value{a.number != 0 || b.number != 0 ? 1.0L : 0.0L};
  const bool holds = symbol == "<"    ? a.number < b.number
                     : symbol == "<=" ? a.number <= b.number
                     : symbol == ">"  ? a.number > b.number
                     : symbol == ">=" ? a.number >= b.number
                     : symbol == "==" ? a.number == b.number
                                      : a.number != b.number;
  return Value{holds ? 1.0L : 0.0L};
}

std::optional<Value> evaluate_node(const Node& at, const Scope& scope, Side side) {
  switch (at.kind) {
    case Kind::Number:
    case Kind::Percent:
      return Value{at.number, at.whole};
    case Kind::Name:
      return scope.value(at.text, side);
    case Kind::Old:
      return evaluate_node(*at.left, scope, Side::Old);
    case Kind::New:
      return evaluate_node(*at.left, scope, Side::New);
    case Kind::InKernel:
      if (!std::regex_search(scope.kernel.begin(), scope.kernel.end(), at.kernel)) return Value{0};
      return evaluate_node(*at.left, scope, side);
    case Kind::Binary:
      break;
  }
  const bool relative = at.right->kind == Kind::Percent;
  const std::optional<Value> left = relative ? change(*at.left, scope) : evaluate_node(*at.left, scope, side);
  const std::optional<Value> right = evaluate_node(*at.right, scope, side);
  // One side may be enough: a kernel that a condition does not name needs no value of it.
  if (at.text == "or" && (!left || !right)) return left ? left : right;
  if (at.text == "and" && ((left && left->number == 0) || (right && right->number == 0))) return Value{0};
  return left && right ? combine(at.text, *left, *right) : std::nullopt;
}

}  // namespace

Result<Expression> Expression::parse(std::string_view text) {
  Parser parser(text);
  NodePtr root = parser.parse();
  if (!root) return invalid(Code::InvalidValue, parser.error());
  Expression made;
  made.root_ = std::shared_ptr<const ExpressionNode>(std::move(root));
  made.names_ = parser.take_names();
  return made;
}

std::optional<Value> Expression::evaluate(const Scope& scope, Side side) const {
  return evaluate_node(*root_, scope, side);
}

}  // namespace qiao::perf
