#include "device_sim/machine/image_table.h"

#include <utility>

namespace qiao::machine {

ImageTable& ImageTable::instance() {
  static auto* table = new ImageTable;  // never destroyed: programs launch from atexit handlers
  return *table;
}

ImageTable::Place* ImageTable::place(uint32_t index) const {
  Chunk* chunk = chunks_[index / kChunk].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : &(*chunk)[index % kChunk];
}

Result<uint64_t> ImageTable::add(hal::Image image) {
  std::lock_guard lock(mutex_);
  uint32_t index = used_;
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else if (used_ == 1u << kIndexBits) {
    return invalid(Code::OutOfMemory, "too many textures and surfaces");
  } else {
    ++used_;
  }
  if (place(index) == nullptr) {
    chunks_[index / kChunk].store(std::make_unique<Chunk>().release(), std::memory_order_release);
  }
  Place& where = *place(index);
  where.image = std::make_shared<const hal::Image>(std::move(image));
  const uint64_t handle = uint64_t{where.generation} << kIndexBits | index;
  where.handle.store(handle, std::memory_order_release);
  return handle;
}

void ImageTable::remove(uint64_t handle) {
  constexpr size_t kRemembered = 64;
  std::lock_guard lock(mutex_);
  const auto index = static_cast<uint32_t>(handle & ((1u << kIndexBits) - 1));
  Place* where = place(index);
  if (handle == 0 || where == nullptr || where->handle.load(std::memory_order_relaxed) != handle) return;
  where->handle.store(0, std::memory_order_release);
  where->generation = (where->generation + 1) % kGenerations;
  if (ended_.size() == kRemembered) ended_.erase(ended_.begin());
  ended_.push_back(std::move(where->image));
  free_.insert(free_.begin(), index);
}

const hal::Image* ImageTable::find(uint64_t handle) const {
  if (handle == 0 || handle >= kHandles) return nullptr;
  const Place* where = place(static_cast<uint32_t>(handle & ((1u << kIndexBits) - 1)));
  if (where == nullptr || where->handle.load(std::memory_order_acquire) != handle) return nullptr;
  return where->image.get();
}

}  // namespace qiao::machine
