// Error names and texts, and the last error of each thread.
#include <dlfcn.h>

#include <string>
#include <thread>

#include "tests/unit/catch.h"

namespace {

template <class F>
F function(const char* name, const char* file = "libcudart.so.13") {
  void* library = dlopen((std::string(QIAO_LIBRARY_DIR "/") + file).c_str(), RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library);
  return reinterpret_cast<F>(dlsym(library, name));
}

using ToText = const char* (*)(int);
using ToCode = int (*)();

// Fails by its argument, whatever else is implemented.
int fail() {
  return function<int (*)(int*)>("cudaRuntimeGetVersion")(nullptr);
}

TEST_CASE("names and texts are those programs compare") {
  const auto name = function<ToText>("cudaGetErrorName");
  const auto text = function<ToText>("cudaGetErrorString");
  CHECK(std::string(name(0)) == "cudaSuccess");
  CHECK(std::string(text(0)) == "no error");
  CHECK(std::string(name(2)) == "cudaErrorMemoryAllocation");
  CHECK(std::string(text(2)) == "out of memory");
  CHECK(std::string(text(700)) == "an illegal memory access was encountered");
  CHECK(std::string(name(12345)) == "unrecognized error code");
}

TEST_CASE("the driver names no code it does not have") {
  const auto name = function<int (*)(int, const char**)>("cuGetErrorName", "libcuda.so.1");
  const char* text = "";
  CHECK(name(700, &text) == 0);
  CHECK(std::string(text) == "CUDA_ERROR_ILLEGAL_ADDRESS");
  CHECK(name(12345, &text) == 1);
  CHECK(text == nullptr);
}

TEST_CASE("the last error stays until it is taken") {
  const auto peek = function<ToCode>("cudaPeekAtLastError");
  const auto take = function<ToCode>("cudaGetLastError");
  take();
  CHECK(fail() == 1);
  CHECK(peek() == 1);
  CHECK(peek() == 1);
  CHECK(take() == 1);
  CHECK(take() == 0);
}

TEST_CASE("the last error is the calling thread's") {
  const auto peek = function<ToCode>("cudaPeekAtLastError");
  function<ToCode>("cudaGetLastError")();
  std::thread([] { fail(); }).join();
  CHECK(peek() == 0);
}

TEST_CASE("each major reports its own version") {
  for (const auto& [file, expected] :
       {std::pair{"libcudart.so.11.0", 11}, {"libcudart.so.12", 12}, {"libcudart.so.13", 13}}) {
    int version = 0;
    CHECK(function<int (*)(int*)>("cudaRuntimeGetVersion", file)(&version) == 0);
    CHECK(version / 1000 == expected);
  }
}

}  // namespace
