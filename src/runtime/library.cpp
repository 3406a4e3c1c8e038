#include "src/runtime/library.h"

#include <algorithm>
#include <cstring>

#include "kernels/libdevice/libdevice.h"
#include "src/base/log.h"
#include "src/base/phases.h"
#include "src/fatbin/choose.h"
#include "src/ptx/link.h"
#include "src/ptx/parse.h"
#include "src/runtime/context.h"
#include "src/runtime/device.h"
#include "src/runtime/linker.h"

namespace qiao::runtime {
namespace {

bool needs_device_math(const ptx::Module& module) {
  for (const ptx::Function& function : module.functions) {
    if (function.is_declaration && function.name.starts_with("__nv_")) return true;
  }
  return false;
}

// Device functions of the runtime that programs declare and NVIDIA's device runtime library defines, which has no PTX.
// A conditional handle is the address of its value (graph_work.h).
constexpr const char* kDeviceRuntime = R"(.version 6.0
.target sm_50
.address_size 64
.visible .func cudaGraphSetConditional(.param .b64 handle, .param .b32 value)
{
  .reg .b64 %rd<2>;
  .reg .b32 %r<2>;
  ld.param.u64 %rd1, [handle];
  ld.param.u32 %r1, [value];
  st.volatile.global.u32 [%rd1], %r1;
  ret;
}
)";

bool needs_device_runtime(const ptx::Module& module) {
  for (const ptx::Function& function : module.functions) {
    if (function.is_declaration && function.name == "cudaGraphSetConditional") return true;
  }
  return false;
}

// A module that is not linked with others has no one to define its extern variables: assemblers warn and define them.
void define_externs(ptx::Module& module) {
  for (ptx::Variable& variable : module.variables) {
    const bool in_memory = variable.space == isa::StateSpace::Global || variable.space == isa::StateSpace::Const;
    if (variable.linkage != ptx::Linkage::Extern || !in_memory || variable.bytes == 0) continue;
    variable.linkage = ptx::Linkage::Visible;
    log::warn("variable '" + variable.name + "' is declared .extern and defined nowhere: it is taken as defined here");
  }
}

// Our own `__nv_*` functions, parsed once per process.
const Result<ptx::Module>& device_math() {
  static const Result<ptx::Module>* parsed = new Result<ptx::Module>(
      kernels::libdevice_ptx().empty()
          ? Result<ptx::Module>(unsupported("this build of qiao has no device math library (clang was not found)"))
          : ptx::parse(kernels::libdevice_ptx()));
  return *parsed;
}

}  // namespace

Result<std::shared_ptr<LibraryInstance>> LibraryInstance::load(Library& library, Context& context) {
  Result<std::shared_ptr<const ptx::Module>> module = library.module();
  if (!module) return module.error();
  if (Result<void> one = library.keep_managed_on(context.device()); !one) return one.error();
  Result<std::unique_ptr<hal::LoadedModule>> loaded = context.device().hal().load(*module);
  if (!loaded) return loaded.error();
  return std::shared_ptr<LibraryInstance>(new LibraryInstance(*std::move(loaded)));
}

Result<void> Library::keep_managed_on(const Device& device) {
  Result<std::shared_ptr<const ptx::Module>> module = this->module();
  if (!module) return module.error();
  const auto& variables = (*module)->variables;
  if (std::none_of(variables.begin(), variables.end(), [](const ptx::Variable& each) { return each.managed; }))
    return {};
  const Device* none = nullptr;
  if (managed_home_.compare_exchange_strong(none, &device) || none == &device) return {};
  return unsupported("managed variables of one module on several devices");
}

Result<hal::Kernel*> Kernel::in(Context& context) {
  std::lock_guard lock(mutex_);
  if (instance_context_ == &context && !instance_.expired()) return kernel_;
  Result<std::shared_ptr<LibraryInstance>> instance = context.instance_of(*library_);
  if (!instance) return instance.error();
  hal::Kernel* found = (*instance)->module().find_kernel(name_);
  if (found == nullptr) return invalid(Code::NotFound, "module has no kernel named '" + name_ + "'");
  instance_ = *instance;
  instance_context_ = &context;
  kernel_ = found;
  return found;
}

Result<hal::KernelAttributes> Kernel::attributes(Context& context) {
  Result<hal::Kernel*> kernel = in(context);
  if (!kernel) return kernel.error();
  hal::KernelAttributes attributes = (*kernel)->attributes();
  if (const fatbin::KernelResources* resources = library_->resources_of(name_)) {
    attributes.registers = resources->registers;
    attributes.registers_exact = true;
    attributes.local_bytes = std::max<uint64_t>(attributes.local_bytes, resources->local_bytes);
  }
  return attributes;
}

Result<void> Kernel::allow_dynamic_shared(Context& context, int bytes) {
  Result<hal::KernelAttributes> found = attributes(context);
  if (!found) return found.error();
  int limit = context.device().description().shared.per_block_optin - static_cast<int>(found->static_shared_bytes);
  if (bytes < 0 || bytes > limit) {
    return invalid(Code::InvalidValue, "kernel '" + name_ + "' asks for " + std::to_string(bytes) +
                                           " bytes of dynamic shared memory, the chip allows " + std::to_string(limit));
  }
  max_dynamic_shared = bytes;
  return {};
}

Result<std::shared_ptr<Library>> Library::from_image(const void* data, unsigned sm, bool lazy) {
  auto library = std::make_shared<Library>();
  library->image_ = data;
  library->sm_ = sm;
  if (lazy) return library;
  Result<std::shared_ptr<const ptx::Module>> module = library->module();
  if (!module) return module.error();
  return library;
}

Result<std::shared_ptr<Library>> Library::from_ptx(std::vector<std::string> texts) {
  auto library = std::make_shared<Library>();
  library->texts_ = std::move(texts);
  Result<std::shared_ptr<const ptx::Module>> module = library->module();
  if (!module) return module.error();
  return library;
}

Result<std::shared_ptr<Library>> Library::from_file(std::string_view bytes, unsigned sm) {
  auto library = std::make_shared<Library>();
  library->sm_ = sm;
  Result<fatbin::LoadedImage> loaded = fatbin::identify(std::as_bytes(std::span(bytes)));
  if (!loaded) return loaded.error();
  if (Result<void> read = library->read_image(*loaded); !read) return read.error();
  if (Result<std::shared_ptr<const ptx::Module>> module = library->module(); !module) return module.error();
  return library;
}

// Chooses among the images; fills texts_ (one, or one per relocatable unit) and cubin_.
Result<void> Library::read_image() {
  Result<fatbin::LoadedImage> loaded = fatbin::identify(image_);
  if (!loaded) return loaded.error();
  return read_image(*loaded);
}

Result<void> Library::read_image(const fatbin::LoadedImage& loaded) {
  std::vector<std::vector<fatbin::Image>> units = loaded.relocatable;
  if (units.empty()) units.push_back(loaded.images);
  for (const std::vector<fatbin::Image>& images : units) {
    if (images.empty()) continue;
    Result<size_t> chosen = fatbin::choose_ptx(images, sm_);
    if (!chosen) return chosen.error();
    Result<std::string> text = images[*chosen].ptx();
    if (!text) return text.error();
    for (std::string& unit : units_of(*text)) texts_.push_back(std::move(unit));
  }
  if (std::optional<size_t> index = fatbin::choose_cubin(loaded.images, sm_)) {
    Result<std::vector<std::byte>> payload = loaded.images[*index].payload();
    if (payload) {
      if (Result<fatbin::Cubin> cubin = fatbin::read_cubin(*payload)) cubin_ = *std::move(cubin);
    }
  }
  return {};
}

Result<std::shared_ptr<const ptx::Module>> Library::parse() {
  Phases phases;
  if (image_ != nullptr) {
    if (Result<void> read = read_image(); !read) return read.error();
  }
  phases.done("unpack");
  std::vector<ptx::Module> modules;
  for (const std::string& text : texts_) {
    Result<ptx::Module> module = ptx::parse(text);
    if (!module) return module.error();
    modules.push_back(*std::move(module));
  }
  texts_.clear();
  phases.done("parse");
  if (modules.size() == 1) define_externs(modules.front());
  bool math = false;
  for (const ptx::Module& module : modules) math = math || needs_device_math(module);
  if (math) {
    if (!device_math()) return device_math().error();
    modules.push_back(*device_math());
  }
  bool runtime = false;
  for (const ptx::Module& module : modules) runtime = runtime || needs_device_runtime(module);
  if (runtime) {
    Result<ptx::Module> module = ptx::parse(kDeviceRuntime);
    if (!module) return module.error();
    modules.push_back(*std::move(module));
  }
  phases.done("device math");
  if (modules.size() == 1) {
    phases.report("read a module");
    return std::make_shared<const ptx::Module>(std::move(modules.front()));
  }
  Result<ptx::Module> linked = ptx::link(std::move(modules));
  if (!linked) return linked.error();
  phases.done("link");
  phases.report("read a module");
  return std::make_shared<const ptx::Module>(*std::move(linked));
}

Result<std::shared_ptr<const ptx::Module>> Library::module() {
  std::lock_guard lock(mutex_);
  if (!module_) module_ = parse();
  return *module_;
}

const fatbin::KernelResources* Library::resources_of(const std::string& kernel) const {
  return cubin_.find(kernel);
}

std::shared_ptr<Kernel> Library::kernel(const std::string& name) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<Kernel>& kernel = kernels_[name];
  if (!kernel) kernel = std::make_shared<Kernel>(shared_from_this(), name);
  return kernel;
}

}  // namespace qiao::runtime
