#include "src/runtime/user_object.h"

namespace qiao::runtime {

Registry<UserObject>& user_objects() {
  static auto* live = new Registry<UserObject>;
  return *live;
}

void UserObject::release(unsigned count) {
  if (references_.fetch_sub(count) > count) return;
  std::shared_ptr<UserObject> last = user_objects().remove(this);
  if (last) destroy_(data_);
}

UserReferences::UserReferences(const UserReferences& other) : held_(other.held_) {
  for (const auto& [object, count] : held_) object->retain(count);
}

UserReferences& UserReferences::operator=(const UserReferences& other) {
  UserReferences copy(other);
  held_.swap(copy.held_);
  return *this;
}

UserReferences::~UserReferences() {
  for (const auto& [object, count] : held_) object->release(count);
}

void UserReferences::retain(std::shared_ptr<UserObject> object, unsigned count, bool move) {
  if (!move) object->retain(count);
  held_[std::move(object)] += count;
}

Result<void> UserReferences::release(const std::shared_ptr<UserObject>& object, unsigned count) {
  auto found = held_.find(object);
  if (found == held_.end() || found->second < count) {
    return invalid(Code::InvalidValue, "the graph holds fewer references to the user object than are released");
  }
  found->second -= count;
  if (found->second == 0) held_.erase(found);
  object->release(count);
  return {};
}

}  // namespace qiao::runtime
