// Runs a command and waits for it: the only way in which Qiao starts another program.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace qiao::compile {

// The exit code of `command` (its first word is a path); 128 + n when signal n ended it. Output goes where ours goes.
Result<int> run_process(const std::vector<std::string>& command);

// Where a program's standard output goes: as ours, or to our standard error.
enum class Output { Same, Errors };

// The same for a program that is to notice nothing: what we are told to end by goes on to it.
Result<int> run_program(const std::vector<std::string>& command, Output output = Output::Same);

// The same inside a program that runs on Qiao: everything the command says goes to the file `said`, and it runs without
// Qiao under it. Where the program lets its children go unwaited for (SIGCHLD ignored) the exit code is not to be had:
// then nothing.
Result<std::optional<int>> run_quietly(const std::vector<std::string>& command, const std::filesystem::path& said);

// As a shell would read it back.
std::string shell_line(const std::vector<std::string>& command);

// A folder of our own below the system's, removed with everything in it when this goes.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> create();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace qiao::compile
