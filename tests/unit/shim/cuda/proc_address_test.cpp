// cuGetProcAddress by the manual: the newest version not above the one asked for; flags choose the default stream.
#include <dlfcn.h>

#include <cstring>

#include "shim/api/core.h"
#include "shim/api/driver_types.h"
#include "tests/unit/catch.h"

namespace {

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) ROW_##body,
enum Row {
#include "shim/api/driver.inc"
};

const qiao_core& core() {
  void* library = dlopen(QIAO_LIBRARY_DIR "/libqiao.so", RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library);
  return *static_cast<const qiao_core*>(dlsym(library, "qiao_core_v1"));
}

void* entry(Row row) {
  return core().table(QIAO_LIBRARY_CUDA, 0).entries[row];
}

struct Answer {
  CUresult result;
  void* address;
  CUdriverProcAddressQueryResult status;
};

Answer ask(const char* name, int version, cuuint64_t flags = 0) {
  using Function = CUresult (*)(const char*, void**, int, cuuint64_t, CUdriverProcAddressQueryResult*);
  Answer answer = {CUDA_ERROR_UNKNOWN, &answer, CU_GET_PROC_ADDRESS_SUCCESS};
  answer.result =
      reinterpret_cast<Function>(entry(ROW_cuGetProcAddress_v2))(name, &answer.address, version, flags, &answer.status);
  return answer;
}

TEST_CASE("the newest version not above the one asked for is found") {
  CHECK(ask("cuMemAlloc", 2000).address == entry(ROW_cuMemAlloc));
  CHECK(ask("cuMemAlloc", 3010).address == entry(ROW_cuMemAlloc));
  CHECK(ask("cuMemAlloc", 3020).address == entry(ROW_cuMemAlloc_v2));
  CHECK(ask("cuMemAlloc", 13000).address == entry(ROW_cuMemAlloc_v2));
  CHECK(ask("cuGetProcAddress", 11030).address == entry(ROW_cuGetProcAddress));
  CHECK(ask("cuGetProcAddress", 12000).address == entry(ROW_cuGetProcAddress_v2));
  CHECK(ask("cuStreamGetCaptureInfo", 12020).address == entry(ROW_cuStreamGetCaptureInfo_v2));
}

TEST_CASE("the per-thread flag prefers the per-thread variant where there is one") {
  CHECK(ask("cuMemcpyHtoD", 13000, 0).address == entry(ROW_cuMemcpyHtoD_v2));
  CHECK(ask("cuMemcpyHtoD", 13000, 1).address == entry(ROW_cuMemcpyHtoD_v2));
  CHECK(ask("cuMemcpyHtoD", 13000, 2).address == entry(ROW_cuMemcpyHtoD_v2_ptds));
  CHECK(ask("cuLaunchKernel", 13000, 2).address == entry(ROW_cuLaunchKernel_ptsz));
  CHECK(ask("cuInit", 13000, 2).address == entry(ROW_cuInit));
}

TEST_CASE("what is missing is a null pointer and a status") {
  const Answer unknown = ask("cuNoSuchThing", 13000);
  CHECK(unknown.result == CUDA_SUCCESS);
  CHECK(unknown.address == nullptr);
  CHECK(unknown.status == CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND);
  const Answer early = ask("cuLaunchKernelEx", 11000);
  CHECK(early.result == CUDA_SUCCESS);
  CHECK(early.address == nullptr);
  CHECK(early.status == CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT);
}

TEST_CASE("a version above the driver's is invalid") {
  CHECK(ask("cuInit", 99000).result == CUDA_ERROR_INVALID_VALUE);
  CHECK(ask("cuInit", 13000, 3).result == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("rows tell what is implemented") {
  const qiao_row refused = core().row(QIAO_LIBRARY_CUDA, ROW_cuGLInit);
  CHECK(strcmp(refused.symbol, "cuGLInit") == 0);
  CHECK(!refused.implemented);
  CHECK(strcmp(refused.note, "no graphics interop") == 0);
  CHECK(core().row(QIAO_LIBRARY_CUDA, ROW_cuGetProcAddress_v2).implemented);
}

}  // namespace
