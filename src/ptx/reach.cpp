#include "src/ptx/reach.h"

namespace qiao::ptx {

DataFlow::DataFlow(const Module& module, std::span<const uint32_t> functions) : module_(module) {
  Node next = 0;
  for (uint32_t index : functions) {
    const Function& function = module.functions[index];
    Base base{next, next + static_cast<Node>(function.registers.size())};
    next = base.locals + static_cast<Node>(function.locals.size());
    bases_.emplace(index, base);
  }
  uses_.resize(next);
  sinks_.resize(next);
  for (uint32_t index : functions) add_function(index);
}

void DataFlow::add_function(uint32_t index) {
  for (const Instruction& instruction : module_.functions[index].body) add_instruction(index, instruction);
}

// Every register and every variable of the function that the operand names.
void DataFlow::collect(uint32_t function, const Operand& operand, std::vector<Node>& nodes) const {
  using Kind = Operand::Kind;
  const bool named = operand.id != kNoId;
  if (operand.kind == Kind::Register) nodes.push_back(register_node(function, operand.id));
  if (operand.kind == Kind::Symbol && operand.local) nodes.push_back(local_node(function, operand.id));
  if (operand.kind == Kind::Address && named && !operand.base_is_symbol) {
    nodes.push_back(register_node(function, operand.id));
  }
  if (operand.kind == Kind::Address && named && operand.base_is_symbol && operand.local) {
    nodes.push_back(local_node(function, operand.id));
  }
  for (const Operand& element : operand.elements) collect(function, element, nodes);
}

void DataFlow::add_edges(const std::vector<Node>& from, const std::vector<Node>& to) {
  for (Node source : from) uses_[source].insert(uses_[source].end(), to.begin(), to.end());
}

std::vector<DataFlow::Node> DataFlow::destinations(uint32_t function, const Instruction& instruction) const {
  std::vector<Node> nodes;
  const bool call = instruction.form->kind == isa::Kind::Call;
  for (size_t i = 0; i < instruction.operands.size(); i++) {
    const Operand& operand = instruction.operands[i];
    // A store into a variable of the function: an argument of a call, a result.
    const bool variable = instruction.form->kind == isa::Kind::Store && operand.kind == Operand::Kind::Address &&
                          operand.base_is_symbol && operand.local;
    if (instruction.form->slots[i].is_destination || variable || (call && i == 0)) collect(function, operand, nodes);
  }
  return nodes;
}

// The operands that are part of an address or decide where to go.
void DataFlow::mark_operands(uint32_t function, const Instruction& instruction) {
  if (instruction.guard != kNoId) sinks_[register_node(function, instruction.guard)].branch = true;
  for (size_t i = 0; i < instruction.operands.size(); i++) {
    const Operand& operand = instruction.operands[i];
    if (operand.kind == Operand::Kind::Address && operand.id != kNoId && !operand.base_is_symbol) {
      sinks_[register_node(function, operand.id)].address = true;
    }
    if (operand.kind == Operand::Kind::Register && instruction.form->kind == isa::Kind::BranchIndex) {
      sinks_[register_node(function, operand.id)].branch = true;
    }
  }
}

void DataFlow::add_instruction(uint32_t function, const Instruction& instruction) {
  mark_operands(function, instruction);
  if (instruction.form->kind == isa::Kind::Call) return add_call(function, instruction);
  std::vector<Node> sources;
  if (instruction.guard != kNoId) sources.push_back(register_node(function, instruction.guard));
  for (size_t i = 0; i < instruction.operands.size(); i++) {
    if (!instruction.form->slots[i].is_destination) collect(function, instruction.operands[i], sources);
  }
  add_edges(sources, destinations(function, instruction));
}

void DataFlow::add_call(uint32_t function, const Instruction& instruction) {
  const std::vector<Operand>& results = instruction.operands[0].elements;
  const Operand& callee = instruction.operands[1];
  const std::vector<Operand>& arguments = instruction.operands[2].elements;
  std::vector<Node> to = destinations(function, instruction), from;
  if (instruction.guard != kNoId) from.push_back(register_node(function, instruction.guard));
  for (const Operand& argument : arguments) collect(function, argument, from);
  // Who is called through a register, or has no body, may make anything of what it is given.
  const bool direct = callee.kind == Operand::Kind::Symbol && !callee.local;
  const uint32_t index = direct ? module_.symbols[callee.id].index : kNoId;
  if (!direct) collect(function, callee, from);
  add_edges(from, to);
  if (!direct) {
    for (Node node : from) sinks_[node] = {true, true};
    return;
  }
  if (bases_.count(index) == 0) return;
  const Function& target = module_.functions[index];
  auto node_of = [&](bool is_register, uint32_t id) {
    return is_register ? register_node(index, id) : local_node(index, id);
  };
  for (size_t i = 0; i < arguments.size() && i < target.params.size(); i++) {
    std::vector<Node> one;
    collect(function, arguments[i], one);
    add_edges(one, {node_of(target.params_are_registers, target.params[i])});
  }
  for (size_t i = 0; i < results.size() && i < target.results.size(); i++) {
    std::vector<Node> one;
    collect(function, results[i], one);
    add_edges({node_of(target.results_are_registers, target.results[i])}, one);
  }
}

Reach DataFlow::of_results(uint32_t function, const Instruction& instruction) const {
  std::vector<bool> seen(uses_.size());
  std::vector<Node> open = destinations(function, instruction);
  Reach reach;
  while (!open.empty()) {
    const Node node = open.back();
    open.pop_back();
    if (seen[node]) continue;
    seen[node] = true;
    reach.address |= sinks_[node].address;
    reach.branch |= sinks_[node].branch;
    open.insert(open.end(), uses_[node].begin(), uses_[node].end());
  }
  return reach;
}

}  // namespace qiao::ptx
