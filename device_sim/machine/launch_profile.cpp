#include "device_sim/machine/launch_profile.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "src/isa/counted_as.h"
#include "src/ptx/print.h"

namespace qiao::machine {
namespace {

using isa::Kind;
using perf::Counter;
using perf::CounterValues;

// The counter of a class or width: the first of a row of enumerators in counters.inc, plus its place.
Counter nth(Counter first, size_t n) {
  return static_cast<Counter>(static_cast<size_t>(first) + n);
}

Counter class_counter(isa::Unit unit) {
  switch (unit) {
    case isa::Unit::IntAlu:
      return Counter::inst_class_int;
    case isa::Unit::Fp16:
      return Counter::inst_class_fp16;
    case isa::Unit::Fp32:
      return Counter::inst_class_fp32;
    case isa::Unit::Fp64:
      return Counter::inst_class_fp64;
    case isa::Unit::Sfu:
      return Counter::inst_class_sfu;
    case isa::Unit::Convert:
      return Counter::inst_class_cvt;
    case isa::Unit::Memory:
      return Counter::inst_class_mem;
    case isa::Unit::Control:
      return Counter::inst_class_control;
    case isa::Unit::Communication:
      return Counter::inst_class_comm;
    case isa::Unit::Barrier:
      return Counter::inst_class_barrier;
    case isa::Unit::Tensor:
      return Counter::inst_class_tensor;
    case isa::Unit::Misc:
      break;
  }
  return Counter::inst_class_misc;
}

void add_arithmetic(const ptx::Instruction& inst, uint64_t threads, CounterValues& values) {
  using Operation = isa::Arithmetic::Operation;
  using Format = isa::Arithmetic::Format;
  const isa::Arithmetic what = isa::arithmetic_of(*inst.form, inst.types[0]);
  if (what.operation == Operation::None) return;
  const uint64_t operations = threads * what.lanes;
  if (what.format == Format::Integer) {
    values[Counter::intop] += what.operation == Operation::Fma ? 2 * operations : operations;
    return;
  }
  constexpr Counter kFirst[] = {Counter::flop_fp16_add, Counter::flop_bf16_add, Counter::flop_fp32_add,
                                Counter::flop_fp64_add};
  const auto format = static_cast<size_t>(what.format) - static_cast<size_t>(Format::Fp16);
  values[nth(kFirst[format], static_cast<size_t>(what.operation) - static_cast<size_t>(Operation::Add))] += operations;
}

void add_waiting(const ptx::Instruction& inst, uint64_t warps, CounterValues& values) {
  const std::string name(isa::counted_as(*inst.form));
  if (name.empty()) return;
  for (const char* group : {"sync.", "comm."}) {
    if (const auto counter = perf::find_counter(group + name)) values[*counter] += warps;
  }
}

void add_branches(const CountedInstruction& row, const InstructionCounts& counts, CounterValues& values) {
  if (row.diverged != kNoSlot) {
    values[Counter::br_executed] += counts.warps;
    values[Counter::br_divergent] += counts.diverged;
  } else if (row.instruction->form->kind == Kind::Branch) {
    values[Counter::br_unconditional] += counts.warps;
  }
}

uint64_t requests_of(const AccessCounts& access) {
  return access.global.requests + access.shared.requests + access.local.requests;
}

// Executions of which no lane's guard held are of the space that the instruction names; of none for generic addresses.
void add_load_or_store(bool stores, AccessKind kind, const AccessCounts& access, uint64_t warps,
                       CounterValues& values) {
  const uint64_t without = warps - requests_of(access);
  const auto at = [&](Counter load, Counter store) -> uint64_t& { return values[stores ? store : load]; };
  const GlobalCounts& global = access.global;
  const bool is_shared = kind.space == isa::StateSpace::Shared;
  const bool is_global = kind.space == isa::StateSpace::Global;
  at(Counter::gmem_ld_inst, Counter::gmem_st_inst) += global.requests + (is_global ? without : 0);
  at(Counter::gmem_ld_req, Counter::gmem_st_req) += global.requests;
  at(Counter::gmem_ld_lanes, Counter::gmem_st_lanes) += global.lanes;
  at(Counter::gmem_ld_bytes_req, Counter::gmem_st_bytes_req) += global.lanes * kind.bytes;
  at(Counter::gmem_ld_sectors, Counter::gmem_st_sectors) += global.sectors;
  at(Counter::gmem_ld_ideal_sectors, Counter::gmem_st_ideal_sectors) += global.ideal_sectors;
  at(Counter::gmem_ld_lines, Counter::gmem_st_lines) += global.lines;
  at(Counter::gmem_ld_footprint_bytes, Counter::gmem_st_footprint_bytes) += global.footprint_bytes;
  at(Counter::gmem_ld_misaligned, Counter::gmem_st_misaligned) += global.misaligned;
  at(Counter::smem_ld_inst, Counter::smem_st_inst) += access.shared.requests + (is_shared ? without : 0);
  at(Counter::smem_ld_req, Counter::smem_st_req) += access.shared.requests;
  at(Counter::smem_ld_lanes, Counter::smem_st_lanes) += access.shared.lanes;
  at(Counter::smem_ld_bytes_req, Counter::smem_st_bytes_req) += access.shared.lanes * kind.bytes;
  at(Counter::smem_ld_wavefronts, Counter::smem_st_wavefronts) += access.shared.wavefronts;
  at(Counter::smem_ld_ideal, Counter::smem_st_ideal) += access.shared.ideal_wavefronts;
  at(Counter::lmem_ld_req, Counter::lmem_st_req) += access.local.requests;
  at(Counter::lmem_ld_lanes, Counter::lmem_st_lanes) += access.local.lanes;
  at(Counter::lmem_ld_sectors, Counter::lmem_st_sectors) += access.local.sectors;
}

void add_atomic(const CountedInstruction& row, const InstructionCounts& counts, CounterValues& values) {
  const bool red = row.instruction->form->kind == Kind::Reduction;
  const AccessCounts& access = counts.access;
  values[Counter::atom_global_req] += access.global.requests;
  values[Counter::atom_global_red] += red ? access.global.requests : 0;
  values[Counter::atom_global_lanes] += access.global.lanes;
  values[Counter::atom_global_sectors] += access.global.sectors;
  values[Counter::atom_shared_req] += access.shared.requests;
  values[Counter::atom_shared_red] += red ? access.shared.requests : 0;
  values[Counter::atom_shared_lanes] += access.shared.lanes;
  values[Counter::atom_same_addr] += access.same_address;
  values[Counter::atom_max_same_addr] = std::max(values[Counter::atom_max_same_addr], access.most_same_address);
  if (row.failed == kNoSlot) return;
  values[Counter::atom_cas] += access.global.lanes + access.shared.lanes + access.local.lanes;
  values[Counter::atom_cas_fail] += counts.failed;
}

void add_width(uint32_t bytes, uint64_t requests, CounterValues& values) {
  size_t place = 0;  // of 8, 16, 32 ... bits
  while (1u << place < bytes) ++place;
  values[nth(Counter::inst_vector_width_8, place)] += requests;
}

void add_accesses(const CountedInstruction& row, const InstructionCounts& counts, CounterValues& values) {
  if (row.access == kNoSlot) return;
  add_width(row.kind.bytes, requests_of(counts.access), values);
  if (row.kind.atomic) return add_atomic(row, counts, values);
  const bool stores = row.instruction->form->kind == Kind::Store;
  add_load_or_store(stores, row.kind, counts.access, counts.warps, values);
  if (row.stored != kNoSlot) add_load_or_store(true, row.stored_kind, counts.stored, counts.warps, values);
}

perf::InstructionProfile source_line(const KernelImage& kernel, const CountedInstruction& row,
                                     const InstructionCounts& counts) {
  const ptx::Module& module = *kernel.module;
  const ptx::Function& function = module.functions[row.function];
  const ptx::Instruction& inst = *row.instruction;
  perf::InstructionProfile line;
  line.function = function.name;
  line.text = ptx::print(module, function, inst);
  if (inst.source.file != 0) line.file = module.files.at(inst.source.file);
  line.line = inst.source.line;
  line.ptx_line = inst.location.line;
  line.warps = counts.warps;
  line.threads = counts.threads;
  line.threads_on = counts.threads_on;
  line.diverged = counts.diverged;
  for (const AccessCounts* access : {&counts.access, &counts.stored}) {
    line.requests += requests_of(*access);
    line.sectors += access->global.sectors;
    line.ideal_sectors += access->global.ideal_sectors;
    line.wavefronts += access->shared.wavefronts;
    line.ideal_wavefronts += access->shared.ideal_wavefronts;
  }
  return line;
}

}  // namespace

std::vector<InstructionCounts> counts_of(const CountingPlan& plan, std::span<const uint64_t> slab) {
  std::vector<InstructionCounts> all;
  all.reserve(plan.rows().size());
  const auto access_at = [&](uint32_t slot, AccessKind kind) {
    AccessCounts access;
    if (slot != kNoSlot) std::memcpy(static_cast<void*>(&access), &slab[slot], sizeof(access));
    return access.added_up(kind.space);
  };
  for (const CountedInstruction& row : plan.rows()) {
    InstructionCounts& counts = all.emplace_back();
    if (row.executed == kNoSlot) continue;
    counts.warps = slab[row.executed];
    counts.threads = slab[row.executed + 1];
    counts.threads_on = row.guarded == kNoSlot ? counts.threads : slab[row.guarded];
    counts.diverged = row.diverged == kNoSlot ? 0 : slab[row.diverged];
    counts.failed = row.failed == kNoSlot ? 0 : slab[row.failed];
    counts.access = access_at(row.access, row.kind);
    counts.stored = access_at(row.stored, row.stored_kind);
  }
  return all;
}

void add_warps(const CountingPlan& plan, std::span<const uint64_t> slab, perf::LaunchProfile& profile) {
  if (plan.warps() == kNoSlot || !profile.has_warps) return;
  WarpCounts warps;
  std::memcpy(static_cast<void*>(&warps), &slab[plan.warps()], sizeof(warps));
  profile.counters[Counter::inst_max_per_warp] = warps.most;
  profile.counters[Counter::inst_min_per_warp] = (uint64_t{1} << 63) - warps.fewest_short;
  profile.counters[Counter::inst_absent_lanes] = warps.absent_lanes;
}

void fill_profile(const KernelImage& kernel, const CountingPlan& plan, std::span<const InstructionCounts> counts,
                  perf::LaunchProfile& profile) {
  CounterValues& values = profile.counters;
  for (size_t i = 0; i < counts.size(); ++i) {
    const CountedInstruction& row = plan.rows()[i];
    const ptx::Instruction& inst = *row.instruction;
    if (counts[i].threads == 0) continue;
    values[Counter::inst_warp] += counts[i].warps;
    values[Counter::inst_thread] += counts[i].threads;
    values[Counter::inst_thread_pred_on] += counts[i].threads_on;
    values[class_counter(inst.form->unit)] += counts[i].threads_on;
    add_arithmetic(inst, counts[i].threads_on, values);
    add_waiting(inst, counts[i].warps, values);
    add_branches(row, counts[i], values);
    add_accesses(row, counts[i], values);
    if (perf::source_wanted()) profile.source.push_back(source_line(kernel, row, counts[i]));
  }
}

}  // namespace qiao::machine
