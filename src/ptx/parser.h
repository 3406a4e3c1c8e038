// The recursive-descent parser behind parse(): its state and productions; one .cpp per part of the grammar. A
// production returns false after it has set the error; nothing recurses deeper than kMaxDepth.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/error.h"
#include "src/ptx/constant.h"
#include "src/ptx/lexer.h"
#include "src/ptx/module.h"
#include "src/ptx/names.h"

namespace qiao::ptx {

class Parser {
 public:
  Parser(std::string_view text, Module& module) : lexer_(text), module_(module) {}

  bool parse_module();
  const std::string& error() const { return error_; }

 private:
  static constexpr unsigned kMaxDepth = 64;
  static constexpr uint64_t kMaxBytes = uint64_t{1} << 40;  // of one variable
  static constexpr uint32_t kMaxRange = 1u << 24;           // registers declared by one range

  struct Modifiers {  // in front of a declaration
    Linkage linkage = Linkage::Internal;
    bool given = false;
  };

  // A name in an initialiser at module scope, settled when the whole module is known.
  struct Pending {
    uint32_t variable;
    uint32_t element;
    std::string name;
    Location location;
  };

  // Tokens and errors (parse.cpp).
  const Token& peek() const { return lexer_.peek(); }
  Token take() { return lexer_.take(); }
  bool accept(char c);
  bool expect(char c, std::string_view where);
  bool accept_directive(std::string_view name);
  bool expect_word(std::string& name, std::string_view what);
  bool fail(Location location, std::string message);
  bool fail_found(std::string_view expected);
  bool skip_until_semicolon();
  bool skip_braces();

  // Constants (parse_constant.cpp).
  bool parse_constant(Constant& value);
  bool parse_expression(Constant& value, unsigned min_precedence);
  bool parse_primary(Constant& value);
  bool parse_count(uint64_t& value, uint64_t limit, std::string_view what);

  // Module scope (parse.cpp).
  bool parse_version();
  bool parse_target();
  bool parse_item();
  bool parse_file();
  bool parse_section();
  bool parse_alias();
  bool parse_linkage(Modifiers& modifiers);
  bool settle_initializers();
  bool settle_aliases();

  // Variables (parse_variable.cpp).
  bool parse_variables(isa::StateSpace space, Linkage linkage);
  bool parse_variable_type(Variable& variable);
  bool parse_attribute(Variable& variable);
  bool parse_one_variable(Variable variable);
  bool parse_dimensions(Variable& variable, std::vector<uint64_t>& dimensions, bool& open);
  bool parse_initializer(Variable& variable, std::vector<uint64_t>& dimensions, bool open);
  bool parse_initializer_list(Variable& variable, const std::vector<uint64_t>& dimensions, size_t level, uint64_t at,
                              uint64_t& count);
  bool parse_initializer_element(Variable& variable, uint64_t at);
  bool parse_initializer_symbol(Initializer& element, uint64_t at);
  bool declare_variable(Variable variable);
  bool declare_scoped(Variable variable);
  bool add_symbol(const std::string& name, Symbol symbol);

  // Functions (parse_function.cpp).
  bool parse_function(bool is_entry, Linkage linkage);
  bool accept_attribute_of_function();
  bool parse_signature(Function& function, bool named);
  bool parse_parameters(Function& function, bool results);
  bool parse_parameter(Function& function, bool results);
  bool parse_parameter_type(Variable& variable);
  bool parse_performance(Function& function);
  bool parse_dimension3(std::array<uint32_t, 3>& values);
  bool parse_body(Function& function);
  bool finish_body(Function& function);
  bool register_function(Function& function);

  // Statements (parse_statement.cpp).
  bool parse_statement();
  bool parse_body_directive();
  bool parse_registers();
  bool parse_loc();
  bool parse_label(const Token& name);
  bool parse_prototype();
  LabelId last_label() const;
  bool parse_branch_targets();
  bool parse_call_targets();
  bool parse_guarded();
  bool parse_instruction(Instruction instruction, const Token& opcode);
  bool unknown_instruction(const Token& opcode, const isa::FormMatch& match);
  void refuse(std::string_view what, Location location);

  // Operands (parse_operand.cpp).
  struct Given {  // an operand as written, before it has met its slot
    Operand operand;
    bool after_pipe = false;
    Location location;
  };
  bool parse_operands(Instruction& instruction);
  bool assign_slots(Instruction& instruction, std::vector<Given>& given, Location location);
  bool settle_immediates(Instruction& instruction, const isa::OperandSlot& slot, Operand& operand, Location location);
  bool settle_immediate(Operand& operand, isa::Type type, Location location, bool loose = false);
  bool settle_arguments(Function& function);
  bool parse_operand(Operand& operand, isa::OperandType slot);
  bool parse_word_operand(Operand& operand, bool address = false);
  bool parse_selected(Operand& operand, const isa::OperandSlot& slot);
  bool parse_vector(Operand& operand);
  bool parse_immediate(Operand& operand);
  bool find_name(const Token& word, Operand& operand);
  bool find_special(std::string_view word, Operand& operand);

  // Addresses and elements of arrays (parse_address.cpp).
  bool parse_address(Operand& operand);
  bool parse_offset(int64_t& offset);
  bool parse_index(Operand& operand, bool address);
  bool index_by_register(RegisterId index, uint64_t element, bool address, Operand& operand);
  Operand temporary(isa::Type type);
  void insert(std::string_view instruction, std::vector<Operand> operands);

  // Textures and surfaces (parse_image.cpp).
  bool parse_image(Operand& operand);
  bool settle_image(const Instruction& instruction, const isa::OperandSlot& slot, Operand& operand, Location location);
  std::string_view refused_image(const Instruction& instruction) const;
  bool accept_opaque(Variable& variable);
  bool parse_sampler_initializer(Variable& variable);

  // Calls (parse_call.cpp).
  bool parse_call(Instruction& instruction);
  bool parse_call_list(Operand& list);
  bool settle_arguments(const Function& function, Instruction& call);

  Lexer lexer_;
  Module& module_;
  std::string error_;
  unsigned depth_ = 0;
  bool map_f64_to_f32_ = false;  // a target option of PTX 1
  std::vector<Pending> pending_;
  std::vector<std::pair<std::string, Token>> aliases_;

  // The function being parsed.
  Function* function_ = nullptr;
  Names* names_ = nullptr;
  SourceLine source_;
  std::unordered_map<std::string_view, isa::FormMatch> forms_;  // of the instructions met so far
};

}  // namespace qiao::ptx
