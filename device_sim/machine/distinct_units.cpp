#include "device_sim/machine/distinct_units.h"

#include <algorithm>
#include <array>
#include <bit>

#if defined(__x86_64__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12 says it of its own header (bug 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#endif

namespace qiao::machine {
namespace {

constexpr uint32_t kLanes = 32;

// The most of `count` places in a row of which only the first has its bit set.
uint32_t longest(uint32_t firsts, uint32_t count) {
  uint32_t later = ~firsts & static_cast<uint32_t>((uint64_t{1} << count) - 1);
  uint32_t most = 1;
  for (; later != 0; later &= later << 1) ++most;
  return most;
}

// The bits of `from` at the places that `at` names, side by side.
uint32_t gathered(uint32_t from, uint32_t at) {
  if (at == ~0u) return from;
  uint32_t bits = 0;
  for (uint32_t place = 0; at != 0; at &= at - 1, ++place) bits |= (from >> std::countr_zero(at) & 1) << place;
  return bits;
}

#if defined(__x86_64__)

#define QIAO_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2,lzcnt,popcnt")))

struct Step {
  alignas(64) std::array<uint32_t, 16> partner;
  uint16_t larger;  // lanes that take the larger of the two
};

// Batcher's bitonic network for 16 numbers: ten steps to order them, of which the last four order what rises and then
// falls.
constexpr std::array<Step, 10> network() {
  std::array<Step, 10> steps{};
  size_t step = 0;
  for (uint32_t run = 2; run <= 16; run *= 2) {
    for (uint32_t apart = run / 2; apart != 0; apart /= 2, ++step) {
      for (uint32_t lane = 0; lane < 16; ++lane) {
        steps[step].partner[lane] = lane ^ apart;
        const bool rises = (lane & run) == 0, upper = (lane & apart) != 0;
        steps[step].larger |= static_cast<uint16_t>((rises == upper ? 1 : 0) << lane);
      }
    }
  }
  return steps;
}
constexpr std::array<Step, 10> kNetwork = network();
constexpr size_t kMerge = 6;  // the first of the last four

struct Keys {
  __m512i low, high;
};

QIAO_AVX512 inline __m512i exchange(__m512i keys, const Step& step, uint16_t larger) {
  const __m512i partner = _mm512_permutexvar_epi32(_mm512_load_si512(step.partner.data()), keys);
  return _mm512_mask_max_epu32(_mm512_min_epu32(keys, partner), larger, keys, partner);
}

QIAO_AVX512 inline Keys sorted(Keys keys) {
  for (size_t i = 0; i < kNetwork.size(); ++i) {
    const Step& step = kNetwork[i];
    keys.low = exchange(keys.low, step, step.larger);
    keys.high = exchange(keys.high, step, i < kMerge ? step.larger : static_cast<uint16_t>(~step.larger));
  }
  Keys halves{_mm512_min_epu32(keys.low, keys.high), _mm512_max_epu32(keys.low, keys.high)};
  for (size_t i = kMerge; i < kNetwork.size(); ++i) {
    halves.low = exchange(halves.low, kNetwork[i], kNetwork[i].larger);
    halves.high = exchange(halves.high, kNetwork[i], kNetwork[i].larger);
  }
  return halves;
}

// Each lane's neighbour below; the first lane's is itself.
QIAO_AVX512 inline Keys neighbours(Keys keys) {
  const __m512i first = _mm512_broadcastd_epi32(_mm512_castsi512_si128(keys.low));
  return {_mm512_alignr_epi32(keys.low, first, 15), _mm512_alignr_epi32(keys.high, keys.low, 15)};
}

QIAO_AVX512 inline uint32_t differing(Keys keys, Keys before, uint32_t shift) {
  const __m128i by = _mm_cvtsi32_si128(static_cast<int>(shift));
  const __m512i low = _mm512_srl_epi32(_mm512_xor_si512(keys.low, before.low), by);
  const __m512i high = _mm512_srl_epi32(_mm512_xor_si512(keys.high, before.high), by);
  return _mm512_test_epi32_mask(low, low) | static_cast<uint32_t>(_mm512_test_epi32_mask(high, high)) << 16 | 1;
}

// The lanes of `mask` side by side, and in what is left of the vector the last of them.
QIAO_AVX512 inline __m512i side_by_side(__m512i keys, uint32_t mask) {
  if (mask == 0xffff) return keys;
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i last = _mm512_set1_epi32(31 - static_cast<int>(_lzcnt_u32(mask)));
  const __m512i from = _mm512_mask_compress_epi32(last, static_cast<__mmask16>(mask), lanes);
  return _mm512_permutexvar_epi32(from, keys);
}

// The units' numbers, counted from one 2^31 before that of the line in which the first lane's lies; false: some need
// more than 32 bits. Lanes outside the mask get a neighbour's, so that what rises with the lanes still does.
QIAO_AVX512 inline bool keys_of(const Request& request, Keys& keys) {
  const auto first_lane = static_cast<uint32_t>(_tzcnt_u32(request.mask));
  const uint64_t first = request.addresses[first_lane] - request.base;
  const __m512i origin = _mm512_set1_epi64(static_cast<int64_t>(request.base + (first & ~uint64_t{127})));
  const __m512i bias = _mm512_set1_epi64(int64_t{1} << 31);
  const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(request.log2unit));
  __m512i wide = _mm512_setzero_si512();
  __m256i parts[4];
  for (uint32_t i = 0; i < 4; ++i) {
    const auto here = static_cast<__mmask8>(request.mask >> 8 * i);
    const __m512i addresses = _mm512_mask_loadu_epi64(origin, here, request.addresses + size_t{8} * i);
    const __m512i units = _mm512_add_epi64(_mm512_sra_epi64(_mm512_sub_epi64(addresses, origin), shift), bias);
    wide = _mm512_or_si512(wide, _mm512_srli_epi64(units, 32));
    parts[i] = _mm512_cvtepi64_epi32(units);
  }
  if (_mm512_test_epi64_mask(wide, wide) != 0) return false;
  keys.low = _mm512_inserti64x4(_mm512_castsi256_si512(parts[0]), parts[1], 1);
  keys.high = _mm512_inserti64x4(_mm512_castsi256_si512(parts[2]), parts[3], 1);
  const uint32_t low = request.mask & 0xffff, high = request.mask >> 16;
  if (low != 0) keys.low = side_by_side(keys.low, low);
  if (high != 0) keys.high = side_by_side(keys.high, high);
  if (low == 0) keys.low = _mm512_broadcastd_epi32(_mm512_castsi512_si128(keys.high));
  if (high == 0) keys.high = _mm512_permutexvar_epi32(_mm512_set1_epi32(15), keys.low);
  return true;
}

QIAO_AVX512 bool distinct_by_vectors(const Request& request, Distinct& distinct) {
  Keys keys;
  if (!keys_of(request, keys)) return false;
  if (request.bank_bits != 0) {
    const __m512i turn = _mm512_set1_epi32(static_cast<int>(request.bank_bits));
    keys = {_mm512_rorv_epi32(keys.low, turn), _mm512_rorv_epi32(keys.high, turn)};
  }
  Keys before = neighbours(keys);
  const uint32_t falls = _mm512_cmplt_epu32_mask(keys.low, before.low) |
                         static_cast<uint32_t>(_mm512_cmplt_epu32_mask(keys.high, before.high)) << 16;
  if (falls != 0) {
    keys = sorted(keys);
    before = neighbours(keys);
  }
  const bool banks = request.bank_bits != 0;
  const uint32_t units = differing(keys, before, 0);
  const uint32_t narrow =
      differing(keys, before, banks ? 32 - request.bank_bits : request.log2narrow - request.log2unit);
  distinct.units = _mm_popcnt_u32(units);
  distinct.narrow = _mm_popcnt_u32(narrow);
  distinct.wide = banks ? 0 : _mm_popcnt_u32(differing(keys, before, request.log2wide - request.log2unit));
  distinct.in_bank = banks ? longest(_pext_u32(narrow, units), distinct.units) : 0;
  distinct.on_unit = request.wants_on_unit ? longest(units, kLanes) : 0;
  distinct.span = static_cast<uint32_t>(_mm_extract_epi32(_mm512_extracti32x4_epi32(keys.high, 3), 3)) -
                  static_cast<uint32_t>(_mm_cvtsi128_si32(_mm512_castsi512_si128(keys.low)));
  return true;
}

bool host_has_vectors() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2") &&
                          __builtin_cpu_supports("bmi") && __builtin_cpu_supports("lzcnt") &&
                          __builtin_cpu_supports("popcnt");
  return has;
}

#endif

}  // namespace

Distinct distinct_units_by_scalars(const Request& request) {
  const bool banks = request.bank_bits != 0;
  std::array<uint64_t, kLanes> keys{};
  const uint64_t filler = request.addresses[std::countr_zero(request.mask)];
  for (uint32_t lane = 0; lane < kLanes; ++lane) {
    const uint64_t address = request.mask >> lane & 1 ? request.addresses[lane] : filler;
    keys[lane] = std::rotr((address - request.base) >> request.log2unit, static_cast<int>(request.bank_bits));
  }
  if (!std::is_sorted(keys.begin(), keys.end())) std::sort(keys.begin(), keys.end());
  const uint32_t narrow = banks ? 64 - request.bank_bits : request.log2narrow - request.log2unit;
  const uint32_t wide = banks ? 63 : request.log2wide - request.log2unit;
  uint32_t new_unit = 1, new_narrow = 1, new_wide = 1;
  for (uint32_t i = 1; i < kLanes; ++i) {
    const uint64_t differing = keys[i] ^ keys[i - 1];
    new_unit |= (differing != 0 ? 1u : 0u) << i;
    new_narrow |= (differing >> narrow != 0 ? 1u : 0u) << i;
    new_wide |= (differing >> wide != 0 ? 1u : 0u) << i;
  }
  const auto number = [](uint32_t bits) { return static_cast<uint32_t>(std::popcount(bits)); };
  const uint32_t units = number(new_unit);
  return {.units = units,
          .narrow = number(new_narrow),
          .wide = banks ? 0 : number(new_wide),
          .in_bank = banks ? longest(gathered(new_narrow, new_unit), units) : 0,
          .on_unit = request.wants_on_unit ? longest(new_unit, kLanes) : 0,
          .span = keys.back() - keys.front()};
}

Distinct distinct_units(const Request& request) {
#if defined(__x86_64__)
  Distinct distinct{};
  if (host_has_vectors() && distinct_by_vectors(request, distinct)) return distinct;
#endif
  return distinct_units_by_scalars(request);
}

}  // namespace qiao::machine
