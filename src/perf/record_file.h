// Writing the record file of this process (record_layout.h). QIAO_PROF_RECORD names a folder, in which each process
// makes one file PID-N.qprof when it first has something to tell; a forked child makes its own.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "src/base/result.h"
#include "src/perf/launch_profile.h"
#include "src/perf/record_layout.h"

namespace qiao::perf {

class RecordFile {
 public:
  static constexpr uint64_t kDefaultLimit = uint64_t{32} << 20;

  // That of this process; null when QIAO_PROF_RECORD is not set or the file cannot be made (said once).
  static RecordFile* of_process();

  static Result<std::unique_ptr<RecordFile>> create(const std::string& folder, uint64_t limit = kDefaultLimit);
  RecordFile(const RecordFile&) = delete;
  ~RecordFile();

  const std::string& path() const { return path_; }
  // The counts of the header, to be changed in place.
  RecordHeader& header() { return *header_; }

  void append(const LaunchProfile& launch);
  void add_range(const std::string& path, uint64_t ns);

 private:
  RecordFile(std::string path, int file, RecordHeader* header) : path_(std::move(path)), file_(file), header_(header) {}
  uint64_t string_number(const std::string& text, bool reserve = false);
  bool write(LogRecord kind, const std::string& payload, bool reserve = false);
  void add_to_kernel(const LaunchProfile& launch);
  using Slots = std::unordered_map<uint64_t, size_t>;  // by the number of a name
  static size_t slot_of(uint64_t name, Slots& slots, size_t count);

  std::string path_;
  int file_ = -1;
  RecordHeader* header_ = nullptr;
  std::mutex mutex_;
  std::unordered_map<std::string, uint64_t> strings_;
  Slots kernels_;
  Slots ranges_;
  uint64_t others_ = 0;
};

void add_time(TimeSlot& slot, uint64_t ns);

}  // namespace qiao::perf
