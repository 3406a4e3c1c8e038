// The .sync operations of a warp (PTX ISA 9.7.9.6, 9.7.13): a thread waits until every live lane of the member mask has
// come to an operation with the same qualifiers and mask, from whatever instruction. Lanes wait in `apart_` only while
// others that they name can still come before both meet again (lane_code.md, "Reconvergence").
#include <algorithm>
#include <utility>

#include "device_sim/interp/warp.h"

namespace qiao::interp {
namespace {

using isa::Kind;
using ptx::Instruction;

std::string_view members_slot(Kind kind) {
  if (kind == Kind::Shuffle || kind == Kind::Vote) return "m";
  return kind == Kind::Match || kind == Kind::Redux ? "b" : "a";
}

bool same_operation(const Instruction& a, const Instruction& b) {
  return a.form == b.form && a.modifiers == b.modifiers && a.types == b.types;
}

// Calls `action(register)` for each that the instruction writes.
template <class Action>
void for_written(const ptx::Operand& operand, const Action& action) {
  if (operand.kind == ptx::Operand::Kind::Register) action(operand.id);
  for (const ptx::Operand& element : operand.elements) for_written(element, action);
}

}  // namespace

// Whether `function` or one that it calls by name has such an operation.
bool Warp::has_operation(const FunctionCode* function, const Instruction& wanted,
                         std::vector<const FunctionCode*>& seen) const {
  if (function == nullptr || std::find(seen.begin(), seen.end(), function) != seen.end()) return false;
  seen.push_back(function);
  return std::any_of(function->function->body.begin(), function->function->body.end(), [&](const Instruction& inst) {
    return same_operation(inst, wanted) || has_operation(callee_of(inst), wanted, seen);
  });
}

const FunctionCode* Warp::callee_of(const Instruction& inst) const {
  if (inst.form->kind != Kind::Call) return nullptr;
  const Operand& target = *operand(inst, "f");
  const bool named =
      target.kind == Operand::Kind::Symbol && module().symbols[target.id].kind == ptx::Symbol::Kind::Function;
  return named ? program_.find(module().symbols[target.id].index) : nullptr;
}

// The instructions of `f` which lanes at `place` come to: in this pass of the loops around block `pass`, the headers at
// which their next pass starts, and behind those loops. Where `known`, a predicate that none of them can write any more
// takes these lanes the way it says (a guard and its opposite).
std::vector<bool> Warp::walk(const Frame& f, const Place& place, uint32_t pass, const std::vector<bool>* known) const {
  const ptx::Cfg& cfg = f.code->cfg;
  const auto& body = f.code->function->body;
  std::vector<bool> reached(body.size(), false), found(cfg.blocks.size(), false);
  std::vector<std::pair<uint32_t, uint32_t>> edges;
  const auto run = [&](uint32_t block, uint32_t first) {
    const auto& successors = cfg.blocks[block].successors;
    uint32_t taken = place.lanes, passed = place.lanes;  // who may go each way of the branch at the end
    for (uint32_t i = first; i < cfg.blocks[block].last; ++i) {
      const uint32_t executing = may_execute(f, body[i], place.lanes, known);
      reached[i] = executing != 0;
      if (body[i].form->kind != Kind::Branch || body[i].guard == ptx::kNoId) continue;
      taken = executing;
      if (known != nullptr && (*known)[body[i].guard]) passed = place.lanes & ~executing;
    }
    for (size_t i = 0; i < successors.size(); ++i) {
      const bool by_branch = successors.size() == 2 && i == 0, through = successors.size() == 2 && i == 1;
      if ((by_branch && taken == 0) || (through && passed == 0)) continue;
      edges.emplace_back(block, successors[i]);
    }
  };
  run(place.block, place.next);
  while (!edges.empty()) {
    const auto [from, to] = edges.back();
    edges.pop_back();
    if (found[to]) continue;
    found[to] = true;
    const uint32_t end = std::max(cfg.blocks[to].loop_end, to + 1);
    if (to > from || pass < to || pass >= end) {
      run(to, cfg.blocks[to].first);
      continue;
    }
    std::fill(reached.begin() + cfg.blocks[to].first, reached.begin() + cfg.blocks[to].last, true);
    for (uint32_t inside = to; inside < end; ++inside) {
      for (uint32_t out : cfg.blocks[inside].successors) {
        if (out < to || out >= end) edges.emplace_back(inside, out);
      }
    }
  }
  return reached;
}

// Of `lanes`, those that execute the instruction, as far as its guard is known.
uint32_t Warp::may_execute(const Frame& f, const Instruction& inst, uint32_t lanes,
                           const std::vector<bool>* known) const {
  if (inst.guard == ptx::kNoId || known == nullptr || !(*known)[inst.guard]) return lanes;
  uint32_t holds = 0;
  const uint64_t* words = &f.registers[size_t{f.code->word_of_register[inst.guard]} * kLanes];
  for (uint32_t lane = 0; lane < kLanes; ++lane) holds |= static_cast<uint32_t>(words[lane] & 1) << lane;
  return lanes & (inst.guard_negated ? ~holds : holds);
}

std::vector<bool> Warp::ahead(const Frame& f, const Place& place, uint32_t pass) const {
  const auto& body = f.code->function->body;
  const std::vector<bool> may = walk(f, place, pass, nullptr);
  std::vector<bool> known(f.code->function->registers.size(), true);
  for (size_t i = 0; i < body.size(); ++i) {
    for (size_t slot = 0; may[i] && slot < body[i].operands.size(); ++slot) {
      if (!body[i].form->slots[slot].is_destination) continue;
      for_written(body[i].operands[slot], [&](ptx::RegisterId id) { known[id] = false; });
    }
  }
  return walk(f, place, pass, &known);
}

// Whether the lanes of `absent` which are in the frame, or will return to it, come to such an operation where those
// that wait, who are in block `pass`, do not come; `waiting`: where they come.
bool Warp::comes_in(const Frame& f, uint32_t absent, uint32_t pass, const std::vector<bool>& waiting,
                    const Instruction& wanted) const {
  bool coming = false;
  const auto look = [&](uint32_t lanes, Place place) {
    place.lanes = lanes & absent;
    if (place.lanes == 0 || coming) return;
    const std::vector<bool> reached = ahead(f, place, pass);
    for (size_t i = 0; i < reached.size() && !coming; ++i) {
      if (!reached[i] || waiting[i]) continue;
      const Instruction& inst = f.code->function->body[i];
      std::vector<const FunctionCode*> called;
      coming = same_operation(inst, wanted) || has_operation(callee_of(inst), wanted, called);
    }
  };
  look(f.active, {0, f.block, f.next, nullptr, 0});
  for (uint32_t block = 0; block < f.pending.size(); ++block) {
    look(f.pending[block], {0, block, f.code->cfg.blocks[block].first, nullptr, 0});
  }
  for (const Place& place : f.resumed) look(place.lanes, place);
  for (const Apart& other : apart_) {
    if (other.frame == &f) look(other.place.lanes, other.place);
  }
  for (const auto& callee : frames_) {
    if (callee->caller == &f) look(callee->home.lanes, callee->home);
  }
  return coming;
}

// Whether lanes that those at `at` name may still come to their operation; `ready`: who is at the instruction now.
bool Warp::anybody_comes(const Apart& at, uint32_t ready) {
  const Frame& f = *at.frame;
  uint32_t absent = named_at(at) & live_lanes() & ~at.place.lanes;
  for (const Apart& other : apart_) absent &= meets(at, other) ? ~other.place.lanes : ~0u;
  if (absent == 0 || f.code->cfg.irreducible) return false;
  for (const auto& other : frames_) {
    if (other->code->cfg.irreducible) continue;
    Place place = at.place;  // of those who wait, in this frame
    bool here = other.get() == &f;
    for (const Frame* callee = &f; callee->caller != nullptr && !here; callee = callee->caller) {
      here = callee->caller == other.get();
      if (here) place = {at.place.lanes, callee->home.block, callee->home.next, nullptr, 0};
    }
    const uint32_t pass = here ? place.block : ptx::kNoId;
    const std::vector<bool> waiting =
        here ? ahead(*other, place, pass) : std::vector<bool>(other->code->function->body.size(), false);
    if (comes_in(*other, absent & ~(here ? ready : 0), pass, waiting, *at.place.inst)) return true;
  }
  return false;
}

// The lanes that those at a place name: all of a place name the same.
uint32_t Warp::named_at(const Apart& at) {
  const Operand* mask = operand(*at.place.inst, members_slot(at.place.inst->form->kind));
  if (mask == nullptr) return 0;  // the forms before PTX 6.0 wait for nobody
  Frame* const before = std::exchange(current_, at.frame);
  const auto lane = static_cast<uint32_t>(std::countr_zero(at.place.lanes));
  const auto named = static_cast<uint32_t>(read(*mask, 32, lane).bits());
  current_ = before;
  return named;
}

bool Warp::meets(const Apart& a, const Apart& b) {
  return same_operation(*a.place.inst, *b.place.inst) && named_at(a) == named_at(b);
}

// The lanes at `at` are all who do it together; false: others did it before without them.
bool Warp::note_done(const Apart& at) {
  const uint32_t named = named_at(at);
  if (named == 0 || (done_apart_.empty() && (named & threads_ & ~at.place.lanes) == 0)) return true;
  const auto known = std::find_if(operations_.begin(), operations_.end(),
                                  [&](const Instruction* one) { return same_operation(*one, *at.place.inst); });
  const auto operation = static_cast<uint32_t>(known - operations_.begin());
  if (known == operations_.end()) operations_.push_back(at.place.inst);
  if (done_apart_.done(operation, named, at.place.lanes, threads_)) return true;
  return fail(Code::LaunchFailed, machine::kMissedMeeting);
}

bool Warp::synchronize(const Instruction& inst, uint32_t lanes) {
  Frame& f = frame();
  const uint32_t ready = lanes;
  uint32_t here = 0;
  while (lanes != 0) {  // lanes may name different members
    Apart at{&f, {lanes & -lanes, f.block, f.next, &inst, 0}};
    const uint32_t named = named_at(at);
    for_lanes(lanes & (lanes - 1), [&](uint32_t lane) {
      const bool same = named_at({&f, {1u << lane, 0, 0, &inst, 0}}) == named;
      return at.place.lanes |= uint32_t{same} << lane, true;
    });
    lanes &= ~at.place.lanes;
    const bool alone = (named & live_lanes() & ~(at.place.lanes | lanes | here)) == 0;
    const bool waits = !alone && anybody_comes(at, ready);
    const bool joins =
        !alone && std::any_of(apart_.begin(), apart_.end(), [&](const Apart& other) { return meets(at, other); });
    if (!waits && !joins) {
      if (!note_done(at)) return false;
      here |= at.place.lanes;
      continue;
    }
    f.active &= ~at.place.lanes;
    apart_.push_back(at);
    if (!waits && !meet(at)) return false;
  }
  return here == 0 || exchange(inst, here);
}

// Those at `last` and all that wait for the same do it together and go on.
bool Warp::meet(Apart last) {
  const auto others =
      std::stable_partition(apart_.begin(), apart_.end(), [&](const Apart& other) { return !meets(last, other); });
  const std::vector<Apart> met(others, apart_.end());
  apart_.erase(others, apart_.end());
  uint32_t lanes = 0;
  for (const Apart& at : met) {
    lanes |= at.place.lanes;
    for_lanes(at.place.lanes, [&](uint32_t lane) {
      met_[lane] = at.place.inst;
      return met_frame_[lane] = at.frame, true;
    });
    at.frame->resumed.push_back(at.place);
  }
  last.place.lanes = lanes;
  const bool done = note_done(last) && exchange(*last.place.inst, lanes);
  met_.fill(nullptr);
  met_frame_.fill(nullptr);
  return done;
}

// Lets those go on for whom nobody comes any more.
bool Warp::meet_apart() {
  for (const Apart& at : apart_) {
    if (!anybody_comes(at, 0)) return meet(at);
  }
  return true;
}

// No frame can run: who waits at an operation goes on without the others, who will never come.
bool Warp::break_free() {
  if (!apart_.empty()) return meet(apart_.front()) && choose_frame();
  return fail(Code::LaunchFailed, "the block can never go on: lanes of one warp wait at different barriers");
}

}  // namespace qiao::interp
