// The disk cache survives what happens to files: damage, truncation, several processes, a kill in mid write.
#include "device_sim/jit/session/disk_cache.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "src/base/cache_folder.h"
#include "tests/unit/catch.h"

using qiao::jit::DiskCache;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "qiao_cache_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()));
    path = name;
  }
  ~Folder() { fs::remove_all(path); }

  std::vector<fs::path> entries() const {
    std::vector<fs::path> found;
    for (const auto& file : fs::directory_iterator(path)) {
      if (file.path().string().ends_with(qiao::kCacheSuffix)) found.push_back(file.path());
    }
    return found;
  }

  fs::path path;
};

void flip_byte(const fs::path& file, int64_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(at);
  char byte = static_cast<char>(stream.get());
  stream.seekp(at);
  stream.put(static_cast<char>(byte ^ 0x40));
}

}  // namespace

TEST_CASE("what was stored is loaded, by its key alone") {
  Folder folder;
  DiskCache cache(folder.path.string());
  CHECK_FALSE(cache.load("a").has_value());
  REQUIRE(cache.store("a", std::string("one\0two", 7)).ok());
  REQUIRE(cache.store("b", "").ok());
  CHECK(cache.load("a") == std::string("one\0two", 7));
  CHECK(cache.load("b") == std::string());
  CHECK_FALSE(cache.load("c").has_value());
  REQUIRE(DiskCache(folder.path.string()).store("a", "new").ok());
  CHECK(cache.load("a") == "new");
}

TEST_CASE("a damaged entry is a miss and is written anew") {
  Folder folder;
  DiskCache cache(folder.path.string());
  std::string value(1000, 'v');
  REQUIRE(cache.store("key", value).ok());
  fs::path file = folder.entries().at(0);
  for (int64_t at : {0, 8, 12, 16, 24, 32, 40, 700}) {
    flip_byte(file, at);
    CHECK_FALSE(cache.load("key").has_value());
    REQUIRE(cache.store("key", value).ok());
    CHECK(cache.load("key") == value);
  }
}

TEST_CASE("an entry cut short is a miss at every length") {
  Folder folder;
  DiskCache cache(folder.path.string());
  for (uintmax_t length : {0, 1, 8, 31, 32, 34, 35, 100, 534}) {
    REQUIRE(cache.store("key", std::string(500, 'v')).ok());
    fs::path file = folder.entries().at(0);
    REQUIRE(length < fs::file_size(file));
    fs::resize_file(file, length);
    CHECK_FALSE(cache.load("key").has_value());
  }
}

TEST_CASE("an unwritable folder is an error, not a crash") {
  DiskCache cache("/proc/nowhere");
  CHECK_FALSE(cache.store("key", "value").ok());
  CHECK_FALSE(cache.load("key").has_value());
}

TEST_CASE("the oldest entries go when the limit is reached") {
  Folder folder;
  DiskCache cache(folder.path.string(), 5000);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(cache.store("key" + std::to_string(i), std::string(1000, 'v')).ok());
    for (const fs::path& file : folder.entries()) {  // one second older each round
      fs::last_write_time(file, fs::last_write_time(file) - std::chrono::seconds(2));
    }
  }
  uintmax_t bytes = 0;
  for (const fs::path& file : folder.entries()) bytes += fs::file_size(file);
  CHECK(bytes <= 5000);
  CHECK(cache.load("key9").has_value());
  CHECK_FALSE(cache.load("key0").has_value());
}

TEST_CASE("processes write and are killed at any time, readers see whole entries or none") {
  Folder folder;
  auto value_of = [](int writer) { return std::string(200000, static_cast<char>('a' + writer)); };
  std::vector<pid_t> writers;
  for (int w = 0; w < 4; ++w) {
    pid_t child = fork();
    if (child == 0) {
      DiskCache cache(folder.path.string());
      for (;;) (void)cache.store("shared", value_of(w)).ok();
    }
    writers.push_back(child);
  }
  DiskCache cache(folder.path.string());
  int seen = 0;
  for (int i = 0; i < 400 || (seen == 0 && i < 20000); ++i) {
    auto value = cache.load("shared");
    if (!value) continue;
    ++seen;
    bool whole = false;
    for (int w = 0; w < 4; ++w) whole = whole || *value == value_of(w);
    if (!whole) CHECK(whole);
  }
  for (pid_t child : writers) kill(child, SIGKILL);
  for (pid_t child : writers) waitpid(child, nullptr, 0);
  CHECK(seen > 0);
  CHECK(cache.load("shared").has_value());
  REQUIRE(cache.store("shared", "after").ok());
  CHECK(cache.load("shared") == "after");
}
