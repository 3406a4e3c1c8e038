// Attributes of streams: what a stream has at first, what was set, copies to another stream, and what no stream has.
#include <cstring>
#include <initializer_list>

#include "driver_api.h"

namespace {

constexpr int kWindow = 1, kCooperative = 2, kWaiting = 3, kPriority = 8;
constexpr int kAutomatic = 1, kYield = 3;

union Value {  // CUlaunchAttributeValue
  char bytes[64];
  int number;
  struct {
    void* base;
    std::size_t length;
    float ratio;
    int hit, miss;
  } window;
};

struct Functions {
  CUresult (*create)(CUstream*, unsigned);
  CUresult (*destroy)(CUstream);
  CUresult (*set)(CUstream, int, const Value*);
  CUresult (*get)(CUstream, int, Value*);
  CUresult (*copy)(CUstream, CUstream);
  CUresult (*create_with)(CUstream*, unsigned, int);
  CUresult (*priority)(CUstream, int*);
  CUresult (*range)(int*, int*);
};

long wrong = 0;

void expect(long got, long want, int line = __builtin_LINE()) {
  if (got == want) return;
  ++wrong;
  std::fprintf(stderr, "line %d: got %ld, expected %ld\n", line, got, want);
}

// Beyond the range a priority is taken as the nearest that there is.
void check_priorities(const Driver& driver, const Functions& cuda) {
  int least = 99, greatest = 99, given = 99;
  must(driver, cuda.range(&least, &greatest));
  expect(least, 0);
  expect(greatest < least, 1);
  for (const int wanted : {greatest - 100, greatest, greatest + 1, least, least + 1}) {
    CUstream stream = nullptr;
    must(driver, cuda.create_with(&stream, 1, wanted));
    must(driver, cuda.priority(stream, &given));
    expect(given, wanted < greatest ? greatest : wanted > least ? least : wanted);
    must(driver, cuda.destroy(stream));
  }
}

}  // namespace

int main() {
  const Driver driver = open_driver();
  const DriverFunctions find(Lookup::Symbols);
  Functions cuda;
  find(cuda.create, "cuStreamCreate", "cuStreamCreate");
  find(cuda.destroy, "cuStreamDestroy", "cuStreamDestroy_v2");
  find(cuda.set, "cuStreamSetAttribute", "cuStreamSetAttribute");
  find(cuda.get, "cuStreamGetAttribute", "cuStreamGetAttribute");
  find(cuda.copy, "cuStreamCopyAttributes", "cuStreamCopyAttributes");
  find(cuda.create_with, "cuStreamCreateWithPriority", "cuStreamCreateWithPriority");
  find(cuda.priority, "cuStreamGetPriority", "cuStreamGetPriority");
  find(cuda.range, "cuCtxGetStreamPriorityRange", "cuCtxGetStreamPriorityRange");
  make_context(driver);
  check_priorities(driver, cuda);
  CUstream first = nullptr, second = nullptr;
  CUdeviceptr data = 0;
  must(driver, cuda.create(&first, 1));
  must(driver, cuda.create(&second, 1));
  must(driver, driver.mem_alloc(&data, 4096));
  Value value = {};
  must(driver, cuda.get(first, kWaiting, &value));
  expect(value.number, kAutomatic);
  must(driver, cuda.get(first, kPriority, &value));
  expect(value.number, 0);
  value = {};
  value.number = kYield;
  must(driver, cuda.set(first, kWaiting, &value));
  value = {};
  value.window.base = reinterpret_cast<void*>(data);
  value.window.length = 4096;
  value.window.ratio = 0.5f;
  value.window.hit = 2;
  must(driver, cuda.set(first, kWindow, &value));
  must(driver, cuda.copy(second, first));
  Value told = {};
  must(driver, cuda.get(second, kWindow, &told));
  expect(told.window.base == value.window.base && told.window.length == 4096 && told.window.hit == 2, 1);
  must(driver, cuda.get(second, kWaiting, &told));
  expect(told.number, kYield);
  value = {};
  value.number = 77;
  expect(cuda.set(first, kWaiting, &value), kInvalidValue);
  expect(cuda.set(first, kCooperative, &value), kInvalidValue);
  expect(cuda.get(first, 9999, &told), kInvalidValue);
  expect(cuda.get(first, kWaiting, nullptr), kInvalidValue);
  must(driver, driver.mem_free(data));
  must(driver, cuda.destroy(first));
  must(driver, cuda.destroy(second));
  std::printf("stream_attributes: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong != 0;
}
