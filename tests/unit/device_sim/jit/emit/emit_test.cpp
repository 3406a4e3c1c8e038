// What lane code looks like: the lines that matter of small kernels, before any optimisation.
#include "device_sim/jit/emit/emit.h"

#include <llvm/Support/raw_ostream.h>

#include "src/ptx/parse.h"
#include "tests/unit/catch.h"

using namespace qiao;

namespace {

std::string signature(const std::string& body) {
  return R"(
.visible .entry k(.param .u64 p, .param .u32 n) {
  .reg .pred p<9>; .reg .b16 h<9>; .reg .b32 r<20>; .reg .b64 rd<20>; .reg .f32 f<9>; .reg .f64 d<9>;
)" + body +
         "\n ret; }";
}

Result<std::string> emit(const std::string& text, bool counted = false, bool unchecked = false) {
  auto parsed = ptx::parse(".version 8.0\n.target sm_80\n.address_size 64\n" + text);
  if (!parsed) FAIL(parsed.error().message);
  machine::KernelImage kernel;
  kernel.module = std::make_shared<const ptx::Module>(std::move(*parsed));
  for (size_t i = 0; i < kernel.module->functions.size(); ++i) {
    if (kernel.module->functions[i].is_entry) kernel.function_index = i;
  }
  kernel.function = &kernel.module->functions[kernel.function_index];
  kernel.layout = machine::lay_out_kernel(*kernel.module, kernel.function_index);
  llvm::LLVMContext context;
  const perf::CountLevel level = counted ? perf::CountLevel::Memory : perf::CountLevel::None;
  auto code = jit::emit_lane_code(kernel, {level, unchecked}, context);
  if (!code) return code.error();
  std::string ir;
  llvm::raw_string_ostream stream(ir);
  code->module->print(stream, nullptr);
  return stream.str();
}

void check(const std::string& text, std::vector<std::string> wanted, std::vector<std::string> unwanted = {}) {
  auto ir = emit(text);
  if (!ir) FAIL(ir.error().message);
  INFO(*ir);
  size_t at = 0;
  for (const std::string& line : wanted) {  // in this order
    INFO("wanted: " << line);
    size_t found = ir->find(line, at);
    CHECK(found != std::string::npos);
    if (found != std::string::npos) at = found;
  }
  for (const std::string& line : unwanted) {
    INFO("unwanted: " << line);
    CHECK(ir->find(line) == std::string::npos);
  }
}

}  // namespace

TEST_CASE("a kernel is one function of one thread") {
  check(signature(""),
        {"@qiao.addresses = dso_local", "define void @k.lane(ptr nocapture readonly dereferenceable(12) %0, ptr %1, ptr %2)", "ret void"});
}

TEST_CASE("global accesses are checked against the arena, parameters are not") {
  check(signature("ld.param.u64 rd1, [p]; ld.global.f32 f1, [rd1+4]; st.global.f32 [rd1], f1;"),
        {", align 1", "call i64 @qiao.arena()", "call ptr @qiao.checked(", "load float", "call ptr @qiao.checked(",
         "store float"});
  auto unchecked = emit(signature("ld.global.f32 f1, [rd1+4];"), false, true);
  REQUIRE(unchecked.ok());
  CHECK(unchecked->find("call ptr @qiao.checked") == std::string::npos);
}

TEST_CASE("a variable at a constant offset inside it needs no check") {
  check(".shared .align 8 .b8 tile[64];\n" + signature("mov.u32 r1, 1; st.shared.u32 [tile+60], r1;"),
        {"call i64 @qiao.shared()", "store i32"}, {"call ptr @qiao.checked"});
  check(".shared .align 8 .b8 tile[64];\n" + signature("mov.u32 r1, 1; st.shared.u32 [tile+64], r1;"),
        {"call ptr @qiao.checked", "store i32"});
}

TEST_CASE("a vector is one check and scalar accesses") {
  check(signature("ld.global.v4.f32 {f1, f2, f3, f4}, [rd1];"),
        {"@qiao.checked(i64 %", "i32 4, i32 0)", "load float", "load float", "load float", "load float"},
        {"i32 1)\n", "<4 x"});
}

TEST_CASE("memory orders and volatile") {
  check(
      signature(
          "ld.acquire.gpu.global.u32 r1, [rd1]; st.release.sys.global.u32 [rd1], r1; ld.volatile.global.u32 r2, [rd1];"
          "ld.relaxed.cta.global.u32 r3, [rd1]; fence.acq_rel.gpu; membar.gl;"),
      {"load atomic i32", "acquire", "store atomic i32", "release", "load volatile i32", "load atomic i32", "monotonic",
       "fence acq_rel", "fence seq_cst"});
}

TEST_CASE("atomics are LLVM's where it has them") {
  check(signature("atom.global.add.u32 r1, [rd1], 1; atom.global.inc.u32 r1, [rd1], 7; red.global.max.s32 [rd1], r1;"
                  "atom.global.cas.b64 rd2, [rd1], rd2, rd3; red.global.add.f32 [rd1], f1; "
                  "atom.acq_rel.gpu.global.exch.b32 r1, [rd1], r2;"
                  "red.global.add.noftz.f16 [rd1], h1;"),
        {"atomicrmw add", "atomicrmw uinc_wrap", "atomicrmw max", "cmpxchg ptr", "atomicrmw fadd", "atomicrmw xchg",
         "acq_rel", "cmpxchg ptr"});
}

TEST_CASE("warp operations keep their marks") {
  check(signature(
            "shfl.sync.bfly.b32 r1|p1, r2, 1, 0x1f, 0xffffffff; bar.sync 0; vote.sync.any.pred p2, p1, 0xffffffff;"),
        {"@qiao.shfl.bfly(i32 -1, i32 %", "i32 1, i32 31)", "call void @qiao.barrier.sync(i32 0, i32 0)",
         "@qiao.ballot(i32 -1", "convergent nomerge"});
}

TEST_CASE("guards: values are selected, effects are branched around") {
  check(signature("@p1 add.u32 r1, r2, r3; @!p2 st.global.u32 [rd1], r1;"),
        {"select i1", "br i1", "then:", "store i32"});
}

TEST_CASE("markers stand in the counting variant only: blocks, guards, branches, accesses") {
  std::string text = signature("@p1 bra a; ld.global.u32 r1, [rd1]; a: @p2 add.u32 r1, r1, 2;");
  auto counted = emit(text, true);
  REQUIRE(counted.ok());
  for (const char* marker : {"@qiao.count.block(i32 0,", "@qiao.count.lanes(i32 2", "@qiao.count.branch(i32 3",
                             "@qiao.count.block(i32 4,", "@qiao.count.access(i32 8", "@qiao.count.block(i32 40,",
                             "@qiao.count.lanes(i32 42"}) {
    CHECK(counted->find(marker) != std::string::npos);
  }
  check(text, {}, {"qiao.count"});
}

TEST_CASE("what is not implemented names instruction, line and kernel") {
  auto ir = emit(".extern .func absent();" + signature("\n\n call absent;"));
  REQUIRE_FALSE(ir.ok());
  for (const char* part : {"unimplemented", "absent", "PTX line 9", "kernel k"}) {
    INFO(ir.error().message);
    CHECK(ir.error().message.find(part) != std::string::npos);
  }
}

TEST_CASE("a long block is written in pieces") {
  std::string body;
  for (int i = 0; i < 3000; ++i) body += "add.u32 r1, r1, r2;\n";
  auto ir = emit(signature(body));
  REQUIRE(ir.ok());
  size_t longest = 0, lines = 0;
  for (size_t at = ir->find("entry:"); at != std::string::npos; at = ir->find('\n', at + 1)) {
    lines = ir->compare(at, 2, "\n\n") == 0 ? 0 : lines + 1;
    longest = std::max(longest, lines);
  }
  CHECK(longest < 1500);
}
