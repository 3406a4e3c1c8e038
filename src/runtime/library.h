// Device code as the program handed it over, and what becomes of it: a Library is the linked PTX (parsed once), a
// LibraryInstance its code and variables in one context, a Kernel the handle a program holds (CUfunction, CUkernel).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/fatbin/container.h"
#include "src/fatbin/cubin.h"
#include "src/hal/device.h"
#include "src/ptx/module.h"

namespace qiao::runtime {

class Context;
class Device;
class Library;

class LibraryInstance {
 public:
  static Result<std::shared_ptr<LibraryInstance>> load(Library& library, Context& context);

  hal::LoadedModule& module() const { return *module_; }

 private:
  explicit LibraryInstance(std::unique_ptr<hal::LoadedModule> module) : module_(std::move(module)) {}
  std::unique_ptr<hal::LoadedModule> module_;
};

class Kernel {
 public:
  Kernel(std::shared_ptr<Library> library, std::string name) : library_(std::move(library)), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  Library& library() const { return *library_; }
  // The kernel's code in `context`; loads the library there at first use. NotFound when the code has no such kernel.
  Result<hal::Kernel*> in(Context& context);
  // What the chip says, with registers from the cubin that came with the PTX where there is one.
  Result<hal::KernelAttributes> attributes(Context& context);

  // cudaFuncAttributeMaxDynamicSharedMemorySize; -1 = never set.
  int max_dynamic_shared = -1;
  // Sets it; InvalidValue beyond what the chip allows next to the kernel's static shared memory.
  Result<void> allow_dynamic_shared(Context& context, int bytes);
  int preferred_carveout = -1;
  int cache_config = 0;

 private:
  std::shared_ptr<Library> library_;
  const std::string name_;
  std::mutex mutex_;
  std::weak_ptr<LibraryInstance> instance_;  // of the context used last, with its kernel
  Context* instance_context_ = nullptr;
  hal::Kernel* kernel_ = nullptr;
};

class Library : public std::enable_shared_from_this<Library> {
 public:
  // `data`: a fatbin wrapper, fatbin or NUL-terminated PTX (cuModuleLoadData). With `lazy` the memory must live as long
  // as the library and is read at first use (__cudaRegisterFatBinary); otherwise everything needed is copied now.
  static Result<std::shared_ptr<Library>> from_image(const void* data, unsigned sm, bool lazy);
  // The same from a file's bytes, of which no more are read; copied now.
  static Result<std::shared_ptr<Library>> from_file(std::string_view bytes, unsigned sm);
  // PTX texts to be linked into one (cuLink, tests).
  static Result<std::shared_ptr<Library>> from_ptx(std::vector<std::string> texts);

  // Parsed, linked with our device math where it needs it; the same error for ever when that failed.
  Result<std::shared_ptr<const ptx::Module>> module();
  // Metadata of the cubin beside the PTX; null when there is none for this kernel.
  const fatbin::KernelResources* resources_of(const std::string& kernel) const;

  // The one Kernel object of this name (made at first use, whether or not the code has it).
  std::shared_ptr<Kernel> kernel(const std::string& name);

  // A module's managed variables are one for all devices, but each device has variables of its own here: NotSupported
  // on a second one, when there are any.
  Result<void> keep_managed_on(const Device& device);

 private:
  std::atomic<const Device*> managed_home_{nullptr};
  Result<void> read_image();
  Result<void> read_image(const fatbin::LoadedImage& loaded);
  Result<std::shared_ptr<const ptx::Module>> parse();

  const void* image_ = nullptr;
  unsigned sm_ = 0;
  std::vector<std::string> texts_;
  fatbin::Cubin cubin_;
  std::mutex mutex_;
  std::optional<Result<std::shared_ptr<const ptx::Module>>> module_;
  std::map<std::string, std::shared_ptr<Kernel>> kernels_;
};

}  // namespace qiao::runtime
