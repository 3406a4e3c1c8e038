#include "device_sim/machine/inexact.h"

#include <algorithm>

#include "src/ptx/print.h"
#include "src/ptx/reach.h"

namespace qiao::machine {

std::vector<InexactSite> inexact_sites(const KernelImage& kernel) {
  const ptx::Module& module = *kernel.module;
  std::vector<uint32_t> functions;
  for (const auto& [index, layout] : kernel.layout.functions) {
    if (!module.functions[index].is_declaration) functions.push_back(index);
  }
  std::sort(functions.begin(), functions.end());
  const ptx::DataFlow flow(module, functions);
  std::vector<InexactSite> sites;
  uint32_t row = 0;  // of a CountingPlan
  for (uint32_t index : functions) {
    const ptx::Function& function = module.functions[index];
    for (const ptx::Instruction& instruction : function.body) {
      const uint32_t its_row = row++;
      if (instruction.form->fidelity == isa::Fidelity::Exact) continue;
      const ptx::Reach reach = flow.of_results(index, instruction);
      sites.push_back({its_row,
                       {kernel.function->name, function.name, ptx::print(module, function, instruction),
                        std::string(instruction.form->bound), instruction.location.line, reach.address, reach.branch}});
    }
  }
  return sites;
}

}  // namespace qiao::machine
