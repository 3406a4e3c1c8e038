// The header lines that scripts look for, and rows beneath them.
#include "src/perf/report/report_text.h"
#include "tests/unit/src/perf/report/made_launches.h"

using namespace qiao::perf;

TEST_CASE("kernels as nsys summarises them") {
  LaunchProfile first = made::launch("_Z1aPfi"), second = first;
  second.wall_ns = 300;
  const RunReport run = made::report({first, second});
  CHECK(csv_text(run, CsvTable::Kernels) ==
        "Time (%),Total Time (ns),Instances,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Name\n"
        "100.0,400,2,200.0,200.0,100,300,141.4,\"a(float*, int)\"\n");
}

TEST_CASE("calls, copies and ranges as nsys summarises them") {
  RunReport run = made::report({made::launch()});
  Recording& recording = run.processes[0].recording;
  recording.calls = {{"cudaMemcpy", {2, 30, 10, 20}, 0}, {"cudaMalloc", {1, 70, 70, 70}, 1}};
  recording.copies = {{CopyKind::HostToDevice, {2, 30, 10, 20}, 3000000, 1000000, 2000000}};
  CHECK(csv_text(run, CsvTable::Calls) ==
        "Time (%),Total Time (ns),Num Calls,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Name\n"
        "70.0,70,1,70.0,,70,70,,cudaMalloc\n30.0,30,2,15.0,,10,20,,cudaMemcpy\n");
  CHECK(csv_text(run, CsvTable::CopyTimes).find("Count,Avg (ns)") != std::string::npos);
  CHECK(csv_text(run, CsvTable::CopySizes) ==
        "Total (MB),Count,Avg (MB),Med (MB),Min (MB),Max (MB),StdDev (MB),Operation\n"
        "3.000000,2,1.500000,,1.000000,2.000000,,[CUDA memcpy HtoD]\n");
  CHECK(csv_text(run, CsvTable::Ranges).find("StdDev (ns),Range\n") != std::string::npos);
}

TEST_CASE("metrics as nvprof has them") {
  LaunchProfile launch = made::launch("k");
  launch.counters[Counter::inst_warp] = 1234567;
  const RunReport run = made::report({launch});
  TextOptions options;
  options.metrics = {find_metric("inst_executed"), find_metric("gld_efficiency")};
  const std::string text = metrics_csv(run, options);
  CHECK(text.starts_with("Device,Kernel,Invocations,Metric Name,Metric Description,Min,Max,Avg\n"));
  CHECK(text.find("test,k,1,inst.warp (ptx),") != std::string::npos);
  CHECK(text.find(",1234567,1234567,1234567\n") != std::string::npos);
  CHECK(text.find(",n/a,n/a,n/a\n") != std::string::npos);
}
