// The single symbol libqiao exports to the thin libraries: the tables, and the way in for registrations.
#include "shim/api/core.h"

#include <algorithm>

#include "shim/api/registrations.h"
#include "shim/api/table.h"
#include "shim/api/trace.h"
#include "shim/nvtx/injection.h"
#include "shim/profiler/profiler.h"
#include "src/base/log.h"

namespace qiao::shim {
namespace {

Table table_of(int library) {
  switch (library) {
    case QIAO_LIBRARY_CUDA:
      return driver_table();
    case QIAO_LIBRARY_NVRTC:
      return nvrtc_table();
    case QIAO_LIBRARY_CUBLAS:
      return cublas_table();
    case QIAO_LIBRARY_CUBLASLT:
      return cublasLt_table();
    default:
      return cudart_table();
  }
}

const char* note_of(int library, std::string_view body) {
  if (library == QIAO_LIBRARY_CUDA) return driver_note(body);
  return library == QIAO_LIBRARY_CUDART ? cudart_note(body) : nullptr;
}

qiao_table table(int library, int major) {
  const Table found = table_of(library);
  if (library == QIAO_LIBRARY_NVRTC && major != 0) nvrtc_bound(major);
  const auto bodies = found.bodies;
  const auto implemented = bodies.size() - static_cast<size_t>(std::count(bodies.begin(), bodies.end(), nullptr));
  return {found.entries.data(), static_cast<uint32_t>(found.entries.size()), static_cast<uint32_t>(implemented)};
}

qiao_row row(int library, uint32_t index) {
  const Table found = table_of(library);
  const Row& at = found.rows[index];
  return {at.symbol, at.since, at.until, found.bodies[index] != nullptr, note_of(library, at.body)};
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
    qiao::shim::begin_foreign,
    qiao::shim::end_foreign,
    qiao::shim::profiler,
    qiao::nvtx::attach,
};
