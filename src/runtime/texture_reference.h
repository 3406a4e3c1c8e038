// Texture and surface references, the way before there were objects: variables of a module which the program binds
// arrays or memory to. What is bound becomes a texture or surface object, whose handle the variable holds; kernels find
// it there. Binding waits for the kernels that may still use what was bound before.
#pragma once

#include <memory>
#include <mutex>

#include "src/hal/device.h"
#include "src/runtime/image.h"

namespace qiao::runtime {

class ImageReference {
 public:
  ImageReference(std::shared_ptr<Context> context, uint64_t variable, bool surface);
  ~ImageReference();

  // As the program sets it, piece by piece; bind() then makes the object anew. `bound`: there is a source.
  struct State {
    bool bound = false;
    ImageSource source;
    TextureReading reading;
    int format = 0;  // of memory that is bound, before it is
    uint32_t channels = 1;
    uint64_t offset = 0;  // bytes from the aligned address to the one asked for
  };

  State state() const;
  // Changes the state and what kernels see, or neither.
  Result<void> change(const State& state);
  bool is_surface() const { return surface_; }

 private:
  Result<void> show(uint64_t handle);

  const std::shared_ptr<Context> context_;
  const uint64_t variable_;  // 0: of no module (cuTexRefCreate)
  const bool surface_;
  mutable std::mutex mutex_;
  State state_;
  uint64_t handle_ = 0;
};

// The reference in a module's variable; one and the same as long as the variable lives.
Result<std::shared_ptr<ImageReference>> image_reference(Context& context, const hal::GlobalVariable& variable,
                                                        bool surface);
std::shared_ptr<ImageReference> new_image_reference(Context& context);
Result<std::shared_ptr<ImageReference>> find_image_reference(const void* handle, bool surface);
Result<void> destroy_image_reference(const void* handle);

// Memory that begins at `address`: what it is rounded down to, and the rest of its allocation from there.
Result<ImageSource> linear_source(Context& context, uint64_t address, uint64_t bytes, uint64_t& offset);

}  // namespace qiao::runtime
