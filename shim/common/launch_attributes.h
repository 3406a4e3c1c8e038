// The attributes of an extended launch (cuLaunchKernelEx, cudaLaunchKernelExC) and the `extra` list of parameters,
// which both libraries number alike.
#pragma once

#include <span>

#include "shim/api/entry_points.h"
#include "src/base/result.h"

namespace qiao::shim {

// Whether the launch is cooperative. Attributes that only tune are taken without effect; those that change what the
// launch means are refused by name: `entry` is the entry point to speak of.
template <class Attribute>
Result<bool> cooperative_launch(std::span<const Attribute> attributes, const char* entry) {
  bool cooperative = false;
  for (const Attribute& attribute : attributes) {
    const auto& value = [&]() -> const auto& {
      if constexpr (requires { attribute.val; })
        return attribute.val;
      else
        return attribute.value;
    }();
    switch (static_cast<CUlaunchAttributeID>(attribute.id)) {
      case CU_LAUNCH_ATTRIBUTE_COOPERATIVE:
        cooperative = value.cooperative != 0;
        break;
      case CU_LAUNCH_ATTRIBUTE_IGNORE:
      case CU_LAUNCH_ATTRIBUTE_ACCESS_POLICY_WINDOW:
      case CU_LAUNCH_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE:
      case CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION:  // allows an early start, never demands it
      case CU_LAUNCH_ATTRIBUTE_PRIORITY:
      case CU_LAUNCH_ATTRIBUTE_MEM_SYNC_DOMAIN:
      case CU_LAUNCH_ATTRIBUTE_MEM_SYNC_DOMAIN_MAP:
      case CU_LAUNCH_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
      case CU_LAUNCH_ATTRIBUTE_NVLINK_UTIL_CENTRIC_SCHEDULING:
        break;
      case CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION: {
        const auto& cluster = value.clusterDim;
        if (cluster.x * cluster.y * cluster.z > 1) return unsupported("launch with thread block clusters");
        break;
      }
      default:
        return unsupported("launch attribute " + std::to_string(static_cast<int>(attribute.id)) + " of " + entry);
    }
  }
  return cooperative;
}

// The `extra` list of cuLaunchKernel: pairs of a marker and a value up to CU_LAUNCH_PARAM_END.
inline Result<std::span<const std::byte>> packed_parameters(void** extra) {
  const std::byte* buffer = nullptr;
  size_t bytes = 0;
  for (void** at = extra; *at != CU_LAUNCH_PARAM_END; at += 2) {
    if (at[0] == CU_LAUNCH_PARAM_BUFFER_POINTER) {
      buffer = static_cast<const std::byte*>(at[1]);
    } else if (at[0] == CU_LAUNCH_PARAM_BUFFER_SIZE) {
      bytes = *static_cast<const size_t*>(at[1]);
    } else {
      return invalid(Code::InvalidValue, "marker in the extra list of a launch is not known");
    }
  }
  return std::span<const std::byte>(buffer, bytes);
}

}  // namespace qiao::shim
