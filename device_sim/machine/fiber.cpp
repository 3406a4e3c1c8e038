// Fibers over Boost.Context's fcontext (which can be abandoned, unlike boost::context::fiber: that unwinds by
// exception).
#include "device_sim/machine/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>
#include <fstream>

#include "device_sim/machine/float_mode.h"
#include "src/base/log.h"

#if defined(__SANITIZE_ADDRESS__)
#define QIAO_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QIAO_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define QIAO_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define QIAO_TSAN 1
#endif
#endif
#ifdef QIAO_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef QIAO_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace qiao::machine {
namespace {

namespace context = boost::context::detail;

size_t page_bytes() {
  static const auto bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

// How many guards the host's limit on mappings leaves room for: each one splits a mapping in two, and a process that is
// at the limit gets no memory at all.
int64_t guards_allowed() {
  constexpr int64_t kUsual = 65530, kForOthers = 16384;
  std::ifstream file("/proc/sys/vm/max_map_count");
  int64_t mappings = 0;
  if (!(file >> mappings)) mappings = kUsual;
  return (mappings - kForOthers) / 2;
}

std::atomic<int64_t>& guards_left() {
  static std::atomic<int64_t> left{guards_allowed()};
  return left;
}

}  // namespace

bool FiberStack::guards(uint64_t address) const {
  const auto bottom = reinterpret_cast<uint64_t>(low);
  return address < bottom && address >= bottom - page_bytes();
}

bool StackPool::grow() {
  const size_t unit = page_bytes() + stack_bytes_;
  const size_t count = next_slab_;
  void* mapped =
      mmap(nullptr, count * unit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return false;
  char* base = static_cast<char*>(mapped);
  slabs_.push_back({base, count * unit});
  for (size_t i = 0; i < count; ++i) {
    char* guard = base + i * unit;
    if (guards_left().fetch_sub(1) > 0 && mprotect(guard, page_bytes(), PROT_NONE) == 0) {
      ++guards_;
    } else {
      guards_left().fetch_add(1);
      log::warn_once("fiber guard",
                     "so many threads at once leave no mappings (vm.max_map_count): some stacks are without guards");
    }
    free_.push_back({guard + page_bytes(), stack_bytes_});
  }
  next_slab_ = count < 64 ? count * 2 : count;
  return true;
}

FiberStack StackPool::take() {
  if (free_.empty() && !grow()) return {};
  const FiberStack stack = free_.back();
  free_.pop_back();
  return stack;
}

StackPool::~StackPool() {
  for (const Slab& slab : slabs_) munmap(slab.base, slab.bytes);
  guards_left().fetch_add(guards_);
}

// The annotations around each switch. ASan wants the target's stack before and the old one's bounds after; TSan wants
// to know the target fiber.
struct Fiber::Switch {
  static void into(Fiber& fiber) {
#ifdef QIAO_ASAN
    __sanitizer_start_switch_fiber(&fiber.caller_fake_stack_, fiber.stack_.low, fiber.stack_.bytes);
#endif
#ifdef QIAO_TSAN
    fiber.tsan_caller_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber.tsan_fiber_, 0);
#endif
    (void)fiber;
  }
  static void arrived_inside(Fiber& fiber) {
#ifdef QIAO_ASAN
    __sanitizer_finish_switch_fiber(fiber.fiber_fake_stack_, &fiber.caller_stack_, &fiber.caller_stack_bytes_);
#endif
    (void)fiber;
  }
  static void out_of(Fiber& fiber, bool for_good) {
#ifdef QIAO_ASAN
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fiber.fiber_fake_stack_, fiber.caller_stack_,
                                   fiber.caller_stack_bytes_);
#endif
#ifdef QIAO_TSAN
    __tsan_switch_to_fiber(fiber.tsan_caller_, 0);
#endif
    (void)fiber, (void)for_good;
  }
  static void arrived_outside(Fiber& fiber) {
#ifdef QIAO_ASAN
    __sanitizer_finish_switch_fiber(fiber.caller_fake_stack_, nullptr, nullptr);
#endif
    (void)fiber;
  }
  [[noreturn]] static void run(context::transfer_t from) {
    Fiber& fiber = *static_cast<Fiber*>(from.data);
    fiber.caller_ = from.fctx;
    arrived_inside(fiber);
    set_float_mode(kernel_float_mode(fiber.flush_denormals_));
    fiber.entry_(fiber.argument_);
    fiber.leave();
  }
};

void Fiber::start(FiberStack stack, Entry entry, void* argument, bool flush_denormals) {
  stack_ = stack;
  entry_ = entry;
  argument_ = argument;
  flush_denormals_ = flush_denormals;
  finished_ = false;
  started_ = false;
  fiber_fake_stack_ = nullptr;
#ifdef QIAO_ASAN
  __asan_unpoison_memory_region(stack.low, stack.bytes);  // an abandoned fiber's frames may still be poisoned
#endif
#ifdef QIAO_TSAN
  stop_tracking();
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
  context_ = context::make_fcontext(stack.low + stack.bytes, stack.bytes, &Switch::run);
}

void Fiber::resume() {
#if defined(__aarch64__)
  const FloatMode mode = float_mode();  // not part of the context there
#endif
  started_ = true;
  Switch::into(*this);
  context_ = context::jump_fcontext(context_, this).fctx;
  Switch::arrived_outside(*this);
#if defined(__aarch64__)
  set_float_mode(mode);
#endif
}

void Fiber::suspend() {
  Switch::out_of(*this, false);
  caller_ = context::jump_fcontext(caller_, nullptr).fctx;
  Switch::arrived_inside(*this);
#if defined(__aarch64__)
  set_float_mode(kernel_float_mode(flush_denormals_));
#endif
}

void Fiber::leave() {
  finished_ = true;
  Switch::out_of(*this, true);
  context::jump_fcontext(caller_, nullptr);
  __builtin_unreachable();
}

void Fiber::stop_tracking() {
#ifdef QIAO_TSAN
  if (tsan_fiber_) __tsan_destroy_fiber(tsan_fiber_);
#endif
  tsan_fiber_ = nullptr;
}

}  // namespace qiao::machine
