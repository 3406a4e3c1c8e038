#include "src/runtime/context.h"

#include "src/base/log.h"
#include "src/runtime/capture.h"
#include "src/runtime/device.h"
#include "src/runtime/library.h"
#include "src/runtime/memory.h"
#include "src/runtime/pools.h"

namespace qiao::runtime {
namespace {

std::atomic<uint64_t> next_context_id{1};
std::atomic<uint64_t> next_thread_number{1};

uint64_t thread_number() {
  static thread_local uint64_t number = next_thread_number.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace

Context::Context(Device& device, bool primary, uint32_t flags)
    : device_(device), primary_(primary), id_(next_context_id.fetch_add(1)), flags_(flags) {
  legacy_ = std::make_shared<Stream>(*this, Stream::Options{.non_blocking = false, .legacy = true, .priority = 0});
}

Context::~Context() {
  synchronize();
}

void Context::fail(const Error& error) {
  Code expected = Code::Success;
  if (sticky_.compare_exchange_strong(expected, error.code)) log::error(error.message);
}

void Context::run_work(const Stream::Work& work) {
  if (sticky_error() != Code::Success) return;
  if (Result<void> done = work(); !done) fail(done.error());
}

std::shared_ptr<Stream> Context::thread_stream() {
  std::lock_guard lock(mutex_);
  std::shared_ptr<Stream>& stream = thread_streams_[thread_number()];
  if (!stream) stream = std::make_shared<Stream>(*this, Stream::Options{});
  return stream;
}

std::shared_ptr<Stream> Context::create_stream(Stream::Options options) {
  auto stream = std::make_shared<Stream>(*this, options);
  streams_.add(stream);
  return stream;
}

Result<void> Context::destroy_stream(const void* handle) {
  std::shared_ptr<Stream> stream = streams_.remove(handle);
  if (!stream) return invalid(Code::InvalidHandle, "stream handle is not live in the current context");
  abandon_capture(*stream);
  stream->synchronize();
  return {};
}

void Context::for_each_stream(const std::function<void(const std::shared_ptr<Stream>&)>& visit) const {
  streams_.for_each(visit);
  std::vector<std::shared_ptr<Stream>> own;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [thread, stream] : thread_streams_) own.push_back(stream);
  }
  for (const auto& stream : own) visit(stream);
}

void Context::synchronize() {
  std::vector<StreamPoint> tails{legacy_->tail()};
  for_each_stream([&](const std::shared_ptr<Stream>& stream) { tails.push_back(stream->tail()); });
  for (const StreamPoint& tail : tails) tail.wait();
  after_synchronization();
}

void Context::destroy() {
  if (destroyed_.exchange(true)) return;
  // Events and points in streams may still name it: what remains of it, which is little, stays for ever.
  static auto* ended = new Registry<Context>;
  ended->add(shared_from_this());
  live_contexts().remove(this);
  synchronize();
  std::set<Device*> peers;
  std::map<const Library*, std::shared_ptr<LibraryInstance>> instances;
  std::map<uint64_t, std::shared_ptr<Stream>> thread_streams;
  {
    std::lock_guard lock(mutex_);
    thread_streams.swap(thread_streams_);
    peers.swap(peers_);
    instances.swap(instances_);
  }
  for (Device* peer : peers) device_.allow_peer(*peer, false);
  std::vector<const void*> streams;
  streams_.for_each([&](const std::shared_ptr<Stream>& stream) { streams.push_back(stream.get()); });
  for (const void* stream : streams) streams_.remove(stream);
  for (const Allocation& held : MemoryMap::instance().take_all_of(*this)) (void)give_back(held);
}

Result<void> Context::enable_peer(Device& peer) {
  if (&peer == &device_) return invalid(Code::InvalidDevice, "a device is not its own peer");
  std::lock_guard lock(mutex_);
  if (!peers_.insert(&peer).second)
    return invalid(Code::PeerAccessAlreadyEnabled, "peer access to this device is already enabled");
  device_.allow_peer(peer, true);
  return {};
}

Result<void> Context::disable_peer(Device& peer) {
  std::lock_guard lock(mutex_);
  if (peers_.erase(&peer) == 0) return invalid(Code::PeerAccessNotEnabled, "peer access to this device is not enabled");
  device_.allow_peer(peer, false);
  return {};
}

Registry<Context>& live_contexts() {
  static auto* contexts = new Registry<Context>;  // never destroyed: programs call CUDA from atexit handlers
  return *contexts;
}

void synchronize_all(const Device* device) {
  std::vector<std::shared_ptr<Context>> waiting;
  live_contexts().for_each([&](const std::shared_ptr<Context>& context) {
    if (device == nullptr || &context->device() == device) waiting.push_back(context);
  });
  for (const auto& context : waiting) context->synchronize();
}

// CU_CTX_SCHED_SPIN, _YIELD, _BLOCKING_SYNC (one of them), MAP_HOST, LMEM_RESIZE_TO_MAX, COREDUMP_ENABLE,
// USER_COREDUMP_ENABLE, SYNC_MEMOPS: cuda.h, CUctx_flags.
Result<void> check_context_flags(uint32_t flags) {
  const uint32_t schedule = flags & 7;
  if ((flags & ~0xffu) == 0 && (schedule & (schedule - 1)) == 0) return {};
  return invalid(Code::InvalidValue, "context flags " + std::to_string(flags) + " are not known");
}

Result<std::shared_ptr<LibraryInstance>> Context::instance_of(Library& library) {
  std::lock_guard lock(mutex_);
  auto found = instances_.find(&library);
  if (found != instances_.end()) return found->second;
  Result<std::shared_ptr<LibraryInstance>> made = LibraryInstance::load(library, *this);
  if (made) instances_[&library] = *made;
  return made;
}

void Context::drop_instance(const Library& library) {
  std::shared_ptr<LibraryInstance> last;
  std::lock_guard lock(mutex_);
  auto found = instances_.find(&library);
  if (found == instances_.end()) return;
  last = std::move(found->second);
  instances_.erase(found);
}

std::shared_ptr<Stream> find_stream(const void* handle) {
  std::shared_ptr<Stream> found;
  live_contexts().for_each([&](const std::shared_ptr<Context>& context) {
    if (!found) found = context->find_stream(handle);
  });
  return found;
}

}  // namespace qiao::runtime
