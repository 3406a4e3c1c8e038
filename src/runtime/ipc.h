// Memory and events of other processes. A handle names its process and a file descriptor there; /proc opens it. A
// process that has ended, or whose number another one has by now, is told apart by its start time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "src/base/result.h"
#include "src/runtime/pool.h"

namespace qiao::runtime {

using IpcHandle = std::array<char, 64>;  // cudaIpcMemHandle_t, cudaIpcEventHandle_t

// Of what cudaMalloc gave; `address` may lie anywhere in it.
Result<IpcHandle> memory_handle(uint64_t address);
// The address of the allocation here; the same again, and counted, for a handle that is open already.
Result<uint64_t> open_memory_handle(Context& context, const IpcHandle& handle);
Result<void> close_memory_handle(uint64_t address);
Result<void> end_imported(const Allocation& allocation);  // with its context

// A memory pool for other processes: a file (the caller's to close) that tells its name, and handles of what was
// allocated from it, which only they can open who have imported that pool.
Pool::Name new_pool_name();
Result<int> export_pool(const Pool& pool);
Result<std::shared_ptr<Pool>> import_pool(Context& context, int descriptor);
Result<IpcHandle> pool_memory_handle(uint64_t address);
Result<uint64_t> open_pool_memory(Context& context, Pool& pool, const IpcHandle& handle);
bool is_imported_pool_memory(uint64_t address);  // freed by close_memory_handle

// An event's state in memory that processes share: how often it was recorded, and up to which record it was reached.
class IpcEvent {
 public:
  static Result<std::shared_ptr<IpcEvent>> create();
  static Result<std::shared_ptr<IpcEvent>> open(const IpcHandle& handle);
  IpcEvent(int descriptor, void* page) : descriptor_(descriptor), state_(static_cast<State*>(page)) {}
  ~IpcEvent();
  IpcEvent(const IpcEvent&) = delete;
  IpcEvent& operator=(const IpcEvent&) = delete;

  Result<IpcHandle> handle() const;
  uint64_t record();  // the number of the new record
  void reach(uint64_t record);
  uint64_t recorded() const;
  bool reached() const;
  // Until that record is reached; OperatingSystem when the process that would have reached it has ended.
  Result<void> wait(uint64_t record) const;

 private:
  struct State {
    std::atomic<uint64_t> recorded, reached;
    std::atomic<int64_t> recorder;  // the process of the newest record
    std::atomic<uint64_t> recorder_start;
  };
  const int descriptor_;
  State* const state_;
};

}  // namespace qiao::runtime
