// Scoped names of a function body.
#include "src/ptx/names.h"

#include <charconv>

namespace qiao::ptx {

void Names::open_scope() {
  open_.push_back(current_);
  uint32_t parent = current_;
  current_ = static_cast<uint32_t>(scopes_.size());
  scopes_.emplace_back();
  scopes_.back().parent = parent;
}

void Names::close_scope() {
  current_ = open_.back();
  open_.pop_back();
}

// A vector is as many registers, one behind the other.
RegisterId Names::new_registers(const std::string& name, isa::Type type, uint8_t vector) {
  RegisterId first = static_cast<RegisterId>(function_.registers.size());
  if (vector == 1) function_.registers.push_back({name, type});
  for (unsigned i = 0; vector > 1 && i < vector; i++) {
    function_.registers.push_back({name + "_" + "xyzw"[i], type});
  }
  return first;
}

bool Names::declare_register(std::string_view name, isa::Type type, uint8_t vector) {
  auto [entry, added] = scope().names.try_emplace(std::string(name));
  if (added) entry->second = {Named::Kind::Register, new_registers(std::string(name), type, vector), vector};
  return added;
}

bool Names::declare_range(std::string_view prefix, uint32_t count, isa::Type type, uint8_t vector) {
  return scope().ranges.try_emplace(std::string(prefix), Range{count, type, vector, {}}).second;
}

bool Names::declare_local(std::string_view name, uint32_t id) {
  return scope().names.try_emplace(std::string(name), Named{Named::Kind::Local, id}).second;
}

bool Names::declare_global(std::string_view name, SymbolId id) {
  return scope().names.try_emplace(std::string(name), Named{Named::Kind::Global, id}).second;
}

bool Names::define_label(std::string_view name) {
  LabelId id = static_cast<LabelId>(function_.labels.size());
  if (!scope().labels.try_emplace(std::string(name), id).second) return false;
  function_.labels.push_back(static_cast<uint32_t>(function_.body.size()));
  function_.label_names.emplace_back(name);
  return true;
}

// `%r<18>` declares %r0 to %r17; the digits have no leading zero.
std::optional<Named> Names::find_in_range(Scope& scope, std::string_view name) {
  size_t digits = name.size();
  while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9') {
    digits--;
    auto range = scope.ranges.find(std::string(name.substr(0, digits)));
    if (range == scope.ranges.end() || (name[digits] == '0' && digits + 1 < name.size())) continue;
    uint32_t number = 0;
    auto [end, error] = std::from_chars(name.data() + digits, name.data() + name.size(), number);
    if (error != std::errc() || number >= range->second.count) continue;
    auto [used, added] = range->second.used.try_emplace(number);
    if (added) used->second = new_registers(std::string(name), range->second.type, range->second.vector);
    return Named{Named::Kind::Register, used->second, range->second.vector};
  }
  return std::nullopt;
}

std::optional<Named> Names::find(std::string_view name) {
  std::string key(name);
  for (uint32_t at = current_; at != kNoId; at = scopes_[at].parent) {
    auto found = scopes_[at].names.find(key);
    if (found != scopes_[at].names.end()) return found->second;
    if (auto ranged = find_in_range(scopes_[at], name)) return ranged;
  }
  return std::nullopt;
}

LabelId Names::use_label(std::string_view name, Location location) {
  uses_.push_back({std::string(name), current_, location});
  return static_cast<LabelId>(uses_.size() - 1);
}

std::optional<Names::Unresolved> Names::resolve_labels(std::vector<LabelId>& ids) const {
  ids.assign(uses_.size(), kNoId);
  for (size_t i = 0; i < uses_.size(); i++) {
    for (uint32_t at = uses_[i].scope; at != kNoId && ids[i] == kNoId; at = scopes_[at].parent) {
      auto found = scopes_[at].labels.find(uses_[i].name);
      if (found != scopes_[at].labels.end()) ids[i] = found->second;
    }
    if (ids[i] == kNoId) return Unresolved{uses_[i].name, uses_[i].location};
  }
  return std::nullopt;
}

}  // namespace qiao::ptx
