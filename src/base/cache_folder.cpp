#include "src/base/cache_folder.h"

#include "src/base/environment.h"

namespace qiao {

std::filesystem::path cache_folder() {
  if (auto chosen = environment("QIAO_CACHE_DIR")) return *chosen;
  if (auto caches = environment("XDG_CACHE_HOME")) return std::filesystem::path(*caches) / "qiao";
  if (auto home = environment("HOME")) return std::filesystem::path(*home) / ".cache" / "qiao";
  return {};
}

}  // namespace qiao
