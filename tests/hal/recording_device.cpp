#include "tests/hal/recording_device.h"

namespace qiao::tests {
namespace {

class RecordedKernel final : public hal::Kernel {
 public:
  explicit RecordedKernel(hal::Kernel* inner) : inner_(inner) {}
  const std::string& name() const override { return inner_->name(); }
  const hal::KernelAttributes& attributes() const override { return inner_->attributes(); }
  hal::Kernel* inner() const { return inner_; }

 private:
  hal::Kernel* inner_;
};

class RecordedModule final : public hal::LoadedModule {
 public:
  explicit RecordedModule(std::unique_ptr<hal::LoadedModule> inner) : inner_(std::move(inner)) {}
  hal::Kernel* find_kernel(const std::string& name) override {
    std::lock_guard lock(mutex_);
    if (auto known = kernels_.find(name); known != kernels_.end()) return known->second.get();
    hal::Kernel* found = inner_->find_kernel(name);
    if (found == nullptr) return nullptr;
    return kernels_.emplace(name, std::make_unique<RecordedKernel>(found)).first->second.get();
  }
  Result<hal::GlobalVariable> find_global(const std::string& name) const override { return inner_->find_global(name); }
  std::vector<std::string> kernel_names() const override { return inner_->kernel_names(); }

 private:
  std::unique_ptr<hal::LoadedModule> inner_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<RecordedKernel>> kernels_;
};

class RecordedMemory final : public hal::PhysicalMemory {
 public:
  explicit RecordedMemory(std::shared_ptr<hal::PhysicalMemory> inner) : inner_(std::move(inner)) {}
  uint64_t bytes() const override { return inner_->bytes(); }
  Result<int> export_descriptor() const override { return inner_->export_descriptor(); }
  const hal::PhysicalMemory& inner() const { return *inner_; }

 private:
  std::shared_ptr<hal::PhysicalMemory> inner_;
};

Result<std::shared_ptr<hal::PhysicalMemory>> recorded_memory(Result<std::shared_ptr<hal::PhysicalMemory>> made) {
  if (!made) return made.error();
  return std::shared_ptr<hal::PhysicalMemory>(std::make_shared<RecordedMemory>(*std::move(made)));
}

hal::LaunchRequest unwrapped(hal::LaunchRequest request) {
  request.kernel = static_cast<RecordedKernel*>(request.kernel)->inner();
  return request;
}

class RecordingDevice final : public hal::Device {
 public:
  RecordingDevice(std::unique_ptr<hal::Device> inner, Record& record) : inner_(std::move(inner)), record_(record) {}

  const hal::ChipDescription& chip() const override { return inner_->chip(); }
  Result<hal::DevicePtr> allocate(uint64_t bytes, hal::Memory memory) override {
    return said("allocate"), inner_->allocate(bytes, memory);
  }
  Result<void> release(hal::DevicePtr address) override { return said("release"), inner_->release(address); }
  Result<hal::GlobalVariable> allocation_of(hal::DevicePtr address) const override {
    return said("allocation_of"), inner_->allocation_of(address);
  }
  bool is_device_address(hal::DevicePtr address) const override { return inner_->is_device_address(address); }
  void allow_peer(const hal::Device& peer, bool allowed) override {
    said("allow_peer");
    inner_->allow_peer(*static_cast<const RecordingDevice&>(peer).inner_, allowed);
  }
  Result<hal::DevicePtr> reserve_addresses(uint64_t bytes, uint64_t alignment, hal::DevicePtr wanted) override {
    return said("reserve_addresses"), inner_->reserve_addresses(bytes, alignment, wanted);
  }
  Result<void> release_addresses(hal::DevicePtr address, uint64_t bytes) override {
    return said("release_addresses"), inner_->release_addresses(address, bytes);
  }
  Result<std::shared_ptr<hal::PhysicalMemory>> create_memory(uint64_t bytes, hal::Memory memory,
                                                             const std::string& note) override {
    return said("create_memory"), recorded_memory(inner_->create_memory(bytes, memory, note));
  }
  Result<std::shared_ptr<hal::PhysicalMemory>> import_memory(int descriptor) override {
    return said("import_memory"), recorded_memory(inner_->import_memory(descriptor));
  }
  Result<void> map(hal::DevicePtr address, const hal::PhysicalMemory& memory, uint64_t offset,
                   uint64_t bytes) override {
    return said("map"), inner_->map(address, static_cast<const RecordedMemory&>(memory).inner(), offset, bytes);
  }
  Result<void> protect(hal::DevicePtr address, uint64_t bytes, hal::Protection protection) override {
    return said("protect"), inner_->protect(address, bytes, protection);
  }
  Result<void> unmap(hal::DevicePtr address, uint64_t bytes) override {
    return said("unmap"), inner_->unmap(address, bytes);
  }
  Result<hal::SharedPart> share(hal::DevicePtr address) override { return said("share"), inner_->share(address); }
  uint64_t total_bytes() const override { return inner_->total_bytes(); }
  uint64_t free_bytes() const override { return inner_->free_bytes(); }
  Result<void> register_host(const void* base, uint64_t bytes) override {
    return said("register_host"), inner_->register_host(base, bytes);
  }
  Result<void> unregister_host(const void* base) override {
    return said("unregister_host"), inner_->unregister_host(base);
  }
  Result<uint64_t> create_image(const hal::Image& image) override {
    return said("create_image"), inner_->create_image(image);
  }
  void destroy_image(uint64_t handle) override { said("destroy_image"), inner_->destroy_image(handle); }
  Result<std::unique_ptr<hal::LoadedModule>> load(std::shared_ptr<const ptx::Module> module) override {
    said("load");
    auto loaded = inner_->load(std::move(module));
    if (!loaded) return loaded.error();
    return std::unique_ptr<hal::LoadedModule>(std::make_unique<RecordedModule>(*std::move(loaded)));
  }
  Result<void> validate(const hal::LaunchRequest& request) const override {
    return said("validate"), inner_->validate(unwrapped(request));
  }
  Result<void> launch(const hal::LaunchRequest& request) override {
    said("launch " + request.kernel->name());
    return said("launch"), inner_->launch(unwrapped(request));
  }

 private:
  void said(const std::string& call) const { record_.add(call); }

  std::unique_ptr<hal::Device> inner_;
  Record& record_;
};

}  // namespace

std::vector<std::unique_ptr<hal::Device>> recorded(std::vector<std::unique_ptr<hal::Device>> devices, Record& record) {
  std::vector<std::unique_ptr<hal::Device>> made;
  for (auto& device : devices) made.push_back(std::make_unique<RecordingDevice>(std::move(device), record));
  return made;
}

}  // namespace qiao::tests
