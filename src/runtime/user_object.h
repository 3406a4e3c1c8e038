// User objects: a program's resource with a reference count, which graphs hold references to (cudaUserObjectCreate).
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>

#include "src/base/result.h"
#include "src/runtime/registry.h"

namespace qiao::runtime {

class UserObject {
 public:
  UserObject(void* data, void (*destroy)(void*), unsigned references)
      : data_(data), destroy_(destroy), references_(references) {}

  void retain(unsigned count) { references_.fetch_add(count); }
  // At zero the program's function destroys the resource and the handle dies. The count is checked by the caller's
  // good manners only, as CUDA documents.
  void release(unsigned count);

 private:
  void* const data_;
  void (*const destroy_)(void*);
  std::atomic<int64_t> references_;
};

Registry<UserObject>& user_objects();

// The references that one graph holds; a copy of the graph holds as many of its own.
class UserReferences {
 public:
  UserReferences() = default;
  UserReferences(const UserReferences& other);
  UserReferences& operator=(const UserReferences& other);
  ~UserReferences();

  // `move`: the caller's references become the graph's.
  void retain(std::shared_ptr<UserObject> object, unsigned count, bool move);
  Result<void> release(const std::shared_ptr<UserObject>& object, unsigned count);

 private:
  std::map<std::shared_ptr<UserObject>, unsigned> held_;
};

}  // namespace qiao::runtime
