#include "src/runtime/context.h"

#include "src/base/log.h"
#include "src/runtime/library.h"

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

}  // namespace qiao::runtime
