#include "src/runtime/texture_reference.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "src/runtime/context.h"
#include "src/runtime/device.h"
#include "src/runtime/memory.h"
#include "src/runtime/registry.h"

namespace qiao::runtime {
namespace {

struct References {
  std::mutex mutex;
  std::map<uint64_t, std::shared_ptr<ImageReference>> by_variable;
  Registry<ImageReference> live;
};

References& references() {
  static auto* all = new References;  // never destroyed: programs bind from atexit handlers
  return *all;
}

}  // namespace

ImageReference::ImageReference(std::shared_ptr<Context> context, uint64_t variable, bool surface)
    : context_(std::move(context)), variable_(variable), surface_(surface) {}

ImageReference::~ImageReference() {
  if (handle_ != 0) (void)destroy_image(handle_, surface_);
}

ImageReference::State ImageReference::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

// The variable is device memory, which is host memory.
Result<void> ImageReference::show(uint64_t handle) {
  if (variable_ == 0) return {};
  context_->synchronize();
  std::memcpy(reinterpret_cast<void*>(variable_), &handle, sizeof handle);
  return {};
}

Result<void> ImageReference::change(const State& state) {
  std::lock_guard lock(mutex_);
  uint64_t handle = 0;
  if (state.bound) {
    Result<uint64_t> made = surface_ ? create_surface(*context_, state.source)
                                     : create_texture(*context_, state.source, state.reading, std::nullopt);
    if (!made) return made.error();
    handle = *made;
  }
  if (Result<void> done = show(handle); !done) return done;
  if (handle_ != 0) (void)destroy_image(handle_, surface_);
  handle_ = handle;
  state_ = state;
  return {};
}

Result<std::shared_ptr<ImageReference>> image_reference(Context& context, const hal::GlobalVariable& variable,
                                                        bool surface) {
  using Opaque = hal::GlobalVariable::Opaque;
  if (variable.opaque != (surface ? Opaque::Surface : Opaque::Texture))
    return invalid(Code::NotFound, "the variable is no texture or surface reference");
  uint64_t held = 0;
  std::memcpy(&held, reinterpret_cast<const void*>(variable.address), sizeof held);
  References& all = references();
  std::lock_guard lock(all.mutex);
  std::shared_ptr<ImageReference>& known = all.by_variable[variable.address];
  // A variable without a handle whose reference has one is a newer module's, at the same place.
  if (known && (known->is_surface() != surface || (held == 0 && known->state().bound))) {
    all.live.remove(known.get());
    known = nullptr;
  }
  if (!known) {
    known = std::make_shared<ImageReference>(context.shared_from_this(), variable.address, surface);
    all.live.add(known);
  }
  return known;
}

std::shared_ptr<ImageReference> new_image_reference(Context& context) {
  auto made = std::make_shared<ImageReference>(context.shared_from_this(), 0, false);
  references().live.add(made);
  return made;
}

Result<std::shared_ptr<ImageReference>> find_image_reference(const void* handle, bool surface) {
  std::shared_ptr<ImageReference> found = references().live.find(handle);
  if (!found || found->is_surface() != surface)
    return invalid(Code::InvalidValue, surface ? "not a surface reference" : "not a texture reference");
  return found;
}

Result<void> destroy_image_reference(const void* handle) {
  if (!references().live.remove(handle)) return invalid(Code::InvalidValue, "not a texture reference");
  return {};
}

Result<ImageSource> linear_source(Context& context, uint64_t address, uint64_t bytes, uint64_t& offset) {
  const auto alignment = static_cast<uint64_t>(context.device().description().limits.texture_alignment);
  const std::optional<Allocation> home = MemoryMap::instance().find(address);
  if (!home) return invalid(Code::InvalidValue, "a texture reference is bound to what is no device memory");
  offset = address % alignment;
  ImageSource source;
  source.kind = ImageSource::Kind::Linear;
  source.address = address - offset;
  const uint64_t rest = home->base + home->bytes - source.address;
  source.bytes = bytes > rest - offset ? rest : bytes + offset;
  return source;
}

}  // namespace qiao::runtime
