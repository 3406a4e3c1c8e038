// Faults: recorded once per launch, described for the person, and the access check of C++ executors.
#include "device_sim/machine/faults.h"

#include <cstdio>
#include <cstring>
#include <string>

#include "device_sim/machine/arena.h"
#include "device_sim/machine/block_state.h"
#include "device_sim/machine/host_ranges.h"
#include "device_sim/machine/kernel_thread.h"

namespace qiao::machine {
namespace {

std::string hex(uint64_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  do text.insert(text.begin(), kDigits[value & 15]);
  while (value >>= 4);
  return "0x" + text;
}

const char* kind_of_address(const LaunchState& launch, uint64_t address) {
  if (address < 4096) return " (null)";
  if (launch.arena->is_allocated(address)) return " (device memory, outside of what this access may touch)";
  const Arena::Range reach = launch.arena->reach();
  if (address - reach.base < reach.bytes) return " (device memory which is not allocated)";
  return " (not device memory)";
}

std::string place_of(const LaunchState& launch) {
  const FaultRecord& fault = launch.fault;
  std::string text = " in kernel " + launch.image->function->name;
  if (fault.site != kNoSite || fault.pc != 0) {
    const Site site =
        fault.site != kNoSite ? launch.code->site(fault.site) : launch.code->site_at(fault.pc, *launch.image);
    if (site.ptx_line) text += ", PTX line " + std::to_string(site.ptx_line);
    const auto& files = launch.image->module->files;
    if (site.source_line && site.source_file < files.size())
      text += " (" + files[site.source_file] + ":" + std::to_string(site.source_line) + ")";
  }
  text += ", block (" + std::to_string(fault.block[0]) + "," + std::to_string(fault.block[1]) + "," +
          std::to_string(fault.block[2]) + ")";
  if (fault.lane != kNoLane) text += ", lane " + std::to_string(fault.lane);
  return text;
}

}  // namespace

void LaunchState::record_fault(Code code, uint64_t address, uint32_t site, uint32_t lane, const BlockContext& block,
                               const char* what, uint64_t pc) {
  if (!fault_claimed.exchange(true, std::memory_order_acq_rel)) {
    fault.code = code;
    fault.address = address;
    fault.site = site;
    fault.lane = lane;
    fault.pc = pc;
    for (int axis = 0; axis < 3; ++axis) fault.block[axis] = block.ctaid[axis];
    std::strncpy(fault.what, what, sizeof fault.what - 1);
  }
  stop.store(true, std::memory_order_release);
}

Error describe_fault(const LaunchState& launch) {
  const FaultRecord& fault = launch.fault;
  std::string text = fault.what;
  if (text.empty() && fault.code == Code::IllegalAddress)
    text = "illegal address " + hex(fault.address) + kind_of_address(launch, fault.address);
  if (text.empty() && fault.code == Code::MisalignedAddress) text = "misaligned address " + hex(fault.address);
  return Error{fault.code, text + place_of(launch)};
}

void raise_fault(BlockContext& block, Code code, std::string what, uint32_t site, uint32_t lane) {
  BlockState::of(block).launch().record_fault(code, 0, site, lane, block, what.c_str());
}

TrapMeaning meaning_of(TrapReason reason) {
  switch (reason) {
    case TrapReason::NoTarget:
      return {Code::InvalidPc, "brx.idx with an index beyond its targets"};
    case TrapReason::NoFunction:
      return {Code::InvalidPc, "an indirect call to an address which is no function of this kernel and signature"};
    case TrapReason::NullFunction:
      return {Code::InvalidPc, "an indirect call to a null address (nvcc's entry for a pure virtual function)"};
    case TrapReason::PureVirtual:
      return {Code::LaunchFailed, "a call of a pure virtual function (__cxa_pure_virtual)"};
    case TrapReason::NoStack:
      return {Code::LaunchFailed, "the stack of a thread is exhausted by alloca"};
    case TrapReason::Trap:
      break;
  }
  return {Code::LaunchFailed, "the kernel executed trap"};
}

bool overtime(BlockContext& block, uint32_t site, uint32_t lane) {
  LaunchState& launch = BlockState::of(block).launch();
  if (launch.overtime.load(std::memory_order_relaxed) == Overtime::No) return false;
  launch.record_fault(Code::LaunchTimeout, 0, site, lane, block, launch.overtime_text);
  return true;
}

bool stopping(const BlockContext& block) {
  return BlockState::of(block).stopping();
}

bool check_access(BlockContext& block, uint64_t address, uint64_t bytes, uint32_t site, uint32_t lane) {
  kernel_thread().site = site;  // the page may be missing all the same
  const bool aligned = (address & (bytes - 1)) == 0;
  const uint64_t offset = address - block.arena;
  if (aligned && offset < block.arena_bytes && bytes <= block.arena_bytes - offset) return true;
  LaunchState& launch = BlockState::of(block).launch();
  if (aligned && launch.host_ranges->contains(address, bytes)) return true;
  launch.record_fault(aligned ? Code::IllegalAddress : Code::MisalignedAddress, address, site, lane, block, "");
  return false;
}

}  // namespace qiao::machine
