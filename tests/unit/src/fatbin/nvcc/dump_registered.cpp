// Stands in for the CUDA runtime in a program nvcc built: at each __cudaRegisterFatBinary prints what our reader finds
// in the wrapper, one line per image, and for a cubin one line per kernel. Linked with -cudart none.
#include <cstdio>

#include "src/fatbin/choose.h"
#include "src/fatbin/container.h"
#include "src/fatbin/cubin.h"

using namespace qiao;
using namespace qiao::fatbin;

namespace {

const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::Ptx:
      return "ptx";
    case Kind::Elf:
      return "elf";
    case Kind::LtoIr:
      return "lto";
    case Kind::Unknown:
      break;
  }
  return "unknown";
}

const char* compression_name(Compression compression) {
  switch (compression) {
    case Compression::Lz4:
      return "lz4";
    case Compression::Zstd:
      return "zstd";
    case Compression::None:
      break;
  }
  return "raw";
}

void print_contents(const Image& image) {
  if (image.kind == Kind::Ptx) {
    const auto ptx = image.ptx();
    const std::string target = "\n.target " + image.arch();
    const bool good = ptx && ptx->find(target) != std::string::npos && ptx->find("marker_kernel") != std::string::npos;
    std::printf(" %s", good ? "text-good" : "TEXT-BAD");
  }
  if (image.kind != Kind::Elf) return;
  const auto payload = image.payload();
  const auto cubin = payload ? read_cubin(*payload) : Result<Cubin>(payload.error());
  if (!cubin) {
    std::printf(" CUBIN-BAD %s", cubin.error().message.c_str());
    return;
  }
  if (cubin->sm != image.sm) std::printf(" SM-BAD");
  for (const KernelResources& kernel : cubin->kernels) {
    std::printf("\n  kernel %s registers %u smem %u local %u threads %u", kernel.name.c_str(), kernel.registers,
                kernel.static_shared, kernel.local_bytes, kernel.max_threads);
  }
}

void print(const char* where, const std::vector<Image>& images) {
  for (const Image& image : images) {
    std::printf("%s %s %s %s%s", where, kind_name(image.kind), image.arch().c_str(),
                compression_name(image.compression), image.debug ? " debug" : "");
    print_contents(image);
    std::printf("\n");
  }
}

}  // namespace

extern "C" {

void** __cudaRegisterFatBinary(void* data) {
  static void* handle[1];
  const auto wrapper = read_wrapper(data);
  if (!wrapper) {
    std::printf("ERROR %s\n", wrapper.error().message.c_str());
    return handle;
  }
  print("image", wrapper->images);
  for (const auto& unit : wrapper->relocatable) print("unit", unit);
  const auto chosen = choose_ptx(wrapper->images, 80);
  if (chosen) std::printf("chosen %s\n", wrapper->images[*chosen].arch().c_str());
  if (!chosen && !wrapper->images.empty()) std::printf("refused: %s\n", chosen.error().message.c_str());
  return handle;
}

void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}
void __cudaRegisterFunction(void**, const char*, char*, const char*, int, void*, void*, void*, void*, int*) {}
void __cudaRegisterVar(void**, char*, char*, const char*, int, size_t, int, int) {}
char __cudaInitModule(void**) {
  return 0;
}

// Referenced by the launch stubs, never called: main() launches nothing. Their parameters do not matter.
int __cudaPushCallConfiguration() {
  return 1;
}
int __cudaPopCallConfiguration() {
  return 1;
}
int __cudaGetKernel() {
  return 1;
}
int __cudaLaunchKernel() {
  return 1;
}
int cudaLaunchKernel() {
  return 1;
}

}  // extern "C"
