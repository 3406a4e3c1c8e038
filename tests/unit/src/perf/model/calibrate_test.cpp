// Efficiencies are found again in times made with them.
#include "src/perf/model/calibrate.h"

#include <algorithm>

#include "tests/unit/catch.h"

using namespace qiao::perf;

namespace {

Measurement of(const char* kernel, Term term, double us, double measured, double launch = 5) {
  Measurement made{kernel, {}, measured};
  made.term_us[static_cast<size_t>(term)] = us;
  made.term_us[static_cast<size_t>(Term::launch)] = launch;
  return made;
}

bool names(const Calibration& made, const std::string& key) {
  return std::find(made.fitted.begin(), made.fitted.end(), key) != made.fitted.end();
}

}  // namespace

TEST_CASE("a slower memory and faster arithmetic are found") {
  qiao::hal::ChipModel model;  // 80 % of memory, 85 % of f32, 5 us
  const Calibration made =
      calibrate({of("stream", Term::dram, 1000, 1000 / 0.75 + 5), of("copy", Term::dram, 200, 200 / 0.75 + 5),
                 of("gemm", Term::fp32, 1000, 1000 * 0.9 + 5), of("empty", Term::issue, 0, 5)},
                model);
  CHECK(made.model.efficiency.memory == Approx(0.8 * 0.75).epsilon(0.01));
  CHECK(made.model.efficiency.fp32 == Approx(0.85 / 0.9).epsilon(0.01));
  CHECK(made.model.launch.us == Approx(5).epsilon(0.02));
  CHECK(made.after_pct < 1);
  CHECK(made.before_pct > 10);
  CHECK(made.model.calibration.done);
  CHECK(made.model.calibration.error_pct == 20);
}

TEST_CASE("what binds no measured kernel stays") {
  qiao::hal::ChipModel model;
  const Calibration made = calibrate({of("stream", Term::dram, 1000, 2000)}, model);
  CHECK(names(made, "efficiency.memory"));
  CHECK_FALSE(names(made, "efficiency.fp32"));
  CHECK(made.model.efficiency.fp64 == model.efficiency.fp64);
}

TEST_CASE("no efficiency passes the peak, and what cannot be fitted widens the band") {
  qiao::hal::ChipModel model;
  const Calibration made = calibrate({of("impossible", Term::dram, 1000, 100)}, model);
  CHECK(made.model.efficiency.memory <= 1);
  CHECK(made.worst_pct > 100);
  CHECK(made.model.calibration.error_pct >= made.worst_pct);
}
