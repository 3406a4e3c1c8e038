// Loads and stores with a cache hint.
#pragma once

#define QIAO_LOAD_STORE(type, ptx, constraint, wide)              \
  QIAO_LOAD(__ldcg, "ld.global.cg", type, ptx, constraint, wide)  \
  QIAO_LOAD(__ldca, "ld.global.ca", type, ptx, constraint, wide)  \
  QIAO_LOAD(__ldcs, "ld.global.cs", type, ptx, constraint, wide)  \
  QIAO_LOAD(__ldlu, "ld.global.lu", type, ptx, constraint, wide)  \
  QIAO_LOAD(__ldcv, "ld.global.cv", type, ptx, constraint, wide)  \
  QIAO_STORE(__stwb, "st.global.wb", type, ptx, constraint, wide) \
  QIAO_STORE(__stcg, "st.global.cg", type, ptx, constraint, wide) \
  QIAO_STORE(__stcs, "st.global.cs", type, ptx, constraint, wide) \
  QIAO_STORE(__stwt, "st.global.wt", type, ptx, constraint, wide)
// `wide` is the type of the register: inline PTX has no 8-bit ones.
#define QIAO_LOAD(name, opcode, type, ptx, constraint, wide)                                                     \
  static __device__ __inline__ type name(const type* p) {                                                        \
    wide v;                                                                                                      \
    asm volatile(opcode "." ptx " %0, [%1];" : "=" constraint(v) : "l"(__cvta_generic_to_global(p)) : "memory"); \
    return static_cast<type>(v);                                                                                 \
  }
#define QIAO_STORE(name, opcode, type, ptx, constraint, wide)                                                     \
  static __device__ __inline__ void name(type* p, type v) {                                                       \
    asm volatile(opcode "." ptx " [%0], %1;" ::"l"(__cvta_generic_to_global(p)), constraint(static_cast<wide>(v)) \
                 : "memory");                                                                                     \
  }

QIAO_LOAD_STORE(char, "s8", "r", int)
QIAO_LOAD_STORE(signed char, "s8", "r", int)
QIAO_LOAD_STORE(unsigned char, "u8", "r", unsigned int)
QIAO_LOAD_STORE(short, "s16", "h", short)
QIAO_LOAD_STORE(unsigned short, "u16", "h", unsigned short)
QIAO_LOAD_STORE(int, "s32", "r", int)
QIAO_LOAD_STORE(unsigned int, "u32", "r", unsigned int)
QIAO_LOAD_STORE(long, "s64", "l", long)
QIAO_LOAD_STORE(unsigned long, "u64", "l", unsigned long)
QIAO_LOAD_STORE(long long, "s64", "l", long long)
QIAO_LOAD_STORE(unsigned long long, "u64", "l", unsigned long long)
QIAO_LOAD_STORE(float, "f32", "f", float)
QIAO_LOAD_STORE(double, "f64", "d", double)
#undef QIAO_LOAD
#undef QIAO_STORE
#undef QIAO_LOAD_STORE

#define QIAO_LOAD4(name, opcode, type, ptx, constraint)                                               \
  static __device__ __inline__ type##4 name(const type##4 * p) {                                      \
    type##4 v;                                                                                        \
    asm volatile(opcode ".v4." ptx " {%0, %1, %2, %3}, [%4];"                                         \
                 : "=" constraint(v.x), "=" constraint(v.y), "=" constraint(v.z), "=" constraint(v.w) \
                 : "l"(__cvta_generic_to_global(p))                                                   \
                 : "memory");                                                                         \
    return v;                                                                                         \
  }
QIAO_LOAD4(__ldcg, "ld.global.cg", int, "s32", "r")
QIAO_LOAD4(__ldcg, "ld.global.cg", uint, "u32", "r")
QIAO_LOAD4(__ldcg, "ld.global.cg", float, "f32", "f")
QIAO_LOAD4(__ldcs, "ld.global.cs", int, "s32", "r")
QIAO_LOAD4(__ldcs, "ld.global.cs", uint, "u32", "r")
QIAO_LOAD4(__ldcs, "ld.global.cs", float, "f32", "f")
#undef QIAO_LOAD4
