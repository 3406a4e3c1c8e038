#include "src/cli/program.h"

#include <elf.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

#include "src/base/environment.h"

namespace qiao::cli {
namespace {

namespace fs = std::filesystem;

#if defined(__x86_64__)
constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = EM_AARCH64;
#endif

bool is_program(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed) && access(path.c_str(), X_OK) == 0;
}

bool has_interpreter(std::ifstream& file, const Elf64_Ehdr& header) {
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    file.seekg(static_cast<std::streamoff>(header.e_phoff + i * std::uint64_t{header.e_phentsize}));
    if (!file.read(reinterpret_cast<char*>(&segment), sizeof(segment))) return false;
    if (segment.p_type == PT_INTERP) return true;
  }
  return false;
}

}  // namespace

Result<fs::path> find_program(const std::string& name) {
  std::error_code failed;
  if (name.find('/') != std::string::npos) {
    if (!fs::exists(name, failed)) return invalid(Code::FileNotFound, "there is no program " + name);
    if (!is_program(name)) return invalid(Code::NotPermitted, name + " is not an executable file");
    return fs::path(name);
  }
  std::string path = environment("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  for (std::size_t start = 0; start <= path.size();) {
    std::size_t end = std::min(path.find(':', start), path.size());
    fs::path candidate = fs::path(end > start ? path.substr(start, end - start) : ".") / name;
    if (is_program(candidate)) return candidate;
    start = end + 1;
  }
  std::string hint = is_program(name) ? " (there is one in this folder: ./" + name + ")" : "";
  return invalid(Code::FileNotFound, "there is no program " + name + " in PATH" + hint);
}

Result<void> check_program(const fs::path& program) {
  std::string name = program.string();
  struct stat status{};
  if (stat(program.c_str(), &status) == 0 && (status.st_mode & (S_ISUID | S_ISGID)) != 0 &&
      geteuid() != status.st_uid) {
    return unsupported(name + " is setuid or setgid: the loader ignores LD_PRELOAD for it");
  }
  if (getxattr(program.c_str(), "security.capability", nullptr, 0) > 0 && geteuid() != 0) {
    return unsupported(name + " has file capabilities: the loader ignores LD_PRELOAD for it");
  }
  std::ifstream file(program, std::ios::binary);
  Elf64_Ehdr header{};
  file.read(reinterpret_cast<char*>(&header), sizeof(header));
  if (file.gcount() < EI_NIDENT || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return {};  // a script: its interpreter's affair
  if (header.e_ident[EI_CLASS] != ELFCLASS64)
    return unsupported(name + " is a 32-bit program; CUDA programs are 64-bit");
  if (header.e_machine != kMachine) return unsupported(name + " is built for another processor than this machine's");
  if (header.e_type == ET_EXEC || header.e_type == ET_DYN) {
    if (has_interpreter(file, header)) return {};
    return unsupported(
        name +
        " is statically linked (it names no dynamic loader), so no library can be put under it: link it dynamically");
  }
  return invalid(Code::NotPermitted, name + " is not an executable program");
}

}  // namespace qiao::cli
