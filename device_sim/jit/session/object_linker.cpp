// JITLink without LLJIT's platform layer: compiled kernels have no constructors, no TLS and no exceptions.
#include "device_sim/jit/session/object_linker.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#if __has_include(<llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h>)  // since LLVM 21 or 22
#include <llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h>
#endif
#if __has_include(<llvm/ExecutionEngine/Orc/AbsoluteSymbols.h>)
#include <llvm/ExecutionEngine/Orc/AbsoluteSymbols.h>
#endif
#include <llvm/Support/MemoryBuffer.h>

#include "device_sim/machine/runtime_calls.h"
#include "src/base/log.h"
#include "src/isa/pure_functions.h"

// The compiler's own library: it has no header.
extern "C" {
__int128 __divti3(__int128, __int128);
__int128 __modti3(__int128, __int128);
unsigned __int128 __udivti3(unsigned __int128, unsigned __int128);
unsigned __int128 __umodti3(unsigned __int128, unsigned __int128);
#if defined(__x86_64__)
float __extendhfsf2(_Float16);
_Float16 __truncsfhf2(float);
_Float16 __truncdfhf2(double);
#endif
}

namespace qiao::jit {
namespace {

namespace orc = llvm::orc;

Error failed(const std::string& what, llvm::Error error) {
  return Error{Code::Unknown, "jit: cannot " + what + ": " + llvm::toString(std::move(error))};
}

template <class F>
void* address(F* function) {
  return reinterpret_cast<void*>(function);
}

// What code generation calls by itself: operations the host has no instruction for.
template <class Add>
void add_support(Add add) {
  add("memcpy", address<void*(void*, const void*, size_t)>(std::memcpy));
  add("memmove", address<void*(void*, const void*, size_t)>(std::memmove));
  add("memset", address<void*(void*, int, size_t)>(std::memset));
  add("fma", address<double(double, double, double)>(::fma));
  add("fmaf", address<float(float, float, float)>(::fmaf));
#define QIAO_UNARY(name)                       \
  add(#name, address<double(double)>(::name)); \
  add(#name "f", address<float(float)>(::name##f));
  QIAO_UNARY(ceil)
  QIAO_UNARY(floor)
  QIAO_UNARY(nearbyint)
  QIAO_UNARY(rint)
  QIAO_UNARY(round)
  QIAO_UNARY(sqrt)
  QIAO_UNARY(trunc)
#undef QIAO_UNARY
  // A clamp of halves becomes these, although each instruction of it is there.
  add("fmin", address<double(double, double)>(::fmin));
  add("fminf", address<float(float, float)>(::fminf));
  add("fmax", address<double(double, double)>(::fmax));
  add("fmaxf", address<float(float, float)>(::fmaxf));
  add("__divti3", address(__divti3));
  add("__modti3", address(__modti3));
  add("__udivti3", address(__udivti3));
  add("__umodti3", address(__umodti3));
#if defined(__x86_64__)
  add("__extendhfsf2", address(__extendhfsf2));  // processors without F16C
  add("__truncsfhf2", address(__truncsfhf2));
  add("__truncdfhf2", address(__truncdfhf2));
#endif
}

// Notes where the code of each library went.
class CodeRanges : public orc::ObjectLinkingLayer::Plugin {
 public:
  void modifyPassConfig(orc::MaterializationResponsibility& responsibility, llvm::jitlink::LinkGraph&,
                        llvm::jitlink::PassConfiguration& passes) override {
    const orc::JITDylib* library = &responsibility.getTargetJITDylib();
    passes.PostFixupPasses.push_back([this, library](llvm::jitlink::LinkGraph& graph) {
      note(*library, graph);
      return llvm::Error::success();
    });
  }
  llvm::Error notifyFailed(orc::MaterializationResponsibility&) override { return llvm::Error::success(); }
  llvm::Error notifyRemovingResources(orc::JITDylib& library, orc::ResourceKey) override {
    std::lock_guard lock(mutex_);
    ranges_.erase(&library);
    return llvm::Error::success();
  }
  void notifyTransferringResources(orc::JITDylib&, orc::ResourceKey, orc::ResourceKey) override {}

  CodeRange of(const orc::JITDylib& library) {
    std::lock_guard lock(mutex_);
    return ranges_[&library];
  }

 private:
  void note(const orc::JITDylib& library, llvm::jitlink::LinkGraph& graph) {
    CodeRange range;
    for (const auto& section : graph.sections()) {
      if ((static_cast<unsigned>(section.getMemProt()) & static_cast<unsigned>(orc::MemProt::Exec)) == 0) continue;
      for (const auto* block : section.blocks()) {
        const uint64_t first = block->getAddress().getValue(), last = first + block->getSize();
        range.first = range.last == 0 ? first : std::min(range.first, first);
        range.last = std::max(range.last, last);
      }
    }
    std::lock_guard lock(mutex_);
    ranges_[&library] = range;
  }

  std::mutex mutex_;
  std::map<const orc::JITDylib*, CodeRange> ranges_;
};

class Linker {
 public:
  static Result<Linker*> get() {
    static Linker* const kLinker = new Linker;  // never destroyed: kernels may run from atexit handlers
    if (!kLinker->problem_.empty()) return Error{Code::OperatingSystem, kLinker->problem_};
    return kLinker;
  }

  orc::ExecutionSession& session() { return *session_; }
  orc::ObjectLinkingLayer& layer() { return *layer_; }
  CodeRange code_of(const orc::JITDylib& library) { return ranges_->of(library); }

  llvm::Expected<orc::JITDylib&> new_library() {
    auto library = session_->createJITDylib("kernel." + std::to_string(count_++));
    if (library) library->addToLinkOrder(*runtime_);
    return library;
  }

 private:
  Linker() {
    auto control = orc::SelfExecutorProcessControl::Create();
    if (!control) {
      problem_ = "jit: " + llvm::toString(control.takeError());
      return;
    }
    session_ = std::make_unique<orc::ExecutionSession>(std::move(*control));
    session_->setErrorReporter([](llvm::Error error) { log::warn("jit: " + llvm::toString(std::move(error))); });
    layer_ = std::make_unique<orc::ObjectLinkingLayer>(*session_);
    layer_->addPlugin(ranges_);
    runtime_ = &session_->createBareJITDylib("runtime");
    if (auto error = runtime_->define(orc::absoluteSymbols(runtime_symbols()))) {
      problem_ = "jit: " + llvm::toString(std::move(error));
    }
  }

  orc::SymbolMap runtime_symbols() {
    orc::SymbolMap symbols;
    auto add = [&](std::string_view name, const void* target) {
      symbols[session_->intern(llvm::StringRef(name))] = {orc::ExecutorAddr::fromPtr(target),
                                                          llvm::JITSymbolFlags::Exported};
    };
    for (const machine::RuntimeSymbol& symbol : machine::runtime_symbols()) add(symbol.name, symbol.address);
#define QIAO_PURE(name, result_bits, argument_bits, arguments) \
  add("qiao_pure_" #name, isa::address_of(isa::Pure::name));
#include "src/isa/pure_functions.inc"
#undef QIAO_PURE
    add_support(add);
    return symbols;
  }

  std::unique_ptr<orc::ExecutionSession> session_;
  std::unique_ptr<orc::ObjectLinkingLayer> layer_;
  std::shared_ptr<CodeRanges> ranges_ = std::make_shared<CodeRanges>();
  orc::JITDylib* runtime_ = nullptr;
  std::atomic<uint64_t> count_{0};
  std::string problem_;
};

class Object : public LinkedObject {
 public:
  Object(Linker& linker, orc::JITDylib& library) : linker_(linker), library_(&library) {}
  ~Object() override { llvm::consumeError(linker_.session().removeJITDylib(*library_)); }

  Result<void*> find(const std::string& symbol) override {
    auto found = linker_.session().lookup({library_.get()}, linker_.session().intern(symbol));
    if (!found) return failed("link " + symbol, found.takeError());
    return found->getAddress().toPtr<void*>();
  }
  CodeRange code() const override { return linker_.code_of(*library_); }

 private:
  Linker& linker_;
  orc::JITDylibSP library_;
};

}  // namespace

Result<std::shared_ptr<LinkedObject>> link_object(std::unique_ptr<llvm::MemoryBuffer> object) {
  auto linker = Linker::get();
  if (!linker) return linker.error();
  auto library = (*linker)->new_library();
  if (!library) return failed("make a library", library.takeError());
  std::shared_ptr<LinkedObject> linked = std::make_shared<Object>(**linker, *library);
  if (auto error = (*linker)->layer().add(*library, std::move(object)))
    return failed("add an object", std::move(error));
  return linked;
}

}  // namespace qiao::jit
