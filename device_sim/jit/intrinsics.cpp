// Declares and recognises the intrinsics of lane code.
#include "device_sim/jit/intrinsics.h"

#include <llvm/IR/ConstantRange.h>
#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Module.h>

#include <iterator>
#include <string>

namespace qiao::jit {
namespace {

llvm::Type* type_of(llvm::LLVMContext& context, char letter) {
  switch (letter) {
    case 'b':
      return llvm::Type::getInt1Ty(context);
    case 'i':
      return llvm::Type::getInt32Ty(context);
    case 'l':
      return llvm::Type::getInt64Ty(context);
    case 'p':
      return llvm::PointerType::getUnqual(context);
    case 's':
      return llvm::StructType::get(llvm::Type::getInt32Ty(context), llvm::Type::getInt1Ty(context));
    default:
      return llvm::Type::getVoidTy(context);
  }
}

void set_attributes(llvm::Function& function, Intrinsic id) {
  const IntrinsicKind kind = row_of(id).kind;
  function.setDoesNotThrow();
  if (kind == IntrinsicKind::Position || kind == IntrinsicKind::Check || kind == IntrinsicKind::Warp) {
    // Other lanes wait for one who does not use the result too.
    const bool meets = kind == IntrinsicKind::Warp && id != Intrinsic::ActiveMask;
    meets ? function.setOnlyAccessesInaccessibleMemory() : function.setDoesNotAccessMemory();
    function.addFnAttr(llvm::Attribute::WillReturn);
  }
  if (kind == IntrinsicKind::Marker) {
    function.setOnlyAccessesInaccessibleMemory();
    function.addFnAttr(llvm::Attribute::WillReturn);
  }
  if (kind == IntrinsicKind::Position) {
    function.addFnAttr(llvm::Attribute::Speculatable);
  }
  if (kind == IntrinsicKind::Warp || kind == IntrinsicKind::Barrier || kind == IntrinsicKind::Marker) {
    function.addFnAttr(llvm::Attribute::Convergent);
    function.addFnAttr(llvm::Attribute::NoMerge);
  }
}

// Upper bounds (exclusive) of what hardware can have; they let LLVM and the shape analysis prove that indices do not
// wrap. 0: no bound.
uint64_t bound_of(Intrinsic id) {
  switch (id) {
    case Intrinsic::TidX:
    case Intrinsic::TidY:
      return 1024;
    case Intrinsic::TidZ:
      return 64;
    case Intrinsic::LaneId:
    case Intrinsic::WarpId:
      return 32;
    case Intrinsic::NtidX:
    case Intrinsic::NtidY:
      return 1025;
    case Intrinsic::NtidZ:
      return 65;
    case Intrinsic::CtaidX:
      return 0x7fffffff;
    case Intrinsic::CtaidY:
    case Intrinsic::CtaidZ:
      return 65535;
    case Intrinsic::NctaidX:
      return 0x80000000u;
    case Intrinsic::NctaidY:
    case Intrinsic::NctaidZ:
      return 65536;
    default:
      return 0;
  }
}

}  // namespace

llvm::Function* declare(llvm::Module& module, Intrinsic id) {
  const IntrinsicRow& row = row_of(id);
  if (llvm::Function* known = module.getFunction(row.name)) {
    return known;
  }
  llvm::LLVMContext& context = module.getContext();
  llvm::SmallVector<llvm::Type*, 5> arguments;
  for (char letter : row.signature.substr(1)) {
    arguments.push_back(type_of(context, letter));
  }
  auto* type = llvm::FunctionType::get(type_of(context, row.signature[0]), arguments, false);
  auto* function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, row.name, module);
  set_attributes(*function, id);
  if (uint64_t bound = bound_of(id)) {
    llvm::ConstantRange range(llvm::APInt(32, 0), llvm::APInt(32, bound));
    function->addRetAttr(llvm::Attribute::get(context, llvm::Attribute::Range, range));
  }
  return function;
}

void mark_call(llvm::CallBase& call) {
  auto id = intrinsic_of(call);
  if (id && row_of(*id).kind >= IntrinsicKind::Warp) {
    call.addFnAttr(llvm::Attribute::Convergent);
    call.addFnAttr(llvm::Attribute::NoMerge);
  }
}

namespace {
constexpr const char* kUnsynchronized = "qiao-unsynchronized";
}  // namespace

void mark_unsynchronized(llvm::CallBase& call) {
  call.addFnAttr(llvm::Attribute::get(call.getContext(), kUnsynchronized));
}

bool is_unsynchronized(const llvm::CallBase& call) {
  return call.hasFnAttr(kUnsynchronized);
}

std::optional<Intrinsic> intrinsic_of(const llvm::Function& function) {
  if (!function.getName().starts_with("qiao.")) {
    return std::nullopt;
  }
  for (const IntrinsicRow& row : kIntrinsics) {
    if (function.getName() == llvm::StringRef(row.name)) {
      return row.id;
    }
  }
  return std::nullopt;
}

std::optional<Intrinsic> intrinsic_of(const llvm::Value& call) {
  const auto* base = llvm::dyn_cast<llvm::CallBase>(&call);
  const llvm::Function* callee = base ? base->getCalledFunction() : nullptr;
  return callee ? intrinsic_of(*callee) : std::nullopt;
}

namespace {
bool calls_prefixed(const llvm::Value& call, std::string_view prefix) {
  const auto* base = llvm::dyn_cast<llvm::CallBase>(&call);
  const llvm::Function* callee = base ? base->getCalledFunction() : nullptr;
  return callee && callee->getName().starts_with(prefix);
}
}  // namespace

namespace {
constexpr std::string_view kHostForms[] = {"qiao_pure_add_to_odd", "qiao_pure_rsqrt_unless_special",
                                           "qiao_pure_permute"};
}  // namespace

llvm::Function* declare_host_form(HostForm form, llvm::Module& module, llvm::Type* type) {
  std::string name(kHostForms[static_cast<size_t>(form)]);
  name += type->isVectorTy() ? ".v" : ".";
  name += (type->isIntOrIntVectorTy() ? "i" : "f") + std::to_string(type->getScalarSizeInBits());
  auto* function = llvm::cast<llvm::Function>(module.getOrInsertFunction(name, type, type, type).getCallee());
  function->setDoesNotAccessMemory();
  function->setDoesNotThrow();
  function->setWillReturn();
  function->addFnAttr(llvm::Attribute::Speculatable);
  return function;
}

std::optional<HostForm> host_form_of(const llvm::Value& call) {
  for (size_t form = 0; form < std::size(kHostForms); ++form) {
    if (calls_prefixed(call, kHostForms[form])) {
      return static_cast<HostForm>(form);
    }
  }
  return std::nullopt;
}

bool is_lane_call(const llvm::Value& call) {
  return calls_prefixed(call, kLanePrefix);
}
const WarpCall* warp_call_of(const llvm::Value& call) {
  static constexpr WarpCall kCalls[] = {{"qiao_lane_tex", "qiao_warp_tex", 3}};
  const auto* base = llvm::dyn_cast<llvm::CallBase>(&call);
  const llvm::Function* callee = base ? base->getCalledFunction() : nullptr;
  for (const WarpCall& known : kCalls) {
    if (callee && callee->getName() == llvm::StringRef(known.lane_name)) {
      return &known;
    }
  }
  return nullptr;
}
bool is_pure_call(const llvm::Value& call) {
  return calls_prefixed(call, kPurePrefix);
}

}  // namespace qiao::jit
