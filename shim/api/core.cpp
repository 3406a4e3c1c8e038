// The single symbol libqiao exports to the thin libraries: the tables, and the way in for registrations.
#include "shim/api/core.h"

#include <algorithm>

#include "shim/api/registrations.h"
#include "shim/api/table.h"
#include "src/base/log.h"

namespace qiao::shim {
namespace {

qiao_table table(int library) {
  const Table found = library == QIAO_LIBRARY_CUDA ? driver_table() : cudart_table();
  const auto bodies = found.bodies;
  const auto implemented = bodies.size() - static_cast<size_t>(std::count(bodies.begin(), bodies.end(), nullptr));
  return {found.entries.data(), static_cast<uint32_t>(found.entries.size()), static_cast<uint32_t>(implemented)};
}

qiao_row row(int library, uint32_t index) {
  const bool driver = library == QIAO_LIBRARY_CUDA;
  const Table found = driver ? driver_table() : cudart_table();
  const Row& at = found.rows[index];
  return {at.symbol, at.since, at.until, found.bodies[index] != nullptr,
          driver ? driver_note(at.body) : cudart_note(at.body)};
}

void fat_binary(qiao_fat_binary* binary) {
  if (&Registrations::fat_binary) return Registrations::fat_binary(*binary);
  log::warn_once("__cudaRegisterFatBinary", "__cudaRegisterFatBinary: unimplemented");
}

void symbol(qiao_fat_binary* binary, qiao_symbol* symbol) {
  if (&Registrations::symbol) Registrations::symbol(*binary, *symbol);
}

void fat_binary_end(qiao_fat_binary* binary) {
  if (&Registrations::fat_binary_end) Registrations::fat_binary_end(*binary);
}

void fat_binary_gone(qiao_fat_binary* binary) {
  if (&Registrations::fat_binary_gone) Registrations::fat_binary_gone(*binary);
}

}  // namespace
}  // namespace qiao::shim

extern "C" [[gnu::visibility("default")]] const qiao_core qiao_core_v1 = {
    1,
    sizeof(qiao_core),
    QIAO_BUILD_ID,
    qiao::shim::table,
    qiao::shim::row,
    qiao::shim::fat_binary,
    qiao::shim::symbol,
    qiao::shim::fat_binary_end,
    qiao::shim::fat_binary_gone,
};
