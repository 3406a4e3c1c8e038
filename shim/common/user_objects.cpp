// User objects as both libraries see them.
#include "shim/common/graphs.h"

namespace qiao::shim {
namespace {

Result<std::shared_ptr<runtime::UserObject>> object_of(CUuserObject handle, unsigned count) {
  if (count == 0 || count > 0x7fffffff) return invalid(Code::InvalidValue, "count of references to a user object");
  std::shared_ptr<runtime::UserObject> object = runtime::user_objects().find(handle);
  if (!object) return invalid(Code::InvalidValue, "user object handle is not live");
  return object;
}

}  // namespace

Result<void> create_user_object(CUuserObject* out, void* data, void (*destroy)(void*), unsigned count, unsigned flags) {
  constexpr unsigned kNoDestructorSync = 1;  // the only flag, and required
  if (out == nullptr || destroy == nullptr || count == 0 || count > 0x7fffffff || flags != kNoDestructorSync) {
    return invalid(Code::InvalidValue, "arguments of a new user object");
  }
  auto object = std::make_shared<runtime::UserObject>(data, destroy, count);
  *out = reinterpret_cast<CUuserObject>(runtime::user_objects().add(std::move(object)));
  return {};
}

Result<void> retain_user_object(CUuserObject handle, unsigned count) {
  Result<std::shared_ptr<runtime::UserObject>> object = object_of(handle, count);
  if (!object) return object.error();
  (*object)->retain(count);
  return {};
}

Result<void> release_user_object(CUuserObject handle, unsigned count) {
  Result<std::shared_ptr<runtime::UserObject>> object = object_of(handle, count);
  if (!object) return object.error();
  (*object)->release(count);
  return {};
}

Result<void> graph_retain(CUgraph handle, CUuserObject which, unsigned count, unsigned flags) {
  constexpr unsigned kMove = 1;
  if (flags > kMove) return invalid(Code::InvalidValue, "flags of a graph's reference to a user object are not known");
  Result<std::shared_ptr<runtime::Graph>> graph = graph_of(handle);
  if (!graph) return graph.error();
  Result<std::shared_ptr<runtime::UserObject>> object = object_of(which, count);
  if (!object) return object.error();
  (*graph)->user_objects.retain(*std::move(object), count, flags == kMove);
  return {};
}

Result<void> graph_release(CUgraph handle, CUuserObject which, unsigned count) {
  Result<std::shared_ptr<runtime::Graph>> graph = graph_of(handle);
  if (!graph) return graph.error();
  Result<std::shared_ptr<runtime::UserObject>> object = object_of(which, count);
  if (!object) return object.error();
  return (*graph)->user_objects.release(*object, count);
}

}  // namespace qiao::shim
