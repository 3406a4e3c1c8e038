// The benchmark started again as a process of its own: for what only a fresh process shows (the first launch, its
// memory) or what is fixed when the driver is loaded (workers, checks).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/base/result.h"

namespace qiao::bench {

struct ChildOutput {
  std::string out;  // what it printed on stdout
  std::string err;
};

using Variables = std::vector<std::pair<std::string, std::string>>;

// Runs this program with `arguments` behind "child"; an exit code other than 0 is an error.
Result<ChildOutput> run_child(const std::vector<std::string>& arguments, const Variables& variables);

// The last CPUs of the mask this process was started with, at most `count`, are what it and what it starts may use.
Result<void> pin_to(unsigned count);
Result<void> pin_to_cpu(int cpu);
unsigned usable_cpus();

// A folder of our own, removed with what is in it when this goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  const std::string& path() const { return path_; }  // empty: it could not be made

 private:
  std::string path_;
};

}  // namespace qiao::bench
