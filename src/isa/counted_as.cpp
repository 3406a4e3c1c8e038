#include "src/isa/counted_as.h"

namespace qiao::isa {
namespace {

using Operation = Arithmetic::Operation;
using Format = Arithmetic::Format;

Operation operation_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::add:
    case Meaning::add_cc:
    case Meaning::add_float:
    case Meaning::add_mixed:
    case Meaning::add_sat:
    case Meaning::addc:
    case Meaning::sub:
    case Meaning::sub_cc:
    case Meaning::sub_float:
    case Meaning::sub_mixed:
    case Meaning::sub_sat:
    case Meaning::subc:
      return Operation::Add;
    case Meaning::mul24_hi:
    case Meaning::mul24_lo:
    case Meaning::mul_float:
    case Meaning::mul_hi:
    case Meaning::mul_lo:
    case Meaning::mul_wide:
      return Operation::Mul;
    case Meaning::fma:
    case Meaning::fma_mixed:
    case Meaning::mad24_hi:
    case Meaning::mad24_hi_sat:
    case Meaning::mad24_lo:
    case Meaning::mad_cc:
    case Meaning::mad_hi:
    case Meaning::mad_hi_sat:
    case Meaning::mad_lo:
    case Meaning::mad_wide:
    case Meaning::madc:
      return Operation::Fma;
    default:
      return Operation::None;
  }
}

}  // namespace

Arithmetic arithmetic_of(const Form& form, Type type) {
  const Operation operation = operation_of(form.meaning);
  switch (type) {
    case Type::F16:
      return {operation, Format::Fp16, 1};
    case Type::F16x2:
      return {operation, Format::Fp16, 2};
    case Type::Bf16:
      return {operation, Format::Bf16, 1};
    case Type::Bf16x2:
      return {operation, Format::Bf16, 2};
    case Type::F32:
      return {operation, Format::Fp32, 1};
    case Type::F32x2:
      return {operation, Format::Fp32, 2};
    case Type::F64:
      return {operation, Format::Fp64, 1};
    case Type::U16x2:
    case Type::S16x2:
      return {operation, Format::Integer, 2};
    default:
      return {is_float(type) ? Operation::None : operation, Format::Integer, 1};
  }
}

std::string_view counted_as(const Form& form) {
  switch (form.kind) {
    case Kind::Barrier:
      return "bar";  // `barrier` too
    case Kind::Fence:
    case Kind::Shuffle:
    case Kind::Vote:
    case Kind::Match:
    case Kind::Redux:
    case Kind::Elect:
    case Kind::ActiveMask:
      return form.opcode;
    case Kind::AsyncCopy:
      if (form.slots.size() > 1) return "cp_async";
      return form.syntax.find("wait") != std::string_view::npos ? "wait" : "";
    default:
      return {};
  }
}

}  // namespace qiao::isa
