// evaluate() over LLVM values.
#include "device_sim/jit/emit/meaning_of.h"

#include "src/isa/evaluate.h"

namespace qiao::jit {

std::vector<LaneValue> meaning_of(const ptx::Instruction& inst, const std::vector<LaneValue>& sources) {
  auto results = isa::evaluate<LaneValue>(*inst.form, inst.modifiers, inst.types, sources);
  return {results.values.begin(), results.values.begin() + results.count};
}

}  // namespace qiao::jit
