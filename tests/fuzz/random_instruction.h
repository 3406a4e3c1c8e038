// Random instructions of the table's value rows, with operands from a fixed set of registers.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace qiao::fuzz {

// The registers a random instruction may use: %h (16 bits), %r (32), %d (64), %p (predicates), numbered from 0.
inline constexpr uint32_t kHalves = 4, kWords = 8, kDoubles = 4, kPredicates = 4;

class Random {
 public:
  explicit Random(uint32_t seed) : generator_(seed) {}
  uint32_t below(uint32_t limit) { return generator_() % limit; }
  bool chance(uint32_t one_in) { return below(one_in) == 0; }
  std::string half() { return "%h" + std::to_string(below(kHalves)); }
  std::string word() { return "%r" + std::to_string(below(kWords)); }
  std::string two_words() { return "%d" + std::to_string(below(kDoubles)); }
  std::string predicate() { return "%p" + std::to_string(below(kPredicates)); }

 private:
  std::mt19937 generator_;
};

// "@%p1 add.sat.s32 %r1, %r2, -7;": an instruction that the parser accepts. `flushing`: of a fast-math kernel, one that
// the host's flushing of f32 subnormals does not harm; half of them f32 with .ftz.
std::string random_instruction(Random& random, bool flushing = false);

}  // namespace qiao::fuzz
