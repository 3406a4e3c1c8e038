// A kernel prepared for interpretation: the functions it can reach, each with its control-flow graph, the places of its
// registers and call slots, and its numbers of blocks (counters) and of sites (messages).
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "device_sim/machine/block_executor.h"
#include "src/ptx/cfg.h"

namespace qiao::interp {

struct FunctionCode {
  const ptx::Function* function = nullptr;
  uint32_t index = 0;  // in Module::functions
  const machine::FunctionLayout* layout = nullptr;
  ptx::Cfg cfg;
  uint32_t first_site = 0;                 // of instruction 0; sites are numbered through all functions
  std::vector<uint32_t> word_of_register;  // a .b128 register takes two words
  uint32_t words = 0;                      // of one lane
  // .param variables which are not the launch's: arguments and results of calls, own parameters of a device function.
  std::vector<uint64_t> slot_offset;  // index = Function::locals, kNoOffset for other variables
  uint64_t slot_bytes = 0;            // of one lane
  // .local variables of a recursive kernel are stacked: offsets within this function's own part.
  std::vector<uint64_t> stacked_offset;
  uint64_t stacked_bytes = 0;
};

struct KernelProgram {
  machine::KernelImage image;
  bool stacks_locals = false;  // recursion or alloca: local frames are pushed and popped
  uint64_t local_bytes = 0;    // of one lane, with room for that stack
  std::unordered_map<uint32_t, std::unique_ptr<FunctionCode>> functions;  // by index in Module::functions
  std::vector<const FunctionCode*> by_site;                               // ascending first_site
  const FunctionCode* entry = nullptr;
  const machine::CountingPlan* plan = nullptr;  // what is counted; null: nothing

  const FunctionCode* find(uint32_t function_index) const;
  machine::Site site(uint32_t index) const;
};

// Error: what the interpreter lacks (an instruction without a meaning), or Function::unusable.
Result<std::unique_ptr<KernelProgram>> prepare_program(const machine::KernelImage& image);

}  // namespace qiao::interp
