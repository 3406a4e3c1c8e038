// Functions that are one PTX instruction, or are exact for another reason: rounded arithmetic, conversions, integers.
extern "C" {

// Rounding: rn to nearest, rz to zero, rd down (PTX .rm), ru up (PTX .rp).
#define QIAO_ROUNDED(rd, mode)                           \
  float __nv_fadd_##rd(float a, float b) {               \
    return __nvvm_add_##mode##_f(a, b);                  \
  }                                                      \
  float __nv_fsub_##rd(float a, float b) {               \
    return __nvvm_add_##mode##_f(a, -b);                 \
  }                                                      \
  float __nv_fmul_##rd(float a, float b) {               \
    return __nvvm_mul_##mode##_f(a, b);                  \
  }                                                      \
  float __nv_fdiv_##rd(float a, float b) {               \
    return __nvvm_div_##mode##_f(a, b);                  \
  }                                                      \
  float __nv_frcp_##rd(float a) {                        \
    return __nvvm_rcp_##mode##_f(a);                     \
  }                                                      \
  float __nv_fsqrt_##rd(float a) {                       \
    return __nvvm_sqrt_##mode##_f(a);                    \
  }                                                      \
  float __nv_fmaf_##rd(float a, float b, float c) {      \
    return __nvvm_fma_##mode##_f(a, b, c);               \
  }                                                      \
  float __nv_fmaf_ieee_##rd(float a, float b, float c) { \
    return __nvvm_fma_##mode##_f(a, b, c);               \
  }                                                      \
  double __nv_dadd_##rd(double a, double b) {            \
    return __nvvm_add_##mode##_d(a, b);                  \
  }                                                      \
  double __nv_dsub_##rd(double a, double b) {            \
    return __nvvm_add_##mode##_d(a, -b);                 \
  }                                                      \
  double __nv_dmul_##rd(double a, double b) {            \
    return __nvvm_mul_##mode##_d(a, b);                  \
  }                                                      \
  double __nv_ddiv_##rd(double a, double b) {            \
    return __nvvm_div_##mode##_d(a, b);                  \
  }                                                      \
  double __nv_drcp_##rd(double a) {                      \
    return __nvvm_rcp_##mode##_d(a);                     \
  }                                                      \
  double __nv_dsqrt_##rd(double a) {                     \
    return __nvvm_sqrt_##mode##_d(a);                    \
  }                                                      \
  double __nv_fma_##rd(double a, double b, double c) {   \
    return __nvvm_fma_##mode##_d(a, b, c);               \
  }                                                      \
  float __nv_double2float_##rd(double a) {               \
    return __nvvm_d2f_##mode(a);                         \
  }                                                      \
  int __nv_float2int_##rd(float a) {                     \
    return __nvvm_f2i_##mode(a);                         \
  }                                                      \
  unsigned __nv_float2uint_##rd(float a) {               \
    return __nvvm_f2ui_##mode(a);                        \
  }                                                      \
  long long __nv_float2ll_##rd(float a) {                \
    return __nvvm_f2ll_##mode(a);                        \
  }                                                      \
  unsigned long long __nv_float2ull_##rd(float a) {      \
    return __nvvm_f2ull_##mode(a);                       \
  }                                                      \
  int __nv_double2int_##rd(double a) {                   \
    return __nvvm_d2i_##mode(a);                         \
  }                                                      \
  unsigned __nv_double2uint_##rd(double a) {             \
    return __nvvm_d2ui_##mode(a);                        \
  }                                                      \
  long long __nv_double2ll_##rd(double a) {              \
    return __nvvm_d2ll_##mode(a);                        \
  }                                                      \
  unsigned long long __nv_double2ull_##rd(double a) {    \
    return __nvvm_d2ull_##mode(a);                       \
  }                                                      \
  float __nv_int2float_##rd(int a) {                     \
    return __nvvm_i2f_##mode(a);                         \
  }                                                      \
  float __nv_uint2float_##rd(unsigned a) {               \
    return __nvvm_ui2f_##mode(a);                        \
  }                                                      \
  float __nv_ll2float_##rd(long long a) {                \
    return __nvvm_ll2f_##mode(a);                        \
  }                                                      \
  float __nv_ull2float_##rd(unsigned long long a) {      \
    return __nvvm_ull2f_##mode(a);                       \
  }                                                      \
  double __nv_ll2double_##rd(long long a) {              \
    return __nvvm_ll2d_##mode(a);                        \
  }                                                      \
  double __nv_ull2double_##rd(unsigned long long a) {    \
    return __nvvm_ull2d_##mode(a);                       \
  }
QIAO_ROUNDED(rn, rn)
QIAO_ROUNDED(rz, rz)
QIAO_ROUNDED(rd, rm)
QIAO_ROUNDED(ru, rp)
#undef QIAO_ROUNDED

double __nv_int2double_rn(int a) {
  return a;
}
double __nv_uint2double_rn(unsigned a) {
  return a;
}

#define QIAO_EXACT(suffix, type)                 \
  type __nv_fabs##suffix(type a) {               \
    return __builtin_elementwise_abs(a);         \
  }                                              \
  type __nv_ceil##suffix(type a) {               \
    return __builtin_elementwise_ceil(a);        \
  }                                              \
  type __nv_floor##suffix(type a) {              \
    return __builtin_elementwise_floor(a);       \
  }                                              \
  type __nv_trunc##suffix(type a) {              \
    return __builtin_elementwise_trunc(a);       \
  }                                              \
  type __nv_rint##suffix(type a) {               \
    return __builtin_elementwise_rint(a);        \
  }                                              \
  type __nv_nearbyint##suffix(type a) {          \
    return __builtin_elementwise_nearbyint(a);   \
  }                                              \
  type __nv_round##suffix(type a) {              \
    return __builtin_elementwise_round(a);       \
  }                                              \
  type __nv_copysign##suffix(type a, type b) {   \
    return __builtin_elementwise_copysign(a, b); \
  }                                              \
  type __nv_fdim##suffix(type a, type b) {       \
    return a <= b ? type(0) : a - b;             \
  }
QIAO_EXACT(f, float)
QIAO_EXACT(, double)
#undef QIAO_EXACT

float __nv_sqrtf(float a) {
  return __builtin_elementwise_sqrt(a);
}
double __nv_sqrt(double a) {
  return __builtin_elementwise_sqrt(a);
}
float __nv_fmaf(float a, float b, float c) {
  return __nvvm_fma_rn_f(a, b, c);
}
double __nv_fma(double a, double b, double c) {
  return __nvvm_fma_rn_d(a, b, c);
}
float __nv_fminf(float a, float b) {
  return __nvvm_fmin_f(a, b);
}
double __nv_fmin(double a, double b) {
  return __nvvm_fmin_d(a, b);
}
float __nv_fmaxf(float a, float b) {
  return __nvvm_fmax_f(a, b);
}
double __nv_fmax(double a, double b) {
  return __nvvm_fmax_d(a, b);
}
float __nv_saturatef(float a) {
  return __nvvm_saturate_f(a);
}
float __nv_rsqrtf(float a) {
  return __nvvm_rsqrt_approx_f(a);
}
float __nv_frsqrt_rn(float a) {
  return static_cast<float>(1.0 / __nvvm_sqrt_rn_d(a));
}
double __nv_rsqrt(double a) {
  return 1.0 / __nvvm_sqrt_rn_d(a);
}
double __nv_rcp64h(double a) {
  return __nvvm_rcp_approx_ftz_d(a);
}

long long __nv_llrintf(float a) {
  return __nvvm_f2ll_rn(a);
}
long long __nv_llrint(double a) {
  return __nvvm_d2ll_rn(a);
}
long long __nv_llroundf(float a) {
  return __nvvm_f2ll_rz(__nv_roundf(a));
}
long long __nv_llround(double a) {
  return __nvvm_d2ll_rz(__nv_round(a));
}

// Bits.
int __nv_float_as_int(float a) {
  return __builtin_bit_cast(int, a);
}
unsigned __nv_float_as_uint(float a) {
  return __builtin_bit_cast(unsigned, a);
}
float __nv_int_as_float(int a) {
  return __builtin_bit_cast(float, a);
}
float __nv_uint_as_float(unsigned a) {
  return __builtin_bit_cast(float, a);
}
unsigned long long __nv_double_as_longlong(double a) {
  return __builtin_bit_cast(unsigned long long, a);
}
double __nv_longlong_as_double(long long a) {
  return __builtin_bit_cast(double, a);
}
int __nv_double2hiint(double a) {
  return __nvvm_d2i_hi(a);
}
int __nv_double2loint(double a) {
  return __nvvm_d2i_lo(a);
}
double __nv_hiloint2double(int hi, int lo) {
  return __nvvm_lohi_i2d(lo, hi);
}
unsigned short __nv_float2half_rn(float a) {
  return __builtin_bit_cast(unsigned short, static_cast<_Float16>(a));
}
float __nv_half2float(unsigned short a) {
  return static_cast<float>(__builtin_bit_cast(_Float16, a));
}

int __nv_isnanf(float a) {
  return a != a;
}
int __nv_isnand(double a) {
  return a != a;
}
int __nv_isinff(float a) {
  return __nv_fabsf(a) == __builtin_inff();
}
int __nv_isinfd(double a) {
  return __nv_fabs(a) == __builtin_inf();
}
int __nv_finitef(float a) {
  return __nv_fabsf(a) < __builtin_inff();
}
int __nv_isfinited(double a) {
  return __nv_fabs(a) < __builtin_inf();
}
int __nv_signbitf(float a) {
  return __builtin_bit_cast(unsigned, a) >> 31;
}
int __nv_signbitd(double a) {
  return static_cast<int>(__builtin_bit_cast(unsigned long long, a) >> 63);
}
float __nv_nanf(const signed char*) {
  return __builtin_nanf("");
}
double __nv_nan(const signed char*) {
  return __builtin_nan("");
}

// Integers.
int __nv_abs(int a) {
  return a < 0 ? static_cast<int>(0u - static_cast<unsigned>(a)) : a;
}
long long __nv_llabs(long long a) {
  return a < 0 ? static_cast<long long>(0ull - static_cast<unsigned long long>(a)) : a;
}
int __nv_min(int a, int b) {
  return b < a ? b : a;
}
int __nv_max(int a, int b) {
  return a < b ? b : a;
}
unsigned __nv_umin(unsigned a, unsigned b) {
  return b < a ? b : a;
}
unsigned __nv_umax(unsigned a, unsigned b) {
  return a < b ? b : a;
}
long long __nv_llmin(long long a, long long b) {
  return b < a ? b : a;
}
long long __nv_llmax(long long a, long long b) {
  return a < b ? b : a;
}
unsigned long long __nv_ullmin(unsigned long long a, unsigned long long b) {
  return b < a ? b : a;
}
unsigned long long __nv_ullmax(unsigned long long a, unsigned long long b) {
  return a < b ? b : a;
}
int __nv_brev(int a) {
  return static_cast<int>(__builtin_bitreverse32(static_cast<unsigned>(a)));
}
long long __nv_brevll(long long a) {
  return static_cast<long long>(__builtin_bitreverse64(static_cast<unsigned long long>(a)));
}
int __nv_clz(int a) {
  return __builtin_clzg(static_cast<unsigned>(a), 32);
}
int __nv_clzll(long long a) {
  return __builtin_clzg(static_cast<unsigned long long>(a), 64);
}
int __nv_ffs(int a) {
  return __builtin_ctzg(static_cast<unsigned>(a), -1) + 1;
}
int __nv_ffsll(long long a) {
  return __builtin_ctzg(static_cast<unsigned long long>(a), -1) + 1;
}
int __nv_popc(unsigned a) {
  return __builtin_popcountg(a);
}
int __nv_popcll(unsigned long long a) {
  return __builtin_popcountg(a);
}
int __nv_byte_perm(int a, int b, int selector) {
  return __nvvm_prmt(a, b, selector);
}
int __nv_mul24(int a, int b) {
  return __nvvm_mul24_i(a, b);
}
unsigned __nv_umul24(unsigned a, unsigned b) {
  return __nvvm_mul24_ui(a, b);
}
int __nv_mulhi(int a, int b) {
  return __nvvm_mulhi_i(a, b);
}
unsigned __nv_umulhi(unsigned a, unsigned b) {
  return __nvvm_mulhi_ui(a, b);
}
long long __nv_mul64hi(long long a, long long b) {
  return __nvvm_mulhi_ll(a, b);
}
unsigned long long __nv_umul64hi(unsigned long long a, unsigned long long b) {
  return __nvvm_mulhi_ull(a, b);
}
int __nv_sad(int a, int b, int c) {
  return __nvvm_sad_i(a, b, c);
}
unsigned __nv_usad(unsigned a, unsigned b, unsigned c) {
  return __nvvm_sad_ui(a, b, c);
}
// Averages without overflow; rhadd rounds up.
int __nv_hadd(int a, int b) {
  return (a & b) + ((a ^ b) >> 1);
}
int __nv_uhadd(unsigned a, unsigned b) {
  return static_cast<int>((a & b) + ((a ^ b) >> 1));
}
int __nv_rhadd(int a, int b) {
  return (a | b) - ((a ^ b) >> 1);
}
unsigned __nv_urhadd(unsigned a, unsigned b) {
  return (a | b) - ((a ^ b) >> 1);
}

int __nv_ilogbf(float a) {
  const unsigned bits = __builtin_bit_cast(unsigned, a) & 0x7fffffffu;
  if (bits == 0x7f800000u) return __INT_MAX__;
  if (bits == 0 || bits > 0x7f800000u) return -__INT_MAX__ - 1;
  return bits < 0x00800000u ? -118 - __nv_clz(static_cast<int>(bits)) : static_cast<int>(bits >> 23) - 127;
}
int __nv_ilogb(double a) {
  const unsigned long long bits = __builtin_bit_cast(unsigned long long, a) & 0x7fffffffffffffffull;
  if (bits == 0x7ff0000000000000ull) return __INT_MAX__;
  if (bits == 0 || bits > 0x7ff0000000000000ull) return -__INT_MAX__ - 1;
  return bits < 0x0010000000000000ull ? -1011 - __nv_clzll(static_cast<long long>(bits))
                                      : static_cast<int>(bits >> 52) - 1023;
}
}
