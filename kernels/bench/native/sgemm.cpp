// A blocked matrix product for when no OpenBLAS is there: panels of B and of A are packed, and a micro-kernel keeps a
// tile of C in registers (Goto and van de Geijn's scheme).
#include <string.h>

#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {
namespace {

constexpr int kRows = kVectorRegisters == 32 ? 12 : 6;
constexpr int kColumns = 2 * kLanes;
constexpr int kDepth = 256;
constexpr int kHeight = kRows * 16;

alignas(64) float g_packed_a[kHeight * kDepth];
alignas(64) float g_packed_b[kDepth * 4096];

// Up to `rows` x kDepth of A, column after column of kRows; missing rows are zero.
void pack_a(const float* a, int n, int rows, int depth) {
  for (int i = 0; i < rows; i += kRows) {
    float* to = g_packed_a + i * depth;
    for (int k = 0; k < depth; ++k) {
      for (int r = 0; r < kRows; ++r) to[k * kRows + r] = i + r < rows ? a[(i + r) * long{n} + k] : 0.0f;
    }
  }
}

void pack_b(const float* b, int n, int depth, int columns) {
  for (int j = 0; j < columns; j += kColumns) {
    float* to = g_packed_b + j * depth;
    const int width = columns - j < kColumns ? columns - j : kColumns;
    for (int k = 0; k < depth; ++k) {
      memset(to + k * kColumns, 0, sizeof(float) * kColumns);
      memcpy(to + k * kColumns, b + k * long{n} + j, sizeof(float) * width);
    }
  }
}

void micro(const float* a, const float* b, int depth, float* c, int n, int rows, int columns) {
  Floats sum[kRows][2] = {};
  for (int k = 0; k < depth; ++k) {
    const Floats left = *reinterpret_cast<const Floats*>(b + k * kColumns);
    const Floats right = *reinterpret_cast<const Floats*>(b + k * kColumns + kLanes);
#pragma clang loop unroll(full)
    for (int r = 0; r < kRows; ++r) {
      sum[r][0] = a[k * kRows + r] * left + sum[r][0];
      sum[r][1] = a[k * kRows + r] * right + sum[r][1];
    }
  }
  float tile[kRows][kColumns];  // what is indexed by a variable cannot stay in registers
#pragma clang loop unroll(full)
  for (int r = 0; r < kRows; ++r) {
    *reinterpret_cast<Floats*>(tile[r]) = sum[r][0];
    *reinterpret_cast<Floats*>(tile[r] + kLanes) = sum[r][1];
  }
  for (int r = 0; r < rows; ++r) {
    for (int j = 0; j < columns; ++j) c[r * long{n} + j] += tile[r][j];
  }
}

}  // namespace

void sgemm(const float* a, const float* b, float* c, int n) {
  constexpr int kWidth = 4096 - 4096 % kColumns;
  memset(c, 0, sizeof(float) * n * n);
  for (int j0 = 0; j0 < n; j0 += kWidth) {
    const int width = n - j0 < kWidth ? n - j0 : kWidth;
    for (int k0 = 0; k0 < n; k0 += kDepth) {
      const int depth = n - k0 < kDepth ? n - k0 : kDepth;
      pack_b(b + k0 * long{n} + j0, n, depth, width);
      for (int i0 = 0; i0 < n; i0 += kHeight) {
        const int height = n - i0 < kHeight ? n - i0 : kHeight;
        pack_a(a + i0 * long{n} + k0, n, height, depth);
        for (int j = 0; j < width; j += kColumns) {
          for (int i = 0; i < height; i += kRows) {
            micro(g_packed_a + i * depth, g_packed_b + j * depth, depth, c + (i0 + i) * long{n} + j0 + j, n,
                  height - i < kRows ? height - i : kRows, width - j < kColumns ? width - j : kColumns);
          }
        }
      }
    }
  }
}

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
