// Chips as the model takes them, by name.
#pragma once

#include "device_sim/chips/catalog.h"
#include "src/perf/model/estimate.h"
#include "tests/unit/catch.h"

namespace made {

inline qiao::perf::ModelChip chip(const std::string& name) {
  auto loaded = qiao::chips::load(name);
  REQUIRE(loaded.ok());
  return {loaded->description, loaded->model};
}

}  // namespace made
