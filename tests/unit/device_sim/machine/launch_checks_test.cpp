// Launches outside the limits of chip or kernel, and CUDA's code for each.
#include "device_sim/machine/launch_checks.h"

#include "tests/unit/catch.h"

using namespace qiao;
using machine::check_launch;

namespace {

struct Launch {
  hal::ChipDescription chip;
  hal::KernelAttributes kernel;
  ptx::PerformanceDirectives directives;
  hal::LaunchRequest request;

  Launch() { kernel.max_threads_per_block = 1024; }
  Code code() const {
    auto result = check_launch(chip, kernel, directives, request);
    return result ? Code::Success : result.error().code;
  }
};

}  // namespace

TEST_CASE("shapes outside the chip's limits are invalid configurations") {
  Launch launch;
  CHECK(launch.code() == Code::Success);
  for (const hal::Dim3& grid : {hal::Dim3{0, 1, 1}, hal::Dim3{1, 65536, 1}, hal::Dim3{1, 1, 0}}) {
    launch.request.grid = grid;
    CHECK(launch.code() == Code::InvalidConfiguration);
  }
  launch.request.grid = {2147483647, 65535, 65535};
  for (const hal::Dim3& block :
       {hal::Dim3{1, 0, 1}, hal::Dim3{1025, 1, 1}, hal::Dim3{1, 1, 65}, hal::Dim3{32, 33, 1}}) {
    launch.request.block = block;
    CHECK(launch.code() == Code::InvalidConfiguration);
  }
  launch.request.block = {32, 32, 1};
  CHECK(launch.code() == Code::Success);
}

TEST_CASE("the kernel's own limits are resources") {
  Launch launch;
  launch.kernel.max_threads_per_block = 128;
  launch.request.block = {129, 1, 1};
  CHECK(launch.code() == Code::LaunchOutOfResources);
  launch.directives.required_threads = {64, 0, 0};
  launch.request.block = {64, 1, 1};
  CHECK(launch.code() == Code::Success);
  launch.request.block = {32, 2, 1};
  CHECK(launch.code() == Code::InvalidValue);
}

TEST_CASE("shared memory and parameters must fit") {
  Launch launch;
  launch.kernel.static_shared_bytes = 1024;
  launch.request.dynamic_shared_bytes = static_cast<uint32_t>(launch.chip.shared.per_block_optin) - 1024;
  CHECK(launch.code() == Code::Success);
  ++launch.request.dynamic_shared_bytes;
  CHECK(launch.code() == Code::InvalidValue);
  launch.request.dynamic_shared_bytes = 0;
  launch.kernel.param_bytes = 8;
  CHECK(launch.code() == Code::InvalidValue);
}

TEST_CASE("an unusable kernel says why") {
  Launch launch;
  launch.kernel.unusable = "unsupported instruction";
  CHECK(launch.code() == Code::NotSupported);
}
