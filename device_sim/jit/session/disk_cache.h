// Compiled kernels on disk, shared by all processes of the user. Knows neither LLVM nor kernels: a key is a line of
// text, a value is bytes. Every failure is a miss; a damaged entry is dropped with one warning and written anew. It
// lives in cache_folder() (src/base/cache_folder.h); QIAO_CACHE=off turns it off. `qiao cache` lists and clears it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace qiao::jit {

class DiskCache {
 public:
  static constexpr uint64_t kDefaultLimit = uint64_t{1} << 30;

  // The cache of the environment, or nothing when it is off or has no place.
  static std::optional<DiskCache> open();

  explicit DiskCache(std::string directory, uint64_t limit_bytes = kDefaultLimit)
      : directory_(std::move(directory)), limit_(limit_bytes) {}

  const std::string& directory() const { return directory_; }
  std::optional<std::string> load(std::string_view key) const;
  // Written beside and renamed into place, so that readers and a kill never meet half an entry. Not forced to the disk:
  // what a power cut leaves is a damaged entry.
  Result<void> store(std::string_view key, std::string_view value) const;

 private:
  std::string path_of(std::string_view key) const;
  void trim() const;

  std::string directory_;
  uint64_t limit_;
};

}  // namespace qiao::jit
