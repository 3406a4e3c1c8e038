// posix_spawn, so that nothing runs between fork and exec.
#include "src/compile/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

namespace qiao::compile {
namespace {

constexpr int kSignalBase = 128;

volatile pid_t running_program = 0;

Result<pid_t> start(const std::vector<std::string>& command, Output output = Output::Same) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (output == Output::Errors) posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  const int failed = posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) return child;
  return invalid(Code::OperatingSystem, "cannot start " + command[0] + ": " + std::strerror(failed));
}

Result<int> wait_for(pid_t child, const std::string& name) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return invalid(Code::OperatingSystem, "lost " + name + ": " + std::strerror(errno));
  }
  return WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Result<int> run_process(const std::vector<std::string>& command) {
  Result<pid_t> child = start(command);
  return child ? wait_for(*child, command[0]) : Result<int>(child.error());
}

Result<int> run_program(const std::vector<std::string>& command, Output output) {
  // The terminal sends its signals to both of us; what is sent to us alone goes on.
  struct sigaction forward{};
  forward.sa_handler = [](int signal) {
    if (running_program > 0) kill(running_program, signal);
  };
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  Result<pid_t> child = start(command, output);
  if (!child) return child.error();
  running_program = *child;
  for (int signal : {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) sigaction(signal, &forward, nullptr);
  for (int signal : {SIGINT, SIGQUIT}) sigaction(signal, &ignore, nullptr);
  return wait_for(*child, command[0]);
}

Result<std::optional<int>> run_quietly(const std::vector<std::string>& command, const std::filesystem::path& said) {
  std::vector<char*> arguments, variables;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with("LD_PRELOAD=") && !text.starts_with("LD_AUDIT=")) variables.push_back(*variable);
  }
  variables.push_back(nullptr);
  pid_t child = 0;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int failed = posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return invalid(Code::OperatingSystem, "cannot start " + command[0] + ": " + std::strerror(failed));
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno == ECHILD) return std::optional<int>();
    if (errno != EINTR) return invalid(Code::OperatingSystem, "lost " + command[0] + ": " + std::strerror(errno));
  }
  return std::optional<int>(WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status));
}

std::string shell_line(const std::vector<std::string>& command) {
  std::string line;
  for (const std::string& word : command) {
    const bool plain = !word.empty() && word.find_first_of(" \t\n\"'$`\\*?[](){}<>|&;#~") == std::string::npos;
    std::string quoted = plain ? word : "'";
    if (!plain) {
      for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
      quoted += '\'';
    }
    line += (line.empty() ? "" : " ") + quoted;
  }
  return line;
}

Result<TemporaryFolder> TemporaryFolder::create() {
  std::error_code failed;
  std::filesystem::path parent = std::filesystem::temp_directory_path(failed);
  if (failed) parent = "/tmp";
  std::string pattern = (parent / "qiao-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return invalid(Code::OperatingSystem, "cannot make a folder in " + parent.string() + ": " + std::strerror(errno));
  }
  return TemporaryFolder(pattern);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace qiao::compile
