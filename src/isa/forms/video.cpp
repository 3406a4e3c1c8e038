// Video instructions (PTX ISA 9.7.18): the rows of video.inc as a table.
#include "src/isa/forms/families.h"
#include "src/isa/syntax.h"

namespace qiao::isa {

namespace {

constexpr Form kForms[] = {
#define QIAO_FORM(syntax, kind, meaning, unit, ...) \
  compile_form(syntax, Kind::kind, Meaning::meaning, Unit::unit, __VA_ARGS__),
#include "src/isa/forms/video.inc"
#undef QIAO_FORM
};
static_assert(well_formed(kForms));

}  // namespace

std::span<const Form> video_forms() { return kForms; }

}  // namespace qiao::isa
