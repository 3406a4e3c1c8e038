// Entry: header {magic, version, key bytes, value bytes, checksum}, key, value.
#include "device_sim/jit/session/disk_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <vector>

#include "src/base/cache_folder.h"
#include "src/base/environment.h"
#include "src/base/log.h"

namespace qiao::jit {
namespace {

namespace fs = std::filesystem;

constexpr char kMagic[8] = {'Q', 'I', 'A', 'O', 'O', 'B', 'J', '\n'};
constexpr uint32_t kVersion = 1;
constexpr std::string_view kTemporary = ".tmp";
constexpr uint64_t kTrimFraction = 64;  // of the limit: what this process writes before it looks for what is too much
constexpr uint64_t kTrimOdds = 32;      // or one entry in so many, for all the processes that write less
constexpr int64_t kTemporaryLifeSeconds = 3600;  // what a killed process left behind

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t key_bytes;
  uint64_t value_bytes;
  uint64_t checksum;
};

uint64_t fnv1a(std::string_view bytes, uint64_t hash) {
  for (unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

uint64_t checksum_of(std::string_view key, std::string_view value) {
  return fnv1a(value, fnv1a(key, 0xcbf29ce484222325));
}

std::string hex(uint64_t value) {
  std::string text(16, '0');
  for (int i = 15; i >= 0; --i, value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  return text;
}

class File {
 public:
  File(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool ok() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return false;
      bytes.remove_prefix(done);
    }
    return true;
  }

  std::optional<std::string> read_all() const {
    struct stat status;
    if (::fstat(descriptor_, &status) != 0) return std::nullopt;
    std::string bytes(status.st_size, '\0');
    size_t filled = 0;
    while (filled < bytes.size()) {
      ssize_t got = ::read(descriptor_, bytes.data() + filled, bytes.size() - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      filled += got;
    }
    bytes.resize(filled);
    return bytes;
  }

 private:
  int descriptor_;
};

bool parse_header(std::string_view bytes, Header& header) {
  if (bytes.size() < sizeof(Header)) return false;
  std::memcpy(&header, bytes.data(), sizeof(Header));
  return std::memcmp(header.magic, kMagic, sizeof(kMagic)) == 0 && header.version == kVersion &&
         header.value_bytes == bytes.size() - sizeof(Header) - header.key_bytes;
}

Error failed(const std::string& what, const std::string& path) {
  return Error{Code::OperatingSystem, "cache: cannot " + what + " " + path + ": " + std::strerror(errno)};
}

}  // namespace

std::optional<DiskCache> DiskCache::open() {
  auto mode = environment("QIAO_CACHE");
  if (mode && *mode == "off") return std::nullopt;
  std::string folder = cache_folder().string();
  return folder.empty() ? std::nullopt : std::optional(DiskCache(folder));
}

std::string DiskCache::path_of(std::string_view key) const {
  std::string name = hex(fnv1a(key, 0xcbf29ce484222325)) + hex(fnv1a(key, 0x9ae16a3b2f90404f));
  return directory_ + "/" + name + std::string(kCacheSuffix);
}

std::optional<std::string> DiskCache::load(std::string_view key) const {
  std::string path = path_of(key);
  File file(path, O_RDONLY);
  if (!file.ok()) return std::nullopt;
  auto bytes = file.read_all();
  Header header;
  bool whole = bytes && parse_header(*bytes, header);
  std::string_view rest = whole ? std::string_view(*bytes).substr(sizeof(Header)) : std::string_view();
  if (whole && header.checksum != checksum_of(rest.substr(0, header.key_bytes), rest.substr(header.key_bytes)))
    whole = false;
  if (!whole) {
    log::warn_once(path, "cache: " + path + " is damaged and will be written anew");
    return std::nullopt;
  }
  if (rest.substr(0, header.key_bytes) != key) return std::nullopt;  // another key with the same file name
  ::futimens(file.descriptor(), nullptr);                            // used now: trim drops the oldest
  return std::string(rest.substr(header.key_bytes));
}

Result<void> DiskCache::store(std::string_view key, std::string_view value) const {
  std::error_code error;
  fs::create_directories(directory_, error);
  static std::atomic<uint64_t> counter{0};
  std::string path = path_of(key);
  std::string temporary =
      path + "." + std::to_string(::getpid()) + "." + std::to_string(counter++) + std::string(kTemporary);
  Header header;
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.key_bytes = static_cast<uint32_t>(key.size());
  header.value_bytes = value.size();
  header.checksum = checksum_of(key, value);
  {
    File file(temporary, O_WRONLY | O_CREAT | O_EXCL);
    if (!file.ok()) return failed("create", temporary);
    std::string_view head(reinterpret_cast<const char*>(&header), sizeof(header));
    if (!file.write(head) || !file.write(key) || !file.write(value)) {
      Error problem = failed("write", temporary);
      ::unlink(temporary.c_str());
      return problem;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    Error problem = failed("rename", temporary);
    ::unlink(temporary.c_str());
    return problem;
  }
  // Looking at all files at each of many entries would cost more than a few too many.
  static std::atomic<uint64_t> unseen{0};
  const uint64_t bytes = unseen += value.size();
  if (bytes * kTrimFraction > limit_ || header.checksum % kTrimOdds == 0) {
    unseen = 0;
    trim();
  }
  return {};
}

// Oldest use first; races with other processes only make a file vanish early, which is a miss.
void DiskCache::trim() const {
  struct Candidate {
    int64_t used;
    uint64_t bytes;
    std::string path;
  };
  std::vector<Candidate> files;
  uint64_t total = 0;
  int64_t now = ::time(nullptr);
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    std::string path = it->path().string();
    struct stat status;
    if (::stat(path.c_str(), &status) != 0) continue;
    if (path.ends_with(kTemporary) && now - status.st_mtime > kTemporaryLifeSeconds) ::unlink(path.c_str());
    if (!path.ends_with(kCacheSuffix)) continue;
    files.push_back({status.st_mtime, static_cast<uint64_t>(status.st_size), path});
    total += files.back().bytes;
  }
  if (total <= limit_) return;
  std::sort(files.begin(), files.end(), [](const Candidate& a, const Candidate& b) { return a.used < b.used; });
  for (const Candidate& file : files) {
    if (total <= limit_) return;
    if (::unlink(file.path.c_str()) == 0) total -= file.bytes;
  }
}

}  // namespace qiao::jit
