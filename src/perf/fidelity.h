// Which instructions of a run were not exact (QIAO_FIDELITY, qiao run --fidelity): what the machine records after each
// launch, and the report at exit. Recording is thread-safe; nothing is kept while it is off.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qiao::perf {

enum class FidelityMode : uint8_t {
  Off,
  Report,
  Strict,  // as Report; `qiao run` also makes it the exit code
};

// Read once from QIAO_FIDELITY: unset or 0, strict, anything else.
FidelityMode fidelity_mode();

// An instruction of a kernel whose results keep an error bound instead of each bit.
struct InexactInstruction {
  std::string kernel;    // as in the module, mangled
  std::string function;  // where it stands: the kernel or a function it calls
  std::string text;      // as PTX
  std::string bound;
  uint32_t ptx_line = 0;
  // By static def-use: its results can become part of an address, can decide a branch or a guard. Values that pass
  // through memory are not followed.
  bool reaches_address = false;
  bool reaches_branch = false;

  bool operator==(const InexactInstruction&) const = default;
};

struct InexactTotals {
  InexactInstruction instruction;
  uint64_t executions = 0;  // by threads; those whose guard was false included
};

struct FidelityReport {
  std::vector<InexactTotals> inexact;    // in the order they were first seen
  std::vector<std::string> unsupported;  // why launches failed, one line each
};

void record_inexact(const InexactInstruction& instruction, uint64_t executions);
void record_unsupported(const std::string& reason);
FidelityReport fidelity_report();
void reset_fidelity();

std::string format_fidelity(const FidelityReport& report);
std::string fidelity_json(const FidelityReport& report);  // one line

// Writes the report to stderr once, and a line of JSON to the end of the file that QIAO_FIDELITY_JSON names.
void print_fidelity_at_exit();

}  // namespace qiao::perf
