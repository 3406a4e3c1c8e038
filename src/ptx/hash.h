// The content hash of PTX text: part of the key under which compiled code is cached on disk.
#pragma once

#include <string>
#include <string_view>

namespace qiao::ptx {

std::string content_hash(std::string_view text);  // SHA-256, 64 hex digits

}  // namespace qiao::ptx
