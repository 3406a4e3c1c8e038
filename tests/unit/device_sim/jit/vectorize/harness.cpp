// Compiles both forms with LLJIT and provides the runtime they call.
#include "tests/unit/device_sim/jit/vectorize/harness.h"

#include <llvm/AsmParser/Parser.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

#include <bit>
#include <cmath>
#include <stdexcept>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/session/halves.h"
#include "device_sim/jit/session/host_forms.h"
#include "device_sim/machine/block_context.h"

namespace qiao::test {
namespace {

using machine::BlockContext;

thread_local Machine the_machine;
thread_local BlockContext* current_block;
thread_local uint32_t current_tid[3];

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

template <class T>
T take(llvm::Expected<T> value) {
  if (!value) {
    fail(llvm::toString(value.takeError()));
  }
  return std::move(*value);
}

void bad_access(BlockContext*, uint64_t address, uint32_t site) {
  the_machine.bad_accesses.emplace_back(address, site);
}
void barrier_sync(BlockContext* block, uint32_t warp, uint32_t mask, uint32_t id, uint32_t) {
  the_machine.barriers.push_back({block->ctaid[0], warp, id, mask});
}
uint32_t barrier_popc(BlockContext*, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t predicates) {
  return std::popcount(predicates);
}
uint32_t barrier_and(BlockContext*, uint32_t, uint32_t mask, uint32_t, uint32_t, uint32_t predicates) {
  return predicates == mask;
}
void yield(BlockContext*) {}
// Here nobody waits for lanes elsewhere, nor does the reference.
void apart(BlockContext*, uint32_t, uint32_t, uint32_t, uint32_t, const uint32_t*) {}
void level(BlockContext*, uint32_t, uint32_t) {}
void* checked(uint64_t base, uint64_t offset, uint64_t bytes, uint32_t log2size, uint32_t site) {
  if (std::rotr(offset, static_cast<int>(log2size)) >= bytes >> log2size) {
    bad_access(current_block, base + offset, site);
  }
  return reinterpret_cast<void*>(base + offset);
}
// The same three as machine/lane_addresses.cpp, said differently: lane by lane, in 128 bits.
void lane_values(uint64_t* lanes, const int64_t* table, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  const uint64_t scalars[] = {a, b, c, d};
  for (int lane = 0; lane < 32; ++lane) {
    lanes[lane] = scalars[lane * table[0] / 32] + static_cast<uint64_t>(table[lane + 1]);
  }
}
void lane_wraps(uint64_t* lanes, const int64_t* table, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  const uint64_t scalars[] = {a, b, c, d};
  for (int lane = 0; lane < 32; ++lane) {
    const uint64_t scalar = scalars[lane * table[0] / 32];
    auto extended = [&](bool is_signed) {
      return is_signed ? static_cast<__int128>(static_cast<int32_t>(scalar)) : static_cast<uint32_t>(scalar);
    };
    const __int128 start = extended(table[1]), promised = extended(table[2]);
    __int128 reached = start + table[4 + lane];
    const __int128 low = table[1] ? -(__int128{1} << 31) : 0, period = __int128{1} << 32;
    while (reached < low) reached += period;
    while (reached >= low + period) reached -= period;
    lanes[lane] += static_cast<uint64_t>((reached - promised - table[36 + lane]) * table[3]);
  }
}
void check_lanes(BlockContext*, const uint64_t* offsets, uint32_t mask, uint64_t base, uint64_t bytes,
                 uint32_t log2size, uint32_t site) {
  ++the_machine.lanes_checked;
  for (int lane = 0; lane < 32; ++lane) {
    if (mask >> lane & 1) checked(base, offsets[lane], bytes, log2size, site);
  }
}
uint32_t note(BlockContext*, uint32_t value) {
  the_machine.calls.push_back(value);
  return value * 3 + 1;
}
float half_of(float value) {
  return value * 0.5f;
}

const std::pair<const char*, void*> kRuntime[] = {
    {"qiao_rt_bad_access", reinterpret_cast<void*>(&bad_access)},
    {"qiao_rt_lane_values", reinterpret_cast<void*>(&lane_values)},
    {"qiao_rt_lane_wraps", reinterpret_cast<void*>(&lane_wraps)},
    {"qiao_rt_check_lanes", reinterpret_cast<void*>(&check_lanes)},
    {"qiao_rt_barrier_sync", reinterpret_cast<void*>(&barrier_sync)},
    {"qiao_rt_barrier_popc", reinterpret_cast<void*>(&barrier_popc)},
    {"qiao_rt_barrier_and", reinterpret_cast<void*>(&barrier_and)},
    {"qiao_rt_apart", reinterpret_cast<void*>(&apart)},
    {"qiao_rt_level", reinterpret_cast<void*>(&level)},
    {"qiao_rt_yield", reinterpret_cast<void*>(&yield)},
    {"qiao.checked", reinterpret_cast<void*>(&checked)},
    {"qiao_lane_note", reinterpret_cast<void*>(&note)},
    {"qiao_pure_half", reinterpret_cast<void*>(&half_of)},
    {"qiao.tid.x", reinterpret_cast<void*>(+[] { return current_tid[0]; })},
    {"qiao.tid.y", reinterpret_cast<void*>(+[] { return current_tid[1]; })},
    {"qiao.tid.z", reinterpret_cast<void*>(+[] { return current_tid[2]; })},
    {"qiao.ntid.x", reinterpret_cast<void*>(+[] { return current_block->ntid[0]; })},
    {"qiao.ntid.y", reinterpret_cast<void*>(+[] { return current_block->ntid[1]; })},
    {"qiao.ntid.z", reinterpret_cast<void*>(+[] { return current_block->ntid[2]; })},
    {"qiao.ctaid.x", reinterpret_cast<void*>(+[] { return current_block->ctaid[0]; })},
    {"qiao.nctaid.x", reinterpret_cast<void*>(+[] { return current_block->nctaid[0]; })},
    {"qiao.shared", reinterpret_cast<void*>(+[] { return current_block->shared; })},
    {"qiao.shared.size", reinterpret_cast<void*>(+[] { return current_block->shared_bytes; })},
    {"qiao.arena", reinterpret_cast<void*>(+[] { return current_block->arena; })},
    {"qiao.arena.size", reinterpret_cast<void*>(+[] { return current_block->arena_bytes; })},
    {"qiao.count.block", reinterpret_cast<void*>(+[](uint32_t, uint32_t) {})},
};

std::unique_ptr<llvm::Module> parse(const std::string& text, llvm::LLVMContext& context,
                                    const llvm::DataLayout& layout) {
  llvm::SMDiagnostic error;
  llvm::Module declarations("intrinsics", context);
  for (const jit::IntrinsicRow& row : jit::kIntrinsics) {
    jit::declare(declarations, row.id);
  }
  std::string all;
  llvm::raw_string_ostream stream(all);
  declarations.print(stream, nullptr);
  all += text;
  auto module = llvm::parseAssemblyString(all, error, context);
  if (!module) {
    std::string message;
    llvm::raw_string_ostream out(message);
    error.print("lane code", out);
    fail(message);
  }
  module->setDataLayout(layout);
  for (llvm::Function& function : *module) {
    for (llvm::BasicBlock& block : function) {
      for (llvm::Instruction& instruction : block) {
        if (auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) {
          jit::mark_call(*call);
        }
      }
    }
  }
  return module;
}

void verify(const llvm::Module& module) {
  std::string message;
  llvm::raw_string_ostream out(message);
  if (llvm::verifyModule(module, &out)) {
    module.print(out, nullptr);
    fail(message);
  }
}

BlockContext context_of(const jit::BlockShape& shape, uint32_t blocks, uint32_t block) {
  BlockContext context{};
  context.ctaid[0] = block;
  const uint32_t grid[3] = {blocks, 1, 1}, extent[3] = {shape.x, shape.y, shape.z};
  std::copy(grid, grid + 3, context.nctaid);
  std::copy(extent, extent + 3, context.ntid);
  context.warp_count = (shape.threads() + jit::kLanes - 1) / jit::kLanes;
  context.shared = reinterpret_cast<uint64_t>(the_machine.shared.data());
  context.shared_bytes = the_machine.shared.size();
  context.arena = the_machine.arena;
  context.arena_bytes = the_machine.arena_bytes;
  context.counts = the_machine.block_counts.data();
  return context;
}

}  // namespace

Machine& machine() {
  return the_machine;
}

struct Kernel::State {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  jit::VectorizeReport report;
  std::string warp_code, lane_code;
  void (*lane)(const void*, BlockContext*, void*) = nullptr;
  void (*warp)(const void*, BlockContext*, uint32_t) = nullptr;
};

Kernel::Kernel(const std::string& text, const jit::BlockShape& shape, Options options)
    : state_(std::make_unique<State>()) {
  static const bool ready = !llvm::InitializeNativeTarget() && !llvm::InitializeNativeTargetAsmPrinter();
  (void)ready;
  auto target = take(llvm::orc::JITTargetMachineBuilder::detectHost());
  target.setCodeGenOptLevel(llvm::CodeGenOptLevel::Less);
  auto host = take(target.createTargetMachine());
  State& state = *state_;
  state.jit = take(llvm::orc::LLJITBuilder().setJITTargetMachineBuilder(target).create());
  auto context = std::make_unique<llvm::LLVMContext>();
  auto scalar = parse(text, *context, state.jit->getDataLayout());
  auto module = parse(text, *context, state.jit->getDataLayout());
  verify(*module);
  llvm::Function* lane = module->getFunction("k.lane");
  if (options.optimize) {
    jit::optimize_lane_code(*lane, shape, options.windows);
  }
  state.report = jit::vectorize(*lane, shape, options.jam);
  verify(*module);
  llvm::raw_string_ostream prepared(state.lane_code);
  module->print(prepared, nullptr);
  lane->deleteBody();
  if (state.report.ok) {
    llvm::Function* warp = module->getFunction("k.warp");
    jit::optimize_warp_code(*warp, host.get());
    verify(*module);
    if (options.halves) {
      jit::split_into_halves(*warp, {0, 1});
      verify(*module);
    }
    llvm::raw_string_ostream out(state.warp_code);
    warp->print(out);
    jit::use_host_forms(*module, llvm::sys::getHostCPUFeatures().lookup("avx512dq") ? "+avx512dq" : "");
  }
  llvm::orc::SymbolMap symbols;
  for (const auto& [name, address] : kRuntime) {
    symbols[state.jit->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                                                 llvm::JITSymbolFlags::Exported};
  }
  llvm::orc::JITDylib& library = state.jit->getMainJITDylib();
  library.addGenerator(take(
      llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(state.jit->getDataLayout().getGlobalPrefix())));
  llvm::cantFail(library.define(llvm::orc::absoluteSymbols(std::move(symbols))));
  llvm::orc::ThreadSafeContext shared(std::move(context));
  llvm::cantFail(state.jit->addIRModule({std::move(scalar), shared}));
  llvm::cantFail(state.jit->addIRModule({std::move(module), shared}));
  if (text.find("@qiao.shfl") == std::string::npos && text.find("@qiao.ballot") == std::string::npos &&
      text.find("@qiao.redux") == std::string::npos && text.find("@qiao.match") == std::string::npos &&
      text.find("@qiao.barrier") == std::string::npos && text.find("@qiao.laneid") == std::string::npos) {
    state.lane = take(state.jit->lookup("k.lane")).toPtr<decltype(state.lane)>();
  }
  if (state.report.ok) {
    state.warp = take(state.jit->lookup("k.warp")).toPtr<decltype(state.warp)>();
  }
}

Kernel::~Kernel() = default;
const jit::VectorizeReport& Kernel::report() const {
  return state_->report;
}
const std::string& Kernel::warp_code() const {
  return state_->warp_code;
}
const std::string& Kernel::lane_code() const {
  return state_->lane_code;
}

void Kernel::run_lanes(const jit::BlockShape& shape, uint32_t blocks, const void* params) const {
  for (uint32_t block = 0; block < blocks; ++block) {
    BlockContext context = context_of(shape, blocks, block);
    current_block = &context;
    for (uint32_t thread = 0; thread < shape.threads(); ++thread) {
      current_tid[0] = thread % shape.x;
      current_tid[1] = thread / shape.x % shape.y;
      current_tid[2] = thread / shape.x / shape.y;
      state_->lane(params, &context, nullptr);
    }
    current_block = nullptr;
  }
}

void Kernel::run_warps(const jit::BlockShape& shape, uint32_t blocks, const void* params) const {
  for (uint32_t block = 0; block < blocks; ++block) {
    BlockContext context = context_of(shape, blocks, block);
    for (uint32_t call = 0; call < context.warp_count / report().jam; ++call) {
      state_->warp(params, &context, call);
    }
  }
}

}  // namespace qiao::test
