// The disk cache's folder, for those who write it (device_sim/jit) and those who list and clear it (qiao cache).
#pragma once

#include <filesystem>
#include <string_view>

namespace qiao {

// Every entry's file name ends so; nothing else in the folder is ours to delete.
inline constexpr std::string_view kCacheSuffix = ".qiao";

// QIAO_CACHE_DIR, else XDG_CACHE_HOME/qiao, else ~/.cache/qiao; empty when none is set (no home): then nothing is
// cached.
std::filesystem::path cache_folder();

}  // namespace qiao
