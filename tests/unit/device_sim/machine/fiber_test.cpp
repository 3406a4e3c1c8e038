// Fibers: switching, leaving for good, reuse of stacks, and the floating-point mode on both sides.
#include "device_sim/machine/fiber.h"

#include <vector>

#include "device_sim/machine/float_mode.h"
#include "tests/unit/catch.h"

using qiao::machine::Fiber;
using qiao::machine::StackPool;

namespace {

struct Script {
  Fiber fiber;
  std::vector<int> steps;
  qiao::machine::FloatMode mode = 0;
};

void three_steps(void* argument) {
  auto& script = *static_cast<Script*>(argument);
  for (int i = 0; i < 3; ++i) {
    script.steps.push_back(i);
    script.mode = qiao::machine::float_mode();
    script.fiber.suspend();
  }
}

void leaves_at_once(void* argument) {
  static_cast<Script*>(argument)->fiber.leave();
}

}  // namespace

TEST_CASE("a fiber runs from suspension to suspension") {
  StackPool stacks;
  Script script;
  script.fiber.start(stacks.take(), &three_steps, &script, false);
  for (int i = 0; i < 3; ++i) {
    script.fiber.resume();
    CHECK(script.steps.size() == static_cast<size_t>(i + 1));
    CHECK_FALSE(script.fiber.finished());
  }
  script.fiber.resume();
  CHECK(script.fiber.finished());
}

TEST_CASE("an abandoned stack serves the next fiber") {
  StackPool stacks;
  for (int i = 0; i < 100; ++i) {
    Script script;
    script.fiber.start(stacks.take(), i % 2 ? &leaves_at_once : &three_steps, &script, false);
    script.fiber.resume();
    CHECK(script.fiber.finished() == (i % 2 == 1));
    stacks.give(script.fiber.stack());
  }
}

TEST_CASE("the kernel's floating-point mode and the caller's do not mix") {
  using namespace qiao::machine;
  const FloatMode before = float_mode();
  const FloatMode odd = kernel_float_mode(true);  // as a program built with -ffast-math runs
  StackPool stacks;
  Script script;
  script.fiber.start(stacks.take(), &three_steps, &script, false);
  set_float_mode(odd);
  for (int i = 0; i < 4; ++i) {
    script.fiber.resume();
    CHECK(float_mode() == odd);
  }
  set_float_mode(before);
  CHECK(script.mode == kernel_float_mode(false));
}

TEST_CASE("a stack knows its guard page") {
  StackPool stacks;
  const auto stack = stacks.take();
  const auto low = reinterpret_cast<uint64_t>(stack.low);
  CHECK(stack.guards(low - 1));
  CHECK_FALSE(stack.guards(low));
  CHECK_FALSE(stack.guards(low - 65537));
}
