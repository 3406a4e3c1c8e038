// What ran and was not exact is added up per instruction, and told as text and as JSON.
#include "src/perf/fidelity.h"

#include "tests/unit/catch.h"

using namespace qiao::perf;

namespace {

InexactInstruction sine(uint32_t line) {
  return {"_Z1kPf", "_Z1kPf", "sin.approx.f32 %f1, %f0", "a bound", line, true, false};
}

}  // namespace

TEST_CASE("executions add up per instruction") {
  reset_fidelity();
  record_inexact(sine(7), 32);
  record_inexact(sine(9), 1);
  record_inexact(sine(7), 1000);
  record_unsupported("unsupported: a");
  record_unsupported("unsupported: a");
  const FidelityReport report = fidelity_report();
  REQUIRE(report.inexact.size() == 2);
  CHECK(report.inexact[0].executions == 1032);
  CHECK(report.unsupported.size() == 1);

  const std::string text = format_fidelity(report);
  CHECK(text.find("k:7") != text.npos);
  CHECK(text.find("1,032") != text.npos);
  CHECK(text.find("not run: unsupported: a") != text.npos);
  const std::string json = fidelity_json(report);
  CHECK(json.find(R"("ptx_line":7,"instruction":"sin.approx.f32 %f1, %f0","executions":1032)") != json.npos);
  CHECK(json.find('\n') == json.size() - 1);
}

TEST_CASE("nothing inexact is said as well") {
  reset_fidelity();
  CHECK(format_fidelity(fidelity_report()) == "qiao: fidelity: every instruction that ran is exact\n");
  CHECK(fidelity_json(fidelity_report()) == "{\"inexact\":[],\"unsupported\":[]}\n");
}
