// Integer work: SHA-256 of two vectors of blocks at a time, and a random number generator in four vectors.
#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {
namespace {

typedef unsigned Words __attribute__((vector_size(kLanes * 4), aligned(4)));
typedef unsigned Blocks __attribute__((vector_size(2 * kLanes * 4), aligned(4)));

constexpr unsigned kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
constexpr unsigned kStart[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

inline Blocks rotate(Blocks x, int by) {
  return (x >> by) | (x << (32 - by));
}

// The digest of a vector of blocks that differ in their last word.
inline void hash(const unsigned* message, Blocks last, Blocks (&digest)[8]) {
  Blocks w[16];
  for (int k = 0; k < 15; ++k) w[k] = Blocks{} + message[k];
  w[15] = last;
  Blocks s[8];
  for (int k = 0; k < 8; ++k) s[k] = Blocks{} + kStart[k];
#pragma clang loop unroll(full)
  for (int k = 0; k < 64; ++k) {
    if (k >= 16) {
      const Blocks w2 = w[(k + 14) & 15], w15 = w[(k + 1) & 15];
      w[k & 15] += (rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >> 3)) + w[(k + 9) & 15] +
                   (rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >> 10));
    }
    const Blocks t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                      ((s[4] & s[5]) ^ (~s[4] & s[6])) + kRound[k] + w[k & 15];
    const Blocks t2 =
        (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + t1, s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = t1 + t2;
  }
  for (int k = 0; k < 8; ++k) digest[k] = s[k] + kStart[k];
}

}  // namespace

// n is a multiple of two vectors' lanes.
void sha256(const unsigned* message, unsigned* digest, int n) {
  Blocks index;
  for (int l = 0; l < 2 * kLanes; ++l) index[l] = static_cast<unsigned>(l);
  for (int i = 0; i < n; i += 2 * kLanes) {
    Blocks result[8];
    hash(message, index + static_cast<unsigned>(i), result);
    for (int k = 0; k < 8; ++k) *reinterpret_cast<Blocks*>(digest + k * long{n} + i) = result[k];
  }
}

// n is a multiple of four vectors' lanes.
void mcpi(int* hits, int samples, int n) {
  constexpr int kChains = 4;
  for (int i = 0; i < n; i += kChains * kLanes) {
    Words state[kChains];
    Ints count[kChains] = {};
    for (int c = 0; c < kChains; ++c) {
      for (int l = 0; l < kLanes; ++l) state[c][l] = static_cast<unsigned>(i + c * kLanes + l) * 2654435761u + 12345u;
    }
    for (int s = 0; s < samples; ++s) {
#pragma clang loop unroll(full)
      for (int c = 0; c < kChains; ++c) {
        state[c] ^= state[c] << 13;
        state[c] ^= state[c] >> 17;
        state[c] ^= state[c] << 5;
        const Floats x = __builtin_convertvector(state[c] & 0xffff, Floats) * (1.0f / 65536.0f);
        const Floats y = __builtin_convertvector(state[c] >> 16, Floats) * (1.0f / 65536.0f);
        count[c] -= x * x + y * y < 1.0f;
      }
    }
    for (int c = 0; c < kChains; ++c) *reinterpret_cast<Ints*>(hits + i + c * kLanes) = count[c];
  }
}

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
