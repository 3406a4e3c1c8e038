// The instruction table as a whole: what no single family can check, and how written instructions find their row.
#include <set>
#include <string>

#include "src/isa/syntax.h"
#include "tests/unit/catch.h"

using namespace qiao::isa;

TEST_CASE("no two rows of the whole table match the same instruction") {
  auto rows = forms();
  for (size_t i = 0; i < rows.size(); i++) {
    for (size_t j = i + 1; j < rows.size() && rows[j].opcode == rows[i].opcode; j++) {
      INFO(rows[i].syntax << "\n" << rows[j].syntax);
      CHECK_FALSE(overlap(rows[i], rows[j]));
    }
  }
}

TEST_CASE("value forms have a meaning, the others none") {
  for (const Form& form : forms()) {
    INFO(form.syntax);
    bool computes = form.kind == Kind::Value || form.kind == Kind::Carry;
    CHECK(computes == (form.meaning != Meaning::None));
  }
}

TEST_CASE("optional operands come after required ones but for barrier.red") {
  for (const Form& form : forms()) {
    bool seen_optional = false;
    for (const OperandSlot& slot : form.slots) {
      if (form.kind == Kind::Barrier || slot.is_destination) continue;
      INFO(form.syntax);
      CHECK((slot.optional || !seen_optional));
      seen_optional |= slot.optional;
    }
  }
}

TEST_CASE("every meaning is used by a row") {
  std::set<Meaning> used;
  for (const Form& form : forms()) used.insert(form.meaning);
#define QIAO_MEANING(name)                 \
  {                                        \
    INFO(#name);                           \
    CHECK(used.count(Meaning::name) == 1); \
  }
#include "src/isa/meanings.inc"
#undef QIAO_MEANING
}

TEST_CASE("an instruction finds its row") {
  FormMatch match = match_form("add.sat.s32");
  REQUIRE(match.outcome == FormMatch::Outcome::Found);
  CHECK(match.form->meaning == Meaning::add_sat);
  CHECK(match.modifiers.has(Mod::Sat));
  CHECK(match.types[0] == Type::S32);
  CHECK(match.form->slots.size() == 3);
  CHECK(match.form->slots[0].is_destination);
}

TEST_CASE("one spelling, two axes: the form decides") {
  CHECK(match_form("mul.lo.u32").modifiers.at(Axis::Part) == Mod::Lo);
  CHECK(match_form("setp.lo.u32").modifiers.at(Axis::Compare) == Mod::CmpLo);
  FormMatch copy = match_form("cp.async.ca.shared.global");
  CHECK(copy.modifiers.at(Axis::Space) == Mod::Shared);
  CHECK(copy.modifiers.at(Axis::Source) == Mod::FromGlobal);
}

TEST_CASE("what is not in the table is told apart") {
  using Outcome = FormMatch::Outcome;
  CHECK(match_form("frobnicate.u32").outcome == Outcome::UnknownOpcode);
  CHECK(match_form("add.fzt.f32").outcome == Outcome::UnknownModifier);
  CHECK(match_form("add.fzt.f32").token_offset == 3);
  CHECK(match_form("add.wide.f32").outcome == Outcome::NoForm);
  CHECK(match_form("add.sat.u32").outcome == Outcome::NoForm);
  CHECK(match_form("wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16").outcome == Outcome::Refused);
  CHECK(match_form("cp.async.bulk.commit_group").outcome == Outcome::Refused);
}

TEST_CASE("derived columns") {
  CHECK(match_form("sin.approx.f32").form->fidelity == Fidelity::Bounded);
  CHECK(match_form("sqrt.rn.f32").form->fidelity == Fidelity::Exact);
  CHECK(match_form("activemask.b32").form->convergence_dependent);
  CHECK(match_form("ld.volatile.shared.u32").form->convergence_dependent);
  CHECK(match_form("vote.ballot.b32").form->convergence_dependent);
  CHECK_FALSE(match_form("vote.sync.ballot.b32").form->convergence_dependent);
  CHECK_FALSE(match_form("shfl.sync.up.b32").form->convergence_dependent);
}

TEST_CASE("every modifier is used by a row") {
  for (size_t i = 1; i < kModCount; i++) {
    bool used = false;
    for (const Form& form : forms()) {
      for (size_t j = 0; j < form.pattern.modifier_count; j++)
        used |= form.pattern.modifiers[j].mods.has(static_cast<Mod>(i));
    }
    INFO(spelling_of(static_cast<Mod>(i)));
    CHECK(used);
  }
}
