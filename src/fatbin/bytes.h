// Reading little-endian fields out of bytes nobody has checked: every offset is tested against the end, none can wrap.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace qiao::fatbin {

using Bytes = std::span<const std::byte>;

static_assert(std::endian::native == std::endian::little, "fatbins and cubins are read in host byte order");

// The `size` bytes at `offset`, or nothing when they do not all lie inside.
inline std::optional<Bytes> slice(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(offset, size);
}

// A trivially copyable value at `offset`; memcpy because nothing in these formats is reliably aligned.
template <class T>
std::optional<T> read(Bytes bytes, std::uint64_t offset) {
  const auto field = slice(bytes, offset, sizeof(T));
  if (!field) return std::nullopt;
  T value;
  std::memcpy(&value, field->data(), sizeof(T));
  return value;
}

inline std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The string at `offset` up to its NUL, or to the end when there is none; empty when the offset lies outside.
inline std::string_view c_string(Bytes bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return {};
  const std::string_view rest = text(bytes.subspan(offset));
  return rest.substr(0, rest.find('\0'));
}

}  // namespace qiao::fatbin
