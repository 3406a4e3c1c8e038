#include "src/perf/report/native_trace.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

namespace qiao::perf {
namespace {

using nlohmann::ordered_json;

// Messages of protocol buffers, as far as traces need them: varints, fixed 64 bits, bytes.
class Message {
 public:
  void number(uint32_t field, uint64_t value) {
    varint(field << 3);
    varint(value);
  }
  void fixed(uint32_t field, uint64_t value) {
    varint(field << 3 | 1);
    for (int byte = 0; byte < 8; ++byte) text_ += static_cast<char>(value >> (8 * byte));
  }
  void real(uint32_t field, double value) { fixed(field, std::bit_cast<uint64_t>(value)); }
  void text(uint32_t field, const std::string& value) {
    varint(field << 3 | 2);
    varint(value.size());
    text_ += value;
  }
  void message(uint32_t field, const Message& value) { text(field, value.text_); }
  const std::string& bytes() const { return text_; }

 private:
  void varint(uint64_t value) {
    for (; value >= 128; value >>= 7) text_ += static_cast<char>(value | 128);
    text_ += static_cast<char>(value);
  }
  std::string text_;
};

// Fields of perfetto/trace/*.proto.
namespace field {
constexpr uint32_t kPacket = 1;
constexpr uint32_t kTimestamp = 8, kSequence = 10, kEvent = 11, kSequenceFlags = 13, kDescriptor = 60;  // TracePacket
constexpr uint32_t kUuid = 1, kTrackName = 2, kProcess = 3, kParent = 5, kCounter = 8;  // TrackDescriptor
constexpr uint32_t kPid = 1, kProcessName = 6;
constexpr uint32_t kAnnotation = 4, kType = 9, kTrackUuid = 11, kCategory = 22, kName = 23, kDoubleCounter = 44,
                   kFlow = 47, kLastFlow = 48;                                                // TrackEvent
constexpr uint32_t kUintValue = 3, kDoubleValue = 5, kStringValue = 6, kAnnotationName = 10;  // DebugAnnotation
}  // namespace field
enum EventType : uint64_t { kBegin = 1, kEnd = 2, kInstant = 3, kCount = 4 };

using Place = std::tuple<int, int, double>;  // pid, tid, time

class Writer {
 public:
  explicit Writer(const ordered_json& events) {
    for (const ordered_json& event : events)
      if (event["ph"] == "s" || event["ph"] == "f")
        flows_[place_of(event)].emplace_back(event["id"].get<uint64_t>(), event["ph"] == "f");
    for (const ordered_json& event : events) take(event);
  }
  std::string take() { return std::move(trace_); }

 private:
  static Place place_of(const ordered_json& event) {
    return {event["pid"].get<int>(), event["tid"].get<int>(), event["ts"].get<double>()};
  }
  static uint64_t track(const ordered_json& event) {
    return uint64_t{1} << 40 | static_cast<uint64_t>(event["pid"].get<int>()) << 16 |
           static_cast<uint64_t>(event["tid"].get<int>());
  }
  static uint64_t process(const ordered_json& event) { return static_cast<uint64_t>(event["pid"].get<int>()) << 16; }
  static uint64_t ns(double us) { return static_cast<uint64_t>(std::llround(us * 1e3)); }

  void packet(Message& packet) {
    packet.number(field::kSequence, 1);
    if (trace_.empty()) packet.number(field::kSequenceFlags, 1);  // nothing came before
    Message whole;
    whole.message(field::kPacket, packet);
    trace_ += whole.bytes();
  }

  void describe(const Message& descriptor) {
    Message made;
    made.message(field::kDescriptor, descriptor);
    packet(made);
  }

  void event(uint64_t at, Message& body, EventType type, uint64_t track) {
    body.number(field::kType, type);
    body.number(field::kTrackUuid, track);
    Message made;
    made.number(field::kTimestamp, at);
    made.message(field::kEvent, body);
    packet(made);
  }

  void name_process(const ordered_json& event) {
    Message process, descriptor;
    process.number(field::kPid, event["pid"].get<uint64_t>());
    process.text(field::kProcessName, event["args"]["name"].get<std::string>());
    descriptor.number(field::kUuid, Writer::process(event));
    descriptor.message(field::kProcess, process);
    describe(descriptor);
  }

  void name_track(const ordered_json& event) {
    Message descriptor;
    descriptor.number(field::kUuid, track(event));
    descriptor.text(field::kTrackName, event["args"]["name"].get<std::string>());
    descriptor.number(field::kParent, process(event));
    described_[track(event)] = true;
    describe(descriptor);
  }

  void need_track(const ordered_json& event) {
    if (described_[track(event)]) return;
    Message descriptor;
    descriptor.number(field::kUuid, track(event));
    descriptor.text(field::kTrackName, "kernels beside them");
    descriptor.number(field::kParent, process(event));
    described_[track(event)] = true;
    describe(descriptor);
  }

  static Message annotation(const std::string& name, const ordered_json& value) {
    Message made;
    made.text(field::kAnnotationName, name);
    if (value.is_number_unsigned())
      made.number(field::kUintValue, value.get<uint64_t>());
    else if (value.is_number())
      made.real(field::kDoubleValue, value.get<double>());
    else
      made.text(field::kStringValue, value.is_string() ? value.get<std::string>() : value.dump());
    return made;
  }

  void slice(const ordered_json& from) {
    need_track(from);
    Message begin, end;
    begin.text(field::kCategory, from["cat"].get<std::string>());
    begin.text(field::kName, from["name"].get<std::string>());
    if (from.contains("args"))
      for (const auto& [name, value] : from["args"].items()) begin.message(field::kAnnotation, annotation(name, value));
    for (const auto& [id, last] : flows_[place_of(from)]) begin.fixed(last ? field::kLastFlow : field::kFlow, id);
    const double at = from["ts"], length = from["dur"];
    event(ns(at), begin, kBegin, track(from));
    event(ns(at + length), end, kEnd, track(from));
  }

  void counter(const ordered_json& from) {
    const std::string name = from["name"];
    auto [place, is_new] =
        counters_.try_emplace({from["pid"].get<int>(), name}, (uint64_t{1} << 41) + counters_.size());
    if (is_new) {
      Message descriptor;
      descriptor.number(field::kUuid, place->second);
      descriptor.text(field::kTrackName, name);
      descriptor.number(field::kParent, process(from));
      descriptor.message(field::kCounter, Message());
      describe(descriptor);
    }
    Message body;
    body.real(field::kDoubleCounter, from["args"]["value"].get<double>());
    event(ns(from["ts"].get<double>()), body, kCount, place->second);
  }

  void take(const ordered_json& from) {
    const std::string phase = from["ph"];
    if (phase == "M" && from["name"] == "process_name") name_process(from);
    if (phase == "M" && from["name"] == "thread_name") name_track(from);
    if (phase == "X") slice(from);
    if (phase == "C") counter(from);
    if (phase != "i") return;
    need_track(from);
    Message body;
    body.text(field::kName, from["name"].get<std::string>());
    event(ns(from["ts"].get<double>()), body, kInstant, track(from));
  }

  std::string trace_;
  std::map<Place, std::vector<std::pair<uint64_t, bool>>> flows_;
  std::map<uint64_t, bool> described_;
  std::map<std::pair<int, std::string>, uint64_t> counters_;
};

}  // namespace

std::string native_trace(const ordered_json& events) {
  return Writer(events).take();
}

}  // namespace qiao::perf
