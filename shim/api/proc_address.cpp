// The index of driver entry points by base name, made once from the list's rows.
#include "shim/api/proc_address.h"

#include <algorithm>
#include <vector>

#include "shim/api/table.h"

namespace qiao::shim {
namespace {

struct Variant {
  std::string_view base;
  int since;
  bool per_thread;
  void* address;
};

bool strip_suffix(std::string_view& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  return true;
}

Variant variant_of(const Row& row, void* address) {
  std::string_view base = row.symbol;
  const bool per_thread = strip_suffix(base, "_ptds") || strip_suffix(base, "_ptsz");
  const size_t mark = base.rfind("_v");
  const bool numbered = mark != base.npos && mark + 2 < base.size() &&
                        std::all_of(base.begin() + mark + 2, base.end(), [](char c) { return c >= '0' && c <= '9'; });
  return {numbered ? base.substr(0, mark) : base, row.since, per_thread, address};
}

// Sorted by base name, then oldest first.
const std::vector<Variant>& variants() {
  static const auto* made = [] {
    auto* list = new std::vector<Variant>;
    const Table table = driver_table();
    for (size_t i = 0; i < table.rows.size(); ++i) list->push_back(variant_of(table.rows[i], table.entries[i]));
    std::sort(list->begin(), list->end(), [](const Variant& a, const Variant& b) {
      return a.base != b.base ? a.base < b.base : a.since < b.since;
    });
    return list;
  }();
  return *made;
}

}  // namespace

Found find_driver_entry(std::string_view base, int version, bool per_thread) {
  const auto [first, last] = std::equal_range(variants().begin(), variants().end(), Variant{base, 0, false, nullptr},
                                              [](const Variant& a, const Variant& b) { return a.base < b.base; });
  const Variant* legacy = nullptr;
  const Variant* thread = nullptr;
  for (auto it = first; it != last; ++it) {
    if (it->since <= version) (it->per_thread ? thread : legacy) = &*it;
  }
  const Variant* chosen = per_thread && thread ? thread : legacy;
  if (chosen) return {chosen->address, CU_GET_PROC_ADDRESS_SUCCESS};
  return {nullptr, first == last ? CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND : CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT};
}

}  // namespace qiao::shim
