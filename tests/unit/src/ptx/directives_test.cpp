// Directives of PTX ISA 9.0, chapters 5, 6 and 11: what is taken (and comes back from the printer), what it means, and
// what is refused. The lists were compared with what NVIDIA's assembler takes and refuses.
#include <string>

#include "tests/unit/src/ptx/round_trip.h"
#include "tests/unit/src/ptx/samples.h"

using namespace qiao::ptx;

namespace {

const char* const kHeader = ".version 9.0\n.target sm_90\n.address_size 64\n";

Module parsed(const std::string& body, const std::string& header = kHeader) {
  auto module = parse(header + body);
  INFO(body << (module.ok() ? "" : module.error().message));
  REQUIRE(module.ok());
  return std::move(*module);
}

const std::string& unusable(const Module& module, const char* function) {
  return module.find_function(function)->unusable;
}

}  // namespace

TEST_CASE("initialisers of every kind") {
  for (const char* body : {
           ".global .s8 a[2][2][3] = { {{1,2,3},{4,5,6}}, {{-1,-2,-3}} };",
           ".global .f32 f[] = {0f3f800000, 2.0, -1.0, .5, 5., 1E-5};",
           ".global .v2 .u32 v[2] = {{1,2},{3,4}};",
           ".global .u32 a; .global .u64 p[4] = {a, a+4, generic(a)+8, generic(a)};",
           ".global .u32 a; .global .u8 m[4] = {0xFF(a), 0xFF00(a+4), 7, 0xFF00000000000000(generic(a))};",
           ".const .u32 c = 7; .global .u64 g[2] = {c, generic(c)};",
           ".func f(); .global .u64 table[2] = {f, f}; .func f() { ret; }",
           ".global .b32 e = (1+2)*3 | ~0 & 0xff ? WARP_SZ : -7 % 2;",
           ".global .b128 b[2] = {1, 2};",
           ".global .align 4 .attribute(.managed) .u32 m[4]; .global .attribute(.unified(0x1,0x2)) .u32 u;",
           ".weak .global .u32 w = 4; .common .global .u32 m[3]; .extern .global .u32 x[];",
           ".extern .shared .align 16 .b8 d[]; .shared .u32 s[4][4];",
           ".global .u32 a<3>, b, c[2];",
       }) {
    check_round_trip(kHeader + std::string(body));
  }
}

TEST_CASE("float constants of bit variables are those of the assembler") {
  const Module module = parsed(".global .b32 a = 1.0; .global .b64 b = 0f3f800000; .global .b64 c = 1.0;");
  CHECK(module.find_variable("a")->init[0].bits == 0x3f800000);
  CHECK(module.find_variable("b")->init[0].bits == 0x3f800000);
  CHECK(module.find_variable("c")->init[0].bits == 0x3ff0000000000000);
  CHECK(parsed(".global .b32 r = -7 % 2;").find_variable("r")->init[0].bits == 1);  // unsigned: PTX ISA 4.5.5
}

TEST_CASE("an address only fits where it fits") {
  for (const char* type : {".u8", ".u16", ".f32", ".f64", ".f16"}) {
    CHECK(error_of(kHeader + std::string(".global .u32 a; .global ") + type + " p = a;") != "");
  }
  CHECK(error_of(kHeader + std::string(".global .u32 a; .global .s64 p = a;")) == "");
}

TEST_CASE("a definition must be what was declared") {
  for (const char* body : {
           ".extern .global .u32 x; .visible .global .u64 x = 1;",
           ".extern .global .u32 x; .visible .const .u32 x = 1;",
           ".func f(.param .u32 a); .func f(.param .u64 a) { ret; }",
           ".func f(.param .u32 a); .func (.param .u32 r) f(.param .u32 a) { ret; }",
           ".func f(); .entry f() { ret; }",
           ".func f() { ret; } .func f() { ret; }",
           ".entry k(.reg .u32 a) { ret; }",
           ".entry (.param .u32 r) k() { ret; }",
           ".common .entry k() { ret; }",
           ".func a() { ret; } .func b() { ret; } .alias b, a;",
           ".func a() { ret; } .func b(.param .u32 x); .alias b, a;",
           ".global .u32 a; .func b(); .alias b, a;",
       }) {
    INFO(body);
    CHECK(error_of(kHeader + std::string(body)) != "");
  }
  check_round_trip(kHeader + std::string(".func a() { ret; } .visible .func b(); .alias b, a;"
                                         ".entry k() { call b; ret; }"));
}

TEST_CASE("performance directives and pragmas") {
  const Module module = parsed(R"(.pragma "nounroll";
.entry k1() .maxntid 32, 2 .minnctapersm 2 .maxnreg 64 { .pragma "used_bytes_mask 0xf"; ret; }
.entry k2() .reqntid 32, 2, 1 .pragma "nounroll"; { ret; }
.entry k3() .maxclusterrank 4 .reqnctapercluster 1 { ret; }
.entry k4() .reqnctapercluster 2, 1, 1 { ret; }
.entry k5() .explicitcluster { ret; }
.entry k6() .blocksareclusters .reqntid 32 .reqnctapercluster 2 { ret; }
.func f1() .noreturn { trap; }
.func .attribute(.unified(0x1,0x2)) f2() .abi_preserve 8 .abi_preserve_control 2 { ret; }
.entry k7(.param .u64 .ptr .global .align 8 p, .param .u64 .ptr q, .param .align 8 .b8 s[12]) { ret; }
)");
  CHECK(module.find_function("k1")->performance.max_threads == std::array<uint32_t, 3>{32, 2, 1});
  CHECK(module.find_function("k1")->performance.max_registers == 64);
  CHECK(module.find_function("k2")->performance.required_threads == std::array<uint32_t, 3>{32, 2, 1});
  for (const char* kernel : {"k1", "k2", "k3", "k7"}) CHECK(unusable(module, kernel).empty());
  // Clusters are refused, but only of the kernels that ask for them.
  CHECK(unusable(module, "k4") == "unsupported: directive '.reqnctapercluster' at PTX line 8 in kernel k4");
  CHECK(unusable(module, "k5") == "unsupported: directive '.explicitcluster' at PTX line 9 in kernel k5");
  CHECK(unusable(module, "k6").find(".blocksareclusters") != std::string::npos);
}

TEST_CASE("source lines and debug sections") {
  const std::string text = std::string(".version 9.0\n.target sm_90, debug\n.address_size 64\n") + R"(
.file 1 "a.cu"
.file 2 "my file (x).h", 123456, 789
.visible .entry k() {
 .reg .u32 r;
$begin: .loc 1 3 0
 mov.u32 r, 1;
.loc 2 5 7, function_name $name, inlined_at 1 3 0
 add.u32 r, r, 1;
.loc 2 6 7, function_name $name+5, inlined_at 1 3 0
 add.u32 r, r, 1;
 ret;
$end:
}
.section .debug_str { $name: .b8 102, 0 
}
.section .debug_info {
.b32 10
.b8 2, 0x3
.b32 .debug_abbrev
.b64 $begin
.b64 $end-$begin
.b32 .debug_str+5
}
.section .debug_loc { }
)";
  check_round_trip(text);
  auto module = parse(text);
  const Function& kernel = *module->find_function("k");
  CHECK(kernel.body[0].source.line == 3);
  CHECK(kernel.body[1].source.file == 2);
  CHECK(kernel.body[2].source.line == 6);
  CHECK(module->files[2] == "my file (x).h");
  auto again = parse(print(*module));
  CHECK(again->find_function("k")->body[2].source.line == 6);
}

TEST_CASE("what is refused says where it was written") {
  const Module module = parsed(R"(.file 1 "a.cu"
.entry k() { .reg .f32 f; .reg .b64 t; .reg .s32 i;
.loc 1 77 3
tex.2dms.v4.f32.s32 {f, f, f, f}, [t, {i, i, i, i}]; ret; })");
  CHECK(unusable(module, "k") == "unsupported: instruction 'tex.2dms.v4.f32.s32' at PTX line 7 (a.cu:77) in kernel k");
}

TEST_CASE("versions and targets") {
  for (const char* target :
       {"sm_10", "sm_13", "sm_20", "sm_35", "sm_53", "sm_75", "sm_90a", "sm_100f", "sm_103a", "sm_120", "sm_121f",
        "sm_75, texmode_independent", "sm_20, texmode_unified", "sm_75, debug", "sm_12, map_f64_to_f32"}) {
    parsed(".entry k() { ret; }", std::string(".version 9.0\n.target ") + target + "\n");
  }
  for (const char* version : {"1.4", "2.3", "3.2", "4.3", "6.5", "7.8", "8.8", "9.0"}) {
    parsed(".entry k(.param .u32 p) { ret; }", std::string(".version ") + version + "\n.target sm_10\n");
  }
  const char* old = ".entry k { .param .u32 a, b; .reg .u32 r; ld.param.u32 r, [b]; exit; }";
  CHECK(parsed(old, ".version 1.3\n.target sm_10\n").find_function("k")->params.size() == 2);
  CHECK(parsed(old, ".version 1.4\n.target sm_10\n").find_function("k")->params.empty());
  const Module mapped = parsed(".entry k() { .reg .f64 d; add.f64 d, d, d; ret; } .entry l() { ret; }",
                               ".version 1.4\n.target sm_12, map_f64_to_f32\n");
  CHECK(unusable(mapped, "k").find("map_f64_to_f32") != std::string::npos);
  CHECK(unusable(mapped, "l").empty());
}

TEST_CASE("elements of arrays") {
  const Module module = parsed(R"(.global .u32 g[8][4]; .shared .u64 s[4];
.entry k() { .reg .u32 r; .reg .u64 d; .reg .pred p;
 ld.global.u32 r, g[5]; mov.u64 d, g[2-1]; ld.shared.u64 d, s[2]; @p ld.global.u32 r, g[r+1]; mov.u64 d, g[d]; ret; })");
  const Function& kernel = *module.find_function("k");
  CHECK(kernel.body[0].operands[1].offset == 20);
  CHECK(kernel.body[1].operands[1].offset == 4);
  CHECK(kernel.body[2].operands[1].offset == 16);
  CHECK(kernel.body[3].form->opcode == "mul");
  CHECK(kernel.body[7].guard != kNoId);
  check_round_trip(print(module));
  CHECK(error_of(in_kernel("mov.u64 %l1, f[1];")) != "");
  CHECK(error_of(in_kernel("ld.global.u32 %r1, g[%h1];")) != "");
  CHECK(error_of(in_kernel("ld.global.u32 %r1, g[1.5];")) != "");
}

TEST_CASE("scopes: variables of every space, labels and vectors") {
  check_round_trip(kHeader + std::string(R"(
.entry k() { .reg .u32 a, $x, _y, %z$1; .reg .v4 .f32 v<3>; .pragma "nounroll";
 { .reg .f32 a; .global .u32 g = 3; .const .u32 c[2] = {1, 2}; L: mov.f32 a, v2.x; ld.global.u32 $x, [g]; bra L; }
 { .reg .u64 a; .global .u64 g; L: mov.u64 a, g; bra.uni L; }
 .reg .pred %p; @!%p bra $L_1; ret; $L_1: ret; }
)"));
}

TEST_CASE("braces around one element") {
  const Module module = parsed(R"(
.entry k() { .reg .b64 a; .reg .b32 r, s; ld.global.b32 {r}, [a]; st.global.b32 [a], {r}; mov.b32 {s}, {r}; }
)");
  for (const Instruction& instruction : module.functions[0].body) {
    for (const Operand& operand : instruction.operands) CHECK(operand.kind != Operand::Kind::Vector);
  }
  check_round_trip(print(module));
}

TEST_CASE("constants among the arguments have the parameter's type") {
  const std::string text = std::string(kHeader) + R"(
.func (.reg .u32 r) f(.reg .f32 a, .reg .f64 b, .reg .b32 c, .reg .s64 d) { ret; }
.entry k() { .reg .u32 r; .reg .u64 t; call (r), f, (1.5, 2.0, 1.0, -1); call (_), f, (0f3f800000, 1.0, 7, 5);
 mov.u64 t, f; P: .callprototype (.reg .u32 _) _ (.reg .f32 _, .reg .f64 _, .reg .b32 _, .reg .s64 _);
 call (r), t, (1.5, 2.0, 1.0, -1), P; ret; }
)";
  auto module = parse(text);
  REQUIRE(module.ok());
  for (size_t call : {0, 3}) {
    const auto& arguments = module->find_function("k")->body[call].operands[2].elements;
    CHECK(arguments[0].bits == 0x3fc00000);
    CHECK(arguments[1].bits == 0x4000000000000000);
    CHECK(arguments[2].bits == 0x3f800000);
    CHECK(arguments[3].bits == ~uint64_t{0});
  }
  check_round_trip(text);
}

TEST_CASE("arguments that are not like the parameters") {
  const std::string functions =
      ".func f(.param .b32 a) { ret; } .func g(.reg .u32 a) { ret; }"
      ".func h(.param .align 8 .b8 a[8]) { ret; } .func (.param .b32 r) i() { ret; }";
  for (const char* body : {
           ".reg .b16 x; call f, (x);",
           ".reg .b64 x; call f, (x);",
           ".reg .f32 x; call g, (x);",
           ".param .b64 x; call f, (x);",
           ".param .align 8 .b8 x[16]; call h, (x);",
           ".reg .b64 x; call h, (x);",
           "call f, (p);",
           "call f, (1, 2);",
           "call f;",
           "call i;",
           ".param .b64 x; call (x), i;",
       }) {
    INFO(body);
    CHECK(error_of(kHeader + functions + ".entry k(.param .b32 p) { " + body + " ret; }") != "");
  }
}
