// What the manual demands of operands (PTX ISA 9.0, 6 and 9.1 to 9.4), read off the form of each instruction.
#include "src/ptx/verify.h"

#include <algorithm>

#include "src/isa/since.h"
#include "src/ptx/image_operands.h"

namespace qiao::ptx {

namespace {

using isa::OperandType;
using isa::Type;
using isa::TypeClass;

class Verifier {
 public:
  Verifier(const Module& module, const Function& function) : module_(module), function_(function) {}

  Result<void> run() {
    for (const Instruction& instruction : function_.body) {
      instruction_ = &instruction;
      if (!check_instruction()) return invalid(Code::InvalidPtx, "invalid PTX: " + error_);
    }
    return {};
  }

 private:
  bool fail(const std::string& message) {
    const Location& at = instruction_->location;
    error_ = std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + message + " ('" +
             std::string(instruction_->form->syntax) + "')";
    return false;
  }

  bool check_instruction() {
    const isa::Form& form = *instruction_->form;
    if (!check_since(form)) return false;
    if (form.kind == isa::Kind::Call) return check_call();
    if (!check_kind(form)) return false;
    for (size_t i = 0; i < form.slots.size(); i++) {
      if (!check_operand(form.slots[i], instruction_->operands[i])) return false;
    }
    return true;
  }

  bool check_since(const isa::Form& form) {
    isa::HasOperand has_operand{};
    for (size_t i = 0; i < form.slots.size(); i++) {
      has_operand[i] = instruction_->operands[i].kind != Operand::Kind::None;
    }
    isa::Since since = isa::since_of(form, instruction_->modifiers, instruction_->types, has_operand);
    if (since.never) return fail("found modifiers, types or operands that do not go together");
    if (since.ptx > module_.version) {
      return fail("found an instruction of PTX " + version(since.ptx) + ", expected a module of that version, not " +
                  version(module_.version));
    }
    bool specific = since.target == isa::Target::Specific;
    if (since.sm <= module_.sm && (!specific || module_.arch_specific)) return true;
    return fail("found an instruction of sm_" + std::to_string(since.sm) + (specific ? "a" : "") +
                ", expected a module for that target, not " + module_.target);
  }

  // What single kinds demand beyond their operands' types.
  bool check_kind(const isa::Form& form) {
    bool legacy = (form.kind == isa::Kind::Shuffle || form.kind == isa::Kind::Vote) && form.convergence_dependent;
    if (legacy && module_.version >= 64 && module_.sm >= 70) {
      return fail("found " + std::string(form.opcode) +
                  " without .sync, expected .sync from PTX 6.4 on for sm_70 and newer");
    }
    if (!check_selectors(form)) return false;
    if (!check_size(form)) return false;
    if (form.kind != isa::Kind::Barrier) return true;
    const Operand& barrier = instruction_->operands[form.slots[0].is_destination ? 1 : 0];
    if (barrier.kind != Operand::Kind::Immediate || barrier.bits < 16) return true;
    return fail("found barrier " + std::to_string(barrier.bits) + ", expected one of 0 to 15");
  }

  // Video instructions: a result that goes to a part of d takes the other parts from c (PTX ISA 9.7.18.1); vmad negates
  // its product or c, not both.
  bool check_selectors(const isa::Form& form) {
    const std::vector<Operand>& operands = instruction_->operands;
    const bool into_part = form.slots[0].selector == isa::Selector::Part &&
                           operands[0].selector != isa::default_selector_word(isa::Selector::Part);
    if (into_part && operands.back().kind == Operand::Kind::None) {
      return fail("found a selector on operand 'd' without an operand 'c'");
    }
    if (form.slots.size() < 4 || !form.slots[3].negatable) return true;
    const uint32_t product = operands[1].selector ^ operands[2].selector;
    if ((product & operands[3].selector & isa::kNegatedOperand) == 0) return true;
    return fail("found '-' before the product and before operand 'c', expected one of them");
  }

  // The sizes of cp.async (4, 8, 16; .cg only 16), and of the hints and fences for a range (128).
  bool check_size(const isa::Form& form) {
    if (form.kind == isa::Kind::BulkStore && instruction_->operands.back().bits != 0) {
      return fail("found a value other than 0, expected st.bulk to store zeroes");
    }
    for (size_t i = 0; i < form.slots.size(); i++) {
      const Operand& size = instruction_->operands[i];
      if (form.slots[i].name != "size" || form.slots[i].type != OperandType::Number) continue;
      bool copy = form.kind == isa::Kind::AsyncCopy;
      bool small = copy && instruction_->modifiers.has(isa::Mod::Ca) && (size.bits == 4 || size.bits == 8);
      if (size.kind != Operand::Kind::Immediate || small || size.bits == (copy ? 16u : 128u)) continue;
      return fail("found size " + std::to_string(size.bits) + ", expected " +
                  (copy ? "4, 8 or 16, 16 for .cg" : "128"));
    }
    return true;
  }

  static std::string version(uint32_t number) {
    return std::to_string(number / 10) + "." + std::to_string(number % 10);
  }

  bool check_operand(const isa::OperandSlot& slot, const Operand& operand) {
    slot_ = &slot;
    using Kind = Operand::Kind;
    if (operand.kind == Kind::None) return slot.optional || wrong("nothing", "an operand");
    switch (slot.type) {
      case OperandType::Label:
        if (operand.kind != Kind::Label) return wrong(name_of(operand), "a label");
        return check_branch_targets(operand);
      case OperandType::Address:
        return check_address(operand);
      case OperandType::Image:
        return check_image(operand);
      case OperandType::Tuple:
        return check_tuple(operand);
      case OperandType::Number:
        return operand.kind == Kind::Immediate || wrong(name_of(operand), "a constant");
      case OperandType::Vec:
        return check_vec(operand);
      case OperandType::Pack:
        return check_pack(operand);
      case OperandType::Four:
        return check_four(operand);
      case OperandType::Any:
        return check_size_or_predicate(operand);
      default:
        return check_value(operand, isa::type_of_slot(slot, instruction_->types));
    }
  }

  bool wrong(const std::string& found, const std::string& expected) {
    return fail("operand '" + std::string(slot_->name) + "': found " + found + ", expected " + expected);
  }

  std::string name_of(const Operand& operand) const {
    switch (operand.kind) {
      case Operand::Kind::None:
        return "nothing";
      case Operand::Kind::Sink:
        return "'_'";
      case Operand::Kind::Register: {
        const Register& reg = function_.registers[operand.id];
        return "'" + reg.name.substr(0, 100) + "' of type ." + std::string(isa::spelling_of(reg.type));
      }
      case Operand::Kind::Immediate:
        return operand.is_float_literal ? "a float" : "an integer";
      case Operand::Kind::Special:
        return "'" + std::string(isa::spelling_of(operand.special)) + "'";
      case Operand::Kind::Symbol:
        return "the address of a variable or function";
      case Operand::Kind::Address:
        return "an address in brackets";
      case Operand::Kind::Vector:
        return "a vector";
      case Operand::Kind::List:
        return "a list";
      case Operand::Kind::Image:
        return "a texture or surface";
      case Operand::Kind::Label:
        return "a label";
    }
    return "";
  }

  bool check_branch_targets(const Operand& label) {
    if (instruction_->form->kind != isa::Kind::BranchIndex) return true;
    return function_.branch_targets.count(label.id) != 0 || wrong("a label", "the label of a .branchtargets");
  }

  bool check_address(const Operand& operand) {
    if (operand.kind != Operand::Kind::Address) return wrong(name_of(operand), "an address in brackets");
    if (operand.id == kNoId) return true;
    if (operand.base_is_symbol) return check_space(operand);
    const Register& reg = function_.registers[operand.id];
    TypeClass type_class = isa::class_of(reg.type);
    unsigned bits = isa::bits_of(reg.type);
    bool integer =
        type_class == TypeClass::Bits || type_class == TypeClass::Unsigned || type_class == TypeClass::Signed;
    if (integer && (bits == 32 || bits == 64)) return true;
    return wrong("'" + reg.name.substr(0, 100) + "' of type ." + std::string(isa::spelling_of(reg.type)),
                 "a 32- or 64-bit register as address");
  }

  // A .texref, .samplerref or .surfref variable, or a register with its address or a handle.
  bool check_opaque(const Operand& operand, std::initializer_list<isa::Mod> kinds) {
    if (operand.kind == Operand::Kind::Register) {
      const Type type = function_.registers[operand.id].type;
      if (module_.version < 31) return wrong("a register", "a variable before PTX 3.1");
      return (isa::bits_of(type) == 64 && !isa::is_float(type)) || wrong(name_of(operand), "a .u64 register");
    }
    if (operand.kind != Operand::Kind::Symbol || operand.offset != 0) return wrong(name_of(operand), "a variable");
    if (operand.local)
      return function_.locals[operand.id].opaque != isa::Mod::None || wrong("a variable", "an opaque one");
    const Symbol& symbol = module_.symbols[operand.id];
    const bool variable = symbol.kind == Symbol::Kind::Variable;
    for (isa::Mod kind : kinds) {
      if (variable && module_.variables[symbol.index].opaque == kind) return true;
    }
    return wrong("a variable of another kind", "a ." + std::string(isa::spelling_of(*kinds.begin())));
  }

  bool check_image(const Operand& operand) {
    using isa::Mod;
    const bool texture = instruction_->form->family == "texture";
    const bool query = instruction_->form->kind == isa::Kind::ImageQuery;
    const std::vector<Operand>& parts = operand.elements;
    if (operand.kind != Operand::Kind::Image) return wrong(name_of(operand), "a texture or surface in brackets");
    if (!texture && !check_opaque(parts[0], {Mod::SurfRef})) return false;
    if (texture && !query && !check_opaque(parts[0], {Mod::TexRef})) return false;
    if (texture && query && !check_opaque(parts[0], {Mod::TexRef, Mod::SamplerRef})) return false;
    if (parts[1].kind != Operand::Kind::None) {
      if (!module_.independent_samplers || instruction_->form->kind != isa::Kind::Texture) {
        return wrong("a sampler", "none without texmode_independent");
      }
      if (!check_opaque(parts[1], {Mod::SamplerRef})) return false;
    }
    const bool coordinates = parts[2].kind != Operand::Kind::None;
    if (query || !coordinates) return query != coordinates || wrong("the wrong number of parts", "those of the syntax");
    if (instruction_->form->kind == isa::Kind::Texture && instruction_->types[1] != Type::F32 &&
        tuple_size(*instruction_, *slot_) >= 3 && is_cube()) {
      return fail("found integer coordinates, expected .f32 for a cubemap");
    }
    return check_tuple(parts[2]);
  }

  bool is_cube() const {
    const isa::Mod geometry = instruction_->modifiers.at(isa::Axis::Geometry);
    return geometry == isa::Mod::GeometryCube || geometry == isa::Mod::GeometryAcube;
  }

  bool check_tuple(const Operand& tuple) {
    if (tuple.kind != Operand::Kind::Vector) return wrong(name_of(tuple), "a tuple in braces");
    const size_t size = tuple.elements.size(), wanted = tuple_size(*instruction_, *slot_);
    if (size != wanted && size != 4) {
      return wrong("a tuple of " + std::to_string(size) + " elements", std::to_string(wanted) + " or 4");
    }
    for (size_t i = 0; i < size; i++) {
      const Operand& element = tuple.elements[i];
      const bool word = element.kind == Operand::Kind::Register && !element.negated &&
                        isa::bits_of(function_.registers[element.id].type) == 32;
      if (!word && element.kind != Operand::Kind::Immediate) return wrong(name_of(element), "a 32-bit register");
    }
    return true;
  }

  isa::StateSpace space_of_symbol(const Operand& operand) const {
    if (operand.local) return function_.locals[operand.id].space;
    const Symbol& symbol = module_.symbols[operand.id];
    return symbol.kind == Symbol::Kind::Variable ? module_.variables[symbol.index].space : isa::StateSpace::None;
  }

  bool check_space(const Operand& operand) {
    isa::StateSpace wanted = isa::space_of(instruction_->modifiers), have = space_of_symbol(operand);
    if (have == isa::StateSpace::None) return wrong("a function", "a variable in an address");
    bool copy = instruction_->form->kind == isa::Kind::AsyncCopy;  // names two spaces
    bool any = copy || wanted == isa::StateSpace::None || wanted == have;
    return any || wrong("a variable of another state space", "one of the instruction's");
  }

  // ld, st and cvt take registers wider than the instruction's type (9.4.1), cvt all but those of three types
  // (9.7.9.21).
  bool relaxed(Type type) const {
    isa::Kind kind = instruction_->form->kind;
    if (kind == isa::Kind::Load || kind == isa::Kind::Store) return true;
    if (kind == isa::Kind::SurfaceLoad || kind == isa::Kind::SurfaceStore) return true;
    bool exact = type == Type::Bf16 || type == Type::Bf16x2 || type == Type::Tf32;
    return instruction_->form->opcode == "cvt" && !exact;
  }

  bool compatible(Type reg, Type type) const {
    if (reg == type) return true;
    if (reg == Type::Pred || type == Type::Pred) return false;
    if (type == Type::None)
      return !isa::is_float(reg) && isa::bits_of(reg) >= 32;  // isspacep: an address of either size
    unsigned have = isa::bits_of(reg), want = isa::bits_of(type);
    bool plain_float = type == Type::F32 || type == Type::F64;
    if (relaxed(type) ? have < want : have != want) return false;
    bool float_register = reg == Type::F32 || reg == Type::F64;
    if (isa::class_of(type) == TypeClass::Bits) return true;
    if (plain_float && float_register) return have == want;
    if (isa::is_float(type)) return isa::class_of(reg) == TypeClass::Bits;
    return !float_register;
  }

  bool check_register(const Operand& operand, Type type) {
    if (operand.negated && type != Type::Pred) return wrong("'!'", "it before a predicate only");
    if (compatible(function_.registers[operand.id].type, type)) return true;
    return wrong(name_of(operand), "a register of type ." + std::string(isa::spelling_of(type)));
  }

  bool check_special(const Operand& operand, Type type) {
    Type own = isa::type_of(operand.special);
    unsigned have = isa::bits_of(own), want = isa::bits_of(type);
    // Only mov and cvt read special registers. %tid and its like were 16 bits wide in PTX 1, %gridid 16, then 32, and
    // they may still be read so.
    using S = isa::SpecialRegister;
    const S special = operand.special;
    bool reads = instruction_->form->kind == isa::Kind::Move || instruction_->form->opcode == "cvt";
    bool was_narrow = special == S::Tid || special == S::Ntid || special == S::Ctaid || special == S::Nctaid;
    bool narrow = (was_narrow && want == 16) || (special == S::Gridid && want < have);
    if ((own == Type::Pred) != (type == Type::Pred)) return wrong(name_of(operand), "a register of the other kind");
    if (own == Type::Pred) return reads || wrong(name_of(operand), "a predicate register");
    if (reads && !isa::is_float(type) && (have == want || relaxed(type) || narrow)) return true;
    return wrong(name_of(operand), "a register or a constant of type ." + std::string(isa::spelling_of(type)));
  }

  bool check_value(const Operand& operand, Type type) {
    using Kind = Operand::Kind;
    if (slot_->is_destination) {
      if (operand.kind == Kind::Sink) return true;
      if (operand.kind != Kind::Register || operand.negated) return wrong(name_of(operand), "a register");
      return check_register(operand, type);
    }
    switch (operand.kind) {
      case Kind::Register:
        return check_register(operand, type);
      case Kind::Immediate:
        return true;
      case Kind::Special:
        return check_special(operand, type);
      case Kind::Symbol:
        if (isa::bits_of(type) >= 32 && !isa::is_float(type) && type != Type::Pred) return true;
        [[fallthrough]];
      default:
        return wrong(name_of(operand), "a register or a constant");
    }
  }

  // cp.async's last operand: how many bytes to read, or whether to read none.
  bool check_size_or_predicate(const Operand& operand) {
    bool predicate = operand.kind == Operand::Kind::Register && function_.registers[operand.id].type == Type::Pred;
    return check_value(operand, predicate ? Type::Pred : Type::U32);
  }

  bool check_element(const Operand& element, Type type) {
    const unsigned bits = isa::bits_of(type) * isa::vector_width_of(instruction_->modifiers);
    const bool leaves_out = instruction_->form->kind == isa::Kind::Store && bits == 256;  // st of 32 bytes may
    if (element.kind == Operand::Kind::Sink && (slot_->is_destination || leaves_out)) return true;
    return check_value(element, type);
  }

  bool check_vec(const Operand& operand) {
    unsigned width = isa::vector_width_of(instruction_->modifiers);
    Type type = instruction_->types[0];
    if (operand.kind != Operand::Kind::Vector) {
      return width == 1 ? check_value(operand, type)
                        : wrong(name_of(operand), "a vector of " + std::to_string(width) + " elements");
    }
    if (width == 1 || operand.elements.size() != width) {
      return wrong("a vector of " + std::to_string(operand.elements.size()) + " elements",
                   width == 1 ? "a register" : std::to_string(width) + " elements");
    }
    for (const Operand& element : operand.elements) {
      if (!check_element(element, type)) return false;
    }
    return true;
  }

  bool check_four(const Operand& operand) {
    if (operand.kind != Operand::Kind::Vector || operand.elements.size() != 4) {
      return wrong(name_of(operand), "a vector of 4 elements");
    }
    for (const Operand& element : operand.elements) {
      if (!check_value(element, isa::type_of_slot(*slot_, instruction_->types))) return false;
    }
    return true;
  }

  // mov: packs and unpacks bit types, and is the one place where a type's class does not have to agree with its
  // register.
  bool check_pack(const Operand& operand) {
    Type type = instruction_->types[0];
    if (operand.kind != Operand::Kind::Vector) return check_value(operand, type);
    if (isa::class_of(type) != TypeClass::Bits) return wrong("a vector", "one only with a .b type");
    size_t count = operand.elements.size();
    unsigned width = isa::bits_of(type);
    if ((count != 2 && count != 4) || width / count < 8) {
      return wrong("a vector of " + std::to_string(count) + " elements", "2 or 4");
    }
    for (const Operand& element : operand.elements) {
      if (element.kind == Operand::Kind::Sink && slot_->is_destination) continue;
      if (element.kind == Operand::Kind::Immediate && !slot_->is_destination) continue;
      bool fits = element.kind == Operand::Kind::Register && !element.negated &&
                  isa::bits_of(function_.registers[element.id].type) == width / count &&
                  function_.registers[element.id].type != Type::Pred;
      if (!fits)
        return wrong(name_of(element) + " in a vector", "a register of " + std::to_string(width / count) + " bits");
    }
    return true;
  }

  bool check_call() {
    const Operand& callee = instruction_->operands[1];
    slot_ = &instruction_->form->slots[1];
    if (callee.kind == Operand::Kind::Register) {
      unsigned bits = isa::bits_of(function_.registers[callee.id].type);
      if (bits != 32 && bits != 64) return wrong(name_of(callee), "a register that holds a function's address");
    } else if (callee.kind != Operand::Kind::Symbol || callee.local) {
      return wrong(name_of(callee), "a function");
    }
    const Function* signature = signature_of(module_, function_, *instruction_);
    if (signature == nullptr) {
      return callee.kind == Operand::Kind::Register ? wrong("an indirect call", "the label of a .callprototype")
                                                    : wrong(name_of(callee), "a function");
    }
    const Function& formal = *signature;
    return check_list(instruction_->operands[0], formal, formal.results, formal.results_are_registers, true) &&
           check_list(instruction_->operands[2], formal, formal.params, formal.params_are_registers, false);
  }

  // Arguments or results against the callee's list of them.
  bool check_list(const Operand& list, const Function& callee, const std::vector<uint32_t>& formals, bool registers,
                  bool results) {
    const std::string what = results ? "results" : "arguments";
    if (list.elements.size() != formals.size()) {
      return fail("found " + std::to_string(list.elements.size()) + " " + what + ", expected " +
                  std::to_string(formals.size()));
    }
    for (size_t i = 0; i < formals.size(); i++) {
      const Operand& element = list.elements[i];
      const bool good = registers ? check_actual(element, callee.registers[formals[i]].type, results)
                                  : check_actual(element, callee.locals[formals[i]], results);
      if (!good) {
        return fail("found " + name_of(element) + " among the " + what + " of " + callee.name +
                    ", expected a .param variable or register like its own");
      }
    }
    return true;
  }

  bool is_own_parameter(uint32_t local) const {
    const auto in = [local](const std::vector<uint32_t>& list, bool registers) {
      return !registers && std::find(list.begin(), list.end(), local) != list.end();
    };
    return in(function_.params, function_.params_are_registers) ||
           in(function_.results, function_.results_are_registers);
  }

  bool check_actual(const Operand& actual, Type type, bool result) const {
    if (actual.kind == Operand::Kind::Sink) return result;
    if (actual.kind == Operand::Kind::Immediate) return !result;
    if (actual.kind == Operand::Kind::Symbol) return holds(actual, isa::bytes_of(type));
    return actual.kind == Operand::Kind::Register && !actual.negated &&
           compatible(function_.registers[actual.id].type, type);
  }

  bool check_actual(const Operand& actual, const Variable& formal, bool result) const {
    if (actual.kind != Operand::Kind::Symbol) return !formal.is_array && check_actual(actual, formal.type, result);
    const bool open = formal.is_array && formal.bytes == 0;  // `.param .b8 rest[]`: as much as the caller has
    return holds(actual, open && actual.local ? function_.locals[actual.id].bytes : formal.bytes);
  }

  // A .param variable of this body, of so many bytes.
  bool holds(const Operand& actual, uint64_t bytes) const {
    if (!actual.local || actual.offset != 0 || is_own_parameter(actual.id)) return false;
    const Variable& variable = function_.locals[actual.id];
    return variable.space == isa::StateSpace::Param && variable.bytes == bytes;
  }

  const Module& module_;
  const Function& function_;
  const Instruction* instruction_ = nullptr;
  const isa::OperandSlot* slot_ = nullptr;
  std::string error_;
};

}  // namespace

Result<void> verify(const Module& module) {
  for (const Function& function : module.functions) {
    if (auto result = Verifier(module, function).run(); !result) return result;
  }
  return {};
}

}  // namespace qiao::ptx
