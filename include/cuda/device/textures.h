// Texture fetches: tex2D<float4>(object, x, y) and all the others, each also as f(&result, object, ...). What a fetch
// gives is four words; an element takes as many as it has members, each converted to the member's type.
#pragma once

struct __qiao_words {
  unsigned word[4];
};

template <class T>
struct __qiao_texel {  // one member
  static __device__ T from(const __qiao_words& w) { return static_cast<T>(w.word[0]); }
};
template <>
struct __qiao_texel<float> {
  static __device__ float from(const __qiao_words& w) { return __uint_as_float(w.word[0]); }
};
#define QIAO_TEXELS(vector, member, value)                                             \
  template <>                                                                          \
  struct __qiao_texel<vector##1> {                                                     \
    static __device__ vector##1 from(const __qiao_words& w) {                          \
      return {value(member, 0)};                                                       \
    }                                                                                  \
  };                                                                                   \
  template <>                                                                          \
  struct __qiao_texel<vector##2> {                                                     \
    static __device__ vector##2 from(const __qiao_words& w) {                          \
      return {value(member, 0), value(member, 1)};                                     \
    }                                                                                  \
  };                                                                                   \
  template <>                                                                          \
  struct __qiao_texel<vector##4> {                                                     \
    static __device__ vector##4 from(const __qiao_words& w) {                          \
      return {value(member, 0), value(member, 1), value(member, 2), value(member, 3)}; \
    }                                                                                  \
  };
#define QIAO_INTEGER(member, i) static_cast<member>(w.word[i])
#define QIAO_FLOAT(member, i) __uint_as_float(w.word[i])
QIAO_TEXELS(char, signed char, QIAO_INTEGER)
QIAO_TEXELS(uchar, unsigned char, QIAO_INTEGER)
QIAO_TEXELS(short, short, QIAO_INTEGER)
QIAO_TEXELS(ushort, unsigned short, QIAO_INTEGER)
QIAO_TEXELS(int, int, QIAO_INTEGER)
QIAO_TEXELS(uint, unsigned int, QIAO_INTEGER)
QIAO_TEXELS(float, float, QIAO_FLOAT)
#undef QIAO_FLOAT
#undef QIAO_INTEGER
#undef QIAO_TEXELS

// One component of the four elements around a point.
#define QIAO_GATHER(letter)                                                         \
  asm volatile("tld4." letter ".2d.v4.u32.f32 {%0, %1, %2, %3}, [%4, {%5, %6}];"    \
               : "=r"(w.word[0]), "=r"(w.word[1]), "=r"(w.word[2]), "=r"(w.word[3]) \
               : "l"(object), "f"(x), "f"(y))
template <class T>
__device__ inline T tex2Dgather(cudaTextureObject_t object, float x, float y, int component = 0) {
  __qiao_words w;
  if (component == 1) {
    QIAO_GATHER("g");
  } else if (component == 2) {
    QIAO_GATHER("b");
  } else if (component == 3) {
    QIAO_GATHER("a");
  } else {
    QIAO_GATHER("r");
  }
  return __qiao_texel<T>::from(w);
}
template <class T>
__device__ inline void tex2Dgather(T* result, cudaTextureObject_t object, float x, float y, int component = 0) {
  *result = tex2Dgather<T>(object, x, y, component);
}
#undef QIAO_GATHER

// QIAO_FETCH(name, parameters behind the object, their names, instruction, operands behind the object, inputs)
#define QIAO_FETCH(name, parameters, arguments, instruction, operands, ...)                  \
  template <class T>                                                                         \
  __device__ inline T name(cudaTextureObject_t object, QIAO_LIST parameters) {               \
    __qiao_words w;                                                                          \
    asm volatile(instruction " {%0, %1, %2, %3}, [%4, " operands ";"                         \
                 : "=r"(w.word[0]), "=r"(w.word[1]), "=r"(w.word[2]), "=r"(w.word[3])        \
                 : "l"(object), __VA_ARGS__);                                                \
    return __qiao_texel<T>::from(w);                                                         \
  }                                                                                          \
  template <class T>                                                                         \
  __device__ inline void name(T* result, cudaTextureObject_t object, QIAO_LIST parameters) { \
    *result = name<T>(object, QIAO_LIST arguments);                                          \
  }
#define QIAO_LIST(...) __VA_ARGS__

// clang-format off
QIAO_FETCH(tex1Dfetch, (int x), (x), "tex.1d.v4.u32.s32", "{%5}]", "r"(x))
QIAO_FETCH(tex1D, (float x), (x), "tex.1d.v4.u32.f32", "{%5}]", "f"(x))
QIAO_FETCH(tex2D, (float x, float y), (x, y), "tex.2d.v4.u32.f32", "{%5, %6}]", "f"(x), "f"(y))
QIAO_FETCH(tex3D, (float x, float y, float z), (x, y, z), "tex.3d.v4.u32.f32", "{%5, %6, %7, %7}]", "f"(x), "f"(y), "f"(z))
QIAO_FETCH(tex1DLayered, (float x, int layer), (x, layer), "tex.a1d.v4.u32.f32", "{%5, %6}]", "r"(layer), "f"(x))
QIAO_FETCH(tex2DLayered, (float x, float y, int layer), (x, y, layer), "tex.a2d.v4.u32.f32", "{%5, %6, %7, %7}]", "r"(layer), "f"(x), "f"(y))
QIAO_FETCH(texCubemap, (float x, float y, float z), (x, y, z), "tex.cube.v4.u32.f32", "{%5, %6, %7, %7}]", "f"(x), "f"(y), "f"(z))
QIAO_FETCH(texCubemapLayered, (float x, float y, float z, int layer), (x, y, z, layer), "tex.acube.v4.u32.f32", "{%5, %6, %7, %8}]", "r"(layer), "f"(x), "f"(y), "f"(z))

QIAO_FETCH(tex1DLod, (float x, float level), (x, level), "tex.level.1d.v4.u32.f32", "{%5}], %6", "f"(x), "f"(level))
QIAO_FETCH(tex2DLod, (float x, float y, float level), (x, y, level), "tex.level.2d.v4.u32.f32", "{%5, %6}], %7", "f"(x), "f"(y), "f"(level))
QIAO_FETCH(tex3DLod, (float x, float y, float z, float level), (x, y, z, level), "tex.level.3d.v4.u32.f32", "{%5, %6, %7, %7}], %8", "f"(x), "f"(y), "f"(z), "f"(level))
QIAO_FETCH(tex1DLayeredLod, (float x, int layer, float level), (x, layer, level), "tex.level.a1d.v4.u32.f32", "{%5, %6}], %7", "r"(layer), "f"(x), "f"(level))
QIAO_FETCH(tex2DLayeredLod, (float x, float y, int layer, float level), (x, y, layer, level), "tex.level.a2d.v4.u32.f32", "{%5, %6, %7, %7}], %8", "r"(layer), "f"(x), "f"(y), "f"(level))
QIAO_FETCH(texCubemapLod, (float x, float y, float z, float level), (x, y, z, level), "tex.level.cube.v4.u32.f32", "{%5, %6, %7, %7}], %8", "f"(x), "f"(y), "f"(z), "f"(level))
QIAO_FETCH(texCubemapLayeredLod, (float x, float y, float z, int layer, float level), (x, y, z, layer, level), "tex.level.acube.v4.u32.f32", "{%5, %6, %7, %8}], %9", "r"(layer), "f"(x), "f"(y), "f"(z), "f"(level))

QIAO_FETCH(tex1DGrad, (float x, float dx, float dy), (x, dx, dy), "tex.grad.1d.v4.u32.f32", "{%5}], {%6}, {%7}", "f"(x), "f"(dx), "f"(dy))
QIAO_FETCH(tex2DGrad, (float x, float y, float2 dx, float2 dy), (x, y, dx, dy), "tex.grad.2d.v4.u32.f32", "{%5, %6}], {%7, %8}, {%9, %10}", "f"(x), "f"(y), "f"(dx.x), "f"(dx.y), "f"(dy.x), "f"(dy.y))
QIAO_FETCH(tex3DGrad, (float x, float y, float z, float4 dx, float4 dy), (x, y, z, dx, dy), "tex.grad.3d.v4.u32.f32", "{%5, %6, %7, %7}], {%8, %9, %10, %10}, {%11, %12, %13, %13}", "f"(x), "f"(y), "f"(z), "f"(dx.x), "f"(dx.y), "f"(dx.z), "f"(dy.x), "f"(dy.y), "f"(dy.z))
QIAO_FETCH(tex1DLayeredGrad, (float x, int layer, float dx, float dy), (x, layer, dx, dy), "tex.grad.a1d.v4.u32.f32", "{%5, %6}], {%7}, {%8}", "r"(layer), "f"(x), "f"(dx), "f"(dy))
QIAO_FETCH(tex2DLayeredGrad, (float x, float y, int layer, float2 dx, float2 dy), (x, y, layer, dx, dy), "tex.grad.a2d.v4.u32.f32", "{%5, %6, %7, %7}], {%8, %9}, {%10, %11}", "r"(layer), "f"(x), "f"(y), "f"(dx.x), "f"(dx.y), "f"(dy.x), "f"(dy.y))
// clang-format on
#undef QIAO_FETCH
#undef QIAO_LIST
