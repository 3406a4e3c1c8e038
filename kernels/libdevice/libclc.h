// Functions of libclc, the OpenCL math library kept with LLVM. OpenCL and C++ mangle names alike, so that declaring
// them is all it takes; with -fno-builtin none of these names means the C library's.
#pragma once

#define QIAO_CLC1(name) \
  float name(float);    \
  double name(double);
#define QIAO_CLC2(name)     \
  float name(float, float); \
  double name(double, double);
QIAO_CLC1(acos)
QIAO_CLC1(acosh)
QIAO_CLC1(asin)
QIAO_CLC1(asinh)
QIAO_CLC1(atan)
QIAO_CLC1(atanh)
QIAO_CLC1(cbrt)
QIAO_CLC1(cos)
QIAO_CLC1(cosh)
QIAO_CLC1(cospi)
QIAO_CLC1(erf)
QIAO_CLC1(erfc)
QIAO_CLC1(exp)
QIAO_CLC1(exp10)
QIAO_CLC1(exp2)
QIAO_CLC1(expm1)
QIAO_CLC1(lgamma)
QIAO_CLC1(log)
QIAO_CLC1(log10)
QIAO_CLC1(log1p)
QIAO_CLC1(log2)
QIAO_CLC1(logb)
QIAO_CLC1(sin)
QIAO_CLC1(sinh)
QIAO_CLC1(sinpi)
QIAO_CLC1(tan)
QIAO_CLC1(tanh)
QIAO_CLC2(atan2)
QIAO_CLC2(fmod)
QIAO_CLC2(hypot)
QIAO_CLC2(nextafter)
QIAO_CLC2(pow)
QIAO_CLC2(remainder)
#undef QIAO_CLC1
#undef QIAO_CLC2

float frexp(float, int*);
double frexp(double, int*);
float ldexp(float, int);
double ldexp(double, int);
float modf(float, float*);
double modf(double, double*);
float pown(float, int);
double pown(double, int);
float remquo(float, float, int*);
double remquo(double, double, int*);
