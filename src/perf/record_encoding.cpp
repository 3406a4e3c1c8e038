// One list of fields serves both ways: each is visited by the writer or by the reader.
#include "src/perf/record_encoding.h"

namespace qiao::perf {
namespace {

class Writer {
 public:
  explicit Writer(const std::function<uint64_t(const std::string&)>& number_of) : number_of_(number_of) {}

  void operator()(const std::string& text) { put_number(bytes, text.empty() ? 0 : number_of_(text)); }
  template <class T>
  void operator()(const T& number) {
    put_number(bytes, static_cast<uint64_t>(number));
  }
  bool ok() const { return true; }

  std::string bytes;

 private:
  const std::function<uint64_t(const std::string&)>& number_of_;
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::function<const std::string*(uint64_t)>& text_of)
      : bytes_(bytes), text_of_(text_of) {}

  void operator()(std::string& text) {
    const uint64_t number = take();
    const std::string* found = number == 0 ? nullptr : text_of_(number);
    if (found)
      text = *found;
    else if (number != 0)
      ok_ = false;
  }
  template <class T>
  void operator()(T& number) {
    number = static_cast<T>(take());
  }
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }

 private:
  uint64_t take() {
    const std::optional<uint64_t> number = take_number(bytes_);
    ok_ = ok_ && number;
    return number.value_or(0);
  }

  std::string_view bytes_;
  const std::function<const std::string*(uint64_t)>& text_of_;
  bool ok_ = true;
};

template <class Visitor, class Launch>
void visit_launch(Visitor& visit, Launch& launch) {
  visit(launch.kernel);
  for (auto& extent : launch.grid) visit(extent);
  for (auto& extent : launch.block) visit(extent);
  visit(launch.static_shared_bytes);
  visit(launch.dynamic_shared_bytes);
  visit(launch.local_bytes);
  visit(launch.registers);
  visit(launch.registers_exact);
  visit(launch.chip);
  visit(launch.executor);
  visit(launch.fallback);
  visit(launch.level);
  visit(launch.has_warps);
  visit(launch.failed);
  visit(launch.start_ns);
  visit(launch.wall_ns);
  visit(launch.range);
}

template <class Visitor, class Instruction>
void visit_instruction(Visitor& visit, Instruction& instruction) {
  visit(instruction.function);
  visit(instruction.text);
  visit(instruction.file);
  visit(instruction.line);
  visit(instruction.ptx_line);
  visit(instruction.warps);
  visit(instruction.threads);
  visit(instruction.threads_on);
  visit(instruction.diverged);
  visit(instruction.requests);
  visit(instruction.sectors);
  visit(instruction.ideal_sectors);
  visit(instruction.wavefronts);
  visit(instruction.ideal_wavefronts);
}

}  // namespace

void put_number(std::string& bytes, uint64_t number) {
  for (; number > 0x7f; number >>= 7) bytes.push_back(static_cast<char>(0x80 | (number & 0x7f)));
  bytes.push_back(static_cast<char>(number));
}

std::optional<uint64_t> take_number(std::string_view& bytes) {
  uint64_t number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    number |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

std::string encode(const LaunchProfile& launch, const std::function<uint64_t(const std::string&)>& number_of) {
  Writer visit(number_of);
  visit_launch(visit, launch);
  // Counters that are not 0: their place, plus one, and their value; 0 ends them.
  for (size_t i = 0; i < kCounters; ++i) {
    const uint64_t value = launch.counters[static_cast<Counter>(i)];
    if (value == 0) continue;
    visit(i + 1);
    visit(value);
  }
  visit(0);
  visit(launch.source.size());
  for (const InstructionProfile& instruction : launch.source) visit_instruction(visit, instruction);
  return std::move(visit.bytes);
}

std::optional<LaunchProfile> decode(std::string_view bytes,
                                    const std::function<const std::string*(uint64_t)>& text_of) {
  Reader visit(bytes, text_of);
  LaunchProfile launch;
  visit_launch(visit, launch);
  for (size_t place = 1; visit.ok();) {
    visit(place);
    if (place == 0) break;
    if (place > kCounters) return std::nullopt;
    visit(launch.counters[static_cast<Counter>(place - 1)]);
  }
  size_t instructions = 0;
  visit(instructions);
  for (size_t i = 0; i < instructions && visit.ok(); ++i) visit_instruction(visit, launch.source.emplace_back());
  if (!visit.ok() || !visit.at_end()) return std::nullopt;
  return launch;
}

}  // namespace qiao::perf
