// Levels, pauses, ranges and observers, as the machine and the program's calls use them.
#include "src/perf/launch_profile.h"

#include "src/perf/ranges.h"
#include "tests/unit/catch.h"

using namespace qiao::perf;

TEST_CASE("a launch asked for while counting is paused is not counted, whenever it runs") {
  set_count_level(CountLevel::Memory);
  CHECK(profiling());
  pause_counting(true);
  const LaunchOrigin origin = launch_origin();
  pause_counting(false);
  CHECK(count_level() == CountLevel::Memory);
  {
    const OriginScope scope(origin);
    CHECK(count_level() == CountLevel::None);
  }
  CHECK(count_level() == CountLevel::Memory);
  set_count_level(CountLevel::None);
  CHECK(count_level() == CountLevel::None);
}

TEST_CASE("a launch carries the ranges of the thread that asked for it") {
  push_range("epoch");
  CHECK(push_range("step") == 1);
  const LaunchOrigin origin = launch_origin();
  CHECK(pop_range() == 1);
  CHECK(pop_range() == 0);
  CHECK(pop_range() == -1);
  {
    const OriginScope scope(origin);
    record_profile(LaunchProfile{});
  }
  record_profile(LaunchProfile{});
  const auto launches = take_profiles();
  REQUIRE(launches.size() == 2);
  CHECK(launches[0].range == "epoch/step");
  CHECK(launches[1].range.empty());
}

TEST_CASE("ranges of two domains nest each by itself") {
  const int one = 0, two = 0;
  CHECK(push_range("a", &one) == 0);
  CHECK(push_range("b", &two) == 0);
  CHECK(push_range("c", &one) == 1);
  CHECK(range_path(current_range()) == "a/b/c");
  CHECK(pop_range(&two) == 0);
  CHECK(range_path(current_range()) == "a/b/c");
  CHECK(pop_range(&two) == -1);
  CHECK(pop_range(&one) == 1);
  CHECK(range_path(current_range()) == "a");
  CHECK(pop_range(&one) == 0);
  CHECK(current_range() == 0);
}

TEST_CASE("an observer sees each launch instead of keeping it") {
  int seen = 0;
  observe_launches([&](const LaunchProfile& launch) { seen += static_cast<int>(launch.registers); });
  LaunchProfile launch;
  launch.registers = 5;
  record_profile(std::move(launch));
  observe_launches(nullptr);
  CHECK(seen == 5);
  CHECK(take_profiles().empty());
}
