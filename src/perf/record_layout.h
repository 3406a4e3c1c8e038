// The record file of a profiled process: a header that is mapped and counts in place, so that a kill leaves it as it
// was, and behind it a log of launches. The end of the log moves only once what is before it has been written.
//
// Log: records of a byte (LogRecord), a length and that many bytes; numbers are LEB128. Strings are written once and
// then named by their number, from 1 in the order of the file. Both sides come from the same build (names_hash).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "src/perf/counters.h"

namespace qiao::perf {

inline constexpr char kRecordMagic[8] = {'Q', 'I', 'A', 'O', 'P', 'R', 'O', 'F'};
inline constexpr uint32_t kRecordVersion = 1;
inline constexpr size_t kCallSlots = 2048;
inline constexpr size_t kKernelSlots = 1024;
inline constexpr size_t kRangeSlots = 1024;

enum class LogRecord : uint8_t { String = 'S', Launch = 'L' };

// What the host side does with memory, in the order of the copies' slots.
enum class CopyKind : uint8_t { HostToDevice, DeviceToHost, DeviceToDevice, HostToHost, Fill, Count };

using RecordCount = std::atomic<uint64_t>;
static_assert(RecordCount::is_always_lock_free && sizeof(RecordCount) == 8);

struct TimeSlot {
  RecordCount count;
  RecordCount ns;
  RecordCount min_ns;  // plus one; 0: none yet
  RecordCount max_ns;
};

struct CallSlot {
  char name[88];
  TimeSlot time;
  RecordCount errors;
};

struct CopySlot {
  TimeSlot time;
  RecordCount bytes;
  RecordCount min_bytes;  // plus one
  RecordCount max_bytes;
};

// All launches of a kernel together, whether the log has room for each or not. The last slot is of all kernels beyond
// the table.
struct KernelSlot {
  RecordCount name;  // the number of a string; 0: not used
  TimeSlot time;
  RecordCount without_warps;  // launches of them whose lanes ran apart
  RecordCount lowest_level;   // CountLevel of the launch that counted least
  CounterValues counters;
};

struct RangeSlot {
  RecordCount path;  // the number of a string; 0: not used
  TimeSlot time;
};

struct RecordHeader {
  char magic[8];
  uint32_t version;
  uint32_t bytes;  // of this header: the log begins there, rounded up to a page
  uint64_t names_hash;
  uint32_t pid;
  uint32_t parent;
  uint64_t start_ns;       // CLOCK_MONOTONIC
  uint64_t start_unix_ns;  // CLOCK_REALTIME
  uint64_t limit;          // of the log
  char command[1024];      // words separated by \0
  uint64_t command_bytes;
  RecordCount log_bytes;  // complete ones
  RecordCount launches;   // finished
  RecordCount dropped;    // of them, not in the log
  RecordCount last_ns;    // when the last was
  RecordCount ended;      // 1: by exit
  RecordCount allocated;  // bytes of device memory now
  RecordCount allocated_peak;
  TimeSlot compiled;  // kernels
  RecordCount found;  // kernels that were in the disk cache
  CopySlot copies[static_cast<size_t>(CopyKind::Count)];
  CallSlot calls[kCallSlots];
  KernelSlot kernels[kKernelSlots];
  RangeSlot ranges[kRangeSlots];
};

constexpr uint64_t log_start() {
  return (sizeof(RecordHeader) + 4095) / 4096 * 4096;
}

// Of the names and the order of the counters.
uint64_t counter_names_hash();

}  // namespace qiao::perf
