#include "shim/common/stream_attributes.h"

#include <map>
#include <mutex>

#include "src/runtime/stream.h"

namespace qiao::shim {
namespace {

using Values = std::map<int, CUlaunchAttributeValue>;

struct Kept {
  std::mutex mutex;
  std::map<uint64_t, Values> of_stream;  // by id, which no later stream has
};

Kept& kept() {
  static auto* made = new Kept;  // never destroyed: programs call from atexit handlers
  return *made;
}

// What a stream has that nobody set; InvalidValue for an attribute of something else.
Result<CUlaunchAttributeValue> initial(const runtime::Stream& stream, int attribute) {
  CUlaunchAttributeValue value = {};
  switch (attribute) {
    case CU_LAUNCH_ATTRIBUTE_ACCESS_POLICY_WINDOW:
    case CU_LAUNCH_ATTRIBUTE_MEM_SYNC_DOMAIN:
      return value;
    case CU_LAUNCH_ATTRIBUTE_SYNCHRONIZATION_POLICY:
      value.syncPolicy = CU_SYNC_POLICY_AUTO;
      return value;
    case CU_LAUNCH_ATTRIBUTE_PRIORITY:
      value.priority = stream.options().priority;
      return value;
    case CU_LAUNCH_ATTRIBUTE_MEM_SYNC_DOMAIN_MAP:
      value.memSyncDomainMap.remote = 1;
      return value;
    default:
      return invalid(Code::InvalidValue, "attribute " + std::to_string(attribute) + " of a stream");
  }
}

}  // namespace

Result<void> set_stream_attribute(runtime::Stream& stream, int attribute, const CUlaunchAttributeValue* value) {
  if (value == nullptr) return invalid(Code::InvalidValue, "an attribute of a stream without a value");
  if (Result<CUlaunchAttributeValue> known = initial(stream, attribute); !known) return known.error();
  if (attribute == CU_LAUNCH_ATTRIBUTE_SYNCHRONIZATION_POLICY &&
      (value->syncPolicy < CU_SYNC_POLICY_AUTO || value->syncPolicy > CU_SYNC_POLICY_BLOCKING_SYNC))
    return invalid(Code::InvalidValue, "a stream's way of waiting is not known");
  std::lock_guard lock(kept().mutex);
  kept().of_stream[stream.id()][attribute] = *value;
  return {};
}

Result<void> get_stream_attribute(runtime::Stream& stream, int attribute, CUlaunchAttributeValue* value) {
  if (value == nullptr) return invalid(Code::InvalidValue, "no place for a stream's attribute");
  Result<CUlaunchAttributeValue> found = initial(stream, attribute);
  if (!found) return found.error();
  *value = *found;
  std::lock_guard lock(kept().mutex);
  const auto values = kept().of_stream.find(stream.id());
  if (values == kept().of_stream.end()) return {};
  if (const auto set = values->second.find(attribute); set != values->second.end()) *value = set->second;
  return {};
}

Result<void> copy_stream_attributes(runtime::Stream& to, runtime::Stream& from) {
  std::lock_guard lock(kept().mutex);
  const auto values = kept().of_stream.find(from.id());
  if (values != kept().of_stream.end()) kept().of_stream[to.id()] = Values(values->second);
  return {};
}

}  // namespace qiao::shim
