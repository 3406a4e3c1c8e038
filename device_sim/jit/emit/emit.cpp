// The frame of a kernel's lane code: its functions, its address table, and the check by LLVM's verifier.
#include "device_sim/jit/emit/emit.h"

#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include "device_sim/jit/emit/function_emitter.h"
#include "device_sim/jit/flushing.h"
#include "device_sim/jit/llvm_versions.h"

namespace qiao::jit {
namespace {

using llvm::Function;

constexpr uint64_t kStackBytes = 16384;  // of a lane's local frame, for all activations and alloca together

bool uses_alloca(const machine::KernelImage& kernel) {
  for (const auto& [index, layout] : kernel.layout.functions) {
    for (const ptx::Instruction& inst : kernel.module->functions[index].body) {
      if (inst.form->kind == isa::Kind::Alloca) return true;
    }
  }
  return false;
}

void declare_functions(KernelEmitter& emitter) {
  llvm::LLVMContext& context = emitter.module().getContext();
  llvm::Type* pointer = llvm::PointerType::getUnqual(context);
  for (const auto& [index, layout] : emitter.kernel.layout.functions) {
    const ptx::Function& ptx = emitter.ptx().functions[index];
    if (ptx.is_declaration) continue;
    bool is_kernel = index == emitter.kernel.function_index;
    std::vector<llvm::Type*> types(is_kernel ? 3 : 2 + ptx.results.size() + ptx.params.size(), pointer);
    if (!is_kernel && emitter.stacked) {
      types.insert(types.begin() + 2, llvm::Type::getInt64Ty(context));  // where the local frame is still free
    }
    llvm::Type* result = is_kernel ? llvm::Type::getVoidTy(context) : llvm::Type::getInt1Ty(context);
    auto* type = llvm::FunctionType::get(result, types, false);
    auto linkage = is_kernel ? Function::ExternalLinkage : Function::InternalLinkage;
    auto* function = Function::Create(type, linkage, is_kernel ? ptx.name + ".lane" : ptx.name, emitter.module());
    function->setDoesNotThrow();
    if (emitter.kernel.layout.flushes_subnormals) set_flushing(*function);
    if (is_kernel) {
      function->addParamAttr(0, llvm::Attribute::ReadOnly);
      function->addDereferenceableParamAttr(0, emitter.kernel.layout.param_bytes);
      mark_uncaptured(*function, 0);
    } else if (!emitter.kernel.layout.recursive) {
      function->addFnAttr(llvm::Attribute::AlwaysInline);
    }
    emitter.functions[index] = function;
  }
}

void add_address_table(llvm::Module& module, size_t symbols) {
  auto* type = llvm::ArrayType::get(llvm::Type::getInt64Ty(module.getContext()), symbols + 1);
  auto* table = new llvm::GlobalVariable(module, type, false, llvm::GlobalValue::ExternalLinkage,
                                         llvm::Constant::getNullValue(type), kAddressTable);
  table->setExternallyInitialized(true);  // the session fills it after linking
  table->setDSOLocal(true);
}

// Lines need a scope: one that no function has, so that passes which move code from function to function need not know
// (settle_lines in session/code_lines.h gives each its own at the end).
llvm::DIScope* add_line_scope(llvm::Module& module) {
  module.addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  module.addModuleFlag(llvm::Module::Warning, "Dwarf Version", 4);
  llvm::DIBuilder builder(module);
  llvm::DIFile* file = builder.createFile("ptx", "");
  llvm::DICompileUnit* unit = builder.createCompileUnit(llvm::dwarf::DW_LANG_C, file, "qiao", true, "", 0, "",
                                                        llvm::DICompileUnit::LineTablesOnly);
  auto* scope = builder.createFunction(unit, "ptx", "ptx", file, 0,
                                       builder.createSubroutineType(builder.getOrCreateTypeArray({})), 0,
                                       llvm::DINode::FlagZero, llvm::DISubprogram::SPFlagDefinition);
  builder.finalize();
  return scope;
}

}  // namespace

Result<LaneCode> emit_lane_code(const machine::KernelImage& kernel, const EmitOptions& options,
                                llvm::LLVMContext& context) {
  LaneCode code;
  code.kernel = kernel.function->name;
  const bool stacked = kernel.layout.recursive || uses_alloca(kernel);
  if (stacked) code.local_bytes = (kernel.layout.local_bytes + 15) / 16 * 16 + kStackBytes;
  code.module = std::make_unique<llvm::Module>(code.kernel, context);
  KernelEmitter emitter{kernel, options, code, {}, {}, stacked, nullptr, std::nullopt};
  if (options.level != perf::CountLevel::None) {
    emitter.plan.emplace(kernel, options.level, machine::CountingPlan::Grain::Stretch);
  }
  if (options.lines) emitter.lines = add_line_scope(*code.module);
  add_address_table(*code.module, kernel.module->symbols.size());
  declare_functions(emitter);
  for (const uint32_t function : kernel.layout.address_taken) {
    if (emitter.functions.count(function) != 0) emitter.address_taken.push_back(function);
  }
  for (const auto& [index, function] : emitter.functions) {
    if (!kernel.module->functions[index].unusable.empty()) {
      return unsupported(kernel.module->functions[index].unusable);
    }
    if (auto done = FunctionEmitter(emitter, index).emit(); !done) return done.error();
  }
  std::string complaint;
  llvm::raw_string_ostream stream(complaint);
  if (llvm::verifyModule(*code.module, &stream)) {
    return Error{Code::Unknown, "internal error: lane code of " + code.kernel + " is malformed: " + stream.str()};
  }
  return code;
}

}  // namespace qiao::jit
