#include "shim/nvrtc/search.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <filesystem>

#include "src/base/environment.h"
#include "src/base/install_tree.h"

namespace qiao::shim {
namespace {

namespace fs = std::filesystem;
using Folders = std::vector<std::string>;

// LD_LIBRARY_PATH, the object's own RPATH or RUNPATH, the system's folders.
void add_search_path(void* object, Folders& to) {
  Dl_serinfo size{};
  if (dlinfo(object, RTLD_DI_SERINFOSIZE, &size) != 0) return;
  std::vector<max_align_t> room(size.dls_size / sizeof(max_align_t) + 1);
  auto* found = reinterpret_cast<Dl_serinfo*>(room.data());
  *found = size;
  if (dlinfo(object, RTLD_DI_SERINFOSIZE, found) != 0 || dlinfo(object, RTLD_DI_SERINFO, found) != 0) return;
  for (unsigned i = 0; i < found->dls_cnt; ++i) to.push_back(found->dls_serpath[i].dls_name);
}

// Python's wheels: nvidia/cuda_nvrtc/lib below the folder that an extension module lies in.
void add_wheels(const std::string& object, Folders& to) {
  constexpr std::string_view kPackages = "/site-packages/";
  const std::size_t at = object.find(kPackages);
  if (at == object.npos) return;
  const std::string packages = object.substr(0, at + kPackages.size());
  for (const char* wheel : {"nvidia/cuda_nvrtc/lib", "nvidia/cu13/lib"}) to.push_back(packages + wheel);
}

void add_loaded_objects(Folders& to) {
  void* program = dlopen(nullptr, RTLD_LAZY | RTLD_NOLOAD);
  link_map* first = nullptr;
  if (program == nullptr || dlinfo(program, RTLD_DI_LINKMAP, &first) != 0) return;
  for (link_map* object = first; object != nullptr; object = object->l_next) {
    add_search_path(object, to);
    if (object->l_name != nullptr) add_wheels(object->l_name, to);
  }
}

void add_toolkit(const fs::path& toolkit, Folders& to) {
  for (const char* below : {"lib64", "lib", "targets/x86_64-linux/lib", "targets/sbsa-linux/lib"})
    to.push_back((toolkit / below).string());
}

void add_toolkits(Folders& to) {
  for (const char* variable : {"CUDA_HOME", "CUDA_PATH"}) {
    if (const auto toolkit = environment(variable)) add_toolkit(*toolkit, to);
  }
  add_toolkit("/usr/local/cuda", to);
  std::vector<std::string> versions;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator("/usr/local", failed)) {
    if (entry.path().filename().string().starts_with("cuda-")) versions.push_back(entry.path().string());
  }
  std::sort(versions.rbegin(), versions.rend());
  for (const std::string& version : versions) add_toolkit(version, to);
}

bool is_our_folder(const fs::path& folder) {
  std::error_code failed;
  return fs::equivalent(folder, own_object().parent_path(), failed);
}

std::string file_of(int major) {
  return "libnvrtc.so." + (major == 11 ? "11.2" : std::to_string(major));
}

}  // namespace

std::vector<std::string> nvrtc_candidates(int major) {
  Folders folders;
  add_loaded_objects(folders);
  add_toolkits(folders);
  std::erase_if(folders, [](const std::string& folder) { return folder.empty() || is_our_folder(folder); });
  std::vector<int> majors = {major};
  for (const int other : {13, 12, 11}) {
    if (other != major) majors.push_back(other);
  }
  std::vector<std::string> found;
  for (const int wanted : majors) {
    for (const std::string& folder : folders) {
      std::string path = (fs::path(folder) / file_of(wanted)).string();
      std::error_code failed;
      if (fs::exists(path, failed) && std::find(found.begin(), found.end(), path) == found.end())
        found.push_back(std::move(path));
    }
  }
  return found;
}

}  // namespace qiao::shim
