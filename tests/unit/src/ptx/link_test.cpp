// Linking: definitions meet declarations, strengths decide, internal names stay apart.
#include "src/ptx/link.h"

#include <string>

#include "src/ptx/parse.h"
#include "src/ptx/print.h"
#include "tests/unit/catch.h"

using namespace qiao::ptx;

namespace {

Module parsed(const std::string& body) {
  auto module = parse(".version 9.0\n.target sm_75\n.address_size 64\n" + body);
  INFO((module.ok() ? "" : module.error().message));
  REQUIRE(module.ok());
  return *std::move(module);
}

qiao::Result<Module> linked(const std::string& a, const std::string& b) {
  std::vector<Module> modules;
  modules.push_back(parsed(a));
  modules.push_back(parsed(b));
  return link(std::move(modules));
}

constexpr const char* kCaller =
    ".extern .func (.param .b32 r) twice (.param .b32 a);\n.extern .global .u32 seed;\n.global .u32 own = 1;\n"
    ".visible .entry k() { .reg .b32 %x; .param .b32 p; .param .b32 q; ld.global.u32 %x, [seed]; ld.global.u32 %x, "
    "[own];"
    " st.param.b32 [p], %x; call (q), twice, (p); ret; }\n";
constexpr const char* kCallee =
    ".global .u32 own = 2;\n.visible .global .u32 seed = 7;\n"
    ".visible .func (.param .b32 r) twice (.param .b32 a) { .reg .b32 %x; ld.param.u32 %x, [a]; add.u32 %x, %x, %x;"
    " ld.global.u32 %x, [own]; st.param.b32 [r], %x; ret; }\n";

}  // namespace

TEST_CASE("an extern function and variable find their definitions, in either order") {
  for (bool swap : {false, true}) {
    auto module = swap ? linked(kCallee, kCaller) : linked(kCaller, kCallee);
    INFO((module.ok() ? "" : module.error().message));
    REQUIRE(module.ok());
    const Function* twice = module->find_function("twice");
    REQUIRE(twice != nullptr);
    CHECK_FALSE(twice->is_declaration);
    CHECK(module->find_variable("seed")->init[0].bits == 7);
    const Function* kernel = module->find_function("k");
    CHECK(kernel->body[3].operands[1].id == module->symbol_by_name.at("twice"));
    // Each body still means its own module's `own`.
    auto own_of = [&](const Function& function, size_t at) {
      return module->variables[module->symbols[function.body[at].operands[1].id].index].init[0].bits;
    };
    CHECK(own_of(*kernel, 1) == 1);
    CHECK(own_of(*twice, 2) == 2);
    CHECK(parse(print(*module)).ok());
  }
}

TEST_CASE("two strong definitions are an error, weak ones yield") {
  const std::string strong = ".visible .func f() { ret; }\n", weak = ".weak .func f() { trap; ret; }\n";
  CHECK_FALSE(linked(strong, strong).ok());
  CHECK(linked(strong, strong).error().message.find("'f' is defined twice") != std::string::npos);
  CHECK(linked(weak, strong)->find_function("f")->body.size() == 1);
  CHECK(linked(strong, weak)->find_function("f")->body.size() == 1);
  CHECK(linked(weak, weak)->find_function("f")->body.size() == 2);
}

TEST_CASE("a declaration that disagrees with the definition is an error") {
  auto module = linked(".extern .func f(.param .b64 a);\n", ".visible .func f(.param .b32 a) { ret; }\n");
  REQUIRE_FALSE(module.ok());
  CHECK(module.error().message.find("two different signatures") != std::string::npos);
}

TEST_CASE("what nobody defines stays a declaration, dynamic shared memory is shared") {
  auto module = linked(
      ".extern .func (.param .b32 r) vprintf(.param .b64 a, .param .b64 b);\n"
      ".extern .shared .align 4 .b8 dyn[];\n",
      ".extern .shared .align 16 .b8 dyn[];\n");
  REQUIRE(module.ok());
  CHECK(module->find_function("vprintf")->is_declaration);
  CHECK(module->variables.size() == 1);
  CHECK(module->find_variable("dyn")->align == 16);
}
