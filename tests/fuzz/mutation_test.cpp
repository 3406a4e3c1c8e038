// Test files of tests/ptx with tokens taken out, doubled, swapped and bytes changed: whatever the text, an error or a
// module that survives printing. The long suite does the same under libFuzzer (parse_fuzz.sh).
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "tests/fuzz/round_trip.h"
#include "tests/unit/catch.h"

namespace qiao::fuzz {
namespace {

constexpr size_t kLongestSeed = 20000;
constexpr unsigned kMutationsPerFile = 12;

std::vector<std::filesystem::path> seeds() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(QIAO_SOURCE_DIR "/tests/ptx")) {
    if (entry.path().extension() == ".ptx" && entry.file_size() <= kLongestSeed) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The text without its comments (most of a test file is its expectations).
std::string code_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string code, line;
  while (std::getline(file, line)) code += line.substr(0, line.find("//")) + "\n";
  return code;
}

std::vector<std::string> tokens_of(const std::string& text) {
  std::vector<std::string> tokens;
  std::istringstream words(text);
  for (std::string word; words >> word;) tokens.push_back(word);
  return tokens;
}

std::string mutate(const std::vector<std::string>& tokens, std::mt19937& random) {
  static const char* const kWords[] = {"{",    "}",      ";",
                                       ",",    "[",      "]",
                                       "0x",   "-",      ".b32",
                                       ".v4",  "@",      "99999999999999999999",
                                       ".reg", ".param", "<2000000000>",
                                       "%p",   "()"};
  std::vector<std::string> changed = tokens;
  for (unsigned i = 0, count = 1 + random() % 3; i < count && !changed.empty(); ++i) {
    const auto at = changed.begin() + static_cast<std::ptrdiff_t>(random() % changed.size());
    switch (random() % 6) {
      case 0:
        changed.erase(at);
        break;
      case 1:
        changed.insert(at, std::string(*at));
        break;
      case 2:
        std::swap(*at, changed[random() % changed.size()]);
        break;
      case 3:
        changed.insert(at, kWords[random() % std::size(kWords)]);
        break;
      case 4:
        (*at)[random() % at->size()] = static_cast<char>(random());
        break;
      default:
        changed.erase(at, changed.end());
    }
  }
  std::string text;
  for (const std::string& token : changed) text += token + (random() % 8 ? " " : "\n");
  return text;
}

}  // namespace

TEST_CASE("mutated PTX is refused or survives printing") {
  std::mt19937 random(1);
  const auto files = seeds();
  REQUIRE(files.size() > 50);
  for (const auto& path : files) {
    const std::string code = code_of(path);
    INFO(path.string());
    REQUIRE(broken_round_trip(code) == "");
    const std::vector<std::string> tokens = tokens_of(code);
    for (unsigned i = 0; i < kMutationsPerFile; ++i) {
      const std::string text = mutate(tokens, random), broken = broken_round_trip(text);
      if (!broken.empty()) FAIL(broken << "\nof:\n" << text);
    }
  }
}

}  // namespace qiao::fuzz
