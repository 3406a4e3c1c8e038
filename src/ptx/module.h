// A PTX module after parsing and verification: what every consumer (runtime, interpreter, emitter, counters) works on.
// Immutable once built; registers, labels and symbols are indices, names are kept for messages and the printer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/isa/form.h"
#include "src/isa/special_registers.h"

namespace qiao::ptx {

struct Location {  // in the PTX text, 1-based; 0 = unknown
  uint32_t line = 0;
  uint32_t column = 0;
};

struct SourceLine {  // of a .loc directive; file 0 = none
  uint32_t file = 0;
  uint32_t line = 0;
  uint32_t column = 0;
};

using RegisterId = uint32_t;  // index into Function::registers
using LabelId = uint32_t;     // index into Function::labels
using SymbolId = uint32_t;    // index into Module::symbols (module scope) or Function::locals (see Operand::local)
inline constexpr uint32_t kNoId = ~0u;

enum class Linkage : uint8_t { Internal, Visible, Extern, Weak, Common };

struct Operand {
  enum class Kind : uint8_t {
    None,
    Sink,       // `_`
    Register,   // reg; `negated` for `!p`
    Immediate,  // bits (two's complement or IEEE bits of the operand's type), is_float_literal tells how it was written
    Special,    // special, component
    Symbol,     // address of symbol + offset (mov, cvta source, call target, initialiser)
    Image,      // [texture, sampler, {coordinates}]: three elements, Kind::None where there is none, a Vector the last
    Address,    // [reg + offset] or [symbol + offset] or [immediate]
    Vector,     // {a, b, ...}: elements
    List,       // (a, b, ...) of a call: elements
    Label,
  };
  Kind kind = Kind::None;
  bool negated = false;
  bool local = false;  // symbol is an index into Function::locals, not Module::symbols
  bool is_float_literal = false;
  uint8_t component = 0;  // special registers: 0 x, 1 y, 2 z, 3 w
  uint32_t selector = 0;  // the selector word of a slot that has one (src/isa/selectors.h)
  isa::SpecialRegister special{};
  uint32_t id = kNoId;          // register, symbol or label; an Address with kNoId has an absolute address in `bits`
  bool base_is_symbol = false;  // Address: id is a symbol, else a register
  int64_t offset = 0;
  uint64_t bits = 0;
  std::vector<Operand> elements;
};

struct Instruction {
  const isa::Form* form = nullptr;
  isa::Modifiers modifiers;
  std::array<isa::Type, 4> types{};  // T, A, B, C: the types as written, fixed ones (`.f32`) included
  RegisterId guard = kNoId;          // predicate register, kNoId = unguarded
  bool guard_negated = false;
  std::vector<Operand> operands;  // exactly one per form slot; Kind::None where an optional one is absent
  Location location;
  SourceLine source;
};

struct Register {
  std::string name;
  isa::Type type;
};

// One element of an initialiser: a constant of the variable's type, or an address (generic or not) of a symbol.
struct Initializer {
  uint64_t bits = 0;
  SymbolId symbol = kNoId;
  int64_t addend = 0;
  bool generic = false;      // generic(symbol)
  uint8_t mask_byte = 0xff;  // mask(expr) picks one byte: its index, 0xff = whole
};

struct Variable {
  std::string name;
  isa::StateSpace space = isa::StateSpace::None;
  isa::Type type = isa::Type::None;
  Linkage linkage = Linkage::Internal;
  uint32_t align = 1;  // bytes
  uint64_t bytes = 0;  // total; 0 for an incomplete extern array (dynamic shared memory)
  uint8_t vector = 1;
  bool is_array = false;
  bool managed = false;
  isa::Mod opaque = isa::Mod::None;  // TexRef, SamplerRef or SurfRef: a handle, no data
  std::vector<Initializer> init;     // element by element, short lists are zero-filled
  Location location;
};

// Launch bounds and the like; 0 = not given.
struct PerformanceDirectives {
  std::array<uint32_t, 3> max_threads{};
  std::array<uint32_t, 3> required_threads{};
  std::array<uint32_t, 3> cluster{};
  uint32_t min_blocks = 0;
  uint32_t max_registers = 0;
};

struct Function {
  std::string name;
  bool is_entry = false;
  bool is_declaration = false;
  bool noreturn = false;
  Linkage linkage = Linkage::Internal;
  std::vector<uint32_t> results;      // indices into locals (.param) or registers, see *_are_registers
  std::vector<uint32_t> params;       // indices into locals: kernel or function parameters, in order
  bool params_are_registers = false;  // `.func (.reg .b32 r) f (.reg .b32 a)`: indices into registers instead
  bool results_are_registers = false;
  std::vector<Register> registers;
  std::vector<Variable> locals;  // parameters, .param/.local/.shared variables of the body
  std::vector<Instruction> body;
  std::vector<std::string> label_names;
  std::vector<uint32_t> labels;                                       // LabelId -> index into body (may be body.size())
  std::unordered_map<uint32_t, std::vector<LabelId>> branch_targets;  // .branchtargets: LabelId -> targets
  std::unordered_map<uint32_t, uint32_t> prototypes;  // .callprototype: LabelId -> index into Module::prototypes
  PerformanceDirectives performance;
  Location location;
  Location end;  // of the closing brace
  // Set when an instruction of the body is not in the table or is refused: the kernel (not the module) is unusable, and
  // this line says why (opcode, PTX line, kernel).
  std::string unusable;
};

struct Symbol {  // module scope: exactly one of the two
  enum class Kind : uint8_t { Variable, Function } kind;
  uint32_t index;
  // Set for the name of an .alias: the linkage of the name, which its function's own does not tell.
  std::optional<Linkage> alias = std::nullopt;
};

// Whether a call written for one can reach the other: as many parameters and results, of the same sizes and places.
bool same_signature(const Function& a, const Function& b);

struct Module {
  uint32_t version = 0;  // 10 * major + minor
  std::string target;    // "sm_75"
  uint32_t sm = 0;
  bool arch_specific = false;
  bool independent_samplers = false;  // texmode_independent: tex names a texture and a sampler
  uint32_t address_size = 64;
  std::vector<Variable> variables;
  std::vector<Function> functions;
  std::vector<Function> prototypes;  // .callprototype signatures
  std::vector<Symbol> symbols;       // SymbolId -> variable or function
  std::unordered_map<std::string, SymbolId> symbol_by_name;
  std::vector<std::string> files;  // .file, 1-based (files[0] is empty)
  std::string text_hash;           // SHA-256 or similar of the linked text, hex: cache key

  const Function* find_function(const std::string& name) const;  // null when absent
  const Variable* find_variable(const std::string& name) const;
};

// The signature a call is written for: its function's, or that of the .callprototype or .calltargets it names. Null
// when it names neither (which the verifier refuses).
const Function* signature_of(const Module& module, const Function& caller, const Instruction& call);

}  // namespace qiao::ptx
