// Extended-precision integer arithmetic (PTX ISA 9.7.2): the rows of extended.inc as a table.
#include "src/isa/forms/families.h"
#include "src/isa/syntax.h"

namespace qiao::isa {

namespace {

constexpr Form kForms[] = {
#define QIAO_FORM(syntax, kind, meaning, unit, ...) \
  compile_form(syntax, Kind::kind, Meaning::meaning, Unit::unit, __VA_ARGS__),
#include "src/isa/forms/extended.inc"
#undef QIAO_FORM
};
static_assert(well_formed(kForms));

}  // namespace

std::span<const Form> extended_forms() { return kForms; }

}  // namespace qiao::isa
