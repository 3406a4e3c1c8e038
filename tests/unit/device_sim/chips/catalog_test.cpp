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
  CHECK(names->size() >= 18);
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
  CHECK(fact(*chip, "limits", "pitch_bytes").source.empty());
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

TEST_CASE("published peaks hold the rates to account") {
  const std::string half = "[chip]\nbase = \"h200\"\n[rates]\nfp32 = 128\n";
  CHECK(refusal(half) == "accepted");  // the peak is the base's, the rate is one's own
  const std::string peak = "[peak]\nfp32 = 67\n";
  CHECK(contains(refusal(half + peak), "peak.fp32: published 67, the file's numbers give 33.45"));
  CHECK(refusal(half + peak + "derived_ok = true\n") == "accepted");
  CHECK(contains(refusal("[memory]\nbandwidth_gbs = 1000\nbus_bits = 1024\nclock_khz = 1000000\n"),
                 "memory.bandwidth_gbs: published 1000, the file's numbers give 256"));
}

TEST_CASE("schedulers have to feed the units") {
  const std::string wide = "[rates]\nfp32 = 512\n";
  CHECK(contains(refusal(wide), "rates.fp32 is 512, but sm.schedulers issue only 256"));
  CHECK(refusal(wide + "[pipe]\nissue_per_scheduler = 2\n") == "accepted");
}

TEST_CASE("words and sizes that do not exist are named") {
  CHECK(contains(refusal("[support]\nfp64 = \"maybe\"\n"), "support.fp64 is \"maybe\", expected one of native"));
  CHECK(contains(refusal("[cache]\nl2_write = \"never\"\n"), "cache.l2_write"));
  CHECK(contains(refusal("[l1]\nline_bytes = 32\nsector_bytes = 64\n"), "l1.sector_bytes exceeds"));
  CHECK(contains(refusal("[efficiency]\nmemory = 1.2\n"), "efficiency.memory is 1.2, expected 0.01 to 1"));
}

TEST_CASE("the model's data is inherited as all other is") {
  Result<Chip> chip = qiao::chips::load("a800");
  REQUIRE(chip.ok());
  CHECK(chip->model.efficiency.memory == 0.855);
  CHECK(fact(*chip, "efficiency", "memory").file == "a100-40");
  CHECK(chip->description.link.p2p_gbs == 400);
}

TEST_CASE("chips that are like a product never speak for its maker") {
  Result<std::vector<std::string>> names = qiao::chips::names();
  REQUIRE(names.ok());
  for (const std::string& name : *names) {
    Result<Chip> chip = qiao::chips::load(name);
    REQUIRE(chip.ok());
    INFO(name);
    if (name.ends_with("-like")) CHECK(contains(chip->description.note, "not vendor-endorsed"));
    if (!name.ends_with("-like") && name != "qiao-generic") CHECK(contains(chip->description.note, "exact preset"));
    for (const qiao::chips::PeakCheck& check : qiao::chips::peak_checks(*chip))
      CHECK((check.holds() || chip->model.peak.derived_ok));
  }
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
