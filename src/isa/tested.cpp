#include "src/isa/tested.h"

#include <set>

namespace qiao::isa {

bool is_tested(const Form& form) {
  static const std::set<std::string_view> kTested = {
#include "tested_forms.inc"
  };
  return kTested.contains(form.syntax);
}

}  // namespace qiao::isa
