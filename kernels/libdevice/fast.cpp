// __sinf, __expf and their kin: the approximate PTX instructions, as the programming guide describes them.
namespace {

constexpr float kLog2E = 1.4426950408889634f;
constexpr float kLog2Of10 = 3.3219280948873624f;
constexpr float kLn2 = 0.6931471805599453f;
constexpr float kLog10Of2 = 0.3010299956639812f;

}  // namespace

extern "C" {

float __nv_fast_sinf(float x) {
  return __nvvm_sin_approx_f(x);
}
float __nv_fast_cosf(float x) {
  return __nvvm_cos_approx_f(x);
}
float __nv_fast_tanf(float x) {
  return __nvvm_div_approx_f(__nvvm_sin_approx_f(x), __nvvm_cos_approx_f(x));
}
void __nv_fast_sincosf(float x, float* s, float* c) {
  *s = __nvvm_sin_approx_f(x);
  *c = __nvvm_cos_approx_f(x);
}
float __nv_fast_expf(float x) {
  return __nvvm_ex2_approx_f(x * kLog2E);
}
float __nv_fast_exp10f(float x) {
  return __nvvm_ex2_approx_f(x * kLog2Of10);
}
float __nv_fast_logf(float x) {
  return __nvvm_lg2_approx_f(x) * kLn2;
}
float __nv_fast_log2f(float x) {
  return __nvvm_lg2_approx_f(x);
}
float __nv_fast_log10f(float x) {
  return __nvvm_lg2_approx_f(x) * kLog10Of2;
}
float __nv_fast_powf(float x, float y) {
  return __nvvm_ex2_approx_f(y * __nvvm_lg2_approx_f(x));
}
float __nv_fast_fdividef(float x, float y) {
  return __nvvm_div_approx_f(x, y);
}
}
