#include "src/perf/model/calibrate.h"

#include <algorithm>
#include <cmath>

namespace qiao::perf {
namespace {

// What can be fitted: the terms it scales, and where it lives in the chip's file.
struct Knob {
  const char* key;
  Term term;
  double least, most;  // of the factor on the term's time
};

// A time grows by the factor by which an efficiency falls: 1 of the peak is the most.
std::vector<Knob> knobs_of(const hal::ChipModel& model) {
  auto efficiency = [](const char* key, Term term, double now) { return Knob{key, term, now, now / 0.05}; };
  return {efficiency("efficiency.memory", Term::dram, model.efficiency.memory),
          efficiency("efficiency.l2", Term::l2, model.efficiency.l2),
          efficiency("efficiency.fp32", Term::fp32, model.efficiency.fp32),
          efficiency("efficiency.fp64", Term::fp64, model.efficiency.fp64),
          efficiency("efficiency.fp16", Term::fp16, model.efficiency.fp16),
          {"pipe.mlp", Term::latency, 1 / std::min(16 / model.pipe.ilp, 64 / model.pipe.mlp),
           std::min(model.pipe.ilp, model.pipe.mlp)},
          {"launch.us", Term::launch, 0.02, 50}};
}

double time_us(const Measurement& kernel, const std::vector<Knob>& knobs, const std::vector<double>& factors,
               double p) {
  std::array<double, kTerms> term = kernel.term_us;
  for (size_t i = 0; i < knobs.size(); ++i) term[static_cast<size_t>(knobs[i].term)] *= factors[i];
  double sm = 0;
  for (size_t i = 0; i < kTerms; ++i) {
    const auto id = static_cast<Term>(i);
    if (id != Term::l2 && id != Term::dram && id != Term::launch && id != Term::imbalance) sm = std::max(sm, term[i]);
  }
  const double l2 = term[static_cast<size_t>(Term::l2)], dram = term[static_cast<size_t>(Term::dram)];
  const double largest = std::max({sm, l2, dram, 1e-12});
  const double sum = std::pow(sm / largest, p) + std::pow(l2 / largest, p) + std::pow(dram / largest, p);
  return term[static_cast<size_t>(Term::launch)] + largest * std::pow(sum, 1 / p);
}

double error_of(double modelled, double measured) {
  return std::abs(std::log(std::max(modelled, 1e-9) / measured));
}

// Squared errors of the logarithms, and a little against moving what the data does not ask for.
double badness(const std::vector<Measurement>& kernels, const std::vector<Knob>& knobs,
               const std::vector<double>& factors, double p) {
  double sum = 0;
  for (const Measurement& kernel : kernels) {
    const double error = error_of(time_us(kernel, knobs, factors, p), kernel.measured_us);
    sum += error * error;
  }
  for (double factor : factors) sum += 1e-4 * std::log(factor) * std::log(factor);
  return sum;
}

// One factor after the other, by ever smaller steps.
std::vector<double> fit(const std::vector<Measurement>& kernels, const std::vector<Knob>& knobs, double p) {
  std::vector<double> factors(knobs.size(), 1);
  double best = badness(kernels, knobs, factors, p);
  for (double step = 1.5; step > 1.0005;) {
    bool better = false;
    for (size_t i = 0; i < knobs.size(); ++i) {
      for (double by : {step, 1 / step}) {
        std::vector<double> tried = factors;
        tried[i] = std::clamp(tried[i] * by, knobs[i].least, knobs[i].most);
        const double bad = badness(kernels, knobs, tried, p);
        if (bad >= best) continue;
        best = bad;
        factors = tried;
        better = true;
      }
    }
    if (!better) step = std::sqrt(step);
  }
  return factors;
}

void apply(const std::vector<Knob>& knobs, const std::vector<double>& factors, Calibration& made) {
  hal::ChipModel& model = made.model;
  for (size_t i = 0; i < knobs.size(); ++i) {
    const double factor = factors[i];
    if (std::abs(factor - 1) < 0.005) continue;
    made.fitted.emplace_back(knobs[i].key);
    switch (knobs[i].term) {
      case Term::dram:
        model.efficiency.memory /= factor;
        break;
      case Term::l2:
        model.efficiency.l2 /= factor;
        break;
      case Term::fp32:
        model.efficiency.fp32 /= factor;
        break;
      case Term::fp64:
        model.efficiency.fp64 /= factor;
        break;
      case Term::fp16:
        model.efficiency.fp16 /= factor;
        break;
      case Term::latency:
        model.pipe.mlp /= factor;
        model.pipe.ilp /= factor;
        made.fitted.emplace_back("pipe.ilp");
        break;
      default:
        model.launch.us *= factor;
    }
  }
}

}  // namespace

Calibration calibrate(const std::vector<Measurement>& measurements, const hal::ChipModel& model) {
  const std::vector<Knob> knobs = knobs_of(model);
  const double p = model.launch.overlap;
  const std::vector<double> factors = fit(measurements, knobs, p), unchanged(knobs.size(), 1);
  Calibration made;
  made.model = model;
  apply(knobs, factors, made);
  const double each = 1 / std::max(static_cast<double>(measurements.size()), 1.0);
  for (const Measurement& kernel : measurements) {
    made.before_us.push_back(time_us(kernel, knobs, unchanged, p));
    made.after_us.push_back(time_us(kernel, knobs, factors, p));
    auto percent = [&](double us) { return 100 * (std::exp(error_of(us, kernel.measured_us)) - 1); };
    made.before_pct += percent(made.before_us.back()) * each;
    made.after_pct += percent(made.after_us.back()) * each;
    made.worst_pct = std::max(made.worst_pct, percent(made.after_us.back()));
  }
  constexpr double kLeastBand = 20;  // what was not measured is not known better than that
  made.model.calibration.done = true;
  made.model.calibration.error_pct = std::ceil(std::max(kLeastBand, made.worst_pct));
  return made;
}

}  // namespace qiao::perf
