// PTX by hand, as a driver-API program would carry it: y[i] = factor * x[i] + bias, with the bias a variable of the
// module.
#pragma once

inline constexpr char kScalePtx[] = R"(
.version 7.0
.target sm_70
.address_size 64

.visible .global .align 4 .f32 bias = 0f40400000;  // 3.0

.visible .entry scale(.param .u64 x_param, .param .u64 y_param, .param .f32 factor_param, .param .u32 count_param)
{
  .reg .pred %p<2>;
  .reg .f32 %f<5>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<8>;

  ld.param.u64 %rd1, [x_param];
  ld.param.u64 %rd2, [y_param];
  ld.param.f32 %f1, [factor_param];
  ld.param.u32 %r1, [count_param];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra DONE;
  cvta.to.global.u64 %rd3, %rd1;
  cvta.to.global.u64 %rd4, %rd2;
  mul.wide.u32 %rd5, %r5, 4;
  add.s64 %rd6, %rd3, %rd5;
  ld.global.f32 %f2, [%rd6];
  ld.global.f32 %f3, [bias];
  fma.rn.f32 %f4, %f1, %f2, %f3;
  add.s64 %rd7, %rd4, %rd5;
  st.global.f32 [%rd7], %f4;
DONE:
  ret;
}
)";
