// What a chip is, as plain data: its limits, widths, sizes, clocks and rates. Device properties, occupancy, counters
// and the timing model all read this one struct; device_sim/chips fills it from a TOML file. What Qiao itself supports
// (managed memory, pools, ...) is the runtime's to say and is not here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace qiao::hal {

struct ChipDescription {
  std::string name;   // the file's name and what --chip takes: "a100-40"
  std::string title;  // what a program sees as the device's name
  std::string note;   // one line on where the data comes from
  int compute_major = 9;
  int compute_minor = 0;

  struct Warp {
    int size = 32;       // lanes of a warp as PTX sees them; the executors are built for 32
    int chip_size = 32;  // lanes of the real chip's warp, for reports and porting advice
  } warp;

  struct Limits {
    int threads_per_block = 1024;
    std::array<int, 3> block = {1024, 1024, 64};
    std::array<int, 3> grid = {2147483647, 65535, 65535};
    int parameter_bytes = 32764;  // kernel parameters of one launch (since PTX 8.1; ptxas holds older code to 4096)
    int constant_bytes = 65536;
    int registers_per_thread = 255;
    std::uint64_t pitch_bytes = 2147483647;
    int texture_alignment = 512;
    int texture_pitch_alignment = 32;
    int surface_alignment = 512;
    int texture_1d = 131072;
    std::array<int, 2> texture_2d = {131072, 65536};
    std::array<int, 3> texture_3d = {16384, 16384, 16384};
    // The programming guide gives these for every compute capability since 7.0; the last numbers are layers.
    int texture_1d_linear = 268435456;
    int texture_1d_mipmapped = 32768;
    std::array<int, 2> texture_1d_layered = {32768, 2048};
    std::array<int, 3> texture_2d_linear = {131072, 65000, 2097120};
    std::array<int, 2> texture_2d_mipmapped = {32768, 32768};
    std::array<int, 2> texture_2d_gather = {32768, 32768};
    std::array<int, 3> texture_2d_layered = {32768, 32768, 2048};
    std::array<int, 3> texture_3d_alternate = {8192, 8192, 32768};
    int texture_cube = 32768;
    std::array<int, 2> texture_cube_layered = {32768, 2046};
    int surface_1d = 32768;
    std::array<int, 2> surface_1d_layered = {32768, 2048};
    std::array<int, 2> surface_2d = {131072, 65536};
    std::array<int, 3> surface_2d_layered = {32768, 32768, 2048};
    std::array<int, 3> surface_3d = {16384, 16384, 16384};
    int surface_cube = 32768;
    std::array<int, 2> surface_cube_layered = {32768, 2046};
  } limits;

  struct Sm {
    int count = 16;
    int clock_khz = 1000000;
    int schedulers = 4;
    int threads = 2048;  // resident at once
    int blocks = 32;     // resident at once
    int registers = 65536;
    int registers_per_block = 65536;
    int register_alloc_unit = 256;  // registers of a warp are given out in steps of this
    int warp_alloc_unit = 4;        // warps of a block are given out in steps of this
  } sm;

  struct Shared {
    int per_sm = 233472;
    int per_block = 49152;         // without asking
    int per_block_optin = 232448;  // with cudaFuncAttributeMaxDynamicSharedMemorySize
    int reserved_per_block = 1024;
    int alloc_unit = 128;
    int banks = 32;
    int bank_bytes = 4;
  } shared;

  struct L1 {
    int bytes = 262144;
    int line_bytes = 128;
    int sector_bytes = 32;
    int ways = 4;
    int latency = 35;  // clocks
    bool unified_with_shared = true;
  } l1;

  struct L2 {
    std::uint64_t bytes = 8388608;
    std::uint64_t persisting_bytes = 0;
    int ways = 16;
    int latency = 200;  // clocks
    double bandwidth_gbs = 0;
  } l2;

  struct Memory {
    std::string type = "host";
    std::uint64_t bytes = std::uint64_t{64} << 30;
    int bus_bits = 512;
    int clock_khz = 1000000;
    double bandwidth_gbs = 100;
    double latency_ns = 400;
    bool ecc = false;
  } memory;

  // Dense floating-point (FMA = 2) or integer operations per clock and SM; 0 = the chip has none.
  struct Rates {
    double fp32 = 256;
    double fp64 = 128;
    double fp16 = 512;
    double int32 = 128;
    double special = 32;
    double tensor_tf32 = 0;
    double tensor_f16 = 0;
    double tensor_bf16 = 0;
    double tensor_int8 = 0;
    double tensor_fp8 = 0;
  } rates;

  struct Link {
    double pcie_gbs = 26;
    double p2p_gbs = 0;
  } link;

  // What the hardware has; a program is told only of what Qiao also implements.
  struct Features {
    bool cluster = false;
    bool tma = false;
    bool wgmma = false;
    bool cp_async = true;
    int async_engines = 2;
  } features;
};

// The chip of this process's first device: QIAO_CHIP names it or its file, qiao-generic by default (device_sim/chips).
Result<ChipDescription> chosen_chip();
// Those of all its devices: QIAO_CHIP may name several, separated by commas, which are taken in turn for as many
// devices as QIAO_DEVICES says (one each by default).
Result<std::vector<ChipDescription>> chosen_chips();

}  // namespace qiao::hal
