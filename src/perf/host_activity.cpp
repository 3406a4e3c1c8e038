#include "src/perf/host_activity.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <ctime>

#include "src/base/environment.h"
#include "src/perf/launch_profile.h"
#include "src/perf/record_file.h"

namespace qiao::perf {
namespace {

// The header of this process's file; null while nothing is to be kept.
RecordHeader* header() {
  if (!host_recorded || !launch_origin().counted) return nullptr;
  RecordFile* file = RecordFile::of_process();
  return file ? &file->header() : nullptr;
}

// Functions by key: place i of this table is row i of the file's. Keys stay when a process forks, rows do not: the name
// is written whenever it is missing.
std::atomic<const void*> keys[kCallSlots];

// Full: the calls share the row where the search ended.
size_t place_of(const void* key) {
  const size_t first = (reinterpret_cast<uintptr_t>(key) >> 3) * 0x9e3779b97f4a7c15 >> 32;
  for (size_t step = 0; step < kCallSlots; ++step) {
    std::atomic<const void*>& place = keys[(first + step) % kCallSlots];
    const void* there = place.load(std::memory_order_relaxed);
    if (there == key) return (first + step) % kCallSlots;
    if (there == nullptr && (place.compare_exchange_strong(there, key) || there == key))
      return (first + step) % kCallSlots;
  }
  return first % kCallSlots;
}

void raise(RecordCount& most, uint64_t value) {
  uint64_t known = most.load(std::memory_order_relaxed);
  while (known < value && !most.compare_exchange_weak(known, value)) {
  }
}

}  // namespace

const bool host_recorded = environment("QIAO_PROF_RECORD").has_value();

uint64_t host_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

void record_call(const void* key, const char* name, uint64_t start_ns, bool failed) {
  RecordHeader* const to = header();
  if (!to) return;
  CallSlot& slot = to->calls[place_of(key)];
  // Two threads may both write it: the same bytes.
  if (slot.name[0] == 0) std::strncpy(slot.name, name, sizeof slot.name - 1);
  add_time(slot.time, host_ns() - start_ns);
  if (failed) slot.errors.fetch_add(1, std::memory_order_relaxed);
}

void record_copy(CopyKind kind, uint64_t bytes, uint64_t start_ns) {
  RecordHeader* const to = header();
  if (!to) return;
  CopySlot& slot = to->copies[static_cast<size_t>(kind)];
  add_time(slot.time, host_ns() - start_ns);
  slot.bytes.fetch_add(bytes, std::memory_order_relaxed);
  uint64_t least = slot.min_bytes.load(std::memory_order_relaxed);
  while ((least == 0 || least > bytes + 1) && !slot.min_bytes.compare_exchange_weak(least, bytes + 1)) {
  }
  raise(slot.max_bytes, bytes);
}

// Counted through pauses: what is there at a peak may have been allocated long before.
void record_allocated(int64_t bytes) {
  RecordFile* const file = host_recorded ? RecordFile::of_process() : nullptr;
  if (!file) return;
  RecordHeader& to = file->header();
  const uint64_t now = to.allocated.fetch_add(static_cast<uint64_t>(bytes)) + static_cast<uint64_t>(bytes);
  if (bytes > 0) raise(to.allocated_peak, now);
}

void record_compiled(uint64_t start_ns) {
  if (RecordFile* file = host_recorded ? RecordFile::of_process() : nullptr)
    add_time(file->header().compiled, host_ns() - start_ns);
}

void record_found() {
  if (RecordFile* file = host_recorded ? RecordFile::of_process() : nullptr) file->header().found.fetch_add(1);
}

}  // namespace qiao::perf
