// The textures and surfaces that are alive in this process, by the handles which kernels hold. A handle is a number of
// 32 bits, like those of NVIDIA's driver, and no address; it names its place in the table and, because places are used
// again, the place's generation. Lookups take no lock; a kernel that uses a handle which has ended gets null.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "src/base/result.h"
#include "src/hal/image.h"

namespace qiao::machine {

class ImageTable {
 public:
  static constexpr uint64_t kHandles = uint64_t{1} << 32;  // handles lie below, addresses above

  static ImageTable& instance();

  Result<uint64_t> add(hal::Image image);
  void remove(uint64_t handle);
  const hal::Image* find(uint64_t handle) const;

 private:
  static constexpr uint32_t kIndexBits = 20, kChunk = 1024, kGenerations = 1u << (32 - kIndexBits);
  struct Place {
    std::atomic<uint64_t> handle{0};  // 0: free
    std::shared_ptr<const hal::Image> image;
    uint32_t generation = 0;
  };
  using Chunk = std::array<Place, kChunk>;

  Place* place(uint32_t index) const;

  std::mutex mutex_;
  std::array<std::atomic<Chunk*>, (1u << kIndexBits) / kChunk> chunks_{};
  uint32_t used_ = 1;  // place 0 stays empty, so that no handle is 0
  std::vector<uint32_t> free_;
  std::vector<std::shared_ptr<const hal::Image>> ended_;  // the last ones: a kernel may be reading them
};

}  // namespace qiao::machine
