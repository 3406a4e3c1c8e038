#include "src/base/install_tree.h"

#include <dlfcn.h>
#include <link.h>

#include <string>
#include <system_error>

namespace qiao {

namespace fs = std::filesystem;

fs::path own_object() {
  // The loader knows a library by its path and the program by an empty name: that one is /proc/self/exe.
  static const char anchor = 0;
  std::error_code failed;
  Dl_info info{};
  link_map* map = nullptr;
  if (dladdr1(&anchor, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) != 0 && map != nullptr &&
      map->l_name != nullptr && *map->l_name != '\0') {
    fs::path object = fs::canonical(map->l_name, failed);
    if (!failed) return object;
  }
  return fs::read_symlink("/proc/self/exe", failed);
}

std::optional<fs::path> find_in_tree(const fs::path& relative) {
  std::error_code failed;
  fs::path folder = own_object().parent_path();
  while (!folder.empty()) {
    if (fs::exists(folder / relative, failed)) return folder / relative;
    if (folder == folder.root_path()) break;
    folder = folder.parent_path();
  }
  return std::nullopt;
}

}  // namespace qiao
