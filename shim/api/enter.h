// The boundary every call from a program crosses: refuses what has no body, keeps C++ exceptions inside, traces, and
// for the runtime API remembers the last error.
#pragma once

#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>

#include "shim/api/entry_points.h"
#include "shim/api/trace.h"
#include "src/perf/host_activity.h"

namespace qiao::shim {

// The code for a call without a body; says once on stderr why ("unsupported" with a note, or "unimplemented").
int refuse_driver(const Entry& entry);
int refuse_cudart(const Entry& entry);
int refuse_nvrtc(const Entry& entry);
// For bodies that threw something other than bad_alloc: our bug, said on stderr.
void escaped(const Entry& entry);

// The calling thread's last runtime error (shim/cudart/error.cpp).
void remember(cudaError_t error);

template <class Library>
constexpr bool remembers(std::string_view symbol) {
  return std::is_same_v<Library, Cudart> && symbol != "cudaGetLastError" && symbol != "cudaPeekAtLastError";
}

// The types of results that are codes.
template <class R>
inline constexpr bool is_code = std::is_same_v<R, CUresult> || std::is_same_v<R, cudaError_t>;
template <>
inline constexpr bool is_code<nvrtcResult> = true;

template <class R>
R from_code(int code) {
  if constexpr (is_code<R>)
    return static_cast<R>(code);
  else
    return R();
}

// What differs from library to library: its name in the trace, and the codes for what stops at the boundary.
template <class Library>
struct Boundary;
template <>
struct Boundary<Driver> {
  static constexpr const char* kName = "cuda";
  static constexpr int kOutOfMemory = CUDA_ERROR_OUT_OF_MEMORY;
  static constexpr int kInternal = CUDA_ERROR_UNKNOWN;
  static int refuse(const Entry& entry) { return refuse_driver(entry); }
};
template <>
struct Boundary<Cudart> {
  static constexpr const char* kName = "cudart";
  static constexpr int kOutOfMemory = cudaErrorMemoryAllocation;
  static constexpr int kInternal = cudaErrorUnknown;
  static int refuse(const Entry& entry) { return refuse_cudart(entry); }
};
template <>
struct Boundary<Nvrtc> {
  static constexpr const char* kName = "nvrtc";
  static constexpr int kOutOfMemory = NVRTC_ERROR_OUT_OF_MEMORY;
  static constexpr int kInternal = NVRTC_ERROR_INTERNAL_ERROR;
  static int refuse(const Entry& entry) { return refuse_nvrtc(entry); }
};

template <class Library, class R, class... P>
R call(const Entry& entry, R (*body)(P...), P... arguments) {
  if (!body) return from_code<R>(Boundary<Library>::refuse(entry));
  try {
    return body(arguments...);
  } catch (const std::bad_alloc&) {
    return from_code<R>(Boundary<Library>::kOutOfMemory);
  } catch (...) {
    escaped(entry);
    return from_code<R>(Boundary<Library>::kInternal);
  }
}

// Whether a result is an error to the person who reads the trace; "not ready" is an answer.
template <class R>
bool is_failure(const R& result) {
  if constexpr (is_code<R>) return result != 0 && static_cast<int>(result) != CUDA_ERROR_NOT_READY;
  return false;
}

template <class Library, class R, class... P>
[[gnu::noinline]] R enter_traced(const Entry& entry, R (*body)(P...), P... arguments) {
  const Traced list[] = {traced(arguments)..., Traced()};
  TracedCall record(Boundary<Library>::kName, entry.symbol);
  const auto missing = body ? TracedCall::End::Good : TracedCall::End::Missing;
  if constexpr (std::is_void_v<R>) {
    call<Library, R, P...>(entry, body, arguments...);
    finish_traced(record, entry, list, sizeof...(P), nullptr, missing);
  } else {
    R result = call<Library, R, P...>(entry, body, arguments...);
    const Traced made = traced(result);
    const bool failed = body && is_failure(result);
    finish_traced(record, entry, list, sizeof...(P), &made, failed ? TracedCall::End::Failed : missing);
    return result;
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
  const uint64_t start_ns = perf::host_recorded ? perf::host_ns() : 0;
  if constexpr (std::is_void_v<R>) {
    if (tracing) [[unlikely]]
      enter_traced<Library, R, P...>(entry, body, arguments...);
    else
      call<Library, R, P...>(entry, body, arguments...);
    counted(entry, start_ns, 0);
  } else {
    R result = tracing ? enter_traced<Library, R, P...>(entry, body, arguments...)
                       : call<Library, R, P...>(entry, body, arguments...);
    counted(entry, start_ns, result);
    if constexpr (std::is_same_v<R, cudaError_t>) {
      if (result != cudaSuccess && remember_error) [[unlikely]]
        remember(result);
    }
    return result;
  }
}

}  // namespace qiao::shim
