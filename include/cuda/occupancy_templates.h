// Occupancy of kernels given as functions, and the block size that fills the chip best.
#pragma once

#include "cuda_runtime_api.h"

template <class T>
inline cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, T func, int blockSize, size_t sharedMem) {
  return ::cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, reinterpret_cast<const void*>(func),
                                                                  blockSize, sharedMem, cudaOccupancyDefault);
}
template <class T>
inline cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, T func, int blockSize,
                                                                          size_t sharedMem, unsigned flags) {
  return ::cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, reinterpret_cast<const void*>(func),
                                                                  blockSize, sharedMem, flags);
}
template <class T>
inline cudaError_t cudaOccupancyAvailableDynamicSMemPerBlock(size_t* sharedMem, T* func, int blocks, int blockSize) {
  return ::cudaOccupancyAvailableDynamicSMemPerBlock(sharedMem, reinterpret_cast<const void*>(func), blocks, blockSize);
}

// Tries every block size from the largest down in steps of a warp; the first with the most resident threads wins.
template <class Size, class T>
inline cudaError_t cudaOccupancyMaxPotentialBlockSizeVariableSMemWithFlags(int* minGridSize, int* blockSize, T func,
                                                                           Size sharedMemOf, int blockSizeLimit = 0,
                                                                           unsigned flags = 0) {
  if (minGridSize == nullptr || blockSize == nullptr) return cudaErrorInvalidValue;
  int device = 0, processors = 0, warp = 0, resident = 0, largest = 0;
  cudaFuncAttributes attributes;
  cudaError_t error = ::cudaGetDevice(&device);
  if (!error) error = ::cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  if (!error) error = ::cudaDeviceGetAttribute(&warp, cudaDevAttrWarpSize, device);
  if (!error) error = ::cudaDeviceGetAttribute(&resident, cudaDevAttrMaxThreadsPerMultiProcessor, device);
  if (!error) error = ::cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(func));
  if (error) return error;
  largest = attributes.maxThreadsPerBlock;
  if (blockSizeLimit > 0 && blockSizeLimit < largest) largest = blockSizeLimit;
  int best = 0;
  for (int size = (largest + warp - 1) / warp * warp; size > 0; size -= warp) {
    const int threads = size < largest ? size : largest;
    int blocks = 0;
    error = ::cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(&blocks, reinterpret_cast<const void*>(func),
                                                                     threads, sharedMemOf(threads), flags);
    if (error) return error;
    if (threads * blocks <= best) continue;
    best = threads * blocks;
    *blockSize = threads;
    *minGridSize = blocks * processors;
    if (best >= resident) break;
  }
  return cudaSuccess;
}
template <class Size, class T>
inline cudaError_t cudaOccupancyMaxPotentialBlockSizeVariableSMem(int* minGridSize, int* blockSize, T func,
                                                                  Size sharedMemOf, int blockSizeLimit = 0) {
  return cudaOccupancyMaxPotentialBlockSizeVariableSMemWithFlags(minGridSize, blockSize, func, sharedMemOf,
                                                                 blockSizeLimit, cudaOccupancyDefault);
}
template <class T>
inline cudaError_t cudaOccupancyMaxPotentialBlockSizeWithFlags(int* minGridSize, int* blockSize, T func,
                                                               size_t sharedMem = 0, int blockSizeLimit = 0,
                                                               unsigned flags = 0) {
  return cudaOccupancyMaxPotentialBlockSizeVariableSMemWithFlags(
      minGridSize, blockSize, func, [sharedMem](int) { return sharedMem; }, blockSizeLimit, flags);
}
template <class T>
inline cudaError_t cudaOccupancyMaxPotentialBlockSize(int* minGridSize, int* blockSize, T func, size_t sharedMem = 0,
                                                      int blockSizeLimit = 0) {
  return cudaOccupancyMaxPotentialBlockSizeWithFlags(minGridSize, blockSize, func, sharedMem, blockSizeLimit,
                                                     cudaOccupancyDefault);
}
