// Placing a module's variables in device memory, and its kernels.
#include "device_sim/machine/loaded_module.h"

#include <algorithm>
#include <cstring>

#include "src/isa/types.h"

namespace qiao::machine {
namespace {

using isa::StateSpace;

bool lives_in_device_memory(const ptx::Variable& variable) {
  return variable.space == StateSpace::Global || variable.space == StateSpace::Const;
}

hal::GlobalVariable::Opaque opaque_of(const ptx::Variable& variable) {
  using Opaque = hal::GlobalVariable::Opaque;
  switch (variable.opaque) {
    case isa::Mod::TexRef:
      return Opaque::Texture;
    case isa::Mod::SamplerRef:
      return Opaque::Sampler;
    case isa::Mod::SurfRef:
      return Opaque::Surface;
    default:
      return Opaque::None;
  }
}

Error unresolved(const std::string& name) {
  return invalid(Code::InvalidImage, "unresolved symbol '" + name + "': declared .extern and defined nowhere");
}

}  // namespace

Result<std::unique_ptr<SimModule>> SimModule::load(std::shared_ptr<const ptx::Module> module, Arena& arena,
                                                   const hal::ChipDescription& chip) {
  auto loaded = std::make_unique<SimModule>(std::move(module), arena, chip);
  if (auto placed = loaded->place_variables(); !placed) return placed.error();
  return loaded;
}

uint64_t SimModule::code_bytes() const {
  return std::max<uint64_t>(module_->functions.size(), 1) * ModuleStorage::kHandleStride;
}

SimModule::~SimModule() {
  for (const uint64_t address : allocations_) (void)arena_.release(address, Arena::Owner::Module);
  if (storage_->code_base) arena_.release_inaccessible(storage_->code_base, code_bytes());
}

Result<void> SimModule::place_variables() {
  auto code = arena_.reserve_inaccessible(code_bytes());
  if (!code) return code.error();
  storage_->code_base = *code;
  storage_->symbol_address.assign(module_->symbols.size(), kNoOffset);
  for (size_t id = 0; id < module_->symbols.size(); ++id) {
    const ptx::Symbol& symbol = module_->symbols[id];
    if (symbol.kind == ptx::Symbol::Kind::Function) {
      storage_->symbol_address[id] = storage_->function_handle(symbol.index);
      continue;
    }
    const ptx::Variable& variable = module_->variables[symbol.index];
    if (!lives_in_device_memory(variable)) continue;
    if (variable.linkage == ptx::Linkage::Extern) return unresolved(variable.name);
    auto address = arena_.allocate(std::max<uint64_t>(variable.bytes, 1), Arena::Owner::Module, variable.align);
    if (!address) return address.error();
    allocations_.push_back(*address);
    storage_->symbol_address[id] = *address;
  }
  for (size_t id = 0; id < module_->symbols.size(); ++id) {
    const ptx::Symbol& symbol = module_->symbols[id];
    if (symbol.kind != ptx::Symbol::Kind::Variable || storage_->symbol_address[id] == kNoOffset) continue;
    if (auto done = initialise(module_->variables[symbol.index], storage_->symbol_address[id]); !done) return done;
  }
  return {};
}

Result<void> SimModule::initialise(const ptx::Variable& variable, uint64_t address) const {
  auto* bytes = reinterpret_cast<char*>(address);
  std::memset(bytes, 0, variable.bytes);
  const uint64_t element = std::max<uint64_t>(isa::bytes_of(variable.type), 1);
  for (size_t i = 0; i < variable.init.size(); ++i) {
    const ptx::Initializer& init = variable.init[i];
    uint64_t value = init.bits;
    if (init.symbol != ptx::kNoId) {
      const uint64_t target = storage_->symbol_address[init.symbol];
      if (target == kNoOffset)
        return unsupported("the initialiser of '" + variable.name +
                           "' takes the address of a symbol which is neither "
                           "in .global nor in .const nor a function");
      value = target + static_cast<uint64_t>(init.addend);
    }
    if (init.mask_byte != 0xff) value = value >> (8 * init.mask_byte) & 0xff;
    if ((i + 1) * element > variable.bytes)
      return invalid(Code::InvalidPtx, "the initialiser of '" + variable.name + "' is longer than the variable");
    std::memcpy(bytes + i * element, &value, std::min<uint64_t>(element, sizeof value));
  }
  return {};
}

hal::Kernel* SimModule::find_kernel(const std::string& name) {
  std::lock_guard lock(mutex_);
  if (auto known = kernels_.find(name); known != kernels_.end()) return known->second.get();
  for (uint32_t index = 0; index < module_->functions.size(); ++index) {
    const ptx::Function& function = module_->functions[index];
    if (!function.is_entry || function.is_declaration || function.name != name) continue;
    KernelImage image{module_, &function, index, storage_, lay_out_kernel(*module_, index)};
    return kernels_.emplace(name, std::make_unique<SimKernel>(std::move(image), chip_)).first->second.get();
  }
  return nullptr;
}

Result<hal::GlobalVariable> SimModule::find_global(const std::string& name) const {
  const auto found = module_->symbol_by_name.find(name);
  if (found != module_->symbol_by_name.end()) {
    const ptx::Symbol& symbol = module_->symbols[found->second];
    const uint64_t address = storage_->symbol_address[found->second];
    if (symbol.kind == ptx::Symbol::Kind::Variable && address != kNoOffset) {
      const ptx::Variable& variable = module_->variables[symbol.index];
      return hal::GlobalVariable{address, variable.bytes, opaque_of(variable)};
    }
  }
  return Error{Code::NotFound, "the module has no .global or .const variable '" + name + "'"};
}

std::vector<std::string> SimModule::kernel_names() const {
  std::vector<std::string> names;
  for (const ptx::Function& function : module_->functions)
    if (function.is_entry && !function.is_declaration) names.push_back(function.name);
  return names;
}

}  // namespace qiao::machine
