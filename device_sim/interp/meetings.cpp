// The .sync operations of a warp (PTX ISA 9.7.9.6, 9.7.13): a thread waits until every live lane of the member mask has
// come to an operation with the same qualifiers and mask, from whatever instruction. Lanes wait in `apart` only while
// others that they name can still come before both meet again (lane_code.md, "Reconvergence").
#include <algorithm>

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

// Blocks that lanes now in `block` come to within this pass of the loops around it, the headers at which their next
// pass starts, and what lies behind those loops: where others wait for them.
std::vector<bool> blocks_behind(const ptx::Cfg& cfg, uint32_t block) {
  std::vector<bool> found(cfg.blocks.size(), false);
  std::vector<std::pair<uint32_t, uint32_t>> edges;
  const auto follow = [&](uint32_t from) {
    for (uint32_t to : cfg.blocks[from].successors) edges.emplace_back(from, to);
  };
  follow(block);
  while (!edges.empty()) {
    const auto [from, to] = edges.back();
    edges.pop_back();
    if (found[to]) continue;
    found[to] = true;
    if (to > from) {
      follow(to);
      continue;
    }
    const uint32_t end = std::max(cfg.blocks[to].loop_end, to + 1);
    for (uint32_t inside = to; inside < end; ++inside) {
      for (uint32_t out : cfg.blocks[inside].successors) {
        if (out < to || out >= end) edges.emplace_back(inside, out);
      }
    }
  }
  return found;
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

// Whether lanes at `place` come to such an operation before a block of `stops`.
Warp::Coming Warp::comes(const FunctionCode& code, const Place& place, const std::vector<bool>& stops,
                         const Instruction& wanted) const {
  Coming coming = Coming::Nobody;
  std::vector<bool> seen = stops;
  std::vector<std::pair<uint32_t, uint32_t>> work{{place.block, place.next}};
  while (!work.empty()) {
    const auto [block, first] = work.back();
    work.pop_back();
    for (uint32_t i = first; i < code.cfg.blocks[block].last; ++i) {
      const Instruction& inst = code.function->body[i];
      std::vector<const FunctionCode*> called;
      if (same_operation(inst, wanted)) return Coming::Here;
      if (has_operation(callee_of(inst), wanted, called)) coming = Coming::Elsewhere;
    }
    for (uint32_t next : code.cfg.blocks[block].successors) {
      if (seen[next]) continue;
      seen[next] = true;
      work.emplace_back(next, code.cfg.blocks[next].first);
    }
  }
  return coming;
}

// The same for the lanes of `absent` which are in the frame; `stops` are where they wait.
Warp::Coming Warp::comes_in(const Frame& f, uint32_t absent, const std::vector<bool>& stops,
                            const Instruction& wanted) const {
  Coming coming = Coming::Nobody;
  const auto look = [&](uint32_t lanes, Place place) {
    if ((lanes & absent) != 0) coming = std::max(coming, comes(*f.code, place, stops, wanted));
  };
  for (uint32_t block = 0; block < f.pending.size(); ++block) {
    if (!stops[block]) look(f.pending[block], {0, block, f.code->cfg.blocks[block].first, nullptr, 0});
  }
  for (const Place& place : f.resumed) look(place.lanes, place);
  for (const Place& place : f.apart) look(place.lanes, place);
  return coming;
}

// Whether lanes that those at `place` name may still come to their operation.
Warp::Coming Warp::who_comes(const Place& place) {
  const Frame& f = frame();
  const Instruction& inst = *place.inst;
  uint32_t absent = named_at(place) & live_lanes() & ~place.lanes;
  for (const Place& other : f.apart) absent &= meets(place, other) ? ~other.lanes : ~0u;
  if (absent == 0 || f.code->cfg.irreducible) return Coming::Nobody;
  // Lanes that skip a guarded operation come to one with the guard turned round (@p, then @!p) next.
  for (uint32_t i = place.next;
       inst.guard != ptx::kNoId && (f.active & absent) != 0 && i < f.code->cfg.blocks[f.block].last; ++i) {
    const Instruction& later = f.code->function->body[i];
    if (same_operation(later, inst) && later.guard == inst.guard && later.guard_negated != inst.guard_negated) {
      return Coming::Here;
    }
  }
  Coming coming = comes_in(f, absent, blocks_behind(f.code->cfg, place.block), inst);
  for (const auto& other : frames_) {
    if (other.get() == &f || coming == Coming::Here) continue;
    bool calls = false;  // this frame, or one which called it
    for (const Frame* caller = f.caller; caller != nullptr; caller = caller->caller) calls |= caller == other.get();
    const ptx::Cfg& cfg = other->code->cfg;
    const std::vector<bool> stops =
        calls ? blocks_behind(cfg, other->block) : std::vector<bool>(cfg.blocks.size(), false);
    if (comes_in(*other, absent, stops, inst) != Coming::Nobody) coming = Coming::Elsewhere;
  }
  return coming;
}

// The lanes that those at `place` name: all of a place name the same.
uint32_t Warp::named_at(const Place& place) {
  const Operand* mask = operand(*place.inst, members_slot(place.inst->form->kind));
  if (mask == nullptr) return 0;  // the forms before PTX 6.0 wait for nobody
  return static_cast<uint32_t>(read(*mask, 32, static_cast<uint32_t>(std::countr_zero(place.lanes))).bits());
}

bool Warp::meets(const Place& a, const Place& b) {
  return same_operation(*a.inst, *b.inst) && named_at(a) == named_at(b);
}

bool Warp::synchronize(const Instruction& inst, uint32_t lanes) {
  Frame& f = frame();
  uint32_t here = 0;
  while (lanes != 0) {  // lanes may name different members
    Place place{lanes & -lanes, f.block, f.next, &inst, 0};
    const uint32_t named = named_at(place);
    for_lanes(lanes & (lanes - 1), [&](uint32_t lane) {
      return place.lanes |= uint32_t{named_at({1u << lane, 0, 0, &inst, 0}) == named} << lane, true;
    });
    lanes &= ~place.lanes;
    const bool alone = (named & live_lanes() & ~(place.lanes | lanes | here)) == 0;
    const Coming coming = alone ? Coming::Nobody : who_comes(place);
    if (coming == Coming::Elsewhere) return fail_apart();
    const bool joins =
        !alone && std::any_of(f.apart.begin(), f.apart.end(), [&](const Place& other) { return meets(place, other); });
    if (coming == Coming::Nobody && !joins) {
      here |= place.lanes;
      continue;
    }
    f.active &= ~place.lanes;
    f.apart.push_back(place);
    if (coming == Coming::Nobody && !meet(place)) return false;
  }
  return here == 0 || exchange(inst, here);
}

// Those at `place` and all that wait for the same do it together and go on.
bool Warp::meet(Place place) {
  Frame& f = frame();
  const auto others =
      std::stable_partition(f.apart.begin(), f.apart.end(), [&](const Place& other) { return !meets(place, other); });
  uint32_t lanes = 0;
  for (auto met = others; met != f.apart.end(); ++met) {
    lanes |= met->lanes;
    for_lanes(met->lanes, [&](uint32_t lane) { return met_[lane] = met->inst, true; });
  }
  f.resumed.insert(f.resumed.end(), others, f.apart.end());
  f.apart.erase(others, f.apart.end());
  const bool done = exchange(*place.inst, lanes);
  met_.fill(nullptr);
  return done;
}

// Lets those go on for whom nobody comes any more. When nothing else of the frame can run, that is the first.
bool Warp::meet_apart() {
  Frame& f = frame();
  for (const Place& place : f.apart) {
    const Coming coming = who_comes(place);
    if (coming == Coming::Elsewhere) return fail_apart();
    if (coming == Coming::Nobody) return meet(place);
  }
  const bool stuck = !f.apart.empty() && f.resumed.empty() && f.first_pending(0) == f.pending.size();
  return !stuck || meet(f.apart.front());
}

bool Warp::fail_apart() {
  return fail(Code::NotSupported, "unimplemented: lanes of a warp meet from different functions");
}

}  // namespace qiao::interp
