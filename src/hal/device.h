// The interface a chip offers to src/runtime: memory, modules, launches. device_sim implements it; another chip would
// be a second folder beside device_sim (design D6). All calls are thread-safe; launches block until the grid is done
// (streams and events are the runtime's).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/hal/chip.h"
#include "src/hal/image.h"
#include "src/hal/physical_memory.h"

namespace qiao::ptx {
struct Module;
}

namespace qiao::hal {

using DevicePtr = uint64_t;
using Dim3 = std::array<uint32_t, 3>;

struct KernelAttributes {
  uint32_t registers = 0;  // of a thread; an estimate unless registers_exact
  bool registers_exact = false;
  uint64_t static_shared_bytes = 0;
  uint64_t const_bytes = 0;
  uint64_t local_bytes = 0;  // of a thread
  uint32_t max_threads_per_block = 0;
  std::vector<uint32_t> param_offsets;  // bytes, one per parameter, in order
  std::vector<uint32_t> param_sizes;
  uint32_t param_bytes = 0;     // whole buffer
  uint32_t ptx_version = 0;     // 10 * major + minor
  uint32_t binary_version = 0;  // sm of the target
  std::string unusable;         // not empty: launching fails with this line (unsupported instruction ...)
};

class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual const std::string& name() const = 0;
  virtual const KernelAttributes& attributes() const = 0;
};

struct GlobalVariable {
  enum class Opaque : uint8_t { None, Texture, Sampler, Surface };  // what its eight bytes hold the handle or state of

  DevicePtr address = 0;
  uint64_t bytes = 0;
  Opaque opaque = Opaque::None;
};

// A loaded (linked) PTX module: its variables live in device memory until it is destroyed.
class LoadedModule {
 public:
  virtual ~LoadedModule() = default;
  virtual Kernel* find_kernel(const std::string& name) = 0;                       // null when absent
  virtual Result<GlobalVariable> find_global(const std::string& name) const = 0;  // Error{NotFound}
  virtual std::vector<std::string> kernel_names() const = 0;
};

struct LaunchRequest {
  Kernel* kernel = nullptr;
  Dim3 grid{1, 1, 1};
  Dim3 block{1, 1, 1};
  uint32_t dynamic_shared_bytes = 0;
  bool cooperative = false;                // all blocks make progress together
  std::span<const std::byte> params;       // laid out by attributes().param_offsets
  uint64_t stack_bytes = 0;                // of a thread, for what recursion and alloca need; the chip may give more
  uint64_t heap_bytes = ~uint64_t{0};      // device malloc gives no more than this to all launches together
  std::array<uint32_t, 32> environment{};  // %envreg0 to %envreg31
  int priority = 0;                        // of the stream: the lower, the sooner a free worker joins
};

// Device memory, or pinned and managed memory, which all devices of the process reach and the host's limit bounds.
enum class Memory : uint8_t { Device, Common };

class Device {
 public:
  virtual ~Device() = default;
  virtual const ChipDescription& chip() const = 0;

  // Identity mapped: the address is a host address. Alignment is at least 256 bytes.
  virtual Result<DevicePtr> allocate(uint64_t bytes, Memory memory = Memory::Device) = 0;
  virtual Result<void> release(DevicePtr address) = 0;
  // The allocation which contains `address`: its base and size, or NotFound.
  virtual Result<GlobalVariable> allocation_of(DevicePtr address) const = 0;
  // Whether `address` is one that device memory of any device may have, allocated or not.
  virtual bool is_device_address(DevicePtr address) const = 0;
  // Kernels of this device may, or may no longer, access memory of `peer`, a device of the same process.
  virtual void allow_peer(const Device& peer, bool allowed) = 0;

  // Virtual memory management. Addresses are whole multiples of kGranularity and lie where all devices reach them;
  // what is mapped is not accessible before protect(). `wanted`: where they are to be if they are free there, or 0.
  static constexpr uint64_t kGranularity = uint64_t{2} << 20;
  virtual Result<DevicePtr> reserve_addresses(uint64_t bytes, uint64_t alignment, DevicePtr wanted) = 0;
  virtual Result<void> release_addresses(DevicePtr address, uint64_t bytes) = 0;
  // Counted as this device's memory, or the host's. `note`: a name for who imports it; empty: not to be exported.
  virtual Result<std::shared_ptr<PhysicalMemory>> create_memory(uint64_t bytes, Memory memory,
                                                                const std::string& note) = 0;
  virtual Result<std::shared_ptr<PhysicalMemory>> import_memory(int descriptor) = 0;
  virtual Result<void> map(DevicePtr address, const PhysicalMemory& memory, uint64_t offset, uint64_t bytes) = 0;
  virtual Result<void> protect(DevicePtr address, uint64_t bytes, Protection protection) = 0;
  virtual Result<void> unmap(DevicePtr address, uint64_t bytes) = 0;
  // From now on the allocation which contains `address` is memory that other processes can map, with what it holds.
  virtual Result<SharedPart> share(DevicePtr address) = 0;

  virtual uint64_t total_bytes() const = 0;
  virtual uint64_t free_bytes() const = 0;
  // Host memory which kernels of all devices may access in place (cudaHostRegister); [base, base+bytes).
  virtual Result<void> register_host(const void* base, uint64_t bytes) = 0;
  virtual Result<void> unregister_host(const void* base) = 0;

  // What kernels name a texture or surface by, less than 2^32 and not 0. No launch may be using one that is destroyed.
  virtual Result<uint64_t> create_image(const Image& image) = 0;
  virtual void destroy_image(uint64_t handle) = 0;

  virtual Result<std::unique_ptr<LoadedModule>> load(std::shared_ptr<const ptx::Module> module) = 0;

  // Whether the chip takes this launch: block and grid limits, threads, shared memory, an unusable kernel. Cheap; the
  // runtime calls it before it queues the launch, so that these errors come from the launching call and do not stick.
  virtual Result<void> validate(const LaunchRequest& request) const = 0;

  // Runs the whole grid of a request that validate() took. A fault (illegal address, trap, assert ...) comes back as
  // the Error whose code the context keeps.
  virtual Result<void> launch(const LaunchRequest& request) = 0;
};

// The emulated chips of this process (device_sim/device.cpp); open_device opens one alone.
Result<std::vector<std::unique_ptr<Device>>> open_devices(std::span<const ChipDescription> chips);
Result<std::unique_ptr<Device>> open_device(const ChipDescription& chip);

}  // namespace qiao::hal
