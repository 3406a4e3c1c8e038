// How messages name a place: "PTX line 12 (a.cu:34)".
#pragma once

#include <string>

#include "src/ptx/module.h"

namespace qiao::ptx {

std::string place_of(const Module& module, const Location& location, const SourceLine& source);

}  // namespace qiao::ptx
