// One value instruction in both domains: evaluated on HostValue, and compiled, over many operands in 64-bit slots.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "device_sim/machine/float_mode.h"
#include "src/isa/pure_functions.h"
#include "tests/unit/src/isa/meaning/evaluate_text.h"
#include "tests/unit/src/isa/meaning/exhaustive/compiled.h"

namespace qiao::isa {

using Slots = std::vector<uint64_t>;

class InstructionOnBoth {
 public:
  explicit InstructionOnBoth(std::string text) : text_(std::move(text)), match_(match_form(text_)) {
    INFO(text_);
    REQUIRE(match_.outcome == FormMatch::Outcome::Found);
    for (const OperandSlot& slot : match_.form->slots) {
      const unsigned bits = bits_of(type_of_slot(slot, match_.types));
      if (slot.is_destination)
        result_bits_ = bits;
      else
        operand_bits_.push_back(bits);
    }
  }

  const std::string& text() const { return text_; }

  // operands[k][i]: operand k of evaluation i. In the same floating-point mode as the compiled kernel: at the boundary of
  // the normal numbers the modes differ (src/isa/numbers.md).
  Slots on_host(std::span<const Slots> operands) const {
    const bool flushes = CompiledKernel("warp", kernel_text(operands.size())).flushes();
    const FloatEnvironment environment;
    if (flushes) machine::set_float_mode(machine::kernel_float_mode(true));
    Slots results(operands[0].size());
    std::vector<HostValue> values(operands.size());
    for (size_t i = 0; i < results.size(); ++i) {
      for (size_t k = 0; k < operands.size(); ++k) values[k] = HostValue(operand_bits_[k], operands[k][i]);
      const auto got = evaluate<HostValue>(*match_.form, match_.modifiers, match_.types, values);
      if (got.count == 0) FAIL(text_ << " is not implemented");
      results[i] = got.values[0].bits();
    }
    return results;
  }

  // The number of evaluations is a multiple of 256.
  Slots compiled(std::span<const Slots> operands) const {
    CompiledKernel kernel("warp", kernel_text(operands.size()));
    const size_t count = operands[0].size();
    DeviceWords<uint64_t> in(kernel.device(), count * operands.size()), out(kernel.device(), count);
    for (size_t k = 0; k < operands.size(); ++k) {
      std::copy(operands[k].begin(), operands[k].end(), in.words().begin() + static_cast<ptrdiff_t>(k * count));
    }
    kernel.launch(static_cast<uint32_t>(count), {out.address(), in.address(), 8 * count});
    return {out.words().begin(), out.words().end()};
  }

 private:
  static std::string register_bits(unsigned bits) { return std::to_string(bits < 16 ? 16 : bits); }

  // Results narrower than a register are cut to their own width: cvt extends them by their sign.
  std::string kernel_text(size_t operands) const {
    std::string registers = ".reg .b" + register_bits(result_bits_) + " %d;\n", loads, list;
    for (size_t k = 0; k < operands; ++k) {
      const std::string v = "%v" + std::to_string(k);
      const std::string bits = std::to_string(operand_bits_[k]);
      registers += ".reg .b" + register_bits(operand_bits_[k]) + " " + v + ";\n";
      loads += "ld.global.b" + bits + " " + v + ", [%p1];\nadd.u64 %p1, %p1, %p2;\n";
      list += ", " + v;
    }
    const std::string bits = std::to_string(result_bits_);
    const std::string widen = result_bits_ == 64 ? "mov.b64 %p4, %d;\n" : "cvt.u64.u" + bits + " %p4, %d;\n";
    return kernel_head(3, registers) +
           "mul.wide.u32 %p3, %index, 8;\nadd.u64 %p0, %p0, %p3;\nadd.u64 %p1, %p1, %p3;\n" + loads + text_ + " %d" +
           list + ";\n" + widen + "st.global.u64 [%p0], %p4;\nret;\n}\n";
  }

  std::string text_;
  FormMatch match_;
  unsigned result_bits_ = 0;
  std::vector<unsigned> operand_bits_;
};

}  // namespace qiao::isa
