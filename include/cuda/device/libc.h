// The C library on the device: printf, malloc and assert are calls to functions that the runtime provides.
#pragma once

extern "C" {
__device__ int vprintf(const char*, const char*);
__device__ int printf(const char*, ...);
__device__ void free(void*) __attribute__((nothrow));
__device__ void* malloc(size_t) __attribute__((nothrow, malloc));
__device__ void __assertfail(const char* message, const char* file, unsigned line, const char* function,
                             size_t char_size);
__device__ static inline void __assert_fail(const char* message, const char* file, unsigned line,
                                            const char* function) {
  __assertfail(message, file, line, function, sizeof(char));
}
}

namespace std {
__device__ static inline void free(void* ptr) {
  ::free(ptr);
}
__device__ static inline void* malloc(size_t size) {
  return ::malloc(size);
}
}  // namespace std
