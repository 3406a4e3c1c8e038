// The trace of calls (`qiao trace`): what the boundary hands over of a call, without its types. Off, it costs the
// boundary one test of `tracing`.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "shim/api/core.h"
#include "shim/api/entry_points.h"

namespace qiao::shim {

struct EnumName {
  const char* name;
  long long value;
};

struct EnumNames {
  const EnumName* first = nullptr;
  size_t count = 0;
};

// The enumerators of each enum of the API.
#define QIAO_ENUM(type) EnumNames enum_names(type);
#define QIAO_ENUMERATOR(name)
#define QIAO_ENUM_END(type)
#include "shim/api/enums.gen.inc"
#undef QIAO_ENUM
#undef QIAO_ENUMERATOR
#undef QIAO_ENUM_END
EnumNames enum_names(nvrtcResult);

// One argument or result.
struct Traced {
  enum class Kind : uint8_t { Signed, Unsigned, Pointer, Text, Float, Grid, Enum, Other } kind = Kind::Other;
  uint64_t bits = 0;
  uint32_t grid[3] = {};
  EnumNames names = {};
  Traced (*pointee)(uint64_t address) = nullptr;  // what a successful call left there
};

// What a function may store through a parameter of type T*: a number or a handle, not text or opaque memory.
template <class T>
constexpr bool is_output = !std::is_const_v<T> && !std::is_same_v<T, char> && !std::is_same_v<T, unsigned char> &&
                           (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_pointer_v<T>);

template <class T>
Traced traced(const T& value) {
  using Kind = Traced::Kind;
  Traced made;
  if constexpr (std::is_same_v<T, dim3>) {
    made.kind = Kind::Grid;
    made.grid[0] = value.x, made.grid[1] = value.y, made.grid[2] = value.z;
  } else if constexpr (std::is_same_v<T, const char*>) {
    made.kind = Kind::Text;
    made.bits = reinterpret_cast<uint64_t>(value);
  } else if constexpr (std::is_pointer_v<T>) {
    made.kind = Kind::Pointer;
    made.bits = reinterpret_cast<uint64_t>(value);
    using To = std::remove_pointer_t<T>;
    if constexpr (is_output<To>) {
      made.pointee = [](uint64_t address) {
        To stored;
        __builtin_memcpy(&stored, reinterpret_cast<const void*>(address), sizeof stored);
        Traced inner = traced(stored);
        // Text that a call hands out is text; other pointers are told, not followed.
        inner.pointee = nullptr;
        return inner;
      };
    }
  } else if constexpr (std::is_enum_v<T>) {
    made.kind = Kind::Enum;
    made.bits = static_cast<uint64_t>(static_cast<int64_t>(value));
    made.names = enum_names(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    made.kind = Kind::Float;
    made.bits = __builtin_bit_cast(uint64_t, double(value));
  } else if constexpr (std::is_integral_v<T>) {
    made.kind = std::is_signed_v<T> ? Kind::Signed : Kind::Unsigned;
    made.bits = static_cast<uint64_t>(value);
  }
  return made;
}

// A row as the boundary needs it; `arguments` is the list's last column, "(dptr, bytesize)".
struct Entry {
  const char* symbol;
  const char* arguments;
};

extern bool tracing;  // QIAO_TRACE=1 (text) or json

// A value as it is printed; numbers go into JSON bare.
struct Shown {
  std::string name;
  std::string text;
  bool bare = false;
};

// One call, from here to finish().
class TracedCall {
 public:
  TracedCall(const char* library, const char* symbol);
  TracedCall(const TracedCall&) = delete;
  ~TracedCall();

  enum class End { Good, Failed, Missing };
  void finish(std::vector<Shown> arguments, std::vector<Shown> outputs, const Shown& result, End end);

 private:
  const char* library_;
  const char* symbol_;
  uint64_t begin_;
};

// The same for a row of ours. `result` is null where the function returns nothing.
void finish_traced(TracedCall& call, const Entry& entry, const Traced* arguments, unsigned count, const Traced* result,
                   TracedCall::End end);

// For libraries without lists (core.h).
void* begin_foreign(const char* library, const char* symbol);
void end_foreign(void* call, const qiao_value* arguments, uint32_t count, const qiao_value* result, int failed);

}  // namespace qiao::shim
