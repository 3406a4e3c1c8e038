// Small arithmetic over the names of counters: the formulas of metrics, and the conditions of `qiao prof diff`.
//
//   expression := and { "or" and }            and := condition { "and" condition }
//   condition  := sum [ ( < | <= | > | >= | == | != ) ( sum | ["+"|"-"] NUMBER "%" ) ] [ "in" /REGEX/ ]
//   sum        := product { ("+"|"-") product }   product := factor { ("*"|"/") factor }
//   factor     := NUMBER | NAME | ("old" | "new") "(" expression ")" | "(" expression ")" | ("+"|"-") factor
//
// Against a percentage a sum stands for its change from the old to the new side. "in" holds only for kernels whose name
// the expression between the slashes matches somewhere.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"

namespace qiao::perf {

// `whole`: no division was made on the way; a count then, exact to 64 bits.
struct Value {
  long double number = 0;
  bool whole = true;
};

enum class Side { New, Old };

// What names mean: nothing where they have no value. Conditions about kernels ask for their name.
struct Scope {
  std::function<std::optional<Value>(std::string_view name, Side side)> value;
  std::string_view kernel;
};

struct ExpressionNode;

class Expression {
 public:
  static Result<Expression> parse(std::string_view text);

  // Nothing when a name has no value, or something was divided by 0. Conditions are 1 or 0.
  std::optional<Value> evaluate(const Scope& scope, Side side = Side::New) const;
  // Of counters, in the order of the text, each once.
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::shared_ptr<const ExpressionNode> root_;
  std::vector<std::string> names_;
};

}  // namespace qiao::perf
