// Preparing a kernel for interpretation.
#include "device_sim/interp/code.h"

#include <algorithm>

#include "src/isa/evaluate.h"
#include "src/isa/host_value.h"
#include "src/ptx/sources.h"

namespace qiao::interp {
namespace {

using isa::StateSpace;

// Room for the stack of .local variables and alloca, per lane.
constexpr uint64_t kStackBytes = 16384;

uint64_t aligned(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

void place_registers(FunctionCode& code) {
  for (const ptx::Register& reg : code.function->registers) {
    code.word_of_register.push_back(code.words);
    code.words += reg.type == isa::Type::B128 ? 2 : 1;
  }
}

void place_locals(FunctionCode& code) {
  const std::vector<ptx::Variable>& locals = code.function->locals;
  code.slot_offset.assign(locals.size(), machine::kNoOffset);
  code.stacked_offset.assign(locals.size(), machine::kNoOffset);
  for (size_t i = 0; i < locals.size(); ++i) {
    const ptx::Variable& variable = locals[i];
    const uint64_t alignment = std::max<uint64_t>(variable.align, 16);
    const bool launch_parameter = code.function->is_entry && code.layout->local_offset[i] != machine::kNoOffset;
    if (variable.space == StateSpace::Param && !launch_parameter) {
      code.slot_offset[i] = aligned(code.slot_bytes, alignment);
      code.slot_bytes = code.slot_offset[i] + variable.bytes;
    } else if (variable.space == StateSpace::Local) {
      code.stacked_offset[i] = aligned(code.stacked_bytes, alignment);
      code.stacked_bytes = code.stacked_offset[i] + variable.bytes;
    }
  }
  code.slot_bytes = aligned(code.slot_bytes, 16);
  code.stacked_bytes = aligned(code.stacked_bytes, 16);
}

// Tried out on zeros, so that what is missing is said before the launch and not in the middle of it.
bool has_meaning(const ptx::Instruction& inst) {
  if (inst.form->kind != isa::Kind::Value && inst.form->kind != isa::Kind::Carry) return true;
  std::vector<isa::HostValue> sources;
  for (const ptx::Source& source : ptx::sources_of(inst)) {
    sources.emplace_back(isa::bits_of(source.type), source.selector);
  }
  if (isa::reads_carry(inst.form->meaning)) sources.emplace_back(1, 0);
  return isa::evaluate<isa::HostValue>(*inst.form, inst.modifiers, inst.types, {sources.data(), sources.size()})
             .count != 0;
}

Result<void> check_meanings(const ptx::Function& function) {
  for (const ptx::Instruction& inst : function.body) {
    if (has_meaning(inst)) continue;
    return unimplemented("instruction '" + std::string(inst.form->syntax) + "' at PTX line " +
                         std::to_string(inst.location.line) + " of " + function.name);
  }
  return {};
}

bool uses_alloca(const ptx::Function& function) {
  return std::any_of(function.body.begin(), function.body.end(),
                     [](const ptx::Instruction& inst) { return inst.form->kind == isa::Kind::Alloca; });
}

}  // namespace

const FunctionCode* KernelProgram::find(uint32_t function_index) const {
  const auto found = functions.find(function_index);
  return found == functions.end() ? nullptr : found->second.get();
}

machine::Site KernelProgram::site(uint32_t index) const {
  const FunctionCode* code = nullptr;
  for (const FunctionCode* candidate : by_site) {
    if (candidate->first_site <= index) code = candidate;
  }
  if (code == nullptr || index - code->first_site >= code->function->body.size()) return {};
  const ptx::Instruction& inst = code->function->body[index - code->first_site];
  return {.ptx_line = inst.location.line, .source_file = inst.source.file, .source_line = inst.source.line};
}

Result<std::unique_ptr<KernelProgram>> prepare_program(const machine::KernelImage& image) {
  auto program = std::make_unique<KernelProgram>();
  program->image = image;
  program->stacks_locals = image.layout.recursive;
  std::vector<uint32_t> indices;
  for (const auto& [index, layout] : image.layout.functions) indices.push_back(index);
  std::sort(indices.begin(), indices.end());
  uint32_t sites = 0;
  for (uint32_t index : indices) {
    const ptx::Function& function = image.module->functions[index];
    if (function.is_declaration) continue;  // vprintf and the like: the interpreter's own (Warp::call_system)
    if (!function.unusable.empty()) return Error{Code::NotSupported, function.unusable};
    if (Result<void> known = check_meanings(function); !known) return std::move(known).error();
    auto code = std::make_unique<FunctionCode>();
    code->function = &function;
    code->index = index;
    code->layout = &program->image.layout.functions.at(index);
    code->cfg = ptx::build_cfg(function);
    code->first_site = sites;
    sites += static_cast<uint32_t>(function.body.size());
    place_registers(*code);
    place_locals(*code);
    program->stacks_locals |= uses_alloca(function);
    program->by_site.push_back(code.get());
    program->functions.emplace(index, std::move(code));
  }
  program->entry = program->find(image.function_index);
  if (program->entry == nullptr) return invalid(Code::InvalidPtx, "kernel " + image.function->name + " has no layout");
  program->local_bytes = image.layout.local_bytes + (program->stacks_locals ? kStackBytes : 0);
  return program;
}

}  // namespace qiao::interp
