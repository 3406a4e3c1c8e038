// cudaDeviceProp in each major's layout, from one chip description. Members which a layout lacks are left out.
#pragma once

#include <algorithm>
#include <cstring>

#include "shim/api/runtime_types.h"
#include "src/runtime/attributes.h"

namespace qiao::shim {

// QIAO_PROP(member, attribute): plain ints that equal a device attribute.
#define QIAO_PROPERTIES(QIAO_PROP)                                                      \
  QIAO_PROP(regsPerBlock, max_registers_per_block)                                      \
  QIAO_PROP(warpSize, warp_size)                                                        \
  QIAO_PROP(memPitch, max_pitch)                                                        \
  QIAO_PROP(maxThreadsPerBlock, max_threads_per_block)                                  \
  QIAO_PROP(clockRate, clock_rate)                                                      \
  QIAO_PROP(totalConstMem, total_constant_memory)                                       \
  QIAO_PROP(major, compute_capability_major)                                            \
  QIAO_PROP(minor, compute_capability_minor)                                            \
  QIAO_PROP(textureAlignment, texture_alignment)                                        \
  QIAO_PROP(texturePitchAlignment, texture_pitch_alignment)                             \
  QIAO_PROP(deviceOverlap, gpu_overlap)                                                 \
  QIAO_PROP(multiProcessorCount, multiprocessor_count)                                  \
  QIAO_PROP(canMapHostMemory, can_map_host_memory)                                      \
  QIAO_PROP(computeMode, compute_mode)                                                  \
  QIAO_PROP(maxTexture1D, maximum_texture1d_width)                                      \
  QIAO_PROP(surfaceAlignment, surface_alignment)                                        \
  QIAO_PROP(concurrentKernels, concurrent_kernels)                                      \
  QIAO_PROP(ECCEnabled, ecc_enabled)                                                    \
  QIAO_PROP(pciBusID, pci_bus_id)                                                       \
  QIAO_PROP(pciDeviceID, pci_device_id)                                                 \
  QIAO_PROP(pciDomainID, pci_domain_id)                                                 \
  QIAO_PROP(asyncEngineCount, async_engine_count)                                       \
  QIAO_PROP(unifiedAddressing, unified_addressing)                                      \
  QIAO_PROP(memoryClockRate, memory_clock_rate)                                         \
  QIAO_PROP(memoryBusWidth, global_memory_bus_width)                                    \
  QIAO_PROP(l2CacheSize, l2_cache_size)                                                 \
  QIAO_PROP(persistingL2CacheMaxSize, max_persisting_l2_cache_size)                     \
  QIAO_PROP(maxThreadsPerMultiProcessor, max_threads_per_multiprocessor)                \
  QIAO_PROP(streamPrioritiesSupported, stream_priorities_supported)                     \
  QIAO_PROP(globalL1CacheSupported, global_l1_cache_supported)                          \
  QIAO_PROP(localL1CacheSupported, local_l1_cache_supported)                            \
  QIAO_PROP(sharedMemPerBlock, max_shared_memory_per_block)                             \
  QIAO_PROP(sharedMemPerMultiprocessor, max_shared_memory_per_multiprocessor)           \
  QIAO_PROP(sharedMemPerBlockOptin, max_shared_memory_per_block_optin)                  \
  QIAO_PROP(reservedSharedMemPerBlock, reserved_shared_memory_per_block)                \
  QIAO_PROP(regsPerMultiprocessor, max_registers_per_multiprocessor)                    \
  QIAO_PROP(managedMemory, managed_memory)                                              \
  QIAO_PROP(multiGpuBoardGroupID, multi_gpu_board_group_id)                             \
  QIAO_PROP(hostNativeAtomicSupported, host_native_atomic_supported)                    \
  QIAO_PROP(singleToDoublePrecisionPerfRatio, single_to_double_precision_perf_ratio)    \
  QIAO_PROP(pageableMemoryAccess, pageable_memory_access)                               \
  QIAO_PROP(concurrentManagedAccess, concurrent_managed_access)                         \
  QIAO_PROP(computePreemptionSupported, compute_preemption_supported)                   \
  QIAO_PROP(canUseHostPointerForRegisteredMem, can_use_host_pointer_for_registered_mem) \
  QIAO_PROP(cooperativeLaunch, cooperative_launch)                                      \
  QIAO_PROP(directManagedMemAccessFromHost, direct_managed_mem_access_from_host)        \
  QIAO_PROP(maxBlocksPerMultiProcessor, max_blocks_per_multiprocessor)                  \
  QIAO_PROP(hostRegisterSupported, host_register_supported)                             \
  QIAO_PROP(hostRegisterReadOnlySupported, read_only_host_register_supported)           \
  QIAO_PROP(memoryPoolsSupported, memory_pools_supported)                               \
  QIAO_PROP(ipcEventSupported, ipc_event_supported)                                     \
  QIAO_PROP(clusterLaunch, cluster_launch)                                              \
  QIAO_PROP(unifiedFunctionPointers, unified_function_pointers)

// The largest textures and surfaces: numbers, and arrays of extents and layers.
template <class Properties, class Limits>
void fill_image_limits(Properties& out, const Limits& limits) {
  out.maxTexture1DMipmap = limits.texture_1d_mipmapped;
  out.maxTextureCubemap = limits.texture_cube;
  out.maxSurface1D = limits.surface_1d;
  out.maxSurfaceCubemap = limits.surface_cube;
  if constexpr (requires { out.maxTexture1DLinear; }) out.maxTexture1DLinear = limits.texture_1d_linear;
  std::copy(limits.texture_2d.begin(), limits.texture_2d.end(), out.maxTexture2D);
  std::copy(limits.texture_2d_mipmapped.begin(), limits.texture_2d_mipmapped.end(), out.maxTexture2DMipmap);
  std::copy(limits.texture_2d_linear.begin(), limits.texture_2d_linear.end(), out.maxTexture2DLinear);
  std::copy(limits.texture_2d_gather.begin(), limits.texture_2d_gather.end(), out.maxTexture2DGather);
  std::copy(limits.texture_3d.begin(), limits.texture_3d.end(), out.maxTexture3D);
  std::copy(limits.texture_3d_alternate.begin(), limits.texture_3d_alternate.end(), out.maxTexture3DAlt);
  std::copy(limits.texture_1d_layered.begin(), limits.texture_1d_layered.end(), out.maxTexture1DLayered);
  std::copy(limits.texture_2d_layered.begin(), limits.texture_2d_layered.end(), out.maxTexture2DLayered);
  std::copy(limits.texture_cube_layered.begin(), limits.texture_cube_layered.end(), out.maxTextureCubemapLayered);
  std::copy(limits.surface_2d.begin(), limits.surface_2d.end(), out.maxSurface2D);
  std::copy(limits.surface_3d.begin(), limits.surface_3d.end(), out.maxSurface3D);
  std::copy(limits.surface_1d_layered.begin(), limits.surface_1d_layered.end(), out.maxSurface1DLayered);
  std::copy(limits.surface_2d_layered.begin(), limits.surface_2d_layered.end(), out.maxSurface2DLayered);
  std::copy(limits.surface_cube_layered.begin(), limits.surface_cube_layered.end(), out.maxSurfaceCubemapLayered);
}

template <class Properties>
void fill_properties(Properties& out, const runtime::Device& device) {
  out = {};
  const hal::ChipDescription& chip = device.description();
  std::strncpy(out.name, chip.title.c_str(), sizeof out.name - 1);
  const std::array<char, 16> uuid = runtime::device_uuid(device);
  std::copy(uuid.begin(), uuid.end(), out.uuid.bytes);
  out.totalGlobalMem = device.hal().total_bytes();
#define QIAO_PROP(member, attribute)      \
  if constexpr (requires { out.member; }) \
    out.member = static_cast<decltype(out.member)>(runtime::device_attribute(device, runtime::Attribute::attribute));
  QIAO_PROPERTIES(QIAO_PROP)
#undef QIAO_PROP
  for (int i = 0; i < 3; ++i) {
    out.maxThreadsDim[i] = chip.limits.block[static_cast<size_t>(i)];
    out.maxGridSize[i] = chip.limits.grid[static_cast<size_t>(i)];
  }
  fill_image_limits(out, chip.limits);
}
#undef QIAO_PROPERTIES

}  // namespace qiao::shim
