// Names of one function body while it is parsed: scopes of `{ }`, register ranges, and labels that may be used before
// they are defined.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/ptx/module.h"

namespace qiao::ptx {

struct Named {
  enum class Kind : uint8_t { Register, Local, Global } kind;
  uint32_t id;
  uint8_t vector = 1;  // `.reg .v4`: the first of so many registers
};

class Names {
 public:
  explicit Names(Function& function) : function_(function) { scopes_.emplace_back(); }

  size_t depth() const { return open_.size(); }
  void open_scope();
  void close_scope();

  // Each returns false if the name is already declared in this scope.
  bool declare_register(std::string_view name, isa::Type type, uint8_t vector);
  bool declare_range(std::string_view prefix, uint32_t count, isa::Type type, uint8_t vector);
  bool declare_local(std::string_view name, uint32_t id);
  bool declare_global(std::string_view name, SymbolId id);  // of the module, but only known in this scope
  bool define_label(std::string_view name);

  // A register or local, innermost scope first. Registers of a range come into being when first named.
  std::optional<Named> find(std::string_view name);
  // A label here or in a scope around; it may be defined later. resolve_labels() settles it.
  LabelId use_label(std::string_view name, Location location);

  struct Unresolved {
    std::string name;
    Location location;
  };
  // Rewrites the ids that use_label gave out into final ones, through `ids`; or tells the first undefined label.
  std::optional<Unresolved> resolve_labels(std::vector<LabelId>& ids) const;

 private:
  struct Range {
    uint32_t count;
    isa::Type type;
    uint8_t vector;
    std::unordered_map<uint32_t, RegisterId> used;
  };
  struct Scope {
    uint32_t parent = kNoId;
    std::unordered_map<std::string, Named> names;
    std::unordered_map<std::string, Range> ranges;
    std::unordered_map<std::string, LabelId> labels;
  };
  struct LabelUse {
    std::string name;
    uint32_t scope;
    Location location;
  };

  Scope& scope() { return scopes_[current_]; }
  RegisterId new_registers(const std::string& name, isa::Type type, uint8_t vector);
  std::optional<Named> find_in_range(Scope& scope, std::string_view name);

  Function& function_;
  std::vector<Scope> scopes_;
  std::vector<uint32_t> open_;
  uint32_t current_ = 0;
  std::vector<LabelUse> uses_;
};

}  // namespace qiao::ptx
