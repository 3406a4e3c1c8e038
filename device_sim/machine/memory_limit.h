// How much device memory this process may offer: never so much that the host or its cgroup runs out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace qiao::machine {

// "8G", "512M", "1.5g", "4096" (bytes), "16GiB"; nothing when it is none of these.
std::optional<uint64_t> parse_bytes(std::string_view text);

// The least of the chip's memory, 80 % of the host's or the cgroup's, and QIAO_MEMORY; a multiple of 2 MB.
uint64_t device_memory_limit(uint64_t chip_bytes);

}  // namespace qiao::machine
