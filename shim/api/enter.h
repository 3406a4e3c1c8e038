// The boundary every call from a program crosses: refuses what has no body, keeps C++ exceptions inside, traces, and
// for the runtime API remembers the last error.
#pragma once

#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>

#include "shim/api/entry_points.h"
#include "src/perf/host_activity.h"

namespace qiao::shim {

// One argument or result, without its type: what the trace prints.
struct Traced {
  enum class Kind : uint8_t { Signed, Unsigned, Pointer, Text, Float, Grid, Other } kind = Kind::Other;
  uint64_t bits = 0;
  uint32_t grid[3] = {};
};

template <class T>
Traced traced(const T& value) {
  using Kind = Traced::Kind;
  if constexpr (std::is_same_v<T, dim3>)
    return {Kind::Grid, 0, {value.x, value.y, value.z}};
  else if constexpr (std::is_same_v<T, const char*>)
    return {Kind::Text, reinterpret_cast<uint64_t>(value), {}};
  else if constexpr (std::is_pointer_v<T>)
    return {Kind::Pointer, reinterpret_cast<uint64_t>(value), {}};
  else if constexpr (std::is_enum_v<T>)
    return {Kind::Signed, static_cast<uint64_t>(static_cast<int64_t>(value)), {}};
  else if constexpr (std::is_floating_point_v<T>)
    return {Kind::Float, __builtin_bit_cast(uint64_t, double(value)), {}};
  else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>)
    return {Kind::Signed, static_cast<uint64_t>(value), {}};
  else if constexpr (std::is_integral_v<T>)
    return {Kind::Unsigned, static_cast<uint64_t>(value), {}};
  else
    return {};
}

// A row as the boundary needs it; `arguments` is the list's last column, "(dptr, bytesize)".
struct Entry {
  const char* symbol;
  const char* arguments;
};

extern bool tracing;  // QIAO_TRACE=1

void trace(const Entry& entry, const Traced* arguments, unsigned count, const Traced* result);

// The code for a call without a body; says once on stderr why ("unsupported" with a note, or "unimplemented").
int refuse_driver(const Entry& entry);
int refuse_cudart(const Entry& entry);
// For bodies that threw something other than bad_alloc: our bug, said on stderr.
int escaped(const Entry& entry);

// The calling thread's last runtime error (shim/cudart/error.cpp).
void remember(cudaError_t error);

template <class Library>
constexpr bool remembers(std::string_view symbol) {
  return std::is_same_v<Library, Cudart> && symbol != "cudaGetLastError" && symbol != "cudaPeekAtLastError";
}

template <class R>
R from_code(int code) {
  if constexpr (std::is_same_v<R, CUresult> || std::is_same_v<R, cudaError_t>)
    return static_cast<R>(code);
  else
    return R();
}

template <class Library, class R, class... P>
R call(const Entry& entry, R (*body)(P...), P... arguments) {
  if (!body) return from_code<R>(std::is_same_v<Library, Driver> ? refuse_driver(entry) : refuse_cudart(entry));
  try {
    return body(arguments...);
  } catch (const std::bad_alloc&) {
    return from_code<R>(CUDA_ERROR_OUT_OF_MEMORY);
  } catch (...) {
    return from_code<R>(escaped(entry));
  }
}

// Tells `qiao prof` of a call that began at `start_ns` (0: nobody listens). Not ready is an answer, not an error.
template <class R>
void counted(const Entry& entry, uint64_t start_ns, const R& result) {
  if (start_ns == 0) [[likely]]
    return;
  int code = 0;
  if constexpr (std::is_enum_v<R>) code = static_cast<int>(result);
  perf::record_call(&entry, entry.symbol, start_ns, code != 0 && code != int{cudaErrorNotReady});
}

template <class Library, class R, class... P>
[[gnu::noinline]] R enter(const Entry& entry, bool remember_error, R (*body)(P...),
                          std::type_identity_t<P>... arguments) {
  if (tracing) [[unlikely]] {
    const Traced list[] = {traced(arguments)..., Traced()};
    trace(entry, list, sizeof...(P), nullptr);
  }
  const uint64_t start_ns = perf::host_recorded ? perf::host_ns() : 0;
  if constexpr (std::is_void_v<R>) {
    call<Library, R, P...>(entry, body, arguments...);
    counted(entry, start_ns, 0);
  } else {
    R result = call<Library, R, P...>(entry, body, arguments...);
    counted(entry, start_ns, result);
    if constexpr (std::is_same_v<R, cudaError_t>) {
      if (result != cudaSuccess && remember_error) [[unlikely]]
        remember(result);
    }
    if (tracing) [[unlikely]] {
      const Traced made = traced(result);
      trace(entry, nullptr, 0, &made);
    }
    return result;
  }
}

}  // namespace qiao::shim
