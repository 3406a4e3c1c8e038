#include "kernels/bench/host/measure.h"

#include <algorithm>

#include "kernels/bench/host/clock.h"

namespace qiao::bench {
namespace {

// What both builds of a kernel and both native versions say.
std::string check_all(Device& device, Case& row, const std::vector<Module>& modules, Sgemm blas) {
  for (std::size_t i = 0; i < modules.size(); ++i) {
    row.forget();
    row.reset_ours();
    row.ours(modules[i]);
    device.synchronize();
    if (Result<void> ran = device.failure(); !ran) return ran.error().message;
    const std::string build = i == 0 ? "" : " (-use_fast_math)";
    for (const Native* native : {&plain::kNative, &fast_math::kNative}) {
      row.reset_native();
      row.native(*native);
      if (std::string wrong = row.check(); !wrong.empty()) return wrong + build + ", native " + native->name;
    }
    if (blas == nullptr) continue;
    row.blas(blas);
    if (std::string wrong = row.check(); !wrong.empty()) return wrong + build + ", OpenBLAS";
  }
  if (Result<void> ran = device.failure(); !ran) return ran.error().message;
  return {};
}

Side ours_side(Device& device, Case& row, const Module& module) {
  return {[&row] { row.reset_ours(); },
          [&] {
            row.ours(module);
            device.synchronize();
          },
          {}};
}

Side native_side(Case& row, const Native& native) {
  return {[&row] { row.reset_native(); }, [&] { row.native(native); }, {}};
}

// The row once more, on a peer; its results are looked at too, but are not ours to answer for.
struct PeerCase {
  std::unique_ptr<Case> data;
  Module module;
};

std::unique_ptr<PeerCase> open_peer(Device& device, const CaseInfo& info, Size size, std::string& failure) {
  const char* text = find_image(info.module, "opencl");
  Result<Module> module = text == nullptr ? invalid(Code::NotFound, "no OpenCL version") : Module::load(device, text);
  if (!module) return failure = module.error().message, nullptr;
  auto peer = std::make_unique<PeerCase>(PeerCase{info.make(device, size), std::move(*module)});
  peer->data->forget();
  peer->data->reset_ours();
  peer->data->ours(peer->module);
  device.synchronize();
  peer->data->reset_native();
  peer->data->native(plain::kNative);
  failure = peer->data->check();
  if (Result<void> ran = device.failure(); !ran) failure = ran.error().message;
  if (!failure.empty()) return nullptr;
  return peer;
}

}  // namespace

Timing Side::timing() const {
  if (seconds.empty()) return {};
  std::vector<double> sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  return {sorted[0], sorted[sorted.size() / 2], static_cast<int>(sorted.size())};
}

void take_turns(std::vector<Side>& sides, double seconds) {
  constexpr int kLeast = 3;
  const double start = wall_now();
  double spent = 0, by_peers = 0;
  for (int round = 0; round < kLeast || (spent < seconds && wall_now() - start - by_peers < 3 * seconds); ++round) {
    for (Side& side : sides) {
      if (side.is_peer && round >= kLeast && side.spent > seconds / 4) continue;
      if (side.reset) side.reset();
      const double begin = now();
      side.run();
      side.seconds.push_back(now() - begin);
      side.spent += side.seconds.back();
      (side.is_peer ? by_peers : spent) += side.seconds.back();
    }
  }
}

const Timing& Row::peer() const {
  if (blas) return *blas;
  return fast_math.best < plain.best ? fast_math : plain;
}

Row measure(Device& device, const CaseInfo& info, const Options& options, Peers peers) {
  Row row;
  row.info = &info;
  const Sgemm blas = info.has_blas ? peers.blas : nullptr;
  std::vector<Module> modules;
  for (const char* suffix : {"", "-fast"}) {
    Result<Module> module = Module::load(device, find_image(info.module, options.compiler + suffix));
    if (!module) return row.failure = module.error().message, row;
    modules.push_back(std::move(*module));
  }
  std::unique_ptr<Case> data = info.make(device, options.size);
  row.failure = check_all(device, *data, modules, blas);
  row.work = data->work();
  if (!row.failure.empty() || options.check) return row;

  std::vector<Side> sides = {ours_side(device, *data, modules[0]), ours_side(device, *data, modules[1]),
                             native_side(*data, plain::kNative), native_side(*data, fast_math::kNative)};
  if (blas != nullptr) sides.push_back({{}, [&] { data->blas(blas); }, {}});
  std::unique_ptr<PeerCase> peer;
  if (peers.opencl != nullptr) peer = open_peer(*peers.opencl, info, options.size, row.opencl_failure);
  if (peer) {
    sides.push_back(ours_side(*peers.opencl, *peer->data, peer->module));
    sides.back().is_peer = true;
  }
  take_turns(sides, options.seconds);
  if (peer) row.opencl = sides.back().timing();
  row.ours = sides[0].timing(), row.ours_fast = sides[1].timing();
  row.plain = sides[2].timing(), row.fast_math = sides[3].timing();
  if (blas != nullptr) row.blas = sides[4].timing();
  if (Result<void> ran = device.failure(); !ran) row.failure = ran.error().message;
  return row;
}

}  // namespace qiao::bench
