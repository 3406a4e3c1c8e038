// What `qiao trace --header` compiles its wrappers with, by Clang, while the user waits: functions of a library that we
// have no list for, of whatever types, call the genuine ones and tell libqiao what went in and out.
#pragma once

#include <dlfcn.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "shim/api/core.h"

namespace qiao_trace {

extern const char* const kLibrary;  // as the user named it
extern const char* const kCore;     // libqiao.so

template <class F>
struct Signature;
template <class R, class... P>
struct Signature<R (*)(P...)> {
  using Result = R;
  template <unsigned I>
  using Parameter = std::tuple_element_t<I, std::tuple<P...>>;
};
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> : Signature<R (*)(P...)> {};

// Specialised for each enum of the header.
template <class E>
struct Enumerators {
  static const char* name(E) { return nullptr; }
};

struct Shown {
  std::string text;
  bool bare = false;
};

template <class T>
Shown show(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    const char* name = Enumerators<T>::name(value);
    return name ? Shown{name} : Shown{std::to_string(static_cast<long long>(value))};
  } else if constexpr (std::is_same_v<T, const char*>) {
    return value ? Shown{"\"" + std::string(std::string_view(value).substr(0, 80)) + "\""} : Shown{"null", true};
  } else if constexpr (std::is_pointer_v<T>) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%p", reinterpret_cast<const void*>(value));
    return value ? Shown{digits} : Shown{"null", true};
  } else if constexpr (std::is_integral_v<T>) {
    return {std::to_string(value), true};
  } else if constexpr (std::is_floating_point_v<T>) {
    return {std::to_string(value)};
  } else {
    return {"{...}"};
  }
}

// What the call left behind a pointer, where that is a number or a handle and can be read at all.
template <class T>
bool show_output(T pointer, Shown& to) {
  if constexpr (std::is_pointer_v<T>) {
    using To = std::remove_pointer_t<T>;
    if constexpr (!std::is_const_v<To> && (std::is_enum_v<To> || std::is_pointer_v<To> ||
                                           (std::is_integral_v<To> && !std::is_same_v<To, char>))) {
      To stored{};
      iovec here{&stored, sizeof stored}, there{const_cast<void*>(static_cast<const void*>(pointer)), sizeof stored};
      if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) != ssize_t(sizeof stored)) return false;
      return to = show(stored), true;
    }
  }
  return false;
}

inline const qiao_core* core() {
  static const qiao_core* const found = [] {
    void* library = dlopen(kCore, RTLD_NOW | RTLD_LOCAL);
    return library ? static_cast<const qiao_core*>(dlsym(library, "qiao_core_v1")) : nullptr;
  }();
  return found;
}

inline void* genuine(const char* symbol) {
  static void* const library = dlopen(kLibrary, RTLD_NOW);
  // `qiao trace` has seen that the library exports it.
  return library ? dlsym(library, symbol) : nullptr;
}

template <class F>
bool failed(const F& result) {
  if constexpr (std::is_enum_v<F>) return static_cast<long long>(result) != 0;
  return false;
}

class Record {
 public:
  Record(const char* symbol) : call_(core() ? core()->call_begin(kLibrary, symbol) : nullptr) {}
  void add(std::string name, Shown shown, bool output) {
    values_.push_back({std::move(name), std::move(shown), output});
  }
  void end(const Shown* result, bool failed) {
    std::vector<qiao_value> values;
    for (const Value& v : values_) values.push_back({v.name.c_str(), v.shown.text.c_str(), v.shown.bare, v.output});
    qiao_value made{"", result ? result->text.c_str() : "", result ? result->bare : 0, 0};
    if (call_) core()->call_end(call_, values.data(), uint32_t(values.size()), result ? &made : nullptr, failed);
  }

 private:
  struct Value {
    std::string name;
    Shown shown;
    bool output;
  };
  void* call_;
  std::vector<Value> values_;
};

template <class T>
void add(Record& record, std::string_view& names, const T& value, bool output) {
  const std::size_t comma = names.find(',');
  const std::string name(names.substr(0, comma));
  names.remove_prefix(comma == names.npos ? names.size() : comma + 1);
  Shown shown;
  if (!output) record.add(name, show(value), false);
  if (output && show_output(value, shown)) record.add(name, shown, true);
}

// `F` is the wrapper itself, which has the genuine function's type.
template <auto F, class... A>
auto wrapped(const char* symbol, std::string_view names, A... arguments) {
  static const auto real = reinterpret_cast<decltype(F)>(genuine(symbol));
  Record record(symbol);
  std::string_view left = names;
  (add(record, left, arguments, false), ...);
  if constexpr (std::is_void_v<decltype(real(arguments...))>) {
    real(arguments...);
    record.end(nullptr, false);
  } else {
    auto result = real(arguments...);
    left = names;
    if (!failed(result)) (add(record, left, arguments, true), ...);
    const Shown shown = show(result);
    record.end(&shown, failed(result));
    return result;
  }
}

}  // namespace qiao_trace
