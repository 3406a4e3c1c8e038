// Streams: order, the legacy default stream's rules, waiting threads that help, failures that stick.
#include "src/runtime/stream.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/unit/catch.h"
#include "tests/unit/src/runtime/fake_device.h"

using namespace qiao;
using namespace qiao::runtime;

namespace {

struct Fixture {
  std::unique_ptr<Device> device = fake_device();
  std::shared_ptr<Context> context = device->primary_context();
};

Stream::Work append_to(std::vector<int>& log, int value) {
  return [&log, value]() -> Result<void> {
    log.push_back(value);
    return {};
  };
}

}  // namespace

TEST_CASE("work in one stream runs in order") {
  Fixture f;
  auto stream = f.context->create_stream({});
  std::vector<int> log;
  for (int i = 0; i < 100; ++i) stream->enqueue(append_to(log, i));
  stream->synchronize();
  REQUIRE(log.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(log[static_cast<size_t>(i)] == i);
}

TEST_CASE("a launch returns before its work is done") {
  Fixture f;
  auto stream = f.context->create_stream({});
  std::atomic<bool> go{false};
  stream->enqueue([&]() -> Result<void> {
    go.wait(false);
    return {};
  });
  CHECK_FALSE(stream->idle());
  go = true;
  go.notify_all();
  stream->synchronize();
  CHECK(stream->idle());
}

TEST_CASE("two streams overlap: each waits for the other's flag") {
  Fixture f;
  auto a = f.context->create_stream({.non_blocking = true});
  auto b = f.context->create_stream({.non_blocking = true});
  std::atomic<bool> first{false}, second{false};
  a->enqueue([&]() -> Result<void> {
    first = true;
    first.notify_all();
    second.wait(false);
    return {};
  });
  b->enqueue([&]() -> Result<void> {
    first.wait(false);
    second = true;
    second.notify_all();
    return {};
  });
  f.context->synchronize();
  CHECK(a->idle());
  CHECK(b->idle());
}

TEST_CASE("the legacy default stream waits for blocking streams, and they for it") {
  Fixture f;
  auto blocking = f.context->create_stream({});
  std::atomic<int> step{0};
  blocking->enqueue([&]() -> Result<void> {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    step = 1;
    return {};
  });
  int seen_by_legacy = -1;
  f.context->legacy_stream()->enqueue([&]() -> Result<void> {
    seen_by_legacy = step;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    step = 2;
    return {};
  });
  int seen_by_blocking = -1;
  blocking->enqueue([&]() -> Result<void> {
    seen_by_blocking = step;
    return {};
  });
  f.context->synchronize();
  CHECK(seen_by_legacy == 1);
  CHECK(seen_by_blocking == 2);
}

TEST_CASE("a non-blocking stream does not wait for the legacy default stream") {
  Fixture f;
  auto free_stream = f.context->create_stream({.non_blocking = true});
  std::atomic<bool> go{false};
  f.context->legacy_stream()->enqueue([&]() -> Result<void> {
    go.wait(false);
    return {};
  });
  std::atomic<bool> ran{false};
  free_stream->enqueue([&]() -> Result<void> {
    ran = true;
    return {};
  });
  free_stream->synchronize();
  CHECK(ran);
  go = true;
  go.notify_all();
  f.context->synchronize();
}

TEST_CASE("the first failure sticks and later work is skipped") {
  Fixture f;
  auto stream = f.context->create_stream({});
  bool later = false;
  stream->enqueue([]() -> Result<void> { return Error{Code::IllegalAddress, "test"}; });
  stream->enqueue([&]() -> Result<void> {
    later = true;
    return Error{Code::LaunchFailed, "test"};
  });
  stream->synchronize();
  CHECK_FALSE(later);
  CHECK(f.context->sticky_error() == Code::IllegalAddress);
}

TEST_CASE("events order streams and measure time between them") {
  Fixture f;
  auto a = f.context->create_stream({.non_blocking = true});
  auto b = f.context->create_stream({.non_blocking = true});
  auto start = std::make_shared<Event>(*f.context, Event::Options{});
  auto end = std::make_shared<Event>(*f.context, Event::Options{});
  std::atomic<int> step{0};
  start->record(*a);
  a->enqueue([&]() -> Result<void> {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    step = 1;
    return {};
  });
  end->record(*a);
  int seen = -1;
  b->enqueue(
      [&]() -> Result<void> {
        seen = step;
        return {};
      },
      {end->point()});
  b->synchronize();
  CHECK(seen == 1);
  Result<float> elapsed = end->elapsed_since(*start);
  REQUIRE(elapsed);
  CHECK(*elapsed >= 20.0F);
  auto never = std::make_shared<Event>(*f.context, Event::Options{});
  Result<float> bad = never->elapsed_since(*start);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == Code::InvalidHandle);
}
