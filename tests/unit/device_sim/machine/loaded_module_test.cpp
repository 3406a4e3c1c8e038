// Module variables in device memory: zeroes, initialisers, addresses of variables and functions.
#include "device_sim/machine/loaded_module.h"

#include <cstring>

#include "tests/unit/catch.h"
#include "tests/unit/device_sim/machine/test_module.h"

using namespace qiao;
using isa::StateSpace;
using machine::Arena;
using machine::SimModule;
using machine::test::ModuleBuilder;

namespace {

template <class T>
T read(uint64_t address, size_t index = 0) {
  T value;
  std::memcpy(&value, reinterpret_cast<const char*>(address) + index * sizeof(T), sizeof(T));
  return value;
}

}  // namespace

TEST_CASE("variables are initialised and found by name") {
  auto arena = std::move(*Arena::reserve(uint64_t{16} << 20));
  hal::ChipDescription chip;
  ModuleBuilder builder;
  builder.function("k", true);
  const auto data = builder.variable("data", StateSpace::Global, 16, 4);
  builder.module->variables[0].type = isa::Type::U32;
  builder.module->variables[0].init = {{7, ptx::kNoId, 0, false, 0xff}, {~0ull, ptx::kNoId, 0, false, 0xff}};
  builder.variable("table", StateSpace::Const, 24, 8);
  builder.module->variables[1].type = isa::Type::U64;
  builder.module->variables[1].init = {{0, data, 8, true, 0xff}, {0, builder.symbol_of("k"), 0, false, 0xff}};
  builder.variable("hidden", StateSpace::Shared, 8, 8);
  auto loaded = SimModule::load(builder.module, *arena, chip);
  REQUIRE(loaded);
  const auto found = (*loaded)->find_global("data");
  REQUIRE(found);
  CHECK(found->bytes == 16);
  CHECK(read<uint32_t>(found->address, 0) == 7);
  CHECK(read<uint32_t>(found->address, 1) == ~0u);
  CHECK(read<uint32_t>(found->address, 2) == 0);
  const uint64_t table = (*loaded)->find_global("table")->address;
  CHECK(read<uint64_t>(table, 0) == found->address + 8);
  CHECK(read<uint64_t>(table, 1) % machine::ModuleStorage::kHandleStride == 0);
  CHECK(arena->contains(read<uint64_t>(table, 1)));
  CHECK(arena->allocation_of(table + 8)->address == table);
  CHECK((*loaded)->find_global("hidden").error().code == Code::NotFound);
  CHECK((*loaded)->find_global("k").error().code == Code::NotFound);
}

TEST_CASE("kernels are found by name and unloading frees the variables") {
  auto arena = std::move(*Arena::reserve(uint64_t{16} << 20));
  hal::ChipDescription chip;
  ModuleBuilder builder;
  auto& kernel = builder.function("k", true);
  kernel.performance.max_threads = {16, 16, 1};
  builder.function("f", false);
  builder.variable("data", StateSpace::Global, uint64_t{4} << 20, 4);
  {
    auto loaded = SimModule::load(builder.module, *arena, chip);
    REQUIRE(loaded);
    REQUIRE((*loaded)->find_kernel("k"));
    CHECK((*loaded)->find_kernel("k") == (*loaded)->find_kernel("k"));
    CHECK((*loaded)->find_kernel("k")->attributes().max_threads_per_block == 256);
    CHECK_FALSE((*loaded)->find_kernel("f"));
    CHECK((*loaded)->kernel_names() == std::vector<std::string>{"k"});
  }
  CHECK(arena->free_bytes() == uint64_t{16} << 20);
}

TEST_CASE("what is declared and nowhere defined is named") {
  auto arena = std::move(*Arena::reserve(uint64_t{16} << 20));
  hal::ChipDescription chip;
  ModuleBuilder builder;
  builder.variable("elsewhere", StateSpace::Global, 4, 4);
  builder.module->variables[0].linkage = ptx::Linkage::Extern;
  auto loaded = SimModule::load(builder.module, *arena, chip);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message.find("'elsewhere'") != std::string::npos);
}
