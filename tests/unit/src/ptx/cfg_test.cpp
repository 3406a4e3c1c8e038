// Block order: loops are contiguous, exits come after them, and irreducible graphs are told.
#include "src/ptx/cfg.h"

#include <string>

#include "src/ptx/parse.h"
#include "tests/unit/catch.h"

using namespace qiao::ptx;

namespace {

Module parse_body(const std::string& body) {
  auto module =
      parse(".version 9.0\n.target sm_75\n.address_size 64\n.entry k()\n{\n.reg .pred %p<9>;\n.reg .b32 %r<9>;\n" +
            body + "\n}\n");
  INFO((module.ok() ? "" : module.error().message));
  REQUIRE(module.ok());
  return *std::move(module);
}

uint32_t block_of(const Cfg& cfg, const Function& function, const std::string& label) {
  for (size_t i = 0; i < function.label_names.size(); i++) {
    if (function.label_names[i] == label) return cfg.block_of_label[i];
  }
  return kNoId;
}

}  // namespace

TEST_CASE("both sides of a branch stand before the block where they meet") {
  Module module = parse_body("@%p1 bra T;\nadd.s32 %r1, %r1, 1;\nbra.uni J;\nT: add.s32 %r1, %r1, 2;\nJ: ret;");
  const Function& kernel = module.functions[0];
  Cfg cfg = build_cfg(kernel);
  REQUIRE(cfg.blocks.size() == 4);
  uint32_t taken = block_of(cfg, kernel, "T"), join = block_of(cfg, kernel, "J");
  CHECK(cfg.blocks[0].successors == std::vector<uint32_t>{taken, 1});
  CHECK(join == 3);
  CHECK(cfg.blocks[join].successors.empty());
  CHECK_FALSE(cfg.irreducible);
}

TEST_CASE("a loop's blocks are contiguous though its exit is reached from the middle") {
  Module module = parse_body(
      "H: @%p1 bra C;\nA: add.s32 %r1, %r1, 1;\nbra B;\n"
      "C: @%p2 bra E;\nB: @%p3 bra H;\nbra E;\nE: ret;");
  const Function& kernel = module.functions[0];
  Cfg cfg = build_cfg(kernel);
  uint32_t exit = block_of(cfg, kernel, "E");
  for (const char* label : {"H", "A", "B", "C"}) CHECK(block_of(cfg, kernel, label) < exit);
  CHECK(block_of(cfg, kernel, "H") == 0);
}

TEST_CASE("nested loops stay nested") {
  Module module = parse_body(
      "O: add.s32 %r1, %r1, 1;\nI: add.s32 %r2, %r2, 1;\n@%p1 bra X;\n@%p2 bra I;\n"
      "L: @%p3 bra O;\nbra D;\nX: @%p4 bra L;\nD: ret;");
  const Function& kernel = module.functions[0];
  Cfg cfg = build_cfg(kernel);
  uint32_t inner = block_of(cfg, kernel, "I");
  CHECK(inner == 1);
  CHECK(block_of(cfg, kernel, "X") > inner + 1);  // the inner loop is I and the block after it
  CHECK(block_of(cfg, kernel, "L") < block_of(cfg, kernel, "D"));
  CHECK(block_of(cfg, kernel, "D") == cfg.blocks.size() - 1);
  CHECK_FALSE(cfg.irreducible);
}

TEST_CASE("a loop with two entries is irreducible") {
  Module module = parse_body("@%p1 bra B;\nA: add.s32 %r1, %r1, 1;\nB: @%p2 bra A;\nret;");
  CHECK(build_cfg(module.functions[0]).irreducible);
}

TEST_CASE("dead code is dropped, an end label returns, a guarded exit falls through") {
  Module module = parse_body("@%p1 exit;\nbra END;\nadd.s32 %r1, %r1, 1;\nEND:");
  const Function& kernel = module.functions[0];
  Cfg cfg = build_cfg(kernel);
  REQUIRE(cfg.blocks.size() == 3);
  CHECK(cfg.blocks[0].successors == std::vector<uint32_t>{1});
  CHECK(cfg.blocks[2].first == cfg.blocks[2].last);
  CHECK(cfg.block_of_instruction[2] == kNoId);
}

TEST_CASE("two thousand nested loops are ordered without recursion") {
  std::string body;
  for (int i = 0; i < 2000; i++) body += "L" + std::to_string(i) + ": add.s32 %r1, %r1, 1;\n";
  for (int i = 1999; i >= 0; i--) body += "@%p1 bra L" + std::to_string(i) + ";\n";
  Module module = parse_body(body + "ret;");
  Cfg cfg = build_cfg(module.functions[0]);
  for (uint32_t i = 0; i < cfg.blocks.size(); i++) CHECK(cfg.blocks[i].source_order == i);
}

TEST_CASE("a header says where its loop ends") {
  Module module = parse_body(
      "O: add.s32 %r1, %r1, 1;\nI: add.s32 %r2, %r2, 1;\n@%p1 bra I;\n@%p2 bra I;\n@%p3 bra O;\nadd.s32 %r3, %r3, "
      "1;\nret;");
  const Function& kernel = module.functions[0];
  Cfg cfg = build_cfg(kernel);
  uint32_t outer = block_of(cfg, kernel, "O"), inner = block_of(cfg, kernel, "I");
  CHECK(cfg.blocks[outer].loop_end == 4);  // O, I, and the two branches behind I
  CHECK(cfg.blocks[inner].loop_end == 3);
  for (uint32_t i = 0; i < cfg.blocks.size(); i++) {
    if (i != outer && i != inner) CHECK(cfg.blocks[i].loop_end == 0);
  }
}
