// qiao cache: the compiled kernels kept on disk. Only files with the cache's own suffix are counted or removed, so that
// a QIAO_CACHE_DIR set to a folder with other things in it loses nothing.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "src/base/cache_folder.h"
#include "src/cli/cache_warm.h"
#include "src/cli/start.h"
#include "src/cli/verbs.h"

namespace qiao::cli {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries() {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(cache_folder(), failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code gone;  // another process may clear at the same time
    if (at->is_regular_file(gone) && at->path().string().ends_with(kCacheSuffix)) found.push_back(at->path());
  }
  return found;
}

int list() {
  std::uint64_t bytes = 0;
  std::vector<fs::path> found = entries();
  for (const fs::path& entry : found) {
    std::error_code gone;
    std::uint64_t size = fs::file_size(entry, gone);
    if (gone) continue;
    bytes += size;
    std::printf("%10llu  %s\n", static_cast<unsigned long long>(size),
                fs::relative(entry, cache_folder(), gone).c_str());
  }
  std::printf("%zu entries, %llu bytes in %s\n", found.size(), static_cast<unsigned long long>(bytes),
              cache_folder().c_str());
  return 0;
}

int clear() {
  std::size_t removed = 0, kept = 0;
  for (const fs::path& entry : entries()) {
    std::error_code failed;
    fs::remove(entry, failed);
    ++(failed ? kept : removed);
  }
  std::printf("removed %zu entries from %s\n", removed, cache_folder().c_str());
  return kept == 0 ? 0 : fail(kFailed, "could not remove " + std::to_string(kept) + " entries");
}

int print_path() {
  if (cache_folder().empty())
    return fail(kFailed, "there is no cache: neither QIAO_CACHE_DIR nor XDG_CACHE_HOME nor HOME is set");
  std::printf("%s\n", cache_folder().c_str());
  return 0;
}

void add_warm(CLI::App& cache, Verb& chosen, const std::vector<std::string>& after_dashes) {
  CLI::App* verb =
      cache.add_subcommand("warm", "run a program once and keep all that it launches, compiled to the end");
  auto options = std::make_shared<RunOptions>();
  auto as_json = std::make_shared<bool>(false);
  add_run_options(*verb, *options);
  verb->add_flag("--json", *as_json, "print a JSON object");
  verb->prefix_command();  // everything from the program's name on is the program's
  verb->footer(
      "Later runs with the same options find the kernels they launch with the same block shapes. What the program\n"
      "prints goes to standard error. Example: qiao cache warm -- ./vectorAdd");
  verb->final_callback([=, &chosen] {
    chosen = [=, command = program_words(*verb, after_dashes)] { return warm(command, *options, *as_json); };
  });
}

}  // namespace

void add_cache(CLI::App& app, Verb& chosen, const std::vector<std::string>& after_dashes) {
  CLI::App* verb = app.add_subcommand("cache", "fill, list or clear the cache of compiled kernels on disk");
  verb->require_subcommand(1);
  auto add = [&](const char* name, const char* help, int (*action)()) {
    verb->add_subcommand(name, help)->final_callback([&chosen, action] { chosen = action; });
  };
  add("list", "list the entries", list);
  add("clear", "remove all entries", clear);
  add_warm(*verb, chosen, after_dashes);
  add("path", "print the folder (QIAO_CACHE_DIR, else XDG_CACHE_HOME/qiao, else ~/.cache/qiao)", print_path);
}

}  // namespace qiao::cli
