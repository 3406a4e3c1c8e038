// The printer. Names that were scoped in the source become unique: a second %r1 of a function is printed as %r1$1.
#include "src/ptx/print.h"

#include <unordered_set>

#include "src/ptx/image_operands.h"
#include "src/ptx/sampler_state.h"

namespace qiao::ptx {

namespace {

using isa::Type;

std::string hex(uint64_t bits, unsigned digits) {
  std::string text;
  for (unsigned i = digits; i-- > 0;) text += "0123456789ABCDEF"[bits >> (4 * i) & 15];
  return text;
}

std::string constant(uint64_t bits, Type type) {
  if (type == Type::F32) return "0f" + hex(bits, 8);
  if (type == Type::F64) return "0d" + hex(bits, 16);
  unsigned width = isa::bits_of(type);
  if (isa::is_signed(type) && width < 64) {
    int64_t value = static_cast<int64_t>(bits << (64 - width)) >> (64 - width);
    return std::to_string(value);
  }
  return isa::is_signed(type) ? std::to_string(static_cast<int64_t>(bits)) : std::to_string(bits);
}

std::string space_name(isa::StateSpace space) {
  switch (space) {
    case isa::StateSpace::Const:
      return ".const";
    case isa::StateSpace::Global:
      return ".global";
    case isa::StateSpace::Local:
      return ".local";
    case isa::StateSpace::Shared:
      return ".shared";
    case isa::StateSpace::Param:
      return ".param";
    default:
      return ".reg";
  }
}

std::string linkage_name(Linkage linkage) {
  switch (linkage) {
    case Linkage::Visible:
      return ".visible ";
    case Linkage::Extern:
      return ".extern ";
    case Linkage::Weak:
      return ".weak ";
    case Linkage::Common:
      return ".common ";
    default:
      return "";
  }
}

std::string plus(int64_t offset) {
  return offset == 0 ? "" : "+" + std::to_string(offset);
}

std::string type_name(Type type) {
  return "." + std::string(isa::spelling_of(type));
}

class Printer {
 public:
  explicit Printer(const Module& module) : module_(module) {}

  std::string print_module() {
    out_ = ".version " + std::to_string(module_.version / 10) + "." + std::to_string(module_.version % 10) +
           "\n.target " + module_.target + (module_.independent_samplers ? ", texmode_independent" : "") +
           "\n.address_size " + std::to_string(module_.address_size) + "\n";
    for (size_t i = 1; i < module_.files.size(); i++) {
      if (!module_.files[i].empty()) out_ += ".file " + std::to_string(i) + " \"" + module_.files[i] + "\"\n";
    }
    // Every function is declared first: calls and initialisers may then name any of them.
    for (const Function& function : module_.functions) {
      print_signature(function, false);
      out_ += function.noreturn && !function.is_entry ? " .noreturn;\n" : ";\n";
    }
    for (const Variable& variable : module_.variables) print_variable(variable, variable.name, ""), out_ += ";\n";
    for (const Function& function : module_.functions) {
      if (!function.is_declaration && function.unusable.empty()) print_function(function);
    }
    print_aliases();
    return std::move(out_);
  }

  std::string print_one(const Function& function, const Instruction& instruction) {
    enter(function);
    print_instruction(instruction);
    return std::move(out_);
  }

 private:
  void print_aliases() {
    for (const auto& [name, symbol] : module_.symbol_by_name) {
      if (module_.symbols[symbol].kind != Symbol::Kind::Function) continue;
      const std::string& target = module_.functions[module_.symbols[symbol].index].name;
      if (target != name) out_ += ".alias " + name + ", " + target + ";\n";
    }
  }

  // Unique names for what may repeat in a function, and not the name of a module's symbol either.
  std::vector<std::string> unique_names(std::vector<std::string> names, std::unordered_set<std::string>& taken) const {
    for (std::string& name : names) {
      std::string base = name == "_" ? "unnamed" : name;
      name = base;
      for (unsigned i = 1; module_.symbol_by_name.count(name) != 0 || !taken.insert(name).second; i++) {
        name = base + "$" + std::to_string(i);
      }
    }
    return names;
  }

  void enter(const Function& function) {
    function_ = &function;
    source_ = {};
    std::unordered_set<std::string> taken;
    std::vector<std::string> names;
    for (const Variable& local : function.locals) names.push_back(local.name);
    locals_ = unique_names(std::move(names), taken);
    names.clear();
    for (const Register& reg : function.registers) names.push_back(reg.name);
    registers_ = unique_names(std::move(names), taken);
    std::unordered_set<std::string> taken_labels;
    labels_ = unique_names(function.label_names, taken_labels);
  }

  void print_variable(const Variable& variable, const std::string& name, const std::string& prefix) {
    out_ += prefix + linkage_name(variable.linkage) + space_name(variable.space);
    if (variable.opaque != isa::Mod::None) return print_opaque(variable, name);
    out_ += " .align " + std::to_string(variable.align);
    if (variable.managed) out_ += " .attribute(.managed)";
    if (variable.vector > 1) out_ += " .v" + std::to_string(variable.vector);
    out_ += " " + type_name(variable.type) + " " + name;
    uint64_t element = uint64_t{isa::bytes_of(variable.type)} * variable.vector;
    bool open =
        variable.bytes == 0 && (variable.linkage == Linkage::Extern || variable.space == isa::StateSpace::Param);
    if (variable.is_array) out_ += "[" + (open ? "" : std::to_string(variable.bytes / element)) + "]";
    if (!variable.init.empty()) print_initializer(variable);
  }

  void print_opaque(const Variable& variable, const std::string& name) {
    constexpr const char* kAddresses[] = {"wrap", "mirror", "clamp_ogl", "clamp_to_edge", "clamp_to_border"};
    out_ += " ." + std::string(isa::spelling_of(variable.opaque)) + " " + name;
    if (variable.opaque != isa::Mod::SamplerRef || variable.init.empty()) return;
    const SamplerState state = SamplerState::from_bits(variable.init[0].bits);
    out_ += " = {";
    for (int i = 0; i < 3; i++) {
      out_ += "addr_mode_" + std::to_string(i) + " = " + kAddresses[static_cast<int>(state.address[i])] + ", ";
    }
    out_ += std::string("filter_mode = ") + (state.linear ? "linear" : "nearest") +
            ", force_unnormalized_coords = " + (state.force_unnormalized ? "1" : "0") + "}";
  }

  void print_initializer(const Variable& variable) {
    out_ += " = ";
    bool braces = variable.is_array || variable.vector > 1;
    // Elements of an array of vectors stand in braces of their own.
    size_t group = variable.is_array && variable.vector > 1 ? variable.vector : 0;
    if (braces) out_ += "{";
    for (size_t i = 0; i < variable.init.size(); i++) {
      if (i > 0) out_ += ", ";
      if (group != 0 && i % group == 0) out_ += "{";
      print_element(variable, variable.init[i]);
      if (group != 0 && (i % group == group - 1 || i + 1 == variable.init.size())) out_ += "}";
    }
    if (braces) out_ += "}";
  }

  void print_element(const Variable& variable, const Initializer& element) {
    if (element.symbol == kNoId) {
      out_ += constant(element.bits, variable.type);
      return;
    }
    std::string text = symbol_name(element.symbol);
    if (element.generic) text = "generic(" + text + ")";
    text += plus(element.addend);
    if (element.mask_byte != 0xff) text = "0xFF" + std::string(2 * element.mask_byte, '0') + "(" + text + ")";
    out_ += text;
  }

  const std::string& symbol_name(SymbolId id) const {
    const Symbol& symbol = module_.symbols[id];
    return symbol.kind == Symbol::Kind::Function ? module_.functions[symbol.index].name
                                                 : module_.variables[symbol.index].name;
  }

  void print_parameters(const Function& function, const std::vector<uint32_t>& list, bool registers) {
    out_ += "(";
    for (size_t i = 0; i < list.size(); i++) {
      if (i > 0) out_ += ", ";
      if (registers) {
        out_ += ".reg " + type_name(function.registers[list[i]].type) + " " + registers_[list[i]];
      } else {
        print_variable(function.locals[list[i]], locals_[list[i]], "");
      }
    }
    out_ += ")";
  }

  void print_signature(const Function& function, bool prototype) {
    enter(function);
    if (!prototype) out_ += linkage_name(function.linkage) + (function.is_entry ? ".entry " : ".func ");
    if (!function.results.empty()) print_parameters(function, function.results, function.results_are_registers);
    out_ += prototype ? " _ " : " " + function.name + " ";
    print_parameters(function, function.params, function.params_are_registers);
  }

  void print_dimension(const char* name, const std::array<uint32_t, 3>& size) {
    if (size[0] == 0) return;
    out_ += std::string(" ") + name + " " + std::to_string(size[0]) + ", " + std::to_string(size[1]) + ", " +
            std::to_string(size[2]);
  }

  void print_performance(const Function& function) {
    const PerformanceDirectives& performance = function.performance;
    print_dimension(".maxntid", performance.max_threads);
    print_dimension(".reqntid", performance.required_threads);
    print_dimension(".reqnctapercluster", performance.cluster);
    if (performance.min_blocks != 0) out_ += " .minnctapersm " + std::to_string(performance.min_blocks);
    if (performance.max_registers != 0) out_ += " .maxnreg " + std::to_string(performance.max_registers);
    if (function.noreturn) out_ += " .noreturn";
  }

  static bool contains(const std::vector<uint32_t>& list, uint32_t id) {
    for (uint32_t entry : list) {
      if (entry == id) return true;
    }
    return false;
  }

  void print_function(const Function& function) {
    print_signature(function, false);
    print_performance(function);
    out_ += "\n{\n";
    for (uint32_t i = 0; i < function.registers.size(); i++) {
      bool parameter = (function.params_are_registers && contains(function.params, i)) ||
                       (function.results_are_registers && contains(function.results, i));
      if (!parameter) out_ += "  .reg " + type_name(function.registers[i].type) + " " + registers_[i] + ";\n";
    }
    for (uint32_t i = 0; i < function.locals.size(); i++) {
      bool parameter = (!function.params_are_registers && contains(function.params, i)) ||
                       (!function.results_are_registers && contains(function.results, i));
      if (!parameter) print_variable(function.locals[i], locals_[i], "  "), out_ += ";\n";
    }
    print_body(function);
    out_ += "}\n";
  }

  void print_body(const Function& function) {
    std::vector<std::vector<LabelId>> labels_at(function.body.size() + 1);
    for (LabelId i = 0; i < function.labels.size(); i++) labels_at[function.labels[i]].push_back(i);
    for (size_t i = 0; i <= function.body.size(); i++) {
      for (LabelId label : labels_at[i]) print_label(function, label);
      if (i == function.body.size()) break;
      print_source(function.body[i].source);
      out_ += "  ";
      print_instruction(function.body[i]);
      out_ += ";\n";
    }
  }

  void print_source(const SourceLine& source) {
    const bool same = source.file == source_.file && source.line == source_.line && source.column == source_.column;
    source_ = source;
    if (same || source.file == 0) return;
    out_ += "  .loc " + std::to_string(source.file) + " " + std::to_string(source.line) + " " +
            std::to_string(source.column) + "\n";
  }

  void print_label(const Function& function, LabelId label) {
    out_ += labels_[label] + ":";
    if (auto targets = function.branch_targets.find(label); targets != function.branch_targets.end()) {
      for (size_t i = 0; i < targets->second.size(); i++) {
        out_ += (i == 0 ? " .branchtargets " : ", ") + labels_[targets->second[i]];
      }
      out_ += ";";
    } else if (auto prototype = function.prototypes.find(label); prototype != function.prototypes.end()) {
      out_ += " .callprototype ";
      Printer inner(module_);
      inner.print_signature(module_.prototypes[prototype->second], true);
      out_ += inner.out_ + (module_.prototypes[prototype->second].noreturn ? " .noreturn;" : ";");
    }
    out_ += "\n";
  }

  // The opcode with its modifiers and types in the order of the form's syntax line.
  void print_opcode(const Instruction& instruction) {
    const isa::Pattern& pattern = instruction.form->pattern;
    out_ += instruction.form->opcode;
    size_t types = 0;
    for (size_t i = 0; i < pattern.modifier_count; i++) {
      while (types < pattern.modifiers[i].types_before) out_ += type_name(instruction.types[types++]);
      isa::Mod mod = instruction.modifiers.at(pattern.modifiers[i].axis);
      if (mod != isa::Mod::None) out_ += "." + std::string(isa::spelling_of(mod));
    }
    while (types < pattern.type_count) out_ += type_name(instruction.types[types++]);
  }

  void print_instruction(const Instruction& instruction) {
    if (instruction.guard != kNoId) {
      out_ += (instruction.guard_negated ? "@!" : "@") + registers_[instruction.guard] + " ";
    }
    print_opcode(instruction);
    bool first = true;
    bool call = instruction.form->kind == isa::Kind::Call;
    for (size_t i = 0; i < instruction.operands.size(); i++) {
      const Operand& operand = instruction.operands[i];
      const isa::OperandSlot& slot = instruction.form->slots[i];
      if (operand.kind == Operand::Kind::None) continue;
      if (call && i == 0 && operand.elements.empty()) continue;
      out_ += first ? " " : slot.after_pipe ? "|" : ", ";
      first = false;
      Type type = isa::type_of_slot(slot, instruction.types);
      if (operand.kind == Operand::Kind::Vector && slot.type == isa::OperandType::Pack) type = Type::B64;
      if ((operand.selector & isa::kNegatedOperand) != 0) out_ += '-';
      if (call && slot.name == "a") {
        print_arguments(instruction, operand);
      } else if (slot.type == isa::OperandType::Image || slot.type == isa::OperandType::Tuple) {
        print_image(instruction, slot, operand);
      } else {
        print_operand(operand, type);
      }
      if (slot.selector != isa::Selector::None && operand.selector != isa::default_selector_word(slot.selector)) {
        out_ += "." + isa::selector_text(slot.selector, operand.selector);
      }
    }
  }

  void print_image(const Instruction& instruction, const isa::OperandSlot& slot, const Operand& operand) {
    const bool image = slot.type == isa::OperandType::Image;
    const Operand& tuple = image ? operand.elements[2] : operand;
    if (image) {
      out_ += "[";
      print_operand(operand.elements[0], Type::B64);
      if (operand.elements[1].kind != Operand::Kind::None) out_ += ", ";
      print_operand(operand.elements[1], Type::B64);
      if (!tuple.elements.empty()) out_ += ", ";
    }
    for (size_t i = 0; i < tuple.elements.size(); i++) {
      out_ += i == 0 ? "{" : ", ";
      print_operand(tuple.elements[i], tuple_type(instruction, slot, i));
    }
    if (!tuple.elements.empty()) out_ += "}";
    if (image) out_ += "]";
  }

  // A constant among them has the type of the parameter it is for.
  void print_arguments(const Instruction& instruction, const Operand& arguments) {
    const Function* callee = signature_of(module_, *function_, instruction);
    out_ += "(";
    for (size_t i = 0; i < arguments.elements.size(); i++) {
      if (i > 0) out_ += ", ";
      Type type = Type::None;
      if (callee != nullptr && i < callee->params.size()) {
        const uint32_t id = callee->params[i];
        type = callee->params_are_registers ? callee->registers[id].type : callee->locals[id].type;
      }
      print_operand(arguments.elements[i], type);
    }
    out_ += ")";
  }

  void print_elements(const Operand& operand, Type type, char open, char close) {
    out_ += open;
    for (size_t i = 0; i < operand.elements.size(); i++) {
      if (i > 0) out_ += ", ";
      print_operand(operand.elements[i], type);
    }
    out_ += close;
  }

  void print_operand(const Operand& operand, Type type) {
    switch (operand.kind) {
      case Operand::Kind::None:
        break;
      case Operand::Kind::Sink:
        out_ += "_";
        break;
      case Operand::Kind::Register:
        out_ += (operand.negated ? "!" : "") + registers_[operand.id];
        break;
      case Operand::Kind::Immediate:
        out_ += constant(operand.bits, type == Type::None ? Type::S64 : type);
        break;
      case Operand::Kind::Special:
        out_ += isa::spelling_of(operand.special);
        if (isa::is_vector(operand.special)) out_ += std::string(".") + "xyzw"[operand.component];
        break;
      case Operand::Kind::Symbol:
        out_ += name_of_symbol(operand) + plus(operand.offset);
        break;
      case Operand::Kind::Address:
        print_address(operand);
        break;
      case Operand::Kind::Vector:
        print_elements(operand, type, '{', '}');
        break;
      case Operand::Kind::List:
        print_elements(operand, type, '(', ')');
        break;
      case Operand::Kind::Image:  // print_image, with its instruction
        break;
      case Operand::Kind::Label:
        out_ += labels_[operand.id];
        break;
    }
  }

  const std::string& name_of_symbol(const Operand& operand) const {
    return operand.local ? locals_[operand.id] : symbol_name(operand.id);
  }

  void print_address(const Operand& operand) {
    out_ += "[";
    if (operand.id == kNoId) {
      out_ += std::to_string(operand.bits);
    } else {
      out_ += (operand.base_is_symbol ? name_of_symbol(operand) : registers_[operand.id]) + plus(operand.offset);
    }
    out_ += "]";
  }

  const Module& module_;
  const Function* function_ = nullptr;
  SourceLine source_;  // said last
  std::string out_;
  std::vector<std::string> registers_, locals_, labels_;
};

}  // namespace

std::string print(const Module& module) {
  return Printer(module).print_module();
}

std::string print(const Module& module, const Function& function, const Instruction& instruction) {
  return Printer(module).print_one(function, instruction);
}

}  // namespace qiao::ptx
