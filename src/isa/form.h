// A form: one syntax line of the PTX manual as a row of the instruction table (forms/*.inc), with what every executor
// needs to know about it. Parser, verifier, printer, interpreter and emitter are all driven by these rows.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "src/isa/types.h"

namespace qiao::isa {

// Every modifier token that is not a type, each on one axis (modifiers.inc): `.ftz`, `.rn`, `.global`, `.v4`, `.sync` ….
// An instruction carries at most one token per axis.
enum class Mod : uint8_t {
  None,
#define QIAO_MODIFIER(name, spelling, axis) name,
#include "src/isa/modifiers.inc"
#undef QIAO_MODIFIER
};

enum class Axis : uint8_t {
#define QIAO_AXIS(name) name,
#include "src/isa/axes.inc"
#undef QIAO_AXIS
  Count,
};

class Modifiers {
 public:
  Mod at(Axis axis) const { return by_axis_[static_cast<size_t>(axis)]; }
  bool has(Mod mod) const;
  void set(Mod mod);
  bool operator==(const Modifiers&) const = default;

 private:
  std::array<Mod, static_cast<size_t>(Axis::Count)> by_axis_{};
};

Axis axis_of(Mod mod);
std::string_view spelling_of(Mod mod);  // with its dot-separated parts, without the leading dot: "to", "L2::128B"
// The state space named by the Space axis (`.param::func` etc. map to Param); None = generic addressing.
StateSpace space_of(const Modifiers& modifiers);
unsigned vector_width_of(const Modifiers& modifiers);  // .v2/.v4/.v8: 2, 4, 8; else 1

// How an instruction is executed: executors switch on this, never on an opcode.
enum class Kind : uint8_t {
  Value,        // operands in, results out, through the meaning (everything arithmetic, cvt, setp, selp, …)
  Move,         // mov, cvta, isspacep-like: registers, addresses of symbols, special registers, pack and unpack
  Load,         // ld, ldu, ld.param, ld.const …
  Store,        // st
  Atomic,       // atom
  Reduction,    // red
  Branch,       // bra
  BranchIndex,  // brx.idx
  Call,
  Return,
  Exit,
  Trap,         // trap, brkpt
  Barrier,      // bar, barrier: sync, arrive, red
  WarpBarrier,  // bar.warp.sync
  Fence,        // membar, fence
  Shuffle,
  Vote,
  Match,
  Redux,
  ActiveMask,
  AsyncCopy,    // non-bulk cp.async and its groups
  Prefetch,     // no effect on results: prefetch, discard-like hints
  NanoSleep,
  Alloca,       // alloca, stacksave, stackrestore
  Nop,          // pmevent, griddepcontrol, setmaxnreg …
  Refused,      // known to the table, refused by name at load
};

// The value functions (meanings): meaning/*.h holds one template per enumerator, meanings.inc lists them.
enum class Meaning : uint16_t {
  None,
#define QIAO_MEANING(name) name,
#include "src/isa/meanings.inc"
#undef QIAO_MEANING
};

// Instruction class for the counters (facts: CUPTI's instruction classes).
enum class Unit : uint8_t { IntAlu, Fp16, Fp32, Fp64, Sfu, Convert, Memory, Control, Communication, Barrier, Misc, Tensor };

enum class Fidelity : uint8_t { Exact, Bounded, Unsupported };

// What an operand slot accepts and which type it has. `T`, `A`, `B`, `C` are the instruction's type slots in the order
// they are written; Wide is twice T's width (mul.wide).
enum class OperandType : uint8_t { T, A, B, C, Wide, Pred, U32, S32, B16, B32, B64, B128, F32, Address, Label, Function, List, Any };

struct OperandSlot {
  char name;               // the manual's letter: d, a, b, c, p, q …
  OperandType type;
  bool is_destination;
  bool optional;           // `{, c}` and the like
  bool sink_allowed;       // `_`
};

struct Form {
  std::string_view syntax;             // as in the manual: "add{.sat}.s32 d, a, b"
  std::string_view opcode;             // "add"
  std::span<const OperandSlot> slots;  // destinations first
  Kind kind;
  Meaning meaning;
  Unit unit;
  Fidelity fidelity;
  bool convergence_dependent;          // results may differ in lane mode
  uint8_t since_ptx;                   // 10 * major + minor
  uint8_t since_sm;
};

// The whole table, sorted by opcode.
std::span<const Form> forms();

}  // namespace qiao::isa
