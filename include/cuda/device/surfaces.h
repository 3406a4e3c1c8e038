// Surface loads and stores: surf2Dread<uchar4>(object, x, y), surf2Dwrite(value, object, x, y). The first coordinate
// counts bytes. An access is that of a word as large as the element, of 1, 2, 4, 8 or 16 bytes.
#pragma once

template <unsigned bytes>
struct __qiao_surface;

// QIAO_SURFACE(bytes, PTX size, word, constraint); both ways for one mode of bounds.
#define QIAO_READ(size, geometry, mode, constraint, place)                  \
  asm volatile("suld.b." geometry "." size "." mode " %0, [%1, " place "];" \
               : "=" constraint(v)                                          \
               : "l"(object), "r"(a), "r"(b), "r"(c)                        \
               : "memory")
#define QIAO_WRITE(size, geometry, mode, constraint, place)                                                       \
  asm volatile("sust.b." geometry "." size "." mode " [%1, " place "], %0;" ::constraint(v), "l"(object), "r"(a), \
               "r"(b), "r"(c)                                                                                     \
               : "memory")
#define QIAO_READ16(size, geometry, mode, constraint, place)                            \
  asm volatile("suld.b." geometry ".v4.b32." mode " {%0, %1, %2, %3}, [%4, " place "];" \
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)                             \
               : "l"(object), "r"(a), "r"(b), "r"(c)                                    \
               : "memory")
#define QIAO_WRITE16(size, geometry, mode, constraint, place)                                                 \
  asm volatile("sust.b." geometry ".v4.b32." mode " [%4, " place "], {%0, %1, %2, %3};" ::"r"(v.x), "r"(v.y), \
               "r"(v.z), "r"(v.w), "l"(object), "r"(a), "r"(b), "r"(c)                                        \
               : "memory")
#define QIAO_MODES(access, size, geometry, constraint, place) \
  if (mode == cudaBoundaryModeClamp) {                        \
    access(size, geometry, "clamp", constraint, place);       \
  } else if (mode == cudaBoundaryModeZero) {                  \
    access(size, geometry, "zero", constraint, place);        \
  } else {                                                    \
    access(size, geometry, "trap", constraint, place);        \
  }
#define QIAO_PLACES(type, name, geometry, read, write, size, constraint, place)                                        \
  static __device__ type name(cudaSurfaceObject_t object, int a, int b, int c, cudaSurfaceBoundaryMode mode) {         \
    type v;                                                                                                            \
    QIAO_MODES(read, size, geometry, constraint, place)                                                                \
    return v;                                                                                                          \
  }                                                                                                                    \
  static __device__ void name(type v, cudaSurfaceObject_t object, int a, int b, int c, cudaSurfaceBoundaryMode mode) { \
    QIAO_MODES(write, size, geometry, constraint, place)                                                               \
  }
// The coordinates' numbers differ by how many operands stand before them.
#define QIAO_SURFACE(bytes, type, read, write, size, constraint, p0, p1, p2)                        \
  template <>                                                                                       \
  struct __qiao_surface<bytes> {                                                                    \
    using word = type;                                                                              \
    QIAO_PLACES(type, d1, "1d", read, write, size, constraint, "{" p0 "}")                          \
    QIAO_PLACES(type, d2, "2d", read, write, size, constraint, "{" p0 ", " p1 "}")                  \
    QIAO_PLACES(type, d3, "3d", read, write, size, constraint, "{" p0 ", " p1 ", " p2 ", " p2 "}")  \
    QIAO_PLACES(type, a1, "a1d", read, write, size, constraint, "{" p0 ", " p1 "}")                 \
    QIAO_PLACES(type, a2, "a2d", read, write, size, constraint, "{" p0 ", " p1 ", " p2 ", " p2 "}") \
  };
QIAO_SURFACE(1, unsigned short, QIAO_READ, QIAO_WRITE, "b8", "h", "%2", "%3", "%4")
QIAO_SURFACE(2, unsigned short, QIAO_READ, QIAO_WRITE, "b16", "h", "%2", "%3", "%4")
QIAO_SURFACE(4, unsigned int, QIAO_READ, QIAO_WRITE, "b32", "r", "%2", "%3", "%4")
QIAO_SURFACE(8, unsigned long long, QIAO_READ, QIAO_WRITE, "b64", "l", "%2", "%3", "%4")
QIAO_SURFACE(16, uint4, QIAO_READ16, QIAO_WRITE16, "b32", "r", "%5", "%6", "%7")
#undef QIAO_SURFACE
#undef QIAO_PLACES
#undef QIAO_MODES
#undef QIAO_WRITE16
#undef QIAO_READ16
#undef QIAO_WRITE
#undef QIAO_READ

// QIAO_ACCESS(name, parameters, geometry, coordinates): read, read to a place, and write.
#define QIAO_LIST(...) __VA_ARGS__
#define QIAO_ACCESS(name, parameters, arguments, geometry, a, b, c)                              \
  template <class T>                                                                             \
  __device__ inline T name##read(cudaSurfaceObject_t object, QIAO_LIST parameters,               \
                                 cudaSurfaceBoundaryMode mode = cudaBoundaryModeTrap) {          \
    const auto v = __qiao_surface<sizeof(T)>::geometry(object, a, b, c, mode);                   \
    T result;                                                                                    \
    __builtin_memcpy(&result, &v, sizeof(T));                                                    \
    return result;                                                                               \
  }                                                                                              \
  template <class T>                                                                             \
  __device__ inline void name##read(T* result, cudaSurfaceObject_t object, QIAO_LIST parameters, \
                                    cudaSurfaceBoundaryMode mode = cudaBoundaryModeTrap) {       \
    *result = name##read<T>(object, QIAO_LIST arguments, mode);                                  \
  }                                                                                              \
  template <class T>                                                                             \
  __device__ inline void name##write(T value, cudaSurfaceObject_t object, QIAO_LIST parameters,  \
                                     cudaSurfaceBoundaryMode mode = cudaBoundaryModeTrap) {      \
    typename __qiao_surface<sizeof(T)>::word v{};                                                \
    __builtin_memcpy(&v, &value, sizeof(T));                                                     \
    __qiao_surface<sizeof(T)>::geometry(v, object, a, b, c, mode);                               \
  }
QIAO_ACCESS(surf1D, (int x), (x), d1, x, 0, 0)
QIAO_ACCESS(surf2D, (int x, int y), (x, y), d2, x, y, 0)
QIAO_ACCESS(surf3D, (int x, int y, int z), (x, y, z), d3, x, y, z)
QIAO_ACCESS(surf1DLayered, (int x, int layer), (x, layer), a1, layer, x, 0)
QIAO_ACCESS(surf2DLayered, (int x, int y, int layer), (x, y, layer), a2, layer, x, y)
QIAO_ACCESS(surfCubemap, (int x, int y, int face), (x, y, face), a2, face, x, y)
QIAO_ACCESS(surfCubemapLayered, (int x, int y, int layerFace), (x, y, layerFace), a2, layerFace, x, y)
#undef QIAO_ACCESS
#undef QIAO_LIST
