// What malformed text is told: line, column, what was found, what was expected; and that nothing crashes or explodes.
#include <string>

#include "src/ptx/link.h"
#include "tests/unit/catch.h"
#include "tests/unit/src/ptx/samples.h"

using namespace qiao::ptx;

namespace {

struct Case {
  const char* body;
  const char* message;  // after "invalid PTX: "
};

void check(const Case& c) {
  INFO(c.body);
  std::string message = error_of(in_kernel(c.body));
  CHECK(message.find(std::string("invalid PTX: ") + c.message) == 0);
  if (message.find(c.message) == std::string::npos) CHECK(message == c.message);
}

}  // namespace

TEST_CASE("syntax errors say where, what and what instead") {
  constexpr Case kCases[] = {
      {"add.fzt.f32 %f1, %f2, %f3;", "14:4: found '.fzt', expected a modifier or type of 'add'"},
      {"add.s32 %r1, %r2;", "14:1: found 2 operands, expected 'add{.sat}.s32 d, a, b'"},
      {"add.s32 %r1, %r2, ;", "14:19: found ';', expected an operand"},
      {"add.s32 %r1, %r2, %r3", "15:1: found 'ret', expected ';' after the instruction"},
      {"add.s32 %r1, %r2, %nine;", "14:19: found undefined name '%nine', expected a register, variable or function"},
      {"add.s32 %r1, %r2, %r8;", "14:19: found undefined name '%r8'"},
      {"bra NOWHERE;", "14:5: found undefined name 'NOWHERE', expected a label, register or variable"},
      {"ld.global.u32 %r1, [%l1;", "14:24: found ';', expected ']' to close the address"},
      {"@%r1 bra L;\nL:", "14:2: found guard '%r1' of type .b32, expected a .pred register"},
      {"L: L: ret;", "14:4: found a second label 'L', expected a new one"},
      {".reg .b32 x; .reg .b32 x;", "14:24: found a second declaration of 'x', expected a new name"},
      {".reg .b32 %x<4000000000>;", "14:14: found a number out of range, expected a number of registers up to"},
      {"mov.u32 %r1, 0x123456789abcdef01;", "14:14: found '0x123456789abcdef01', expected a number PTX can write"},
      {"mov.u32 %r1, 1 / 0;", "14:16: operator '/' cannot be evaluated here"},
      {"mov.f32 %f1, 0f3f8;", "14:14: found '0f3f8', expected a number PTX can write"},
      {"mov.u32 %r1, \"text\";", "14:14: found 'text', expected a constant"},
      {"mov.u32 %r1, ~;", "14:15: found ';', expected a constant"},
      {".bogus 1;", "14:1: found '.bogus', expected a directive of a function body"},
  };
  for (const Case& c : kCases) check(c);
}

TEST_CASE("the verifier tells operands that do not fit") {
  constexpr Case kCases[] = {
      {"add.s32 %f1, %r1, %r2;", "14:1: operand 'd': found '%f1' of type .f32, expected a register of type .s32"},
      {"add.f32 %f1, %f2, %h2;", "14:1: operand 'b': found '%h2' of type .b16, expected a register of type .f32"},
      {"add.s32 %l1, %r1, %r2;", "14:1: operand 'd': found '%l1' of type .b64"},
      {"add.s32 5, %r1, %r2;", "14:1: operand 'd': found an integer, expected a register"},
      {"add.s32 %r1, [%r1], %r2;", "14:1: operand 'a': found an address in brackets"},
      {"add.s32 %r1, !%r1, %r2;", "14:1: operand 'a': found '!', expected it before a predicate only"},
      {"add.u32 %r1, %tid.x, 1;", "14:1: operand 'a': found '%tid', expected a register or a constant"},
      {"setp.eq.s32 %r1, %r1, %r2;", "14:1: operand 'p': found '%r1' of type .b32, expected a register of type .pred"},
      {"ld.global.u32 %h1, [%l1];", "14:1: operand 'd': found '%h1' of type .b16"},
      {"vadd.u32.u32.u32 %r1.b0, %r2, %r3;", "14:1: found a selector on operand 'd' without an operand 'c'"},
      {"vadd.u32.u32.u32 %r1, %r2.b4, %r3;", "14:23: found undefined name '%r2.b4'"},
      {"vadd.u32.u32.u32.add %r1.b0, %r2, %r3, %r4;", "14:22: found undefined name '%r1.b0'"},
      {"vadd.u32.u32.u32 %r1, -%r2, %r3;", "14:24: found '%r2', expected"},
      {"vmad.s32.s32.s32 %r1, -%r2, %r3, -%r4;", "14:1: found '-' before the product and before operand 'c'"},
      {"ld.global.u32 %r1, %l1;", "14:1: operand 'a': found '%l1' of type .b64, expected an address in brackets"},
      {"ld.global.u32 %r1, [s];", "14:1: operand 'a': found a variable of another state space"},
      {"ld.global.u32 %r1, [f];", "14:1: operand 'a': found a function, expected a variable"},
      {"ld.global.v2.u32 %r1, [%l1];", "14:1: operand 'd': found '%r1' of type .b32, expected a vector of 2 elements"},
      {"ld.global.v4.u32 {%r1, %r2}, [%l1];", "14:1: operand 'd': found a vector of 2 elements, expected 4 elements"},
      {"ld.global.f32 %d1, [%l1];", "14:1: operand 'd': found '%d1' of type .f64"},
      {"mov.b64 %l1, {%r1, %h1};",
       "14:1: operand 'a': found '%h1' of type .b16 in a vector, expected a register of 32"},
      {"mov.f32 %f1, 1;", "14:14: found a constant that does not fit, expected one of type .f32"},
      {"bar.sync 16;", "14:1: found barrier 16, expected one of 0 to 15"},
      {"call g, (%r1);", "14:1: operand 'f': found the address of a variable or function, expected a function"},
      {"call f, (%r1);", "14:1: found 1 arguments, expected 0"},
      {"call %l1, ();", "14:1: operand 'f': found an indirect call, expected the label of a .callprototype"},
      {"L: brx.idx %r1, L;", "14:4: operand 't': found a label, expected the label of a .branchtargets"},
      {"lop3.b32 %r1, %r2, %r3, %r4, %r5;", "14:1: operand 'immLut': found '%r5' of type .b32, expected a constant"},
      {"shfl.idx.b32 %r1, %r2, %r3, %r4;", "14:1: found shfl without .sync"},
  };
  for (const Case& c : kCases) check(c);
}

TEST_CASE("an instruction newer than the module's version is an error") {
  CHECK(
      error_of(in_kernel("redux.sync.add.s32 %r1, %r2, -1;", "6.3", "sm_75")).find("found an instruction of PTX 7.0") !=
      std::string::npos);
  CHECK(error_of(in_kernel("redux.sync.add.s32 %r1, %r2, -1;", "7.0", "sm_80")).empty());
}

TEST_CASE("module scope is checked") {
  const std::string head = ".version 9.0\n.target sm_75\n.address_size 64\n";
  auto starts = [](const std::string& text, const std::string& message) {
    INFO(text);
    CHECK(error_of(text).find("invalid PTX: " + message) == 0);
  };
  starts("", "1:1: found end of text, expected '.version' at the beginning of the module");
  starts(".version 9", "1:10: found '9', expected a version like 9.0");
  starts(".version 9.0\n.entry k() {}", "2:1: found '.entry', expected '.target' after '.version'");
  starts(".version 9.0\n.target x86", "2:9: found target 'x86', expected one like sm_75");
  starts(".version 9.0\n.target sm_75\n.address_size 32", "3:15: found address size 32, expected 64");
  starts(head + ".global .u32 x; .global .u32 x;", "4:30: found a second declaration of 'x', expected a new name");
  starts(head + ".global .u32 x[];", "4:14: variable 'x' has no size");
  starts(head + ".global .u32 x[2] = {1, 2, 3};", "4:28: found too many elements in the initialiser");
  starts(head + ".shared .u32 x = 1;", "4:18: found an initialiser, expected one only on .global and .const variables");
  starts(head + ".global .u64 x = nothing;", "4:18: found undefined name 'nothing', expected a variable or function");
  starts(head + ".global .align 3 .u32 x;", "4:16: expected an alignment that is a power of two");
  starts(head + ".global .b8 x[1099511627776][1099511627776];", "4:13: variable 'x' is too large");
  starts(head + ".func f() { ret; } .func f() { ret; }", "4:26: found a second definition of 'f', expected a new name");
  starts(head + ".entry k() {", "4:13: found end of text, expected a statement or '}'");
  starts(head + "/* open", "4:1: found '/', expected a declaration");
}

TEST_CASE("what is refused makes the kernel unusable, not the module") {
  auto module = parse(in_kernel("wgmma.fence.sync.aligned;\nmov.u32 %r1, %r2;") + "\n.entry other() { ret; }\n");
  REQUIRE(module.ok());
  CHECK(module->find_function("k")->unusable ==
        "unsupported: instruction 'wgmma.fence.sync.aligned' at PTX line 14 in kernel k");
  CHECK(module->find_function("other")->unusable.empty());
  // An opcode we have never heard of is nonsense in the PTX we know, and perhaps none in what is newer.
  CHECK(error_of(in_kernel("newfangled.u32 {%r1, %r2}, [%l1];"))
            .find("found 'newfangled.u32', expected an instruction") != std::string::npos);
  auto newer = parse(in_kernel("newfangled.u32 {%r1, %r2}, [%l1];", "9.5", "sm_120"));
  REQUIRE(newer.ok());
  CHECK(newer->find_function("k")->unusable.find("newfangled.u32") != std::string::npos);
  CHECK(parse(in_kernel("add.sat.u32 %r1, %r2, %r3;"))->find_function("k")->unusable.find("add.sat.u32") !=
        std::string::npos);
}

TEST_CASE("deep nesting is an error, not a crash") {
  std::string blocks(100000, '{'), brackets(100000, '('), minus(100000, '-');
  CHECK(error_of(in_kernel(blocks)).find("blocks nested too deeply") != std::string::npos);
  CHECK(error_of(in_kernel("mov.u32 %r1, " + brackets)).find("expression nested too deeply") != std::string::npos);
  CHECK(error_of(in_kernel("mov.u32 %r1, " + minus)).find("expression nested too deeply") != std::string::npos);
  std::string braces = ".global .u32 x[4] = " + std::string(100000, '{');
  CHECK_FALSE(error_of(".version 9.0\n.target sm_75\n" + braces).empty());
}

TEST_CASE("a module cut at any byte is an error or a module, never a crash") {
  for (const auto& path : kept_modules()) {
    std::string text = read_text(path);
    size_t modules = 0;
    size_t step = text.size() > 4000 ? 7 : 1;
    for (size_t end = 0; end < text.size(); end += step) modules += parse(text.substr(0, end)).ok();
    INFO(path);
    CHECK(modules < text.size() / step);
  }
}

TEST_CASE("a module with any byte changed is an error or a module, never a crash") {
  std::string text = read_text(QIAO_SOURCE_DIR "/tests/unit/src/ptx/data/block_reduce.ptx");
  uint32_t random = 1;
  for (int i = 0; i < 1500; i++) {
    std::string changed = text;
    for (int j = 0; j < 3; j++) {
      random = random * 1664525 + 1013904223;
      changed[(random >> 8) % changed.size()] = static_cast<char>("{}()[]<>,;:.@%!|0x9-_ \n\"\xff"[(random >> 3) % 25]);
    }
    auto module = parse(changed);
    if (!module.ok()) CHECK(module.error().message.find("invalid PTX: ") == 0);
  }
}
