// What a value can reach by static def-use: through registers, .param variables and calls, without regard to order, and
// not through memory. "Can" is meant widely: a false answer is a promise, a true one is not.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "src/ptx/module.h"

namespace qiao::ptx {

struct Reach {
  bool address = false;  // becomes part of an address
  bool branch = false;   // decides a branch, a guard or who is called
};

class DataFlow {
 public:
  // The functions (indices in Module::functions) of one kernel: what it can reach, itself included.
  DataFlow(const Module& module, std::span<const uint32_t> functions);

  Reach of_results(uint32_t function, const Instruction& instruction) const;

 private:
  using Node = uint32_t;
  struct Base {  // where a function's nodes begin
    Node registers = 0;
    Node locals = 0;
  };

  Node register_node(uint32_t function, RegisterId id) const { return bases_.at(function).registers + id; }
  Node local_node(uint32_t function, uint32_t id) const { return bases_.at(function).locals + id; }
  void collect(uint32_t function, const Operand& operand, std::vector<Node>& nodes) const;
  void add_function(uint32_t index);
  void add_instruction(uint32_t function, const Instruction& instruction);
  void add_call(uint32_t function, const Instruction& instruction);
  void add_edges(const std::vector<Node>& from, const std::vector<Node>& to);
  void mark_operands(uint32_t function, const Instruction& instruction);
  std::vector<Node> destinations(uint32_t function, const Instruction& instruction) const;

  const Module& module_;
  std::unordered_map<uint32_t, Base> bases_;
  std::vector<std::vector<Node>> uses_;  // by node: the nodes whose values depend on it
  std::vector<Reach> sinks_;             // by node: what it is itself
};

}  // namespace qiao::ptx
