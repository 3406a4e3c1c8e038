// The set of live objects behind one kind of handle. A handle that reaches us from a program may be null, stale or
// wild: it is looked up here, never dereferenced first.
#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace qiao::runtime {

template <class T>
class Registry {
 public:
  T* add(std::shared_ptr<T> object) {
    T* key = object.get();
    std::unique_lock lock(mutex_);
    live_.emplace(key, std::move(object));
    return key;
  }

  // The object, or null when the handle is not live.
  std::shared_ptr<T> find(const void* handle) const {
    std::shared_lock lock(mutex_);
    auto it = live_.find(handle);
    return it == live_.end() ? nullptr : it->second;
  }

  // Takes the object out; null when the handle was not live.
  std::shared_ptr<T> remove(const void* handle) {
    std::unique_lock lock(mutex_);
    auto it = live_.find(handle);
    if (it == live_.end()) return nullptr;
    std::shared_ptr<T> object = std::move(it->second);
    live_.erase(it);
    return object;
  }

  template <class Visit>
  void for_each(Visit visit) const {
    std::shared_lock lock(mutex_);
    for (const auto& [key, object] : live_) visit(object);
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<const void*, std::shared_ptr<T>> live_;
};

}  // namespace qiao::runtime
