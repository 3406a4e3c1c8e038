// A form: one syntax line of the PTX manual as a row of the instruction table (forms/*.inc), with what every executor
// needs to know about it. Parser, verifier, printer, interpreter and emitter are all driven by these rows.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "src/isa/selectors.h"
#include "src/isa/types.h"

namespace qiao::isa {

// Every modifier token that is not a type, each on one axis (modifiers.inc): `.ftz`, `.rn`, `.global`, `.v4`, `.sync`
// ... An instruction carries at most one token per axis.
enum class Mod : uint8_t {
  None,
#define QIAO_MODIFIER(name, spelling, axis) name,
#include "src/isa/modifiers.inc"
#undef QIAO_MODIFIER
};

inline constexpr size_t kModCount = 0
#define QIAO_MODIFIER(name, spelling, axis) +1
#include "src/isa/modifiers.inc"
#undef QIAO_MODIFIER
                                    + 1;

enum class Axis : uint8_t {
#define QIAO_AXIS(name) name,
#include "src/isa/axes.inc"
#undef QIAO_AXIS
  Count,
};

inline constexpr size_t kAxisCount = static_cast<size_t>(Axis::Count);

// Outside the functions: Clang evaluates a function's own constants anew at each call, of which the rows make millions.
inline constexpr Axis kModAxes[] = {
    Axis::Count,
#define QIAO_MODIFIER(name, spelling, axis) Axis::axis,
#include "src/isa/modifiers.inc"
#undef QIAO_MODIFIER
};
inline constexpr std::string_view kModSpellings[] = {
    "",
#define QIAO_MODIFIER(name, spelling, axis) spelling,
#include "src/isa/modifiers.inc"
#undef QIAO_MODIFIER
};

constexpr Axis axis_of(Mod mod) {
  return kModAxes[static_cast<size_t>(mod)];
}

// The token without its leading dot: "to", "L2::128B".
constexpr std::string_view spelling_of(Mod mod) {
  return kModSpellings[static_cast<size_t>(mod)];
}

class Modifiers {
 public:
  constexpr Mod at(Axis axis) const { return by_axis_[static_cast<size_t>(axis)]; }
  constexpr bool has(Mod mod) const { return mod != Mod::None && at(axis_of(mod)) == mod; }
  constexpr void set(Mod mod) { by_axis_[static_cast<size_t>(axis_of(mod))] = mod; }
  bool operator==(const Modifiers&) const = default;

 private:
  std::array<Mod, kAxisCount> by_axis_{};
};

// The state space named by the Space axis (`.param::func` etc. map to Param); None = generic addressing.
StateSpace space_of(const Modifiers& modifiers);
unsigned vector_width_of(const Modifiers& modifiers);  // .v2/.v4/.v8: 2, 4, 8; else 1

// How an instruction is executed.
enum class Kind : uint8_t {
#define QIAO_KIND(name) name,
#include "src/isa/kinds.inc"
#undef QIAO_KIND
};

// The value functions (meanings): meaning/*.h holds one template per enumerator, meanings.inc lists them.
enum class Meaning : uint16_t {
  None,
#define QIAO_MEANING(name) name,
#include "src/isa/meanings.inc"
#undef QIAO_MEANING
};

// Instruction class for the counters (facts: CUPTI's instruction classes).
enum class Unit : uint8_t {
  IntAlu,
  Fp16,
  Fp32,
  Fp64,
  Sfu,
  Convert,
  Memory,
  Control,
  Communication,
  Barrier,
  Misc,
  Tensor
};

// Exact: each bit is as the manual defines it. Bounded: within the row's bound of the true value.
enum class Fidelity : uint8_t { Exact, Bounded, Unsupported };

// What an operand slot accepts and which type it has. T, A, B, C are the instruction's types in the order they are
// written; Wide is twice T's width (mul.wide).
enum class OperandType : uint8_t {
  T,
  A,
  B,
  C,
  Wide,
  Vec,       // T, or {T, ...} with as many elements as .v2/.v4/.v8 says
  Pack,      // mov: T, or {...} whose elements together have T's width; also a symbol, a special register
  Symbolic,  // T, or the address of a symbol (cvta)
  Pred,
  U32,
  S32,
  B16,
  B32,
  B64,
  B128,
  F32,
  Number,  // an immediate: cp.async's size, lop3's table
  Four,    // {a, b, e, f}: four values of type A (cvt to four small floats)
  Address,
  Image,  // [a], [a, c], [a, b, c]: a texture or surface, a sampler, coordinates
  Tuple,  // {a, b, ...}: offsets or gradients of a texture's coordinates
  Label,
  Function,
  List,
  Any,
};

// As the rows write them, `d:Wide`.
inline constexpr std::string_view kOperandTypes[] = {
    "T",   "A",    "B",   "C",      "Wide", "Vec",     "Pack",  "Symbolic", "Pred",  "U32",      "S32",  "B16", "B32",
    "B64", "B128", "F32", "Number", "Four", "Address", "Image", "Tuple",    "Label", "Function", "List", "Any"};
static_assert(std::size(kOperandTypes) == static_cast<size_t>(OperandType::Any) + 1);

struct OperandSlot {
  std::string_view name;  // the manual's letter: d, a, b, c, p, q ...
  OperandType type = OperandType::T;
  bool is_destination = false;
  bool optional = false;               // `{, c}` and the like
  bool after_pipe = false;             // `d|p`
  Selector selector = Selector::None;  // `a{.sel}`: which part of the operand counts (video instructions)
  bool negatable = false;              // `{-}a`

  // Its selector and sign are one more source of the meaning: selectors.h.
  constexpr bool has_selector_word() const { return selector != Selector::None || negatable; }
};

struct OperandSlots {
  static constexpr size_t kMax = 8;
  std::array<OperandSlot, kMax> slots{};
  uint8_t count = 0;

  constexpr size_t size() const { return count; }
  constexpr const OperandSlot* begin() const { return slots.data(); }
  constexpr const OperandSlot* end() const { return slots.data() + count; }
  constexpr const OperandSlot& operator[](size_t i) const { return slots[i]; }
};

// Small sets, for the compiler of the rows and for matching.
struct TypeSet {
  uint64_t bits = 0;
  constexpr bool has(Type type) const { return bits >> static_cast<unsigned>(type) & 1; }
  constexpr void add(Type type) { bits |= uint64_t{1} << static_cast<unsigned>(type); }
};

struct ModSet {
  std::array<uint64_t, (kModCount + 63) / 64> words{};
  constexpr bool has(Mod mod) const {
    return words[static_cast<size_t>(mod) / 64] >> static_cast<size_t>(mod) % 64 & 1;
  }
  constexpr void add(Mod mod) { words[static_cast<size_t>(mod) / 64] |= uint64_t{1} << static_cast<size_t>(mod) % 64; }
};

// The part of a syntax line before the operands.
struct Pattern {
  struct Modifier {
    Axis axis = Axis::Count;
    bool required = false;
    uint8_t types_before = 0;  // how many types are written before it: `prmt.b32.f4e`
    ModSet mods;
  };
  std::array<Modifier, 12> modifiers{};
  std::array<TypeSet, 4> types{};
  uint8_t modifier_count = 0;
  uint8_t type_count = 0;
  bool open = false;  // `opcode.x.*`: anything may follow (refused families)
};

struct Form {
  std::string_view syntax;  // as in the manual: "add{.sat}.s32 d, a, b"
  std::string_view opcode;  // "add"
  Pattern pattern;
  OperandSlots slots;  // in the order they are written: destinations first
  Kind kind = Kind::Refused;
  Meaning meaning = Meaning::None;
  Unit unit = Unit::Misc;
  Fidelity fidelity = Fidelity::Exact;
  std::string_view bound;              // what a bounded row guarantees, in the manual's words
  std::string_view family;             // forms/<family>.inc
  bool convergence_dependent = false;  // results may differ in lane mode
  uint8_t since_ptx = 10;              // 10 * major + minor
  uint8_t since_sm = 10;
};

// The whole table, sorted by opcode: a copy, made for who lists it. match_form's rows lie where the compiler put them.
std::span<const Form> forms();

std::string_view name_of(Kind kind);
std::string_view name_of(Fidelity fidelity);

// The type of an operand of this slot in an instruction of these types; None where a slot has none (labels, addresses).
Type type_of_slot(const OperandSlot& slot, const std::array<Type, 4>& types);

// Finds the row of an instruction as written, "add.sat.s32".
struct FormMatch {
  enum class Outcome : uint8_t {
    Found,
    Refused,  // the row is in `form`
    UnknownOpcode,
    UnknownModifier,  // `token` is no modifier or type of PTX; its position is `token_offset`
    NoForm,           // each token is known, the combination is not in the table
  };
  Outcome outcome = Outcome::UnknownOpcode;
  const Form* form = nullptr;
  Modifiers modifiers;
  std::array<Type, 4> types{};
  size_t token_offset = 0;
};
FormMatch match_form(std::string_view instruction);

}  // namespace qiao::isa
