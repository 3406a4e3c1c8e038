// Transposition, stencil, prefix sums and a step of a sort.
#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {
namespace {

typedef float Eight __attribute__((vector_size(32), aligned(4)));

// 8 x 8, in registers: neighbours, pairs, halves change places.
void transpose_8(const float* in, long in_stride, float* out, long out_stride) {
  Eight row[8], pair[8], quad[8];
  for (int i = 0; i < 8; ++i) row[i] = *reinterpret_cast<const Eight*>(in + i * in_stride);
  for (int i = 0; i < 8; i += 2) {
    pair[i] = __builtin_shufflevector(row[i], row[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    pair[i + 1] = __builtin_shufflevector(row[i], row[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int half = 0; half < 8; half += 4) {
    for (int i = half; i < half + 2; ++i) {
      quad[i] = __builtin_shufflevector(pair[i], pair[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      quad[i + 2] = __builtin_shufflevector(pair[i], pair[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; ++i) {
    *reinterpret_cast<Eight*>(out + i * out_stride) =
        __builtin_shufflevector(quad[i], quad[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *reinterpret_cast<Eight*>(out + (i + 4) * out_stride) =
        __builtin_shufflevector(quad[i], quad[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

}  // namespace

// In tiles of 32 x 32 (whole cache lines of both arrays); the extents are multiples of 32.
void transpose(const float* __restrict in, float* __restrict out, int width, int height) {
  constexpr int kTile = 32;
  for (int y = 0; y < height; y += kTile) {
    for (int x = 0; x < width; x += kTile) {
      for (int i = 0; i < kTile; i += 8) {
        for (int j = 0; j < kTile; j += 8) {
          transpose_8(in + (y + j) * long{width} + x + i, width, out + (x + i) * long{height} + y + j, height);
        }
      }
    }
  }
}

void stencil(const float* __restrict in, float* __restrict out, int width, int height) {
  for (int x = 0; x < width; ++x) out[x] = in[x], out[(height - 1L) * width + x] = in[(height - 1L) * width + x];
  for (int y = 1; y < height - 1; ++y) {
    const float* __restrict row = in + long{width} * y;
    float* __restrict to = out + long{width} * y;
    to[0] = row[0];
    for (int x = 1; x < width - 1; ++x) {
      to[x] = 0.5f * row[x] + 0.125f * (row[x - 1] + row[x + 1] + row[x - width] + row[x + width]);
    }
    to[width - 1] = row[width - 1];
  }
}

// Sixteen sums at a time by shifting and adding; the last goes on to the next sixteen.
void scan(const float* __restrict in, float* __restrict out, long n) {
  typedef float Run __attribute__((vector_size(64), aligned(4)));
  constexpr long kBlock = 256;
  const Run zero = {};
  for (long start = 0; start < n; start += kBlock) {
    Run carry = {};
    const long end = start + kBlock < n ? start + kBlock : n;
    long i = start;
    for (; i + 16 <= end; i += 16) {
      Run sums = *reinterpret_cast<const Run*>(in + i);
      sums += __builtin_shufflevector(zero, sums, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
      sums += __builtin_shufflevector(zero, sums, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
      sums += __builtin_shufflevector(zero, sums, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27);
      sums += __builtin_shufflevector(zero, sums, 0, 0, 0, 0, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23);
      sums += carry;
      *reinterpret_cast<Run*>(out + i) = sums;
      carry = zero + sums[15];
    }
    float sum = carry[0];
    for (; i < end; ++i) {
      sum += in[i];
      out[i] = sum;
    }
  }
}

// One step: the pairs at distance j, put in the order of their run of k.
void bitonic(float* data, long j, long k, long n) {
  for (long start = 0; start < n; start += 2 * j) {
    float* __restrict left = data + start;
    float* __restrict right = data + start + j;
    if ((start & k) == 0) {
      for (long i = 0; i < j; ++i) {
        const float a = left[i], b = right[i];
        left[i] = a < b ? a : b;
        right[i] = a < b ? b : a;
      }
    } else {
      for (long i = 0; i < j; ++i) {
        const float a = left[i], b = right[i];
        left[i] = a < b ? b : a;
        right[i] = a < b ? a : b;
      }
    }
  }
}

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
