// Puts recording devices into a libqiao of the tests: the linker turns the runtime's call of hal::open_devices into one
// of ours (--wrap). What was recorded goes to the file QIAO_TEST_RECORD at exit.
#include <cstdlib>
#include <fstream>

#include "tests/hal/recording_device.h"

using Devices = qiao::Result<std::vector<std::unique_ptr<qiao::hal::Device>>>;
using Chips = std::span<const qiao::hal::ChipDescription>;

Devices genuine_open_devices(Chips chips) __asm__("__real_" QIAO_OPEN_DEVICES);
Devices recording_open_devices(Chips chips) __asm__("__wrap_" QIAO_OPEN_DEVICES);

namespace {

qiao::tests::Record& record() {
  static auto* made = new qiao::tests::Record;  // never destroyed: devices outlive what exit destroys
  return *made;
}

void write_record() {
  const char* path = std::getenv("QIAO_TEST_RECORD");
  if (path == nullptr) return;
  std::ofstream out(path);
  for (const auto& [call, times] : record().calls()) out << call << ' ' << times << '\n';
}

}  // namespace

Devices recording_open_devices(Chips chips) {
  std::atexit(write_record);
  Devices opened = genuine_open_devices(chips);
  if (!opened) return opened.error();
  return qiao::tests::recorded(*std::move(opened), record());
}
