// Where a kernel's variables go: alignment, reachability through calls and initialisers, dynamic shared memory.
#include "device_sim/machine/kernel_layout.h"

#include "tests/unit/catch.h"
#include "tests/unit/device_sim/machine/test_module.h"

using namespace qiao;
using namespace qiao::machine;
using isa::StateSpace;
using machine::test::ModuleBuilder;

TEST_CASE("parameters are laid out by alignment") {
  ModuleBuilder builder;
  auto& kernel = builder.function("k", true);
  for (const uint32_t bytes : {4u, 8u, 1u, 16u}) builder.param(kernel, bytes);
  const auto layout = lay_out_kernel(*builder.module, 0);
  CHECK(layout.param_offsets == std::vector<uint32_t>{0, 8, 16, 32});
  CHECK(layout.param_bytes == 48);
  CHECK(layout.functions.at(0).local_offset[kernel.params[3]] == 32);
}

TEST_CASE("only reachable shared variables take room, dynamic ones start behind them") {
  ModuleBuilder builder;
  builder.function("k", true);
  builder.function("callee", false);
  builder.function("other", false);
  const auto used = builder.variable("used", StateSpace::Shared, 100, 4);
  const auto unused = builder.variable("unused", StateSpace::Shared, 1000, 4);
  const auto dynamic = builder.variable("dynamic", StateSpace::Shared, 0, 32);
  builder.refer(0, builder.symbol_of("callee"));
  builder.refer(1, used);
  builder.refer(1, dynamic);
  builder.refer(2, unused);
  const auto layout = lay_out_kernel(*builder.module, 0);
  CHECK(layout.static_shared_bytes == 100);
  CHECK(layout.shared_offset[used] == 0);
  CHECK(layout.shared_offset[unused] == kNoOffset);
  CHECK(layout.shared_offset[dynamic] == 128);
  CHECK(layout.functions.size() == 2);
  CHECK_FALSE(layout.recursive);
}

TEST_CASE("each reachable function has its own part of the local frame") {
  ModuleBuilder builder;
  auto& kernel = builder.function("k", true);
  builder.local(kernel, StateSpace::Local, 10, 2);
  auto& callee = builder.function("callee", false);
  builder.local(callee, StateSpace::Local, 8, 8);
  builder.refer(0, builder.symbol_of("callee"));
  builder.refer(1, builder.symbol_of("callee"));
  const auto layout = lay_out_kernel(*builder.module, 0);
  CHECK(layout.functions.at(0).local_offset[0] == 0);
  CHECK(layout.functions.at(1).local_offset[0] == 16);
  CHECK(layout.local_bytes == 24);
  CHECK(layout.recursive);
}

TEST_CASE("functions are reached through tables of their addresses") {
  ModuleBuilder builder;
  builder.function("k", true);
  builder.function("virtual", false);
  const auto table = builder.variable("table", StateSpace::Const, 8, 8);
  builder.module->variables[0].init.push_back({0, builder.symbol_of("virtual"), 0, false, 0xff});
  builder.refer(0, table);
  const auto layout = lay_out_kernel(*builder.module, 0);
  CHECK(layout.functions.size() == 2);
  CHECK(layout.const_bytes == 8);
}
