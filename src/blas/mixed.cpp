#include "src/blas/mixed.h"

#include <algorithm>
#include <memory>

namespace qiao::blas {
namespace {

// Not cleared, as a vector would be.
template <class A>
class Room {
 public:
  A* of(int64_t count) {
    if (count > size_) at_ = std::make_unique_for_overwrite<A[]>(size_t(count)), size_ = count;
    return at_.get();
  }

 private:
  std::unique_ptr<A[]> at_;
  int64_t size_ = 0;
};

// `rows` of each of `columns`, dense; or what is there, when it has the right type already.
template <class A>
const A* widened(Element type, const void* from, int64_t rows, int64_t columns, int64_t& ld, Room<A>& room) {
  if (type == element_of<A>) return static_cast<const A*>(from);
  A* to = room.of(rows * columns);
  for (int64_t j = 0; j < columns; ++j) load(type, element_at(type, from, j * ld), 1, rows, to + j * rows);
  ld = rows;
  return to;
}

// Columns of C in one panel: enough for OpenBLAS to be at its best, few enough for a panel to stay near.
int64_t panel_width(int64_t m, int64_t n, int64_t elements = int64_t{1} << 20) {
  constexpr int64_t kLeast = 256;
  return std::min(n, std::max(kLeast, elements / std::max<int64_t>(m, 1)));
}

// op(B)'s columns [first, ...) begin there.
const void* columns_of(const MixedProduct& p, int64_t first) {
  return element_at(p.b_type, p.b, p.opb == 'N' ? first * p.ldb : first);
}

template <class A>
void gemm(const MixedProduct& p, int width, int k, const A* a, int64_t lda, const A* b, int64_t ldb, A* c) {
  const A one(1), zero(0);
  const int la = int(std::max<int64_t>(lda, 1)), lb = int(std::max<int64_t>(ldb, 1)), lc = std::max(p.m, 1);
  fortran<A>().gemm(&p.opa, &p.opb, &p.m, &width, &k, &one, a, &la, b, &lb, &zero, c, &lc);
}

// Integers by way of float: the sum of 1024 products of int8 is at most 2^24, so each is exact.
constexpr int kExact = 1024;

void multiply_integers(const MixedProduct& p, const Finish<int32_t>& finish) {
  Room<float> room_a, room_b, room_c;
  Room<int32_t> room_sum;
  // Wide, because each panel widens all of A again.
  const int64_t wide = panel_width(p.m, p.n, int64_t{1} << 25);
  for (int64_t first = 0; first < p.n; first += wide) {
    const int64_t width = std::min(wide, p.n - first);
    int32_t* sum = room_sum.of(p.m * width);
    std::fill_n(sum, p.m * width, 0);
    for (int from = 0; from < p.k; from += kExact) {
      const int depth = std::min(kExact, p.k - from);
      const bool na = p.opa == 'N', nb = p.opb == 'N';
      const void* at_a = element_at(p.a_type, p.a, na ? from * p.lda : from);
      const void* at_b = element_at(p.b_type, columns_of(p, first), nb ? from : from * p.ldb);
      int64_t lda = p.lda, ldb = p.ldb;
      const float* a = widened(p.a_type, at_a, na ? p.m : depth, na ? depth : p.m, lda, room_a);
      const float* b = widened(p.b_type, at_b, nb ? depth : width, nb ? width : depth, ldb, room_b);
      float* c = room_c.of(p.m * width);
      gemm(p, int(width), depth, a, lda, b, ldb, c);
      // Sums wrap, as the chip's do.
      for (int64_t i = 0; i < p.m * width; ++i) sum[i] = int32_t(uint32_t(sum[i]) + uint32_t(int32_t(c[i])));
    }
    finish(first, width, sum);
  }
}

}  // namespace

template <class A>
void multiply(const MixedProduct& p, const Finish<A>& finish) {
  if constexpr (std::is_same_v<A, int32_t>) {
    multiply_integers(p, finish);
  } else {
    Room<A> room_a, room_b, room_c;
    const bool na = p.opa == 'N', nb = p.opb == 'N';
    int64_t lda = p.lda;
    const A* a = widened(p.a_type, p.a, na ? p.m : p.k, na ? p.k : p.m, lda, room_a);
    const int64_t wide = panel_width(p.m, p.n);
    for (int64_t first = 0; first < p.n; first += wide) {
      const int64_t width = std::min(wide, p.n - first);
      int64_t ldb = p.ldb;
      const A* b = widened(p.b_type, columns_of(p, first), nb ? p.k : width, nb ? width : p.k, ldb, room_b);
      A* c = room_c.of(p.m * width);
      gemm(p, int(width), p.k, a, lda, b, ldb, c);
      finish(first, width, c);
    }
  }
}

template void multiply(const MixedProduct&, const Finish<float>&);
template void multiply(const MixedProduct&, const Finish<double>&);
template void multiply(const MixedProduct&, const Finish<int32_t>&);
template void multiply(const MixedProduct&, const Finish<std::complex<float>>&);
template void multiply(const MixedProduct&, const Finish<std::complex<double>>&);

}  // namespace qiao::blas
