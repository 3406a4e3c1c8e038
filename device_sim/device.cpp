// The emulated chip behind hal::Device: puts the machine and the executors which are built together.
#include <algorithm>
#include <string>

#include "device_sim/machine/address_space.h"
#include "device_sim/machine/block_executor.h"
#include "device_sim/machine/image_table.h"
#include "device_sim/machine/launch_checks.h"
#include "device_sim/machine/launcher.h"
#include "device_sim/machine/loaded_module.h"
#include "device_sim/machine/memory_limit.h"
#include "device_sim/machine/physical_memory.h"
#include "src/base/environment.h"
#include "src/hal/device.h"

namespace qiao {
namespace {

using machine::AddressSpace;
using machine::Arena;
using machine::ExecutorKind;
using machine::SimKernel;

// QIAO_EXECUTOR names the first executor tried; the ones after it are slower and can run more.
Result<ExecutorKind> first_executor() {
  const std::string name = environment("QIAO_EXECUTOR").value_or("warp");
  for (const ExecutorKind kind : {ExecutorKind::Interpreter, ExecutorKind::Lane, ExecutorKind::Warp})
    if (name == machine::name_of(kind)) return kind;
  return invalid(Code::InvalidValue, "invalid QIAO_EXECUTOR '" + name + "', expected interpreter, lane or warp");
}

machine::Executors make_executors([[maybe_unused]] ExecutorKind first) {
  machine::Executors executors;
#ifdef QIAO_HAS_JIT
  if (first == ExecutorKind::Warp) executors.push_back(machine::make_warp_executor());
  if (first != ExecutorKind::Interpreter) executors.push_back(machine::make_lane_executor());
#endif
#ifdef QIAO_HAS_INTERPRETER
  executors.push_back(machine::make_interpreter());
#endif
  return executors;
}

class SimDevice final : public hal::Device {
 public:
  SimDevice(const hal::ChipDescription& chip, std::shared_ptr<AddressSpace> space, size_t index, ExecutorKind first)
      : chip_(chip),
        space_(std::move(space)),
        index_(index),
        arena_(space_->device(index)),
        launcher_(chip_, arena_, space_->host_ranges(), make_executors(first)) {}

  const hal::ChipDescription& chip() const override { return chip_; }

  Result<hal::DevicePtr> allocate(uint64_t bytes, hal::Memory memory) override {
    Arena& arena = memory == hal::Memory::Common ? space_->common() : arena_;
    // What a program allocates can be the base of a texture.
    const auto alignment = static_cast<uint64_t>(std::max(chip_.limits.texture_alignment, 256));
    return arena.allocate(bytes, Arena::Owner::Program, alignment);
  }
  Result<void> release(hal::DevicePtr address) override { return arena_of(address).release(address, kProgram); }
  Result<hal::GlobalVariable> allocation_of(hal::DevicePtr address) const override {
    auto found = arena_of(address).allocation_of(address);
    if (!found) return found.error();
    return hal::GlobalVariable{found->address, found->bytes, {}};
  }
  bool is_device_address(hal::DevicePtr address) const override { return space_->contains(address); }
  void allow_peer(const hal::Device& peer, bool allowed) override {
    space_->allow_peer(index_, static_cast<const SimDevice&>(peer).index_, allowed);
  }
  Result<hal::DevicePtr> reserve_addresses(uint64_t bytes, uint64_t alignment, hal::DevicePtr wanted) override {
    if (wanted != 0 && space_->common().reserve_at(wanted, bytes)) return wanted;
    return space_->common().reserve_inaccessible(bytes, alignment);
  }
  Result<void> release_addresses(hal::DevicePtr address, uint64_t bytes) override {
    space_->common().release_inaccessible(address, bytes);
    return {};
  }
  Result<std::shared_ptr<hal::PhysicalMemory>> create_memory(uint64_t bytes, hal::Memory memory,
                                                             const std::string& note) override {
    Arena& arena = memory == hal::Memory::Common ? space_->common() : arena_;
    if (!arena.charge(bytes)) return invalid(Code::OutOfMemory, "out of device memory");
    auto made = machine::PhysicalMemory::create(bytes, note, [&arena, bytes] { arena.discharge(bytes); });
    if (made) return std::shared_ptr<hal::PhysicalMemory>(std::move(*made));
    arena.discharge(bytes);
    return made.error();
  }
  Result<std::shared_ptr<hal::PhysicalMemory>> import_memory(int descriptor) override {
    auto made = machine::PhysicalMemory::import(descriptor);
    if (!made) return made.error();
    return std::shared_ptr<hal::PhysicalMemory>(std::move(*made));
  }
  Result<void> map(hal::DevicePtr address, const hal::PhysicalMemory& memory, uint64_t offset,
                   uint64_t bytes) override {
    return machine::map_memory(address, static_cast<const machine::PhysicalMemory&>(memory), offset, bytes,
                               hal::Protection::None);
  }
  Result<void> protect(hal::DevicePtr address, uint64_t bytes, hal::Protection protection) override {
    if (auto done = machine::protect_memory(address, bytes, protection); !done) return done;
    if (protection == hal::Protection::None) {
      space_->common().note_unmapped(address);
    } else {
      space_->common().note_mapped(address, bytes);
    }
    return {};
  }
  Result<void> unmap(hal::DevicePtr address, uint64_t bytes) override {
    space_->common().note_unmapped(address);
    return machine::unmap_memory(address, bytes);
  }
  Result<hal::SharedPart> share(hal::DevicePtr address) override { return arena_.share(address); }
  uint64_t total_bytes() const override { return arena_.limit(); }
  uint64_t free_bytes() const override { return arena_.free_bytes(); }
  Result<void> register_host(const void* base, uint64_t bytes) override {
    return space_->host_ranges().add(reinterpret_cast<uint64_t>(base), bytes);
  }
  Result<void> unregister_host(const void* base) override {
    return space_->host_ranges().remove(reinterpret_cast<uint64_t>(base));
  }

  Result<uint64_t> create_image(const hal::Image& image) override { return machine::ImageTable::instance().add(image); }
  void destroy_image(uint64_t handle) override { machine::ImageTable::instance().remove(handle); }

  Result<std::unique_ptr<hal::LoadedModule>> load(std::shared_ptr<const ptx::Module> module) override {
    auto loaded = machine::SimModule::load(std::move(module), arena_, chip_);
    if (!loaded) return loaded.error();
    return std::unique_ptr<hal::LoadedModule>(std::move(*loaded));
  }

  Result<void> validate(const hal::LaunchRequest& request) const override {
    if (!request.kernel) return invalid(Code::InvalidHandle, "a launch without a kernel");
    const auto& kernel = static_cast<const SimKernel&>(*request.kernel);
    return machine::check_launch(chip_, kernel.attributes(), kernel.image().function->performance, request);
  }

  Result<void> launch(const hal::LaunchRequest& request) override {
    if (auto good = validate(request); !good) return good;
    return launcher_.launch(static_cast<SimKernel&>(*request.kernel), request);
  }

 private:
  static constexpr auto kProgram = Arena::Owner::Program;

  Arena& arena_of(hal::DevicePtr address) const { return arena_.contains(address) ? arena_ : space_->common(); }

  hal::ChipDescription chip_;
  std::shared_ptr<AddressSpace> space_;
  const size_t index_;
  Arena& arena_;
  machine::Launcher launcher_;
};

Result<void> check_chip(const hal::ChipDescription& chip) {
  if (chip.warp.size != 32) return unsupported("warps of " + std::to_string(chip.warp.size) + " lanes, expected 32");
  if (chip.limits.threads_per_block > 1024)
    return unsupported("blocks of " + std::to_string(chip.limits.threads_per_block) +
                       " threads, expected at most 1024");
  return {};
}

}  // namespace

Result<std::vector<std::unique_ptr<hal::Device>>> hal::open_devices(std::span<const ChipDescription> chips) {
  Result<ExecutorKind> first = first_executor();
  if (!first) return first.error();
  std::vector<uint64_t> limits;
  for (const ChipDescription& chip : chips) {
    if (auto good = check_chip(chip); !good) return good.error();
    limits.push_back(machine::device_memory_limit(chip.memory.bytes, chips.size()));
  }
  auto space = AddressSpace::reserve(limits, machine::host_memory_limit());
  if (!space) return space.error();
  std::vector<std::unique_ptr<Device>> devices;
  for (size_t i = 0; i < chips.size(); ++i) devices.push_back(std::make_unique<SimDevice>(chips[i], *space, i, *first));
  return devices;
}

Result<std::unique_ptr<hal::Device>> hal::open_device(const ChipDescription& chip) {
  auto devices = open_devices({&chip, 1});
  if (!devices) return devices.error();
  return std::move(devices->front());
}

}  // namespace qiao
