// The boundary: what has no body answers by name, no exception leaves, and the runtime's errors are remembered.
#include "shim/api/enter.h"

#include <new>
#include <stdexcept>
#include <string>

#include "tests/unit/catch.h"

namespace qiao::shim {

// What the boundary calls, recorded.
namespace {
std::string said;
cudaError_t remembered = cudaSuccess;
}  // namespace

bool tracing = false;
TracedCall::TracedCall(const char* library, const char* symbol) : library_(library), symbol_(symbol), begin_(0) {}
TracedCall::~TracedCall() = default;
void TracedCall::finish(std::vector<Shown>, std::vector<Shown>, const Shown&, End) {}
void finish_traced(TracedCall&, const Entry&, const Traced*, unsigned, const Traced*, TracedCall::End) {}
EnumNames enum_names(CUresult) {
  return {};
}
EnumNames enum_names(cudaError) {
  return {};
}
int refuse_driver(const Entry& entry) {
  return said = entry.symbol, CUDA_ERROR_NOT_SUPPORTED;
}
int refuse_cudart(const Entry& entry) {
  return said = entry.symbol, cudaErrorNotSupported;
}
int refuse_nvrtc(const Entry& entry) {
  return said = entry.symbol, NVRTC_ERROR_BUILTIN_OPERATION_FAILURE;
}
void escaped(const Entry& entry) {
  said = entry.symbol;
}
void remember(cudaError_t error) {
  remembered = error;
}

namespace {

constexpr Entry kEntry = {"cuExample", "(n)"};

CUresult exhausted(int) {
  throw std::bad_alloc();
}
CUresult broken(int) {
  throw std::runtime_error("bug");
}
CUresult fine(int n) {
  return n == 7 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
cudaError_t invalid_value() {
  return cudaErrorInvalidValue;
}

TEST_CASE("arguments and results pass through") {
  CHECK(enter<Driver>(kEntry, false, &fine, 7) == CUDA_SUCCESS);
  CHECK(enter<Driver>(kEntry, false, &fine, 8) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("a call without a body is refused by name") {
  CUresult (*missing)(int) = nullptr;
  CHECK(enter<Driver>(kEntry, false, missing, 1) == CUDA_ERROR_NOT_SUPPORTED);
  CHECK(said == "cuExample");
  const char* (*text)(int) = nullptr;
  CHECK(enter<Cudart>(kEntry, false, text, 1) == nullptr);
}

TEST_CASE("bad_alloc is out of memory, any other exception our bug") {
  CHECK(enter<Driver>(kEntry, false, &exhausted, 1) == CUDA_ERROR_OUT_OF_MEMORY);
  said.clear();
  CHECK(enter<Driver>(kEntry, false, &broken, 1) == CUDA_ERROR_UNKNOWN);
  CHECK(said == "cuExample");
}

TEST_CASE("the runtime remembers errors, except those that asking for them returns") {
  CHECK(remembers<Cudart>("cudaMalloc"));
  CHECK(!remembers<Cudart>("cudaGetLastError"));
  CHECK(!remembers<Driver>("cuMemAlloc_v2"));
  enter<Cudart>(kEntry, false, &invalid_value);
  CHECK(remembered == cudaSuccess);
  enter<Cudart>(kEntry, true, &invalid_value);
  CHECK(remembered == cudaErrorInvalidValue);
}

}  // namespace
}  // namespace qiao::shim
