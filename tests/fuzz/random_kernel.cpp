#include "tests/fuzz/random_kernel.h"

#include "tests/fuzz/random_instruction.h"

namespace qiao::fuzz {
namespace {

constexpr uint32_t kMaxDepth = 3, kLocalWords = 16;

std::string number(uint32_t value) {
  return std::to_string(value);
}

// Writes one kernel. Registers beside the random instructions': %c (loop counters by depth), %n (trip counts), %m
// (member masks), %t (addresses, short-lived), %a (64-bit addresses), %q (conditions).
class Writer {
 public:
  Writer(uint32_t seed, Flavour flavour, uint32_t threads)
      : random_(seed * 4 + static_cast<uint32_t>(flavour) + (flavour == Flavour::FastMath ? 0x40000000 : 0)),
        flavour_(flavour),
        threads_(threads) {}

  std::string kernel() {
    for (int i = 0; i < 2; ++i) function(i);
    open();
    uint32_t statements = 3 + random_.below(4);
    for (uint32_t i = 0; i < statements; ++i) statement({0, true, "%m0", "", ""});
    close();
    return text_;
  }

 private:
  // Where a statement stands: whether all threads of the block come here together, and which lanes of the warp do
  // (empty: not known).
  struct Place {
    uint32_t depth = 0;
    bool whole_block = false;
    std::string members;
    std::string on_break, on_continue;
  };

  void line(const std::string& text) { text_ += "  " + text + "\n"; }
  void label(const std::string& name) { text_ += name + ":\n"; }
  bool has_exits() const { return flavour_ == Flavour::Control || flavour_ == Flavour::FastMath; }
  std::string new_label() { return "L" + number(next_label_++); }
  void instructions(uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) line(random_instruction(random_, flavour_ == Flavour::FastMath));
  }

  void registers() {
    line(".reg .b16 %h<" + number(kHalves) + ">;");
    line(".reg .b32 %r<" + number(kWords) + ">;");
    line(".reg .b64 %d<" + number(kDoubles) + ">;");
    line(".reg .pred %p<" + number(kPredicates) + ">;");
    line(".reg .b32 %c<8>, %n<8>, %m<12>, %t<4>;");
    line(".reg .b64 %a<4>;");
    line(".reg .pred %q<8>;");
  }

  // A device function of a word and two words that returns a word.
  void function(int index) {
    text_ += ".func (.param .b32 result) f" + std::to_string(index) + "(.param .b32 x, .param .b64 y) {\n";
    registers();
    line("ld.param.b32 %r0, [x];");
    line("ld.param.b64 %d0, [y];");
    instructions(2 + random_.below(4));
    std::string early = new_label();
    line("@" + random_.predicate() + " bra " + early + ";");
    instructions(2);
    label(early);
    line("st.param.b32 [result], " + random_.word() + ";");
    line("ret;\n}");
  }

  void open() {
    text_ += ".visible .entry k(.param .u64 in, .param .u64 out) {\n";
    registers();
    line(".shared .align 8 .b32 s[256];");
    line(".local .align 8 .b32 l[" + number(kLocalWords) + "];");
    line("mov.u32 %t0, %tid.x;\n  mov.u32 %t1, %ntid.x;\n  mov.u32 %t2, %tid.y;\n  mad.lo.u32 %c7, %t2, %t1, %t0;");
    line("mov.u32 %t0, %ctaid.x;\n  mad.lo.u32 %t1, %t0, " + number(threads_) + ", %c7;");  // %c7: thread in block
    line("ld.param.u64 %a0, [in];\n  mad.wide.u32 %a0, %t1, " + number(4 * kInWords) + ", %a0;");
    line("ld.param.u64 %a3, [out];\n  mad.wide.u32 %a1, %t1, " + number(4 * kOutWords) + ", %a3;");
    line("add.u64 %a1, %a1, " + number(4 * kAccumulators) + ";");
    for (uint32_t i = 0; i < kWords; ++i) line("ld.global.b32 %r" + number(i) + ", [%a0+" + number(4 * i) + "];");
    for (uint32_t i = 0; i < kDoubles; ++i) {
      line("ld.global.b64 %d" + number(i) + ", [%a0+" + number(4 * kWords + 8 * i) + "];");
      line("cvt.u16.u32 %h" + number(i) + ", %r" + number(i + 2) + ";");
      line("setp.lt.s32 %p" + number(i) + ", %r" + number(i) + ", %r" + number(i + 1) + ";");
    }
    for (uint32_t i = 0; i < kLocalWords; ++i) line("st.local.b32 [l+" + number(4 * i) + "], %r" + number(i % 8) + ";");
    // The lanes of this warp: the last one may not be full.
    line("shr.u32 %t2, %c7, 5;\n  shl.b32 %t2, %t2, 5;\n  sub.u32 %t2, " + number(threads_) + ", %t2;");
    line("min.u32 %t2, %t2, 32;\n  bmsk.clamp.b32 %m0, 0, %t2;");
  }

  void close() {
    label("end");
    for (uint32_t i = 0; i < kWords; ++i) line("st.global.b32 [%a1+" + number(4 * i) + "], %r" + number(i) + ";");
    for (uint32_t i = 0; i < kDoubles; ++i) {
      line("st.global.b64 [%a1+" + number(32 + 8 * i) + "], %d" + number(i) + ";");
      line("st.global.b16 [%a1+" + number(64 + 2 * i) + "], %h" + number(i) + ";");
      line("selp.u32 %t0, 1, 0, %p" + number(i) + ";");
      line("st.global.b32 [%a1+" + number(72 + 4 * i) + "], %t0;");
    }
    line("ret;\n}");
  }

  void statement(const Place& place) {
    instructions(1 + random_.below(4));
    if (flavour_ == Flavour::Values) return instructions(4 + random_.below(6));
    switch (random_.below(place.depth >= kMaxDepth ? 3 : 9)) {
      case 0:
      case 1:
        return special(place);
      case 2:
        return place.depth > 0 && has_exits() && random_.chance(4) ? leave(place) : call();
      case 3:
      case 4:
        return branch(place);
      case 5:
        return uniform_branch(place);
      case 6:
        return loop(place, false);
      case 7:
        return loop(place, true);
      default:
        return choose(place);
    }
  }

  void statements(const Place& place) {
    for (uint32_t i = 0, count = 1 + random_.below(2); i < count; ++i) statement(place);
  }

  // What the flavour is about, where it is allowed.
  void special(const Place& place) {
    if (flavour_ == Flavour::Warp && !place.members.empty()) return warp_operation(place);
    if (flavour_ == Flavour::Shared) return random_.chance(2) && place.whole_block ? exchange() : memory();
    if (!place.on_break.empty()) line("@" + random_.predicate() + " bra " + place.on_break + ";");
  }

  // Jumps out of everything, or to the next pass of the loop.
  void leave(const Place& place) {
    bool next = !place.on_continue.empty() && random_.chance(2);
    line("@" + random_.predicate() + " bra " + (next ? place.on_continue : "end") + ";");
  }

  void call() {
    std::string result = random_.word();
    line("{ .param .b32 pr; .param .b32 px; .param .b64 py;");
    line("st.param.b32 [px], " + random_.word() + ";\n  st.param.b64 [py], " + random_.two_words() + ";");
    line("call (pr), f" + number(random_.below(2)) + ", (px, py);");
    line("ld.param.b32 " + result + ", [pr]; }");
  }

  void branch(Place place) {
    std::string condition = "%q" + number(place.depth), other = new_label(), done = new_label();
    std::string members = place.members, inside = "%m" + number(2 * place.depth + 1),
                outside = "%m" + number(2 * place.depth + 2);
    line("setp.gt.s32 " + condition + ", " + random_.word() + ", " + random_.word() + ";");
    if (flavour_ == Flavour::Warp && !members.empty()) {
      line("vote.sync.ballot.b32 " + inside + ", " + condition + ", " + members + ";");
      line("xor.b32 " + outside + ", " + inside + ", " + members + ";");
    }
    ++place.depth;
    place.whole_block = false;
    line("@!" + condition + " bra " + other + ";");
    place.members = members.empty() ? "" : inside;
    statements(place);
    line("bra " + done + ";");
    label(other);
    place.members = members.empty() ? "" : outside;
    if (random_.chance(2)) statements(place);
    label(done);
  }

  // The same way for all threads of a block.
  void uniform_branch(Place place) {
    std::string done = new_label();
    line("mov.u32 %t0, %ctaid.x;\n  setp.eq.u32 %q7, %t0, " + number(random_.below(2)) + ";");
    line("@%q7 bra " + done + ";");
    ++place.depth;
    statements(place);
    label(done);
  }

  void loop(Place place, bool divergent) {
    std::string counter = "%c" + number(place.depth), trips = "%n" + number(place.depth), head = new_label(),
                next = new_label(), done = new_label();
    line("mov.u32 " + counter + ", 0;");
    line("and.b32 " + trips + ", " + (divergent ? random_.word() : number(3)) + ", 3;");
    label(head);
    ++place.depth;
    place.whole_block &= !divergent;
    if (divergent) place.members.clear();
    bool early = divergent && has_exits();
    place.on_break = early ? done : "";
    place.on_continue = early ? next : "";
    statements(place);
    label(next);
    line("add.u32 " + counter + ", " + counter + ", 1;");
    line("setp.lt.u32 %q7, " + counter + ", " + trips + ";");
    line("@%q7 bra " + head + ";");
    label(done);
  }

  // brx.idx over three cases.
  void choose(Place place) {
    std::string cases[] = {new_label(), new_label(), new_label()}, done = new_label(), targets = new_label();
    line("and.b32 %t0, " + random_.word() + ", 3;\n  min.u32 %t0, %t0, 2;");
    line(targets + ": .branchtargets " + cases[0] + ", " + cases[1] + ", " + cases[2] + ";");
    line("brx.idx %t0, " + targets + ";");
    ++place.depth;
    place.whole_block = false;
    place.members.clear();
    for (const std::string& target : cases) {
      label(target);
      statements(place);
      if (!random_.chance(3)) line("bra " + done + ";");  // else: falls into the next case
    }
    label(done);
  }

  void memory() {
    switch (random_.below(3)) {
      case 0: {
        line("and.b32 %t0, " + random_.word() + ", " + number(kLocalWords - 1) + ";\n  shl.b32 %t0, %t0, 2;");
        line("mov.u32 %t1, l;\n  add.u32 %t0, %t0, %t1;");
        std::string word = random_.word();
        return line(random_.chance(2) ? "st.local.b32 [%t0], " + word + ";" : "ld.local.b32 " + word + ", [%t0];");
      }
      case 1:
        line("and.b32 %t0, " + random_.word() + ", 15;\n  mul.wide.u32 %a2, %t0, 4;\n  add.u64 %a2, %a2, %a0;");
        return line("ld.global.b32 " + random_.word() + ", [%a2];");
      default: {  // each accumulator has one operation: they commute
        static const char* const kOps[] = {"add.u32", "min.s32", "max.u32", "xor.b32", "or.b32", "and.b32"};
        uint32_t slot = random_.below(kAccumulators);
        return line("red.global." + std::string(kOps[slot % 6]) + " [%a3+" + number(4 * slot) + "], " + random_.word() +
                    ";");
      }
    }
  }

  // Everyone writes a word and, after a barrier, reads another thread's.
  void exchange() {
    std::string word = random_.word();
    line("shl.b32 %t0, %c7, 2;\n  mov.u32 %t1, s;\n  add.u32 %t0, %t0, %t1;");
    line("st.shared.b32 [%t0], " + word + ";");
    line("bar.sync 0;");
    line("mad.lo.u32 %t2, %c7, " + number(1 + 2 * random_.below(8)) + ", " + number(random_.below(64)) + ";");
    line("rem.u32 %t2, %t2, " + number(threads_) + ";\n  shl.b32 %t2, %t2, 2;\n  add.u32 %t2, %t2, %t1;");
    line("ld.shared.b32 " + word + ", [%t2];");
    if (random_.chance(2)) return line("bar.sync 0;");
    static const char* const kReductions[] = {"popc.u32 %t0", "and.pred %q7", "or.pred %q7"};
    uint32_t kind = random_.below(3);
    line("bar.red." + std::string(kReductions[kind]) + ", 0, " + random_.predicate() + ";");
    line((kind == 0 ? "add.u32 " + word + ", %t0, " : "@%q7 add.u32 " + word + ", 1, ") + word + ";");
  }

  void warp_operation(const Place& place) {
    const std::string &mask = place.members, word = random_.word(), other = random_.word();
    bool full = mask == "%m0" && threads_ % 32 == 0;
    static const char* const kRedux[] = {"add.u32", "add.s32", "min.s32", "max.u32", "min.u32", "and.b32", "xor.b32"};
    static const char* const kShuffles[] = {"idx", "up", "down", "bfly"};
    switch (random_.below(full ? 6 : 4)) {
      case 0:
        return line("redux.sync." + std::string(kRedux[random_.below(7)]) + " " + word + ", " + other + ", " + mask +
                    ";");
      case 1:
        return line("vote.sync.ballot.b32 " + word + ", " + random_.predicate() + ", " + mask + ";");
      case 2: {
        static const char* const kVotes[] = {"all", "any", "uni"};
        return line("vote.sync." + std::string(kVotes[random_.below(3)]) + ".pred " + random_.predicate() + ", " +
                    random_.predicate() + ", " + mask + ";");
      }
      case 3:
        line("and.b32 %t0, " + other + ", 3;");
        return line("match." + (random_.chance(2) ? "any.sync.b32 " + word : "all.sync.b32 " + word + "|%p1") +
                    ", %t0, " + mask + ";");
      default: {
        static const char* const kBounds[] = {"31", "0", "0x1800", "0x181f", "0x101f"};
        return line("shfl.sync." + std::string(kShuffles[random_.below(4)]) + ".b32 " + word + "|%p2, " + other + ", " +
                    (random_.chance(2) ? number(random_.below(32)) : random_.word()) + ", " +
                    kBounds[random_.below(5)] + ", " + mask + ";");
      }
    }
  }

  Random random_;
  Flavour flavour_;
  uint32_t threads_;
  uint32_t next_label_ = 0;
  std::string text_ = ".version 9.0\n.target sm_120a\n.address_size 64\n";
};

}  // namespace

const char* name_of(Flavour flavour) {
  static const char* const kNames[] = {"values", "control", "shared", "warp", "fast-math"};
  return kNames[static_cast<size_t>(flavour)];
}

std::string random_kernel(uint32_t seed, Flavour flavour, uint32_t threads_per_block) {
  return Writer(seed, flavour, threads_per_block).kernel();
}

}  // namespace qiao::fuzz
