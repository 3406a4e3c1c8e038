// Every shipped chip loads; sources travel with values; mistakes in a user's file are named.
#include "device_sim/chips/catalog.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/base/install_tree.h"
#include "tests/unit/catch.h"

using qiao::Result;
using qiao::chips::Chip;

namespace {

// A chip file that lives as long as the test case.
class ChipFile {
 public:
  explicit ChipFile(const std::string& text) : path_(std::filesystem::temp_directory_path() / name()) {
    std::ofstream(path_) << text;
  }
  ~ChipFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  static std::string name() { return "qiao_test_" + std::to_string(getpid()) + ".toml"; }
  std::filesystem::path path_;
};

std::string refusal(const std::string& text) {
  Result<Chip> chip = qiao::chips::load(ChipFile(text).path());
  return chip.ok() ? "accepted" : chip.error().message;
}

const qiao::chips::Fact& fact(const Chip& chip, const std::string& section, const std::string& key) {
  for (const qiao::chips::Fact& one : chip.facts) {
    if (one.section == section && one.key == key) return one;
  }
  static const qiao::chips::Fact none;
  return none;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every shipped chip loads and says where its data comes from") {
  Result<std::vector<std::string>> names = qiao::chips::names();
  REQUIRE(names.ok());
  CHECK(names->size() >= 4);
  for (const std::string& name : *names) {
    Result<Chip> chip = qiao::chips::load(name);
    INFO(name << ": " << (chip.ok() ? "" : chip.error().message));
    REQUIRE(chip.ok());
    CHECK(chip->description.name == name);
    CHECK_FALSE(chip->description.title.empty());
    CHECK_FALSE(chip->description.note.empty());
  }
}

TEST_CASE("a preset has the published numbers") {
  Result<Chip> chip = qiao::chips::load("a100-40");
  REQUIRE(chip.ok());
  CHECK(chip->description.compute_major == 8);
  CHECK(chip->description.sm.count == 108);
  CHECK(chip->description.shared.per_block_optin == 163 * 1024);
  CHECK(fact(*chip, "sm", "count").source == "vendor data sheet");
  CHECK(fact(*chip, "sm", "count").confidence == "H");
  CHECK(fact(*chip, "limits", "threads_per_block").source.empty());
}

TEST_CASE("a chip inherits from its base") {
  Result<Chip> chip = qiao::chips::load("a100-80");
  REQUIRE(chip.ok());
  CHECK(chip->description.sm.count == 108);
  CHECK(chip->description.memory.bandwidth_gbs == 2039);
  CHECK(fact(*chip, "sm", "count").file == "a100-40");
}

TEST_CASE("the default chip takes 96 KB of shared memory") {
  unsetenv("QIAO_CHIP");
  Result<qiao::hal::ChipDescription> chip = qiao::hal::chosen_chip();
  REQUIRE(chip.ok());
  CHECK(chip->name == "qiao-generic");
  CHECK(chip->shared.per_block_optin >= 96 * 1024);
  CHECK(chip->warp.size == 32);
}

TEST_CASE("QIAO_CHIP chooses by name or by file") {
  setenv("QIAO_CHIP", "h200", 1);
  CHECK(qiao::hal::chosen_chip()->sm.count == 132);
  ChipFile file("[chip]\nbase = \"h200\"\n[sm]\ncount = 2\n");
  setenv("QIAO_CHIP", file.path().c_str(), 1);
  CHECK(qiao::hal::chosen_chip()->sm.count == 2);
  unsetenv("QIAO_CHIP");
}

TEST_CASE("an unknown chip is answered with the names there are") {
  Result<Chip> chip = qiao::chips::load("a100-41");
  REQUIRE_FALSE(chip.ok());
  CHECK(contains(chip.error().message, "a100-41"));
  CHECK(contains(chip.error().message, "a100-40, a100-80"));
}

TEST_CASE("mistakes in a file are named") {
  CHECK(contains(refusal("[sm]\ncount = 0\n"), "sm.count is 0, expected 1 to 1024"));
  CHECK(contains(refusal("[sm]\ncuont = 3\n"), "unknown key sm.cuont"));
  CHECK(contains(refusal("[sm]\ncount = \"many\"\n"), "sm.count is no number"));
  CHECK(contains(refusal("[sm]\ncount = {value = 3}\n"), "sm.count needs a source"));
  CHECK(contains(refusal("[limits]\nblock = [1, 2]\n"), "limits.block is no list of 3 numbers"));
  CHECK(contains(refusal("[shared]\nper_sm = 65536\n"), "shared.per_block_optin exceeds shared.per_sm"));
  CHECK(contains(refusal("[l1]\nline_bytes = 100\n"), "powers of two"));
  CHECK(contains(refusal("[sm\n"), ":1: "));
  CHECK(contains(refusal("[chip]\nbase = \"no-such\"\n"), "no-such"));
}

TEST_CASE("bases in a circle are refused") {
  std::string name = "qiao_test_" + std::to_string(getpid());
  CHECK(contains(refusal("[chip]\nbase = \"" + name + "\"\n"), "circles"));
}

TEST_CASE("the files are found from the object itself") {
  CHECK(std::filesystem::exists(qiao::own_object()));
  CHECK(qiao::find_in_tree("share/qiao/chips").has_value());
  CHECK_FALSE(qiao::find_in_tree("share/qiao/no-such-folder").has_value());
}
