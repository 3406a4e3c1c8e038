// `qiao trace --header H --library L`: a library of wrappers for the functions which the header declares and the
// library exports, written and compiled by Clang for this one run.
#pragma once

#include <filesystem>
#include <string>

#include "src/base/result.h"

namespace qiao::cli {

// Makes FOLDER/NAME.so, to be preloaded; says on stderr what cannot be wrapped.
Result<std::filesystem::path> make_wrapper(const std::string& header, const std::string& library,
                                           const std::filesystem::path& folder, const std::string& name);

}  // namespace qiao::cli
