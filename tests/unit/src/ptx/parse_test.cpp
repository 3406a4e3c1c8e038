// Text -> Module: what a compiler writes, and the shape it gets.
#include "src/ptx/parse.h"

#include "tests/unit/catch.h"

using namespace qiao::ptx;
using qiao::isa::Meaning;

namespace {

constexpr const char* kVectorAdd = R"(
.version 9.0
.target sm_75
.address_size 64

.visible .entry add(
  .param .u64 add_param_0,
  .param .u64 add_param_1,
  .param .u64 add_param_2,
  .param .u32 add_param_3
)
.maxntid 128, 1, 1
{
  .reg .pred %p<2>;
  .reg .f32 %f<4>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<11>;

  ld.param.u64 %rd1, [add_param_0];
  ld.param.u64 %rd2, [add_param_1];
  ld.param.u64 %rd3, [add_param_2];
  ld.param.u32 %r2, [add_param_3];
  mov.u32 %r3, %ctaid.x;
  mov.u32 %r4, %ntid.x;
  mov.u32 %r5, %tid.x;
  mad.lo.s32 %r1, %r3, %r4, %r5;
  setp.ge.s32 %p1, %r1, %r2;
  @%p1 bra $L__BB0_2;

  cvta.to.global.u64 %rd4, %rd1;
  mul.wide.s32 %rd5, %r1, 4;
  add.s64 %rd6, %rd4, %rd5;
  ld.global.f32 %f1, [%rd6];
  cvta.to.global.u64 %rd7, %rd2;
  add.s64 %rd8, %rd7, %rd5;
  ld.global.f32 %f2, [%rd8+-4];
  add.f32 %f3, %f1, %f2;
  cvta.to.global.u64 %rd9, %rd3;
  add.s64 %rd10, %rd9, %rd5;
  st.global.f32 [%rd10], %f3;

$L__BB0_2:
  ret;
}
)";

}  // namespace

TEST_CASE("a compiler's vector add parses") {
  auto module = parse(kVectorAdd);
  INFO((module.ok() ? "" : module.error().message));
  REQUIRE(module.ok());
  CHECK(module->version == 90);
  CHECK(module->sm == 75);
  const Function* kernel = module->find_function("add");
  REQUIRE(kernel != nullptr);
  CHECK(kernel->is_entry);
  CHECK(kernel->linkage == Linkage::Visible);
  CHECK(kernel->unusable.empty());
  CHECK(kernel->params.size() == 4);
  CHECK(kernel->performance.max_threads[0] == 128);
  REQUIRE(kernel->body.size() == 22);
  CHECK(kernel->labels[0] == 21);

  const Instruction& branch = kernel->body[9];
  CHECK(branch.form->kind == qiao::isa::Kind::Branch);
  CHECK(kernel->registers[branch.guard].name == "%p1");
  CHECK(branch.operands[0].id == 0);

  const Instruction& load = kernel->body[16];
  CHECK(load.operands.size() == load.form->slots.size());
  CHECK(load.operands[1].offset == -4);
  CHECK(load.location.line == 36);
  CHECK(kernel->body[7].form->meaning == Meaning::mad_lo);
}
