// Two devices of one process: properties that tell them apart, copies between them, a kernel that reads and writes the
// peer's memory once it may, the errors of peer access, and pinned and managed memory that both reach.
#include <cstring>
#include <thread>

#include "check.h"

__global__ void add_from(const int* from, int* to, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) to[i] = from[i] + 1;
}

namespace {

constexpr int kCount = 3000;
long wrong = 0;

void expect(bool good, const char* what, int line = __builtin_LINE()) {
  if (good) return;
  ++wrong;
  std::fprintf(stderr, "line %d: %s\n", line, what);
}
void expect(cudaError_t got, cudaError_t want, int line = __builtin_LINE()) {
  expect(got == want, cudaGetErrorName(got), line);
  if (want != cudaSuccess) cudaGetLastError();
}

int* on_device(int device, int count) {
  int* memory = nullptr;
  check::must(cudaSetDevice(device));
  check::must(cudaMalloc(&memory, static_cast<size_t>(count) * sizeof(int)));
  return memory;
}

void launch(int device, const int* from, int* to) {
  check::must(cudaSetDevice(device));
  add_from<<<(kCount + 127) / 128, 128>>>(from, to, kCount);
  check::must_launch();
}

void identities() {
  cudaDeviceProp first, second;
  check::must(cudaGetDeviceProperties(&first, 0));
  check::must(cudaGetDeviceProperties(&second, 1));
  expect(std::memcmp(first.uuid.bytes, second.uuid.bytes, 16) != 0, "two devices, one uuid");
  char id[32];
  int found = -1;
  check::must(cudaDeviceGetPCIBusId(id, sizeof id, 1));
  check::must(cudaDeviceGetByPCIBusId(&found, id));
  expect(found == 1, "a device is not found by its bus id");
  expect(cudaSetDevice(99), cudaErrorInvalidDevice);
  int inherited = -1;
  check::must(cudaSetDevice(1));
  std::thread([&] { cudaGetDevice(&inherited); }).join();
  expect(inherited == 0, "a new thread does not begin with device 0");
}

void copies(int* zero, int* one) {
  std::vector<int> host(kCount), back(kCount);
  for (int i = 0; i < kCount; ++i) host[i] = 3 * i + 1;
  check::must(cudaMemcpy(zero, host.data(), kCount * sizeof(int), cudaMemcpyHostToDevice));
  check::must(cudaMemcpyPeer(one, 1, zero, 0, kCount * sizeof(int)));
  check::must(cudaMemcpy(back.data(), one, kCount * sizeof(int), cudaMemcpyDefault));
  wrong += check::differences(back, host);
  check::must(cudaMemset(one, 0, kCount * sizeof(int)));
  check::must(cudaMemcpyPeerAsync(one, 1, zero, 0, kCount * sizeof(int), nullptr));
  check::must(cudaDeviceSynchronize());
  check::must(cudaMemcpy(back.data(), one, kCount * sizeof(int), cudaMemcpyDeviceToHost));
  wrong += check::differences(back, host);
}

void peer_access(int* zero, int* one) {
  int can = 0, self = 1, supported = 0;
  check::must(cudaDeviceCanAccessPeer(&can, 0, 1));
  check::must(cudaDeviceCanAccessPeer(&self, 0, 0));
  expect(self == 0, "a device is its own peer");
  if (can == 0) return;
  check::must(cudaDeviceGetP2PAttribute(&supported, cudaDevP2PAttrAccessSupported, 0, 1));
  expect(supported == 1, "peer access is possible, but no attribute says so");
  check::must(cudaSetDevice(0));
  expect(cudaDeviceEnablePeerAccess(0, 0), cudaErrorInvalidDevice);
  expect(cudaDeviceEnablePeerAccess(1, 7), cudaErrorInvalidValue);
  expect(cudaDeviceDisablePeerAccess(1), cudaErrorPeerAccessNotEnabled);
  check::must(cudaDeviceEnablePeerAccess(1, 0));
  expect(cudaDeviceEnablePeerAccess(1, 0), cudaErrorPeerAccessAlreadyEnabled);
  std::vector<int> host(kCount, 5), back(kCount);
  check::must(cudaMemcpy(one, host.data(), kCount * sizeof(int), cudaMemcpyHostToDevice));
  launch(0, one, zero);
  launch(0, zero, one);
  check::must(cudaMemcpy(back.data(), one, kCount * sizeof(int), cudaMemcpyDeviceToHost));
  wrong += check::differences(back, std::vector<int>(kCount, 7));
  check::must(cudaSetDevice(0));
  check::must(cudaDeviceDisablePeerAccess(1));
}

void shared_memory() {
  int *pinned = nullptr, *managed = nullptr;
  check::must(cudaSetDevice(0));
  check::must(cudaMallocHost(&pinned, kCount * sizeof(int)));
  check::must(cudaMallocManaged(&managed, kCount * sizeof(int)));
  for (int i = 0; i < kCount; ++i) pinned[i] = i;
  launch(1, pinned, managed);
  launch(0, managed, pinned);
  for (int i = 0; i < kCount; ++i) expect(pinned[i] == i + 2, "pinned or managed memory that both devices use");
  cudaPointerAttributes attributes;
  check::must(cudaPointerGetAttributes(&attributes, managed));
  expect(attributes.type == cudaMemoryTypeManaged, "managed memory is not known as such");
  check::must(cudaSetDevice(1));
  check::must(cudaFree(managed));
  check::must(cudaFreeHost(pinned));
}

// Last, as the error stays until the device is reset.
void forbidden_access(int* zero, int* one) {
  int can = 0;
  check::must(cudaDeviceCanAccessPeer(&can, 1, 0));
  check::must(cudaSetDevice(1));
  add_from<<<1, 32>>>(zero, one, 32);
  expect(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  cudaPointerAttributes attributes;
  check::must(cudaSetDevice(0));
  check::must(cudaPointerGetAttributes(&attributes, one));
  expect(attributes.device == 1, "a pointer's device is not the one it was allocated on");
  check::must(cudaSetDevice(1));
  check::must(cudaDeviceReset());
  cudaGetLastError();
  launch(0, zero, zero);
  int* fresh = on_device(1, kCount);
  launch(1, fresh, fresh);
  check::must(cudaFree(fresh));
}

// Copies, waits and the end of a stream are the same whichever device is current; kernels belong to the current one.
void others_stream(int* zero, int* one) {
  cudaStream_t stream;
  std::vector<int> data(kCount, 5), back(kCount);
  check::must(cudaSetDevice(1));
  check::must(cudaStreamCreate(&stream));
  check::must(cudaSetDevice(0));
  check::must(cudaMemcpyAsync(one, data.data(), kCount * sizeof(int), cudaMemcpyHostToDevice, stream));
  check::must(cudaMemcpyAsync(back.data(), one, kCount * sizeof(int), cudaMemcpyDeviceToHost, stream));
  check::must(cudaStreamSynchronize(stream));
  expect(back == data, "a copy in another device's stream");
  expect(cudaStreamQuery(stream), cudaSuccess);
  add_from<<<1, 32, 0, stream>>>(zero, zero, 0);
  expect(cudaGetLastError(), cudaErrorInvalidResourceHandle);
  check::must(cudaStreamDestroy(stream));
}

}  // namespace

int main() {
  int devices = 0;
  check::must(cudaGetDeviceCount(&devices));
  if (devices < 2) return 77;
  identities();
  int* zero = on_device(0, kCount);
  int* one = on_device(1, kCount);
  copies(zero, one);
  others_stream(zero, one);
  peer_access(zero, one);
  shared_memory();
  forbidden_access(zero, one);
  check::must(cudaFree(zero));
  return check::verdict("peers", wrong);
}
