// Where Qiao's own files are: found relative to the object (libqiao.so, bin/qiao) this code is part of, so that an
// installed tree can be moved. The build tree has the same shape: bin/, lib/, share/qiao/.
#pragma once

#include <filesystem>
#include <optional>

namespace qiao {

// The file this code was loaded from.
std::filesystem::path own_object();

// `relative` ("share/qiao/chips") below the nearest folder above own_object() that has it.
std::optional<std::filesystem::path> find_in_tree(const std::filesystem::path& relative);

}  // namespace qiao
