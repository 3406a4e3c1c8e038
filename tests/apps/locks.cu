// Locks that rely on how GPUs schedule: a ticket lock between blocks, a spin lock that every lane of a warp takes for
// itself (Volta and later), one with a growing pause, one written as a loop with a flag, and lanes that hand a token
// from one to the next. Whole numbers; a lost update changes the sum.
#include "check.h"

struct Locked {
  unsigned next, serving;  // the ticket lock
  int held;                // the spin locks
  int turn;                // the token
  long long count, weighted;
};

// What a lock protects: two plain read-modify-writes that must not be torn apart.
__device__ void add(Locked* all, int value) {
  volatile Locked* one = all;
  const long long count = one->count, weighted = one->weighted;
  one->count = count + 1;
  one->weighted = weighted + value;
}

__global__ void by_ticket(Locked* all) {
  if (threadIdx.x == 0) {
    const unsigned mine = atomicAdd(&all->next, 1u);
    while (*static_cast<volatile unsigned*>(&all->serving) != mine) {
    }
    __threadfence();
    add(all, blockIdx.x);
    __threadfence();
    atomicAdd(&all->serving, 1u);
  }
}

__global__ void by_lane(Locked* all) {
  while (atomicCAS(&all->held, 0, 1) != 0) {
  }
  __threadfence();
  add(all, threadIdx.x);
  __threadfence();
  atomicExch(&all->held, 0);
}

__global__ void by_lane_with_pause(Locked* all) {
#if __CUDA_ARCH__ >= 700
  unsigned pause = 8, attempts = 0;
  while (atomicCAS(&all->held, 0, 1) != 0) {
    ++attempts;
    __nanosleep(pause);
    if (pause < 256) pause *= 2;
  }
  __threadfence();
  add(all, threadIdx.x + (attempts == 0xffffffff));
  __threadfence();
  atomicExch(&all->held, 0);
#endif
}

__global__ void by_flag(Locked* all) {
  bool done = false;
  while (!done) {
    if (atomicCAS(&all->held, 0, 1) == 0) {
      __threadfence();
      add(all, threadIdx.x);
      __threadfence();
      atomicExch(&all->held, 0);
      done = true;
    }
  }
}

__global__ void by_turn(Locked* all) {
  while (*static_cast<volatile int*>(&all->turn) != static_cast<int>(threadIdx.x)) {
  }
  add(all, threadIdx.x);
  __threadfence();
  atomicExch(&all->turn, threadIdx.x + 1);
}

static long check_kernel(const char* name, void (*kernel)(Locked*), int blocks, int threads, bool by_block) {
  check::Buffer<Locked> all(1);
  all.fill_bytes(0);
  kernel<<<blocks, threads>>>(all.get());
  check::must_launch();
  const Locked got = all.download()[0];
  const long long each = by_block ? 1 : threads, times = by_block ? 1 : blocks, ids = by_block ? blocks : threads;
  const long long count = blocks * each, weighted = times * (ids * (ids - 1) / 2);
  if (got.count == count && got.weighted == weighted) return 0;
  std::fprintf(stderr, "%s: %lld entered with sum %lld, expected %lld with %lld\n", name, got.count, got.weighted, count,
               weighted);
  return 1;
}

int main() {
  long wrong = check_kernel("ticket lock", by_ticket, 50, 64, true);
  wrong += check_kernel("lock by lane", by_lane, 3, 64, false);
  wrong += check_kernel("lock by lane with a pause", by_lane_with_pause, 2, 48, false);
  wrong += check_kernel("lock with a flag", by_flag, 3, 64, false);
  wrong += check_kernel("token by lane", by_turn, 1, 96, false);
  return check::verdict("locks", wrong);
}
