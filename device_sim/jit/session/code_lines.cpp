// DWARF's line table, with PTX lines for source lines (see the header).
#include "device_sim/jit/session/code_lines.h"

#include <cstring>
#include <vector>

#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Module.h>
#include <llvm/Object/ObjectFile.h>

namespace qiao::jit {
namespace {

using llvm::object::ObjectFile;
using llvm::object::SectionRef;

// The object's one section of code.
std::optional<SectionRef> code_of(const ObjectFile& object) {
  std::optional<SectionRef> code;
  for (const SectionRef& section : object.sections()) {
    if (!section.isText() || section.getSize() == 0) continue;
    if (code) return std::nullopt;
    code = section;
  }
  return code;
}

// Whether the bytes are the same but for what linking fills in and shortens: 8 bytes from each relocation, and the
// operation before it (a load of an address from a table becomes one of the address).
bool is_same_code(const ObjectFile& object, const SectionRef& code, CodeRange running) {
  llvm::Expected<llvm::StringRef> bytes = code.getContents();
  if (!bytes) return llvm::consumeError(bytes.takeError()), false;
  if (bytes->size() != running.last - running.first) return false;
  std::vector<bool> filled_in(bytes->size(), false);
  for (const SectionRef& section : object.sections()) {
    llvm::Expected<llvm::object::section_iterator> target = section.getRelocatedSection();
    if (!target) {
      llvm::consumeError(target.takeError());
      continue;
    }
    if (*target == object.section_end() || **target != code) continue;
    for (const auto& relocation : section.relocations()) {
      const uint64_t at = relocation.getOffset();
      for (uint64_t i = at < 3 ? 0 : at - 3; i < at + 8 && i < filled_in.size(); ++i) filled_in[i] = true;
    }
  }
  const auto* memory = reinterpret_cast<const char*>(running.first);
  for (size_t i = 0; i < bytes->size(); ++i) {
    if (!filled_in[i] && (*bytes)[i] != memory[i]) return false;
  }
  return true;
}

}  // namespace

void settle_lines(llvm::Module& module) {
  if (module.debug_compile_units_begin() == module.debug_compile_units_end()) return;
  llvm::LLVMContext& context = module.getContext();
  llvm::DICompileUnit* unit = *module.debug_compile_units_begin();
  llvm::DIBuilder builder(module, true, unit);
  llvm::DISubroutineType* type = builder.createSubroutineType(builder.getOrCreateTypeArray({}));
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    llvm::DISubprogram* scope =
        builder.createFunction(unit->getFile(), function.getName(), function.getName(), unit->getFile(), 0, type, 0,
                               llvm::DINode::FlagZero, llvm::DISubprogram::SPFlagDefinition);
    function.setSubprogram(scope);
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      const llvm::DebugLoc& location = instruction.getDebugLoc();
      instruction.setDebugLoc(llvm::DILocation::get(context, location ? location.getLine() : 0, 0, scope));
    }
  }
  builder.finalize();
}

std::optional<uint32_t> line_at(std::string_view bytes, CodeRange running, uint64_t pc) {
  const llvm::MemoryBufferRef buffer(llvm::StringRef(bytes.data(), bytes.size()), "kernel");
  llvm::Expected<std::unique_ptr<ObjectFile>> object = ObjectFile::createObjectFile(buffer);
  if (!object) return llvm::consumeError(object.takeError()), std::nullopt;
  const std::optional<SectionRef> code = code_of(**object);
  if (!code || !is_same_code(**object, *code, running)) return std::nullopt;
  const std::unique_ptr<llvm::DWARFContext> context = llvm::DWARFContext::create(**object);
  const uint64_t address = code->getAddress() + (pc - running.first);
  for (const auto& unit : context->compile_units()) {
    const llvm::DWARFDebugLine::LineTable* table = context->getLineTableForUnit(unit.get());
    if (!table) continue;
    for (size_t i = 0; i + 1 < table->Rows.size(); ++i) {
      const auto& row = table->Rows[i];
      if (row.EndSequence || address < row.Address.Address || address >= table->Rows[i + 1].Address.Address) continue;
      if (row.Line != 0) return row.Line;
    }
  }
  return std::nullopt;
}

}  // namespace qiao::jit
