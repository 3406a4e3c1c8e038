// Extended-precision arithmetic (PTX ISA 9.7.2). CC.CF is a 1-bit value: an extra source of addc, subc, madc, an extra
// result where `.cc` is written. After a subtraction it is the borrow.
#pragma once

#include "src/isa/meaning/integer.h"

namespace qiao::isa::meaning {

template <class V>
struct WithCarry {
  V value;
  V carry;
};

template <class V>
WithCarry<V> add_with_carry(V a, V b, V carry_in) {
  V sum = a + b;
  V result = sum + zext(carry_in, a.width());
  return {result, ult(sum, a) | ult(result, sum)};
}
template <class V>
WithCarry<V> sub_with_borrow(V a, V b, V borrow_in) {
  V difference = a - b;
  V result = difference - zext(borrow_in, a.width());
  return {result, ult(a, b) | ult(difference, result)};
}
template <class V>
WithCarry<V> mad_with_carry(Type type, bool high, V a, V b, V c, V carry_in) {
  return add_with_carry(high ? mul_hi(type, a, b) : a * b, c, carry_in);
}

}  // namespace qiao::isa::meaning
