#include "kernels/bench/host/process.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace qiao::bench {
namespace {

// The mask before anything was pinned.
const cpu_set_t& first_mask() {
  static const cpu_set_t kMask = [] {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    sched_getaffinity(0, sizeof mask, &mask);
    return mask;
  }();
  return kMask;
}

Result<void> set_mask(const cpu_set_t& mask) {
  if (sched_setaffinity(0, sizeof mask, &mask) != 0) return invalid(Code::OperatingSystem, "cannot pin to a CPU");
  return {};
}

std::string contents(int file) {
  std::string text(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  const ssize_t got = pread(file, text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  close(file);
  return text;
}

[[noreturn]] void become_child(const std::vector<std::string>& arguments, const Variables& variables, int out,
                               int err) {
  dup2(out, 1);
  dup2(err, 2);
  for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
  sched_setaffinity(0, sizeof(cpu_set_t), &first_mask());
  std::vector<char*> words = {const_cast<char*>("qiao_bench"), const_cast<char*>("child")};
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  execv("/proc/self/exe", words.data());
  _exit(127);
}

}  // namespace

Result<ChildOutput> run_child(const std::vector<std::string>& arguments, const Variables& variables) {
  const int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
  if (out < 0 || err < 0) return invalid(Code::OperatingSystem, "cannot make a file in memory");
  const pid_t child = fork();
  if (child == 0) become_child(arguments, variables, out, err);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return invalid(Code::OperatingSystem, "cannot start a process");
  ChildOutput output{contents(out), contents(err)};
  if (status == 0) return output;
  const std::string last = output.err.substr(0, output.err.find_last_not_of('\n') + 1);
  return invalid(Code::LaunchFailed,
                 "a process of its own failed: " + (last.empty() ? "no message" : last.substr(last.rfind('\n') + 1)));
}

Result<void> pin_to(unsigned count) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  for (int i = CPU_SETSIZE - 1; i >= 0; --i) {
    if (CPU_ISSET(i, &first_mask()) && static_cast<unsigned>(CPU_COUNT(&mask)) < count) CPU_SET(i, &mask);
  }
  return set_mask(mask);
}

Result<void> pin_to_cpu(int cpu) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &first_mask())) {
    return invalid(Code::InvalidValue, "this process may not use CPU " + std::to_string(cpu));
  }
  CPU_SET(cpu, &mask);
  return set_mask(mask);
}

unsigned usable_cpus() {
  return static_cast<unsigned>(CPU_COUNT(&first_mask()));
}

TemporaryFolder::TemporaryFolder() {
  std::error_code failed;
  std::string name = (std::filesystem::temp_directory_path(failed) / "qiao-bench-XXXXXX").string();
  if (mkdtemp(name.data()) != nullptr) path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code failed;
  if (!path_.empty()) std::filesystem::remove_all(path_, failed);
}

}  // namespace qiao::bench
