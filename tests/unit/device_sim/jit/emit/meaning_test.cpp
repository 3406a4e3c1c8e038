// Every meaning, in every form of the instruction table, gives the same bits as LLVM code on this host and in the host
// value domain. Driven by the table: a new row is covered by being there.
#include <map>
#include <string>
#include <vector>

#include <llvm/IR/Verifier.h>

#include "device_sim/jit/emit/float_marks.h"
#include "device_sim/jit/emit/lane_value.h"
#include "device_sim/jit/emit/meaning_of.h"
#include "device_sim/jit/flushing.h"
#include "device_sim/jit/session/codegen.h"
#include "device_sim/jit/session/host_forms.h"
#include "device_sim/jit/session/host_target.h"
#include "device_sim/jit/session/object_linker.h"
#include "device_sim/machine/float_mode.h"
#include "src/isa/evaluate.h"
#include "src/isa/host_value.h"
#include "src/isa/pure_functions.h"
#include "src/isa/subnormals.h"
#include "tests/unit/catch.h"

using namespace qiao;

namespace {

// One form with its types and modifiers settled: what a PTX instruction would be.
struct Variant {
  ptx::Instruction inst;
  std::string name;
  std::vector<unsigned> widths;                  // of the sources
  std::vector<std::vector<uint64_t>> selectors;  // the legal selector words among them, else empty
};

template <class F>
void for_each_type(const isa::Form& form, std::array<isa::Type, 4> types, unsigned slot, F&& visit) {
  if (slot == form.pattern.type_count || slot == types.size()) return visit(types);
  for (unsigned t = 0; t < 64; ++t) {
    if (!form.pattern.types[slot].has(static_cast<isa::Type>(t))) continue;
    types[slot] = static_cast<isa::Type>(t);
    for_each_type(form, types, slot + 1, visit);
  }
}

// The required modifiers in all combinations, then each optional one alone: pairs of optional ones rarely interact.
template <class F>
void for_each_modifiers(const isa::Form& form, isa::Modifiers modifiers, unsigned at, bool optional_used, F&& visit) {
  if (at == form.pattern.modifier_count) return visit(modifiers);
  const auto& slot = form.pattern.modifiers[at];
  if (!slot.required) for_each_modifiers(form, modifiers, at + 1, optional_used, visit);
  if (!slot.required && optional_used) return;
  for (unsigned m = 1; m < isa::kModCount; ++m) {
    if (!slot.mods.has(static_cast<isa::Mod>(m))) continue;
    isa::Modifiers chosen = modifiers;
    chosen.set(static_cast<isa::Mod>(m));
    for_each_modifiers(form, chosen, at + 1, optional_used || !slot.required, visit);
  }
}

// Every selector that can stand behind an operand of the slot, with and without a sign where it can have one.
std::vector<uint64_t> selector_words(const isa::OperandSlot& slot) {
  std::vector<uint64_t> words = {isa::default_selector_word(slot.selector)};
  for (const char* text : {"b0", "b1", "b2", "b3", "h0", "h1", "h10", "h23", "h32", "h11", "b10", "b310", "b3210",
                           "b7654", "b0000", "b7070", "b2461"}) {
    if (auto word = isa::selector_word(slot.selector, text)) words.push_back(*word);
  }
  const size_t unsigned_words = words.size();
  for (size_t i = 0; slot.negatable && i < unsigned_words; ++i) words.push_back(words[i] | isa::kNegatedOperand);
  return words;
}

std::vector<Variant> variants_of(const isa::Form& form) {
  std::vector<Variant> variants;
  for_each_type(form, {}, 0, [&](const std::array<isa::Type, 4>& types) {
    for_each_modifiers(form, {}, 0, false, [&](const isa::Modifiers& modifiers) {
      Variant variant;
      variant.inst.form = &form;
      variant.inst.types = types;
      variant.inst.modifiers = modifiers;
      variant.name = std::string(form.opcode);
      for (unsigned axis = 0; axis < isa::kAxisCount; ++axis) {
        isa::Mod mod = modifiers.at(static_cast<isa::Axis>(axis));
        if (mod != isa::Mod::None) variant.name += "." + std::string(isa::spelling_of(mod));
      }
      for (isa::Type type : types) {
        if (type != isa::Type::None) variant.name += "." + std::string(isa::spelling_of(type));
      }
      for (const isa::OperandSlot& slot : form.slots) {
        if (slot.is_destination || slot.optional) continue;
        const unsigned count = slot.type == isa::OperandType::Four ? 4 : 1;
        variant.widths.insert(variant.widths.end(), count, isa::bits_of(isa::type_of_slot(slot, types)));
      }
      variant.selectors.resize(variant.widths.size());
      for (const isa::OperandSlot& slot : form.slots) {
        if (!slot.has_selector_word()) continue;
        variant.widths.push_back(32);
        variant.selectors.push_back(selector_words(slot));
      }
      if (isa::reads_carry(form.meaning)) variant.widths.push_back(1);
      variant.selectors.resize(variant.widths.size());
      variants.push_back(std::move(variant));
    });
  });
  return variants;
}

const std::vector<uint64_t>& edges(unsigned width) {
  static const std::map<unsigned, std::vector<uint64_t>> kEdges = {
      {1, {0, 1}},
      {8, {0, 1, 0x7f, 0x80, 0xff, 0x55}},
      // as integers, f16 and bf16
      {16, {0,      1,      2,      0x7fff, 0x8000, 0xffff, 0x3c00, 0xbc00, 0x3c01, 0x0400, 0x03ff, 0x8001, 0x7bff,
            0x7c00, 0xfc00, 0x7e00, 0x7c01, 0x3f80, 0xbf80, 0x7f80, 0xff80, 0x7f7f, 0x0080, 0x4248, 0x35a3}},
      // as integers and f32: ties, subnormals, infinities, quiet and signalling NaN
      {32, {0,          1,          2,          31,         32,         33,         0x7fffffff, 0x80000000,
            0xffffffff, 0xaaaaaaaa, 0x12345678, 0x3f800000, 0xbf800000, 0x3f800001, 0x4b7fffff, 0x4b800001,
            0x00800000, 0x007fffff, 0x80000001, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001,
            0xffc12345, 0x3f000000, 0x40200000, 0xc0200000, 0x4f000000, 0x5f000000, 0x33800000, 0x00ffffff,
            0x80ffffff, 0x3f7fffff, 0x3effffff, 0x477fe000, 0x477ff000, 0x42c80000, 0xc2fc0000}},
      {64,
       {0,
        1,
        63,
        64,
        65,
        0x7fffffffffffffff,
        0x8000000000000000,
        0xffffffffffffffff,
        0xaaaaaaaaaaaaaaaa,
        0x0123456789abcdef,
        0x3ff0000000000000,
        0xbff0000000000000,
        0x3ff0000000000001,
        0x0010000000000000,
        0x000fffffffffffff,
        0x8000000000000001,
        0x7fefffffffffffff,
        0x7ff0000000000000,
        0xfff0000000000000,
        0x7ff8000000000000,
        0x7ff0000000000001,
        0x3fe0000000000000,
        0x4004000000000000,
        0xc1e0000000000000,
        0x43e0000000000000,
        0x36a0000000000000,
        0x380fffffe0000000,
        0x47efffffe0000000,
        0x47effffff0000000,
        0x3ff0000010000000}}};
  return kEdges.at(width);
}

// All combinations of edge values while they are few, then a fixed pseudo-random choice of them and of plain bits.
std::vector<std::vector<uint64_t>> inputs_of(const Variant& variant) {
  const auto list_of = [&](size_t i) -> const std::vector<uint64_t>& {
    return variant.selectors[i].empty() ? edges(variant.widths[i]) : variant.selectors[i];
  };
  size_t all = 1;
  for (size_t i = 0; i < variant.widths.size(); ++i) all *= list_of(i).size();
  constexpr size_t kMost = 400;
  std::vector<std::vector<uint64_t>> inputs;
  uint64_t state = 0x9e3779b97f4a7c15;
  auto random = [&] { return state = state * 6364136223846793005u + 1442695040888963407u, state >> 17 ^ state << 40; };
  for (size_t i = 0; i < std::min(all, kMost); ++i) {
    size_t code = all <= kMost ? i : random() % all;
    std::vector<uint64_t> input;
    for (size_t k = 0; k < variant.widths.size(); ++k) {
      const auto& list = list_of(k);
      bool plain = all > kMost && variant.selectors[k].empty() && random() % 8 == 0;
      input.push_back(isa::HostValue(variant.widths[k], plain ? random() : list[code % list.size()]).bits());
      code /= list.size();
    }
    inputs.push_back(input);
  }
  return inputs;
}

isa::Results<isa::HostValue> host_results(const Variant& variant, const std::vector<uint64_t>& input) {
  std::vector<isa::HostValue> sources;
  for (size_t i = 0; i < input.size(); ++i) sources.emplace_back(variant.widths[i], input[i]);
  return isa::evaluate<isa::HostValue>(*variant.inst.form, variant.inst.modifiers, variant.inst.types, sources);
}

// void name(ptr in, ptr out): i64 words, one per source and per result.
void write_function(llvm::Module& module, const Variant& variant, const std::string& name, bool flushing) {
  llvm::IRBuilder<> builder(module.getContext());
  llvm::Type* pointer = builder.getPtrTy();
  auto* type = llvm::FunctionType::get(builder.getVoidTy(), {pointer, pointer}, false);
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
  if (flushing) jit::set_flushing(*function);
  builder.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", function));
  std::vector<jit::LaneValue> sources;
  for (size_t i = 0; i < variant.widths.size(); ++i) {
    llvm::Value* slot = builder.CreateConstGEP1_64(builder.getInt64Ty(), function->getArg(0), i);
    llvm::Value* word = builder.CreateLoad(builder.getInt64Ty(), slot);
    sources.emplace_back(builder, builder.CreateTrunc(word, builder.getIntNTy(variant.widths[i])));
  }
  size_t next = 0;
  for (const jit::LaneValue& result : jit::meaning_of(variant.inst, sources)) {
    llvm::Value* slot = builder.CreateConstGEP1_64(builder.getInt64Ty(), function->getArg(1), next++);
    builder.CreateStore(builder.CreateZExt(result.bits(), builder.getInt64Ty()), slot);
  }
  builder.CreateRetVoid();
  jit::resolve_float_marks(*function);
}

using Code = void (*)(const uint64_t*, uint64_t*);

void compare(const Variant& variant, Code code, size_t& mismatches) {
  for (const auto& input : inputs_of(variant)) {
    uint64_t out[4] = {};
    code(input.data(), out);
    auto expected = host_results(variant, input);
    for (unsigned r = 0; r < expected.count; ++r) {
      if (out[r] == expected.values[r].bits()) continue;
      if (++mismatches > 20) return;
      std::string text;
      for (uint64_t word : input) text += " " + Catch::StringMaker<void*>::convert(reinterpret_cast<void*>(word));
      UNSCOPED_INFO(variant.name << " of" << text << ", result " << r << ": host " << std::hex
                                 << expected.values[r].bits() << ", compiled " << out[r]);
      CHECK(out[r] == expected.values[r].bits());
      return;  // one line per variant is enough
    }
  }
}

// What isa::subnormals_of says: the same results whether the host flushes or not.
void compare_modes(const Variant& variant) {
  for (const auto& input : inputs_of(variant)) {
    machine::set_float_mode(machine::kernel_float_mode(false));
    const auto kept = host_results(variant, input);
    machine::set_float_mode(machine::kernel_float_mode(true));
    const auto flushed = host_results(variant, input);
    for (unsigned r = 0; r < kept.count; ++r) {
      if (kept.values[r] == flushed.values[r]) continue;
      INFO(variant.name << ", result " << r);
      CHECK(kept.values[r].bits() == flushed.values[r].bits());
      return;
    }
  }
}

isa::Subnormals subnormals_of(const Variant& variant) {
  return isa::subnormals_of(*variant.inst.form, variant.inst.modifiers, variant.inst.types);
}

void check_kind(isa::Kind kind, bool flushing) {
  std::vector<Variant> variants;
  for (const isa::Form& form : isa::forms()) {
    if (form.kind != kind) continue;
    for (Variant& variant : variants_of(form)) {
      if (flushing && subnormals_of(variant) == isa::Subnormals::Kept) continue;
      std::vector<uint64_t> zeros(variant.widths.size());
      if (host_results(variant, zeros).count > 0) variants.push_back(std::move(variant));
    }
  }
  REQUIRE(variants.size() > 20);
  llvm::LLVMContext context;
  llvm::Module module("meanings", context);
  auto machine = jit::make_target_machine();
  REQUIRE(machine.ok());
  module.setDataLayout((*machine)->createDataLayout());
  for (size_t i = 0; i < variants.size(); ++i) {
    write_function(module, variants[i], "f" + std::to_string(i), flushing);
  }
  for (size_t i = 0; i < variants.size(); ++i) {
    INFO(variants[i].name);
    CHECK_FALSE(llvm::verifyFunction(*module.getFunction("f" + std::to_string(i)), &llvm::errs()));
  }
  jit::use_host_forms(module, jit::host_cpu().features);
  auto object = jit::generate_object(module, **machine);
  REQUIRE(object.ok());
  auto linked = jit::link_object(std::move(*object));
  REQUIRE(linked.ok());
  size_t mismatches = 0;
  isa::FloatEnvironment environment;
  for (size_t i = 0; i < variants.size(); ++i) {
    auto code = (*linked)->find("f" + std::to_string(i));
    REQUIRE(code.ok());
    if (flushing && subnormals_of(variants[i]) == isa::Subnormals::Untouched) compare_modes(variants[i]);
    machine::set_float_mode(machine::kernel_float_mode(flushing));
    compare(variants[i], reinterpret_cast<Code>(*code), mismatches);
  }
  INFO(variants.size() << " variants");
  CHECK(mismatches == 0);
}

}  // namespace

TEST_CASE("every value instruction means the same compiled and interpreted") {
  check_kind(isa::Kind::Value, false);
}
TEST_CASE("value instructions mean the same where the host flushes subnormals") {
  if (machine::kHostFlushesAfterRounding) check_kind(isa::Kind::Value, true);
}
TEST_CASE("every carry instruction means the same compiled and interpreted") {
  check_kind(isa::Kind::Carry, false);
}
