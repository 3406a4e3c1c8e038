// What a chip's file says for the model of time, the caches and the porting advice alone; no program is told of it and
// no compiled code depends on it. Efficiencies are fractions of the published peak that real programs have reached.
#pragma once

#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/hal/chip.h"

namespace qiao::hal {

struct ChipModel {
  // Published peaks, in 10^12 operations a second: what the rates are checked against. 0: not published.
  struct Peak {
    double fp32 = 0;
    double fp64 = 0;
    double fp16 = 0;
    double tensor_tf32 = 0;
    double tensor_f16 = 0;
    double tensor_bf16 = 0;
    double tensor_int8 = 0;
    double tensor_fp8 = 0;
    bool derived_ok = false;  // the rates are known not to give them, and why is said in the sources
  } peak;

  struct Clock {
    int tensor_khz = 0;  // of matrix units; 0: the same as the rest
  } clock;

  struct Pipe {
    double issue_per_scheduler = 1;  // warp instructions a clock
    double convert = 16;             // conversions per clock and SM
    double l1_bytes = 128;           // per clock and SM
    double l1_tags = 4;              // lines looked up per clock and SM
    double shared_wavefronts = 1;    // per clock and SM
    double ilp = 2;                  // instructions of a warp in flight at once
    double mlp = 4;                  // loads of a warp in flight at once
  } pipe;

  struct Latency {  // clocks
    double integer = 4;
    double fp32 = 4;
    double fp64 = 16;
    double special = 20;
    double shared = 30;
    double barrier = 20;
    double tensor = 32;
  } latency;

  struct Cache {
    std::string l1_write = "through-no-allocate";  // or "back"
    std::string l2_write = "back-sector-mask";     // or "back-fetch": fetches the sector before a partial write
    std::string replacement = "lru";
    bool flush_at_end = true;  // dirty sectors count as written when a kernel ends
  } cache;

  struct Efficiency {
    double fp32 = 0.85;
    double fp64 = 0.85;
    double fp16 = 0.85;
    double tensor_tf32 = 0.80;
    double tensor_f16 = 0.80;
    double tensor_bf16 = 0.80;
    double tensor_int8 = 0.80;
    double tensor_fp8 = 0.80;
    double l2 = 0.75;
    double memory = 0.80;
  } efficiency;

  struct Launch {
    double us = 5;
    double overlap = 6;  // the exponent p that joins the bounds: 1 adds them up, large is their maximum
  } launch;

  struct Support {  // "native", "emulated" or "none"
    std::string fp64 = "native";
    std::string fp16 = "native";
    std::string bf16 = "native";
    std::string fp8 = "none";
  } support;

  struct Calibration {
    bool done = false;
    double error_pct = 35;  // how far modelled times may be off
  } calibration;
};

struct ModelledChip {
  ChipDescription about;
  ChipModel model;
};

// Those of this process's devices: as chosen_chips(), with what the model reads.
Result<std::vector<ModelledChip>> chosen_modelled_chips();

}  // namespace qiao::hal
