// A context: streams, allocations and the sticky error of one device in this process. All contexts of a device share
// its memory (one emulated chip), but each has its own streams and module instances.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "src/base/result.h"
#include "src/runtime/event.h"
#include "src/runtime/registry.h"
#include "src/runtime/stream.h"

namespace qiao::runtime {

class Device;
class Library;
class LibraryInstance;

class Context : public std::enable_shared_from_this<Context> {
 public:
  Context(Device& device, bool primary, uint32_t flags);
  ~Context();

  Device& device() const { return device_; }
  bool primary() const { return primary_; }
  uint64_t id() const { return id_; }
  uint32_t flags() const { return flags_; }
  void set_flags(uint32_t flags) { flags_ = flags; }

  // The first failure of work in this context stays until the context is destroyed (or the device reset).
  Code sticky_error() const { return sticky_.load(std::memory_order_acquire); }
  void fail(const Error& error);
  void run_work(const Stream::Work& work);

  Stream* legacy_stream() const { return legacy_.get(); }
  // The calling thread's own default stream (cudaStreamPerThread).
  std::shared_ptr<Stream> thread_stream();
  std::shared_ptr<Stream> create_stream(Stream::Options options);
  Result<void> destroy_stream(const void* handle);
  std::shared_ptr<Stream> find_stream(const void* handle) const { return streams_.find(handle); }
  void for_each_stream(const std::function<void(const std::shared_ptr<Stream>&)>& visit) const;
  void synchronize();

  // Ends it: waits for its work and gives back everything it holds. Handles of it are not live from then on.
  void destroy();
  bool destroyed() const { return destroyed_.load(std::memory_order_acquire); }

  // Users counted by cuCtxAttach; detach tells whether that was the last.
  void attach() { users_.fetch_add(1); }
  bool detach() { return users_.fetch_sub(1) == 1; }

  // Peer access to another device's memory (704 PeerAccessAlreadyEnabled, 705 PeerAccessNotEnabled).
  Result<void> enable_peer(Device& peer);
  Result<void> disable_peer(Device& peer);

  // The library's code and variables in this context, loaded at first use.
  Result<std::shared_ptr<LibraryInstance>> instance_of(Library& library);
  void drop_instance(const Library& library);

 private:
  Device& device_;
  const bool primary_;
  const uint64_t id_;
  uint32_t flags_;
  std::atomic<Code> sticky_{Code::Success};
  std::atomic<bool> destroyed_{false};
  std::atomic<int> users_{1};
  std::shared_ptr<Stream> legacy_;
  Registry<Stream> streams_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<uint64_t, std::shared_ptr<Stream>> thread_streams_;
  std::map<const Library*, std::shared_ptr<LibraryInstance>> instances_;
  std::set<Device*> peers_;
};

// Contexts that are live: those made by cuCtxCreate, and the devices' primary ones while they are active.
Registry<Context>& live_contexts();
// A created stream, of whichever live context; null when there is none.
std::shared_ptr<Stream> find_stream(const void* handle);
// Waits for all work of the device's contexts; of all devices when null.
void synchronize_all(const Device* device);
// InvalidValue for flags CUDA does not define (cuCtxCreate, cudaSetDeviceFlags).
Result<void> check_context_flags(uint32_t flags);

}  // namespace qiao::runtime
