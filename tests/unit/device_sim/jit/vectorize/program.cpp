// Writes random lane code as text. Variables live in allocas, so any statement may use any of them.
#include "tests/unit/device_sim/jit/vectorize/program.h"

#include <random>
#include <vector>

namespace qiao::test {
namespace {

constexpr unsigned kVariables = 5;

class Writer {
 public:
  Writer(uint32_t seed, ProgramOptions options) : random_(seed), options_(options) {}

  std::string write() {
    line("define void @k.lane(ptr %params, ptr %block, ptr %lane) {");
    line("entry:");
    line("  %in = load ptr, ptr %params");
    line("  %outp = getelementptr i8, ptr %params, i64 8");
    line("  %out = load ptr, ptr %outp");
    line("  %np = getelementptr i8, ptr %params, i64 16");
    line("  %n = load i32, ptr %np");
    for (const char* axis : {"x", "y", "z"}) {
      line(std::string("  %t") + axis + " = call i32 @qiao.tid." + axis + "()");
      line(std::string("  %e") + axis + " = call i32 @qiao.ntid." + axis + "()");
    }
    line("  %b = call i32 @qiao.ctaid.x()");
    line("  %l = call i32 @qiao.laneid()");
    line("  %z1 = mul i32 %tz, %ey\n  %z2 = add i32 %z1, %ty\n  %z3 = mul i32 %z2, %ex\n  %t = add i32 %z3, %tx");
    line("  %b0 = mul i32 %b, 1024\n  %i = add i32 %b0, %t");
    for (unsigned v = 0; v < kVariables; ++v) {
      line("  %v" + std::to_string(v) + " = alloca i32");
    }
    for (unsigned c = 0; c < 12; ++c) {
      line("  %c" + std::to_string(c) + " = alloca i32");
    }
    const char* starts[kVariables] = {"%i", "%n", "%tx", "7", "%ty"};
    for (unsigned v = 0; v < kVariables; ++v) {
      line("  store i32 " + std::string(starts[v]) + ", ptr %v" + std::to_string(v));
    }
    count();
    statements(4, 0);
    line("  br label %end");
    block("end");
    for (unsigned v = 0; v < kVariables; ++v) {
      store_own(load(v), v);
    }
    line("  ret void");
    line("}");
    return text_;
  }

 private:
  unsigned pick(unsigned bound) { return random_() % bound; }
  void line(const std::string& text) { text_ += text + "\n"; }
  std::string fresh(const char* prefix = "%r") { return prefix + std::to_string(next_++); }
  std::string label() { return "L" + std::to_string(next_++); }
  void count() { line("  call void @qiao.count.block(i32 " + std::to_string(2 * (blocks_++ % 120)) + ", i32 0)"); }
  void block(const std::string& name) {
    line(name + ":");
    count();
  }
  std::string make(const std::string& text) {
    std::string name = fresh();
    line("  " + name + " = " + text);
    return name;
  }
  std::string load(unsigned v) { return make("load i32, ptr %v" + std::to_string(v)); }
  void assign(const std::string& value) {
    line("  store i32 " + value + ", ptr %v" + std::to_string(pick(kVariables)));
  }
  void store_own(const std::string& value, unsigned plane) {
    std::string wide = make("zext i32 %i to i64");
    std::string at = make("add i64 " + wide + ", " + std::to_string(plane * 3072));
    std::string address = make("getelementptr i32, ptr %out, i64 " + at);
    line("  store i32 " + value + ", ptr " + address);
  }

  std::string leaf() {
    const char* fixed[] = {"%i", "%tx", "%ty", "%tz", "%n", "%b", "%t", "%l"};
    switch (pick(4)) {
      case 0:
        return fixed[pick(8)];
      case 1:
        return std::to_string(static_cast<int>(pick(70)) - 20);
      default:
        return load(pick(kVariables));
    }
  }
  std::string expression(unsigned depth) {
    if (depth == 0 || pick(4) == 0) {
      return leaf();
    }
    std::string a = expression(depth - 1), b = expression(depth - 1);
    const char* plain[] = {"add", "sub", "mul", "and", "or", "xor", "add", "sub"};
    switch (pick(8)) {
      case 0: {
        const char* shifts[] = {"shl", "lshr", "ashr"};
        return make(std::string(shifts[pick(3)]) + " i32 " + a + ", " + make("and i32 " + b + ", 31"));
      }
      case 1: {
        const char* divisions[] = {"udiv", "urem", "sdiv", "srem"};
        std::string divisor = make("or i32 " + make("and i32 " + b + ", 65535") + ", 1");
        return make(std::string(divisions[pick(4)]) + " i32 " + a + ", " + divisor);
      }
      case 2:
        return make("select i1 " + condition(depth - 1) + ", i32 " + a + ", i32 " + b);
      case 3: {
        std::string narrow = make(std::string("trunc i32 ") + a + (pick(2) ? " to i16" : " to i8"));
        const std::string type = text_.substr(text_.size() - 4, 3) == "i16" ? "i16" : " i8";
        return make(std::string(pick(2) ? "sext " : "zext ") + type + " " + narrow + " to i32");
      }
      default:
        return make(std::string(plain[pick(8)]) + " i32 " + a + ", " + b);
    }
  }
  std::string condition(unsigned depth) {
    const char* predicates[] = {"eq", "ne", "ult", "slt", "sge", "ugt"};
    std::string a = expression(depth), b = expression(depth);
    if (pick(3) == 0) {
      a = make("and i32 " + a + ", 3");
      b = std::to_string(pick(4));
    }
    return make(std::string("icmp ") + predicates[pick(6)] + " i32 " + a + ", " + b);
  }
  std::string address(const char* base, unsigned offset) {
    std::string index = make("and i32 " + expression(1) + (options_.apart ? ", 63" : ", 1023"));
    if (options_.apart) {
      std::string warp = make("add i32 " + make("lshr i32 %t, 5") + ", " + make("shl i32 %b, 3"));
      index = make("add i32 " + index + ", " + make("shl i32 " + warp + ", 6"));
    }
    std::string at = make("add i32 " + index + ", " + std::to_string(offset));
    return make(std::string("getelementptr i32, ptr ") + base + ", i64 " + make("zext i32 " + at + " to i64"));
  }

  void memory_statement() {
    switch (pick(5)) {
      case 0:
        line("  store i32 " + expression(1) + ", ptr " + address("%out", 15360));
        break;
      case 1:
        assign(make("atomicrmw " + std::string(pick(2) ? "add" : "umax") + " ptr " + address("%out", 15360) + ", i32 " +
                    expression(1) + " monotonic"));
        break;
      case 2:
        store_own(expression(1), pick(kVariables));
        break;
      default:
        load_statement();
    }
  }
  void load_statement() {
    const bool first_plane = pick(2), input = pick(4);
    const bool own_words = options_.apart && !input;
    assign(make("load i32, ptr " + address(input ? "%in" : "%out", first_plane && !own_words ? 0 : 15360)));
  }
  // Results that come from idle lanes are undefined, so they are hidden.
  void warp_statement() {
    std::string active = make("call i32 @qiao.activemask()");
    switch (pick(5)) {
      case 0:
        assign(make("call i32 @qiao.ballot(i32 " + std::string(pick(2) ? "-1" : "252645135") + ", i1 " + condition(1) +
                    ")"));
        return;
      case 1:
        assign(make("call i32 @qiao.redux." + std::string(pick(2) ? "add" : "smax") + "(i32 -1, i32 " + expression(1) +
                    ")"));
        return;
      case 2:
        assign(make("call i32 @qiao.match.any.i32(i32 -1, i32 " + make("and i32 " + expression(1) + ", 3") + ")"));
        return;
      case 3:
        assign(active);
        return;
      default:
        break;
    }
    const bool xor_mode = pick(2);
    std::string amount = pick(2) ? std::to_string(pick(32)) : make("and i32 " + expression(1) + ", 31");
    std::string source = xor_mode ? make("xor i32 %l, " + amount) : amount;
    std::string pair = make(std::string("call { i32, i1 } @qiao.shfl.") + (xor_mode ? "bfly" : "idx") +
                            "(i32 -1, i32 " + expression(1) + ", i32 " + amount + ", i32 31)");
    std::string value = make("extractvalue { i32, i1 } " + pair + ", 0");
    std::string there =
        make("trunc i32 " + make("lshr i32 " + active + ", " + make("and i32 " + source + ", 31")) + " to i1");
    assign(make("select i1 " + there + ", i32 " + value + ", i32 3"));
  }

  void if_statement(unsigned budget, unsigned depth) {
    const bool both = pick(2);
    std::string yes = label(), no = label(), join = label();
    line("  br i1 " + condition(2) + ", label %" + yes + ", label %" + (both ? no : join));
    block(yes);
    statements(budget, depth + 1);
    line("  br label %" + join);
    if (both) {
      block(no);
      statements(budget, depth + 1);
      line("  br label %" + join);
    }
    block(join);
  }
  void switch_statement(unsigned budget, unsigned depth) {
    std::string a = label(), b = label(), c = label(), join = label();
    line("  switch i32 " + make("and i32 " + expression(1) + ", 7") + ", label %" + join + " [ i32 0, label %" + a +
         " i32 1, label %" + b + " i32 5, label %" + c + " i32 6, label %" + b + " ]");
    const std::string names[] = {a, b, c};
    for (unsigned side = 0; side < 3; ++side) {
      block(names[side]);
      statements(budget, depth + 1);
      line("  br label %" + (side < 2 && pick(2) ? names[side + 1] : join));  // some fall through
    }
    block(join);
  }
  void loop_statement(unsigned budget, unsigned depth) {
    if (counters_ == 12) {
      return;
    }
    const std::string counter = "%c" + std::to_string(counters_++);
    std::string head = label(), body = label(), next = label(), done = label();
    std::string bound = pick(2) ? make("and i32 " + expression(1) + ", 7") : std::to_string(1 + pick(6));
    line("  store i32 0, ptr " + counter);
    line("  br label %" + head);
    block(head);
    std::string k = make("load i32, ptr " + counter);
    line("  br i1 " + make("icmp ult i32 " + k + ", " + bound) + ", label %" + body + ", label %" + done);
    block(body);
    loops_.push_back({next, done});
    statements(budget, depth + 1);
    loops_.pop_back();
    line("  br label %" + next);
    block(next);
    std::string again = make("load i32, ptr " + counter);
    line("  store i32 " + make("add i32 " + again + ", 1") + ", ptr " + counter);
    line("  br label %" + head);
    block(done);
  }
  void jump_statement() {
    std::string target = "end";
    if (!loops_.empty() && pick(6)) {
      const auto& loop = loops_[pick(static_cast<unsigned>(loops_.size()))];
      target = pick(3) ? loop.second : loop.first;
    } else if (pick(3)) {
      return;
    }
    std::string stay = label();
    line("  br i1 " + condition(1) + ", label %" + target + ", label %" + stay);
    block(stay);
  }

  void statements(unsigned budget, unsigned depth) {
    const unsigned amount = 1 + pick(budget);
    for (unsigned index = 0; index < amount; ++index) {
      if (options_.barriers && pick(8) == 0) {
        line("  call void @qiao.barrier.sync(i32 " + std::to_string(next_++) + ", i32 0)");
      }
      const unsigned kind = pick(12);
      if (kind < 3 || depth > 4) {
        assign(expression(2));
      } else if (kind < 5) {
        memory_statement();
      } else if (kind < 6) {
        jump_statement();
      } else if (kind < 7 && options_.warp_operations) {
        warp_statement();
      } else if (kind < 9) {
        if_statement(budget > 1 ? budget - 1 : 1, depth);
      } else if (kind < 10) {
        switch_statement(budget > 2 ? budget - 2 : 1, depth);
      } else {
        loop_statement(budget > 1 ? budget - 1 : 1, depth);
      }
    }
  }

  std::mt19937 random_;
  ProgramOptions options_;
  std::string text_;
  unsigned next_ = 0;
  unsigned blocks_ = 0;
  unsigned counters_ = 0;
  std::vector<std::pair<std::string, std::string>> loops_;  // continue and break targets
};

}  // namespace

std::string random_program(uint32_t seed, ProgramOptions options) {
  return Writer(seed, options).write();
}

}  // namespace qiao::test
