#include "src/fatbin/choose.h"

#include "tests/unit/catch.h"

using namespace qiao;
using namespace qiao::fatbin;

namespace {

Image image(Kind kind, unsigned sm, char suffix = ' ') {
  Image out;
  out.kind = kind;
  out.sm = sm;
  out.arch_specific = suffix == 'a';
  out.family_specific = suffix == 'f';
  return out;
}

std::string chosen(const std::vector<Image>& images, unsigned sm) {
  const auto index = choose_ptx(images, sm);
  return index ? images[*index].arch() : index.error().message;
}

}  // namespace

TEST_CASE("the highest PTX which the chip reaches is chosen") {
  const std::vector<Image> images = {image(Kind::Ptx, 50), image(Kind::Ptx, 80), image(Kind::Elf, 86),
                                     image(Kind::Ptx, 90)};
  CHECK(chosen(images, 86) == "sm_80");
  CHECK(chosen(images, 80) == "sm_80");
  CHECK(chosen(images, 120) == "sm_90");
}

TEST_CASE("PTX newer than the chip is chosen when there is no older, the nearest first") {
  CHECK(chosen({image(Kind::Ptx, 120), image(Kind::Ptx, 90)}, 80) == "sm_90");
}

TEST_CASE("family and architecture-specific PTX come last") {
  CHECK(chosen({image(Kind::Ptx, 90, 'a'), image(Kind::Ptx, 100, 'f'), image(Kind::Ptx, 120)}, 90) == "sm_120");
  CHECK(chosen({image(Kind::Ptx, 90, 'a'), image(Kind::Ptx, 100, 'f')}, 90) == "sm_100f");
  CHECK(chosen({image(Kind::Elf, 90), image(Kind::Ptx, 90, 'a')}, 80) == "sm_90a");
}

TEST_CASE("of equal images the first is chosen") {
  const std::vector<Image> images = {image(Kind::Elf, 80), image(Kind::Ptx, 80), image(Kind::Ptx, 80)};
  CHECK(*choose_ptx(images, 80) == 1);
}

TEST_CASE("a binary of machine code alone is refused, naming what it holds and how to rebuild it") {
  const std::vector<Image> images = {image(Kind::Elf, 80), image(Kind::Elf, 90), image(Kind::Elf, 90, 'a'),
                                     image(Kind::Elf, 80)};
  const auto index = choose_ptx(images, 80);
  REQUIRE_FALSE(index);
  CHECK(index.error().code == Code::NoBinaryForDevice);
  CHECK(index.error().message ==
        "unsupported: the module holds machine code for sm_80, sm_90, sm_90a but no PTX; rebuild it with PTX, as with "
        "nvcc -gencode arch=compute_90,code=compute_90");
}

TEST_CASE("a binary of LTO intermediate code alone is refused likewise") {
  CHECK(chosen({image(Kind::LtoIr, 80)}, 80).find("LTO intermediate code for sm_80 but no PTX") != std::string::npos);
}

TEST_CASE("an empty fatbin has nothing to choose") {
  CHECK(choose_ptx({}, 80).error().code == Code::NoBinaryForDevice);
  CHECK_FALSE(choose_cubin({}, 80));
}

TEST_CASE("the cubin for register counts is the one nearest below the chip") {
  const std::vector<Image> images = {image(Kind::Ptx, 80), image(Kind::Elf, 75), image(Kind::Elf, 86)};
  CHECK(*choose_cubin(images, 80) == 1);
  CHECK(*choose_cubin(images, 90) == 2);
}
