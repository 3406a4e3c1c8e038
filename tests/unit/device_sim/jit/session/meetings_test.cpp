// The .sync operations of a warp wait for the lanes that their mask names (PTX ISA 9.7.9.6, 9.7.13), which may come to
// them from other instructions. Expected values are worked out here, from each lane's number and input.
#include <functional>

#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

namespace {

enum class Runs { Everywhere, NotAsWarp };

// Runs `body` on one warp whose lane i has its input in r10 and r3 = i, and which stores its result from r11.
void expect_each(const std::string& body, Runs runs, const std::function<uint32_t(uint32_t, const Words&)>& expected,
                 const std::string& more = "") {
  const std::string text =
      kernel("ld.global.u32 r10, [rd1]; and.b32 r20, r3, 1; setp.eq.u32 p1, r20, 1; mov.u32 r11, 77;" + body +
                 "\nstore: st.global.u32 [rd1], r11;",
             ".shared .align 4 .b8 tile[128];" + more);
  const Launch launch = plain(1, 32);
  const std::string why = refusal_of(*machine::make_warp_executor(), text, launch);
  INFO(why);
  CHECK((why.find("on both ways of a divergent branch") != std::string::npos) == (runs == Runs::NotAsWarp));
  CHECK((runs == Runs::NotAsWarp || why.empty()));
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    const Outcome got = run_on(executor, text, launch);
    INFO(executor << ": " << got.message);
    REQUIRE(got.code == Code::Success);
    for (uint32_t lane = 0; lane < 32; ++lane) {
      INFO("lane " << lane);
      CHECK(got.buffers[0][lane] == expected(lane, launch.buffers[0]));
    }
  }
}

}  // namespace

TEST_CASE("both ways of a branch shuffle with each other") {
  const auto neighbour = [](uint32_t lane, const Words& in) { return in[lane ^ 1] + (lane % 2 == 1 ? 100 : 0); };
  expect_each(R"(
  @p1 bra odd; shfl.sync.bfly.b32 r11, r10, 1, 31, -1; bra join;
odd: mov.u32 r12, r10; shfl.sync.bfly.b32 r13|p3, r12, 1, 31, -1; add.u32 r11, r13, 100;
join:)",
              Runs::NotAsWarp, neighbour);
  // One after another; then together again.
  expect_each(R"(
  @p1 bra odd; shfl.sync.bfly.b32 r11, r10, 1, 31, -1; shfl.sync.bfly.b32 r11, r11, 2, 31, -1; bra join;
odd: shfl.sync.bfly.b32 r13, r10, 1, 31, -1; add.u32 r14, r13, 5; shfl.sync.bfly.b32 r11, r14, 2, 31, -1;
join: shfl.sync.bfly.b32 r11, r11, 4, 31, -1;)",
              Runs::NotAsWarp, [](uint32_t lane, const Words& in) { return in[lane ^ 7] + (lane % 2 == 1 ? 5 : 0); });
  // Guarded one way and the other.
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    INFO(executor);
    const Launch launch = plain(1, 32);
    const Outcome got = run_on(executor, kernel(R"(
  ld.global.u32 r10, [rd1]; and.b32 r20, r3, 1; setp.eq.u32 p1, r20, 1;
  @p1 shfl.sync.bfly.b32 r11, r10, 1, 31, -1; @!p1 shfl.sync.bfly.b32 r11, r10, 1, 31, -1; st.global.u32 [rd1], r11;)"),
                               launch);
    for (uint32_t lane = 0; lane < 32; ++lane) CHECK(got.buffers[0][lane] == launch.buffers[0][lane ^ 1]);
  }
}

TEST_CASE("both ways of a branch shuffle with each other in every pass of a loop") {
  expect_each(R"(
  mov.u32 r11, r10; mov.u32 r21, 0;
again: @p1 bra odd; shfl.sync.idx.b32 r12, r11, 31, 31, -1; add.u32 r11, r11, r12; bra next;
odd: shfl.sync.idx.b32 r12, r11, 31, 31, -1; xor.b32 r11, r11, r12; setp.eq.u32 p5, r3, 31; @p5 add.u32 r11, r12, 1;
next: add.u32 r21, r21, 1; setp.lt.u32 p4, r21, 3; @p4 bra again;)",
              Runs::NotAsWarp, [](uint32_t lane, const Words& in) {
                uint32_t mine = in[lane], last = in[31];
                for (int pass = 0; pass < 3; ++pass, ++last) mine = lane % 2 == 1 ? mine ^ last : mine + last;
                return lane == 31 ? last : mine;
              });
}

TEST_CASE("both ways of a branch vote, match and reduce with each other") {
  const auto both = [](const std::string& operation) {
    return "\n setp.gt.s32 p2, r10, 0; and.b32 r15, r10, 3; @p1 bra odd;" + operation + "bra join;\nodd: " + operation +
           "not.b32 r11, r11;\njoin:";
  };
  const auto turned = [](uint32_t lane, uint32_t value) { return lane % 2 == 1 ? ~value : value; };
  expect_each(both("vote.sync.ballot.b32 r11, p2, -1;"), Runs::NotAsWarp, [&](uint32_t lane, const Words& in) {
    uint32_t ballot = 0;
    for (uint32_t i = 0; i < 32; ++i) ballot |= uint32_t{static_cast<int32_t>(in[i]) > 0} << i;
    return turned(lane, ballot);
  });
  expect_each(both("match.any.sync.b32 r11, r15, -1;"), Runs::NotAsWarp, [&](uint32_t lane, const Words& in) {
    uint32_t equal = 0;
    for (uint32_t i = 0; i < 32; ++i) equal |= uint32_t{(in[i] & 3) == (in[lane] & 3)} << i;
    return turned(lane, equal);
  });
  expect_each(both("redux.sync.add.s32 r11, r10, -1;"), Runs::NotAsWarp, [&](uint32_t lane, const Words& in) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 32; ++i) sum += in[i];
    return turned(lane, sum);
  });
}

TEST_CASE("lanes that use nothing of what they give") {
  const auto odd_ones_read = [](uint32_t lane, const Words& in) { return lane % 2 == 1 ? in[lane ^ 1] : 77; };
  expect_each(R"(
  @p1 bra odd; shfl.sync.bfly.b32 r12, r10, 1, 31, -1; bra join;
odd: shfl.sync.bfly.b32 r11, r10, 1, 31, -1;
join:)",
              Runs::NotAsWarp, odd_ones_read);
  // One who asks twice for the same is given to twice.
  expect_each(R"(
  @p1 bra odd; shfl.sync.bfly.b32 r12, r10, 1, 31, -1; shfl.sync.bfly.b32 r12, r10, 1, 31, -1; mov.u32 r11, r12; bra join;
odd: shfl.sync.bfly.b32 r12, r10, 1, 31, -1; add.u32 r13, r12, r10; shfl.sync.bfly.b32 r11, r13, 1, 31, -1;
join:)",
              Runs::NotAsWarp,
              [](uint32_t lane, const Words& in) { return lane % 2 == 1 ? in[lane ^ 1] : in[lane] + in[lane ^ 1]; });
  expect_each("redux.sync.add.s32 r12, r10, -1; match.any.sync.b32 r13, r10, -1; mov.u32 r11, r10;", Runs::Everywhere,
              [](uint32_t lane, const Words& in) { return in[lane]; });
}

TEST_CASE("bar.warp.sync on both ways of a branch orders their accesses") {
  const std::string store = "st.shared.u32 [r31], r10; bar.warp.sync 0xffffffff; ld.shared.u32 r11, [r32];";
  expect_each("mov.u32 r30, tile; shl.b32 r31, r3, 2; add.u32 r31, r31, r30; xor.b32 r32, r31, 4; @p1 bra odd;" +
                  store + "bra join;\nodd: " + store + "add.u32 r11, r11, 9;\njoin:",
              Runs::NotAsWarp, [](uint32_t lane, const Words& in) { return in[lane ^ 1] + (lane % 2 == 1 ? 9 : 0); });
}

TEST_CASE("one way of three does not take part") {
  // Lanes 0 mod 4 leave the kernel, so nobody waits for them; 1 and 2 meet; 3 comes to the end.
  expect_each(R"(
  and.b32 r21, r3, 3; setp.eq.u32 p2, r21, 0; @p2 bra leave; setp.eq.u32 p3, r21, 1; @p3 bra one;
  setp.eq.u32 p4, r21, 3; @p4 bra join; shfl.sync.idx.b32 r11, r10, 1, 31, 0x66666666; bra join;
one: shfl.sync.idx.b32 r11, r10, 2, 31, 0x66666666; bra join;
leave: st.global.u32 [rd1], 5; exit;
join:)",
              Runs::NotAsWarp, [](uint32_t lane, const Words& in) {
                const uint32_t values[] = {5, in[2], in[1], 77};
                return values[lane % 4];
              });
}

TEST_CASE("lanes which name only those beside them do not wait") {
  expect_each(R"(
  vote.sync.ballot.b32 r22, p1, -1; not.b32 r23, r22; @p1 bra odd; shfl.sync.down.b32 r11, r10, 2, 31, r23; bra join;
odd: shfl.sync.up.b32 r11, r10, 2, 0, r22;
join:)",
              Runs::Everywhere, [](uint32_t lane, const Words& in) {
                return lane % 2 == 1 ? in[lane < 2 ? lane : lane - 2] : in[lane > 29 ? lane : lane + 2];
              });
  expect_each(R"(
  @p1 bra odd; shfl.sync.idx.b32 r11, r10, 4, 31, 0x55555555; bra join;
odd: shfl.sync.idx.b32 r11, r10, 5, 31, 0xaaaaaaaa;
join:)",
              Runs::Everywhere, [](uint32_t lane, const Words& in) { return in[4 + lane % 2]; });
  expect_each(R"(
  @p1 bra odd; activemask.b32 r22; shfl.sync.idx.b32 r11, r10, 4, 31, r22; bra join;
odd: activemask.b32 r22; shfl.sync.idx.b32 r11, r10, 5, 31, r22;
join:)",
              Runs::Everywhere, [](uint32_t lane, const Words& in) { return in[4 + lane % 2]; });
}

// Breaks the rule, works on GPUs: the others go around the operation and never come to one.
TEST_CASE("lanes that go around an operation are not waited for where the warp meets again") {
  const std::string body = R"(
  ld.global.u32 r10, [rd1]; setp.ge.u32 p1, r3, 20; mov.u32 r21, 0;
again: @p1 bra join; shfl.sync.down.b32 r12, r10, 8, 31, -1; add.u32 r10, r10, r12;
join: add.u32 r21, r21, 1; setp.lt.u32 p2, r21, 2; @p2 bra again; shfl.sync.bfly.b32 r11, r10, 16, 31, -1;
  st.global.u32 [rd1], r11;)";
  const Launch launch = plain(1, 32);
  CHECK(refusal_of(*machine::make_warp_executor(), kernel(body), launch) == "");
  for (const char* executor : {"interpreter", "warp"}) {
    INFO(executor);
    const Outcome got = run_on(executor, kernel(body), launch);
    Words values(launch.buffers[0].begin(), launch.buffers[0].begin() + 32);
    for (int pass = 0; pass < 2; ++pass) {
      for (uint32_t lane = 0; lane < 20; ++lane) values[lane] += lane + 8 < 20 ? values[lane + 8] : 0;
    }
    REQUIRE(got.code == Code::Success);
    for (uint32_t lane = 0; lane < 32; ++lane) CHECK(got.buffers[0][lane] == values[lane ^ 16]);
  }
}

TEST_CASE("lanes that meet from different functions") {
  const char* functions = ".func (.reg .b32 out) other(.reg .b32 v) { shfl.sync.bfly.b32 out, v, 1, 31, -1; ret; }";
  const std::string text = kernel(R"(
  ld.global.u32 r10, [rd1]; and.b32 r20, r3, 1; setp.eq.u32 p1, r20, 1; @p1 bra odd;
  shfl.sync.bfly.b32 r11, r10, 1, 31, -1; bra join;
odd: call (r11), other, (r10);
join: st.global.u32 [rd1], r11;)",
                                  functions);
  const Launch launch = plain(1, 32);
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    const Outcome got = run_on(executor, text, launch);
    REQUIRE(got.code == Code::Success);
    for (uint32_t lane = 0; lane < 32; ++lane) CHECK(got.buffers[0][lane] == launch.buffers[0][lane ^ 1]);
  }
}

TEST_CASE("lanes that meet in calls of one function, and at different depths of a recursion") {
  const char* functions = R"(
.func (.reg .b32 out) other(.reg .b32 v) { shfl.sync.bfly.b32 out, v, 1, 31, -1; add.u32 out, out, 5; ret; }
.func (.reg .b32 out) deep(.reg .b32 v, .reg .b32 n) { .reg .pred p; .reg .b32 m; setp.eq.u32 p, n, 0; @!p bra down;
  shfl.sync.bfly.b32 out, v, 1, 31, -1; ret; down: sub.u32 m, n, 1; call (out), deep, (v, m); add.u32 out, out, 100; ret; })";
  const std::string text = kernel(R"(
  ld.global.u32 r10, [rd1]; and.b32 r20, r3, 1; setp.eq.u32 p1, r20, 1; @p1 bra odd;
  call (r11), other, (r10); bra join;
odd: add.u32 r10, r10, 7; call (r11), other, (r10); add.u32 r11, r11, 1000;
join: and.b32 r21, r3, 3; call (r12), deep, (r11, r21); st.global.u32 [rd1], r12;)",
                                  functions);
  const Launch launch = plain(1, 32);
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    INFO(executor);
    const Outcome got = run_on(executor, text, launch);
    REQUIRE(got.code == Code::Success);
    Words first(32);
    for (uint32_t lane = 0; lane < 32; ++lane) {
      const uint32_t theirs = launch.buffers[0][lane ^ 1] + (lane % 2 == 0 ? 7 : 0);
      first[lane] = theirs + 5 + (lane % 2 == 1 ? 1000 : 0);
    }
    for (uint32_t lane = 0; lane < 32; ++lane) CHECK(got.buffers[0][lane] == first[lane ^ 1] + lane % 4 * 100);
  }
}

namespace {

const char* kOpposite = R"(
  ld.global.u32 r10, [rd1]; ld.global.u32 r20, [rd2]; and.b32 r21, r20, 1; and.b32 r22, r20, 2;
  setp.ne.u32 p1, r21, 0; setp.ne.u32 p2, r22, 0; mov.u32 r11, 77;
)";

// Lane i has bit 0 of its second input set where `first(i)`, bit 1 where `second(i)`.
Launch conditions(const std::function<bool(uint32_t)>& first, const std::function<bool(uint32_t)>& second) {
  Launch launch = plain(1, 32);
  for (uint32_t i = 0; i < 32; ++i) launch.buffers[1][i] = (first(i) ? 1 : 0) | (second(i) ? 2 : 0);
  return launch;
}

bool is_odd(uint32_t lane) {
  return lane % 2 == 1;
}
bool is_even(uint32_t lane) {
  return lane % 2 == 0;
}

bool missed(const Outcome& outcome) {
  return outcome.code == Code::LaunchFailed && outcome.message.find("QIAO_EXECUTOR=lane") != std::string::npos &&
         outcome.message.find("PTX line") != std::string::npos && outcome.message.find("kernel k") != std::string::npos;
}

}  // namespace

TEST_CASE("branches that are opposite in the data alone: met, or refused in the run") {
  const std::string text = kernel(std::string(kOpposite) + R"(
  @!p1 bra one; shfl.sync.bfly.b32 r11, r10, 1, 31, -1;
one: st.global.u32 [rd2], r11; @!p2 bra two; shfl.sync.bfly.b32 r11, r10, 1, 31, -1;
two: st.global.u32 [rd1], r11;)");
  const Launch launch = conditions(is_odd, is_even);
  CHECK(refusal_of(*machine::make_warp_executor(), text, launch) == "");
  for (const char* executor : {"interpreter", "lane"}) {
    INFO(executor);
    const Outcome got = run_on(executor, text, launch);
    REQUIRE(got.code == Code::Success);
    for (uint32_t lane = 0; lane < 32; ++lane) CHECK(got.buffers[0][lane] == launch.buffers[0][lane ^ 1]);
  }
  for (const char* executor : {"warp", "quick"}) {
    const Outcome got = run_on(executor, text, launch);
    INFO(executor << ": " << got.message);
    CHECK(missed(got));
  }
}

TEST_CASE("lanes that do one operation in different passes of a loop") {
  // Odd lanes in pass 0, even lanes in pass 1.
  const std::string text = kernel(std::string(kOpposite) + R"(
  mov.u32 r30, 0;
again: shr.u32 r31, r20, r30; and.b32 r31, r31, 1; setp.eq.u32 p3, r31, 0; @p3 bra next;
  shfl.sync.bfly.b32 r11, r10, 1, 31, -1;
next: add.u32 r30, r30, 1; setp.lt.u32 p4, r30, r5; @p4 bra again;
  st.global.u32 [rd1], r11;)");
  Launch launch = conditions(is_odd, is_even);
  launch.scalars = {2};
  const Outcome right = run_on("lane", text, launch);
  REQUIRE(right.code == Code::Success);
  for (uint32_t lane = 0; lane < 32; ++lane) CHECK(right.buffers[0][lane] == launch.buffers[0][lane ^ 1]);
  for (const char* executor : {"interpreter", "warp", "quick"}) {
    const Outcome got = run_on(executor, text, launch);
    INFO(executor << ": " << got.message);
    CHECK(missed(got));
  }
}

// Each breaks the rule that all named come, and works on GPUs: nobody has missed anybody.
TEST_CASE("lanes that are absent and never come, or come later with all others") {
  const std::string second = R"(
  @!p1 bra one; shfl.sync.bfly.b32 r11, r10, 1, 31, -1;
one: st.global.u32 [rd2], r11; @!p2 bra two; shfl.sync.bfly.b32 r11, r10, 1, 31, -1;
two: st.global.u32 [rd1], r11;)";
  const auto expect_alone = [](const std::string& body, const Launch& launch,
                               const std::function<bool(uint32_t, uint32_t)>& reads) {
    for (const char* executor : {"interpreter", "warp", "quick"}) {
      const Outcome got = run_on(executor, kernel(std::string(kOpposite) + body), launch);
      INFO(executor << ": " << got.message);
      REQUIRE(got.code == Code::Success);
      if (!reads) continue;
      for (uint32_t lane = 0; lane < 32; ++lane) {
        CHECK(got.buffers[0][lane] == (reads(lane, lane ^ 1) ? launch.buffers[0][lane ^ 1] : 0));
      }
    }
  };
  // Half of them, then all; all, then half.
  expect_alone(second, conditions([](uint32_t lane) { return lane < 16; }, [](uint32_t) { return true; }),
               [](uint32_t, uint32_t) { return true; });
  expect_alone(second, conditions([](uint32_t) { return true; }, [](uint32_t lane) { return lane < 16; }),
               [](uint32_t, uint32_t) { return true; });
  // A barrier, or another operation with everybody, lies between.
  for (const char* between :
       {"bar.sync 0;", "bar.warp.sync -1;", "vote.sync.ballot.b32 r40, p1, -1; st.global.u32 [rd2], r40;"}) {
    INFO(between);
    const std::string apart = std::string("@!p1 bra one; shfl.sync.idx.b32 r11, r10, 1, 31, -1; one: ") + between +
                              "@!p2 bra two; shfl.sync.idx.b32 r11, r10, 0, 31, -1; two: st.global.u32 [rd1], r11;";
    const Launch launch = conditions(is_odd, is_even);
    for (const char* executor : {"warp", "quick"}) {
      const Outcome got = run_on(executor, kernel(std::string(kOpposite) + apart), launch);
      INFO(executor << ": " << got.message);
      REQUIRE(got.code == Code::Success);
      for (uint32_t lane = 0; lane < 32; ++lane) CHECK(got.buffers[0][lane] == launch.buffers[0][lane % 2]);
    }
  }
}

TEST_CASE("what is known of absent lanes ends with the block and the launch") {
  const std::string text = kernel(std::string(kOpposite) + R"(
  @!p1 bra one; shfl.sync.bfly.b32 r11, r10, 1, 31, -1;
one: st.global.u32 [rd2], r11; @!p2 bra two; shfl.sync.bfly.b32 r11, r10, 1, 31, -1;
two: st.global.u32 [rd1], r11;)");
  Launch launch = plain(4, 64);  // by turns only the first of the operations and only the second
  for (uint32_t i = 0; i < launch.buffers[1].size(); ++i) {
    launch.buffers[1][i] = i % 32 < 16 ? (i / 32 % 2 == 0 ? 1 : 2) : 0;
  }
  for (const char* executor : {"interpreter", "warp", "quick"}) {
    for (int again = 0; again < 2; ++again) {
      const Outcome got = run_on(executor, text, launch);
      INFO(executor << ": " << got.message);
      CHECK(got.code == Code::Success);
      for (uint32_t& word : launch.buffers[1]) word = (word & 1) << 1 | word >> 1;
    }
  }
}
