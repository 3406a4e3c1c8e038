// Numbers as they lie in memory (the cache is of one machine), strings and lists with their length before them.
#include "device_sim/jit/session/compiled_object.h"

#include <cstring>
#include <type_traits>

namespace qiao::jit {
namespace {

template <class T>
void put(std::string& bytes, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

template <class List>
void put_list(std::string& bytes, const List& list) {
  put(bytes, static_cast<uint64_t>(list.size()));
  bytes.append(reinterpret_cast<const char*>(list.data()), list.size() * sizeof(list[0]));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  bool get(T& value) {
    if (bytes_.size() < sizeof(T)) return false;
    std::memcpy(&value, bytes_.data(), sizeof(T));
    bytes_.remove_prefix(sizeof(T));
    return true;
  }

  template <class List>
  bool get_list(List& list) {
    uint64_t count = 0;
    if (!get(count) || count > bytes_.size() / sizeof(list[0])) return false;
    list.resize(count);
    if (count) std::memcpy(list.data(), bytes_.data(), count * sizeof(list[0]));
    bytes_.remove_prefix(count * sizeof(list[0]));
    return true;
  }

  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace

std::string to_bytes(const CompiledObject& compiled) {
  std::string bytes;
  put(bytes, compiled.unit);
  put_list(bytes, compiled.entry);
  put_list(bytes, compiled.refusal);
  put(bytes, compiled.local_bytes);
  put(bytes, static_cast<uint8_t>(compiled.flush_denormals));
  put_list(bytes, compiled.sites);
  put_list(bytes, compiled.object);
  return bytes;
}

std::optional<CompiledObject> from_bytes(std::string_view bytes) {
  Reader reader(bytes);
  CompiledObject compiled;
  uint8_t flush_denormals = 0;
  bool whole = reader.get(compiled.unit) && reader.get_list(compiled.entry) && reader.get_list(compiled.refusal) &&
               reader.get(compiled.local_bytes) && reader.get(flush_denormals) && reader.get_list(compiled.sites) &&
               reader.get_list(compiled.object) && reader.at_end();
  if (!whole) return std::nullopt;
  compiled.flush_denormals = flush_denormals != 0;
  return compiled;
}

}  // namespace qiao::jit
