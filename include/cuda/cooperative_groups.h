// Cooperative groups: the grid, the block, tiles of a warp, and the active threads. Left out (so an error by name):
// cluster groups, reduce, scan and memcpy_async.
#pragma once

#include "cuda_runtime.h"

#if defined(__CUDA__)
namespace cooperative_groups {
namespace detail {

__device__ inline unsigned int lane() {
  return __nvvm_read_ptx_sreg_laneid();
}
__device__ inline unsigned int block_rank() {
  return (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
}
__device__ inline unsigned int block_size() {
  return blockDim.x * blockDim.y * blockDim.z;
}

// Shuffles a value of any type word by word.
template <class T, class Shuffle>
__device__ inline T by_words(T v, Shuffle shuffle) {
  unsigned int words[(sizeof(T) + 3) / 4] = {};
  __builtin_memcpy(words, &v, sizeof(T));
  for (unsigned int& word : words) word = shuffle(word);
  __builtin_memcpy(&v, words, sizeof(T));
  return v;
}

}  // namespace detail

class thread_block {
 public:
  __device__ static void sync() { __syncthreads(); }
  __device__ static unsigned int thread_rank() { return detail::block_rank(); }
  __device__ static unsigned int size() { return detail::block_size(); }
  __device__ static unsigned int num_threads() { return detail::block_size(); }
  __device__ static dim3 thread_index() { return dim3(threadIdx.x, threadIdx.y, threadIdx.z); }
  __device__ static dim3 group_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
  __device__ static dim3 dim_threads() { return dim3(blockDim.x, blockDim.y, blockDim.z); }
  __device__ static dim3 group_dim() { return dim_threads(); }
};

__device__ inline thread_block this_thread_block() {
  return {};
}

// All threads of a cooperative launch, which gives the barrier its memory, zeroed, through two environment registers.
class grid_group {
 public:
  __device__ static bool is_valid() { return workspace() != nullptr; }
  __device__ static void sync() {
    unsigned int* words = workspace();
    if (words == nullptr) __builtin_trap();
    __syncthreads();
    if (detail::block_rank() == 0) {
      unsigned int *arrived = words + 2, *round = words + 3;
      const unsigned int mine = __atomic_load_n(round, __ATOMIC_RELAXED);
      __threadfence();
      if (atomicAdd(arrived, 1u) + 1 == num_blocks()) {
        atomicExch(arrived, 0u);
        __threadfence();
        atomicAdd(round, 1u);
      } else {
        while (atomicAdd(round, 0u) == mine) {
        }
      }
      __threadfence();
    }
    __syncthreads();
  }
  __device__ static unsigned long long num_blocks() {
    return static_cast<unsigned long long>(gridDim.x) * gridDim.y * gridDim.z;
  }
  __device__ static unsigned long long block_rank() {
    return (static_cast<unsigned long long>(blockIdx.z) * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  }
  __device__ static unsigned long long thread_rank() {
    return block_rank() * detail::block_size() + detail::block_rank();
  }
  __device__ static unsigned long long num_threads() { return num_blocks() * detail::block_size(); }
  __device__ static unsigned long long size() { return num_threads(); }
  __device__ static dim3 group_dim() { return dim3(gridDim.x, gridDim.y, gridDim.z); }
  __device__ static dim3 dim_blocks() { return group_dim(); }
  __device__ static dim3 block_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }

 private:
  __device__ static unsigned int* workspace() {
    unsigned long long address;
    asm("{ .reg .b32 high, low; mov.b32 high, %%envreg1; mov.b32 low, %%envreg2; mov.b64 %0, {low, high}; }"
        : "=l"(address));
    return reinterpret_cast<unsigned int*>(address);
  }
};

__device__ inline grid_group this_grid() {
  return {};
}

// A tile of Size consecutive threads, 1 to 32; its mask is that of its lanes.
template <unsigned int Size, class Parent = void>
class thread_block_tile {
  static_assert(Size > 0 && Size <= 32 && (Size & (Size - 1)) == 0, "a tile has a power of two of threads, at most 32");

 public:
  thread_block_tile() = default;
  template <class Other>
  __device__ thread_block_tile(const thread_block_tile<Size, Other>&) {}

  __device__ static unsigned int thread_rank() { return detail::lane() & (Size - 1); }
  __device__ static constexpr unsigned int size() { return Size; }
  __device__ static constexpr unsigned int num_threads() { return Size; }
  __device__ static unsigned int meta_group_rank() { return detail::block_rank() / Size; }
  __device__ static unsigned int meta_group_size() { return (detail::block_size() + Size - 1) / Size; }
  __device__ static void sync() { __syncwarp(mask()); }
  template <class T>
  __device__ T shfl(T v, int from) const {
    return detail::by_words(v, [=, this](unsigned int word) { return __shfl_sync(mask(), word, from, Size); });
  }
  template <class T>
  __device__ T shfl_up(T v, unsigned int delta) const {
    return detail::by_words(v, [=, this](unsigned int word) { return __shfl_up_sync(mask(), word, delta, Size); });
  }
  template <class T>
  __device__ T shfl_down(T v, unsigned int delta) const {
    return detail::by_words(v, [=, this](unsigned int word) { return __shfl_down_sync(mask(), word, delta, Size); });
  }
  template <class T>
  __device__ T shfl_xor(T v, unsigned int lanes) const {
    return detail::by_words(
        v, [=, this](unsigned int word) { return __shfl_xor_sync(mask(), word, static_cast<int>(lanes), Size); });
  }
  __device__ int any(int predicate) const { return __any_sync(mask(), predicate); }
  __device__ int all(int predicate) const { return __all_sync(mask(), predicate); }
  __device__ unsigned int ballot(int predicate) const { return __ballot_sync(mask(), predicate) >> first(); }

 private:
  __device__ static unsigned int first() { return detail::lane() & ~(Size - 1); }
  __device__ static unsigned int mask() { return (0xffffffffu >> (32 - Size)) << first(); }
};

template <unsigned int Size, class Parent>
__device__ inline thread_block_tile<Size, Parent> tiled_partition(const Parent&) {
  return {};
}

// The threads of the warp which are here together.
class coalesced_group {
 public:
  __device__ explicit coalesced_group(unsigned int mask) : mask_(mask) {}
  __device__ unsigned int size() const { return static_cast<unsigned int>(__popc(mask_)); }
  __device__ unsigned int num_threads() const { return size(); }
  __device__ unsigned int thread_rank() const {
    return static_cast<unsigned int>(__popc(mask_ & ((1u << detail::lane()) - 1)));
  }
  __device__ void sync() const { __syncwarp(mask_); }
  template <class T>
  __device__ T shfl(T v, unsigned int rank) const {
    return detail::by_words(v, [=, this](unsigned int word) {
      return __shfl_sync(mask_, word, static_cast<int>(__fns(mask_, 0, static_cast<int>(rank) + 1)));
    });
  }
  __device__ int any(int predicate) const { return __any_sync(mask_, predicate); }
  __device__ int all(int predicate) const { return __all_sync(mask_, predicate); }

 private:
  unsigned int mask_;
};

__device__ inline coalesced_group coalesced_threads() {
  return coalesced_group(__activemask());
}

template <class Group>
__device__ inline void sync(const Group& group) {
  group.sync();
}

}  // namespace cooperative_groups
#endif
