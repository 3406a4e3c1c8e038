// A memory pool of one process in another: by a file descriptor that travels through a socket, and exported pointers.
// The child, made before CUDA is used, adds to what the parent wrote; neither may do with the pool what only the other
// may.
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "driver_api.h"

namespace {

constexpr int kPinned = 1, kDevice = 1, kDescriptor = 1, kCount = 5000;
using Pool = void*;

struct Location {
  int type, id;
};
struct Props {
  int allocation_type, handle_types;
  Location location;
  void* security;
  std::size_t most_bytes;
  unsigned short usage;
  unsigned char reserved[54];
};
struct Exported {
  unsigned char bytes[64];
};

struct Pools {
  CUresult (*create)(Pool*, const Props*);
  CUresult (*destroy)(Pool);
  CUresult (*export_pool)(void*, Pool, int, unsigned long long);
  CUresult (*import_pool)(Pool*, void*, int, unsigned long long);
  CUresult (*export_pointer)(Exported*, CUdeviceptr);
  CUresult (*import_pointer)(CUdeviceptr*, Pool, Exported*);
  CUresult (*allocate)(CUdeviceptr*, std::size_t, Pool, CUstream);
  CUresult (*free)(CUdeviceptr, CUstream);
};

Pools pools;
long wrong = 0;

void expect(bool good, int line = __builtin_LINE()) {
  if (good) return;
  ++wrong;
  std::fprintf(stderr, "process %d, line %d\n", getpid(), line);
}

Driver open_all() {
  const Driver driver = open_driver();
  make_context(driver);
  const DriverFunctions find(Lookup::Symbols);
  find(pools.create, "cuMemPoolCreate", "cuMemPoolCreate");
  find(pools.destroy, "cuMemPoolDestroy", "cuMemPoolDestroy");
  find(pools.export_pool, "cuMemPoolExportToShareableHandle", "cuMemPoolExportToShareableHandle");
  find(pools.import_pool, "cuMemPoolImportFromShareableHandle", "cuMemPoolImportFromShareableHandle");
  find(pools.export_pointer, "cuMemPoolExportPointer", "cuMemPoolExportPointer");
  find(pools.import_pointer, "cuMemPoolImportPointer", "cuMemPoolImportPointer");
  find(pools.allocate, "cuMemAllocFromPoolAsync", "cuMemAllocFromPoolAsync");
  find(pools.free, "cuMemFreeAsync", "cuMemFreeAsync");
  return driver;
}

struct Message {
  Exported first, second, other;
};

void send(int socket, int descriptor, const Message& message) {
  char control[CMSG_SPACE(sizeof descriptor)] = {};
  iovec part{const_cast<Message*>(&message), sizeof message};
  msghdr header{};
  header.msg_iov = &part, header.msg_iovlen = 1, header.msg_control = control, header.msg_controllen = sizeof control;
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET, rights->cmsg_type = SCM_RIGHTS, rights->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  if (sendmsg(socket, &header, 0) != static_cast<ssize_t>(sizeof message)) std::exit(2);
}

int receive(int socket, Message& message) {
  int descriptor = -1;
  char control[CMSG_SPACE(sizeof descriptor)] = {};
  iovec part{&message, sizeof message};
  msghdr header{};
  header.msg_iov = &part, header.msg_iovlen = 1, header.msg_control = control, header.msg_controllen = sizeof control;
  if (recvmsg(socket, &header, MSG_WAITALL) != static_cast<ssize_t>(sizeof message)) std::exit(2);
  std::memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof descriptor);
  return descriptor;
}

void add(const Driver& driver, CUdeviceptr at, int value) {
  std::vector<int> data(kCount);
  must(driver, driver.memcpy_to_host(data.data(), at, kCount * sizeof(int)));
  for (int& element : data) element += value;
  must(driver, driver.memcpy_to_device(at, data.data(), kCount * sizeof(int)));
}

int child(int socket) {
  Message message;
  const int descriptor = receive(socket, message);
  const Driver driver = open_all();
  Pool pool = nullptr, no_pool = nullptr;
  must(driver,
       pools.import_pool(&pool, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)), kDescriptor, 0));
  close(descriptor);
  const int file = dup(0);
  expect(pools.import_pool(&no_pool, reinterpret_cast<void*>(static_cast<std::intptr_t>(file)), kDescriptor, 0) !=
         kSuccess);
  CUdeviceptr first = 0, second = 0, again = 0;
  must(driver, pools.import_pointer(&first, pool, &message.first));
  must(driver, pools.import_pointer(&second, pool, &message.second));
  expect(pools.import_pointer(&again, pool, &message.other) == kInvalidValue);
  expect(pools.allocate(&again, 100, pool, nullptr) != kSuccess);
  add(driver, first, 100);
  add(driver, second, 1000);
  must(driver, pools.free(first, nullptr));
  must(driver, driver.mem_free(second));
  must(driver, driver.context_synchronize());
  expect(pools.free(first, nullptr) != kSuccess);
  must(driver, pools.destroy(pool));
  return wrong != 0;
}

CUdeviceptr allocate(const Driver& driver, Pool pool, int value) {
  CUdeviceptr made = 0;
  must(driver, pools.allocate(&made, kCount * sizeof(int), pool, nullptr));
  const std::vector<int> data(kCount, value);
  must(driver, driver.memcpy_to_device(made, data.data(), kCount * sizeof(int)));
  return made;
}

void check(const Driver& driver, CUdeviceptr at, int value) {
  std::vector<int> data(kCount);
  must(driver, driver.memcpy_to_host(data.data(), at, kCount * sizeof(int)));
  for (const int element : data) {
    if (element != value) return expect(false);
  }
}

void parent(int socket, pid_t process) {
  const Driver driver = open_all();
  Props props{};
  props.allocation_type = kPinned, props.location = {kDevice, 0};
  Pool plain = nullptr, pool = nullptr, other = nullptr;
  must(driver, pools.create(&plain, &props));
  props.handle_types = kDescriptor;
  must(driver, pools.create(&pool, &props));
  must(driver, pools.create(&other, &props));
  int descriptor = -1;
  expect(pools.export_pool(&descriptor, plain, kDescriptor, 0) != kSuccess);
  must(driver, pools.export_pool(&descriptor, pool, kDescriptor, 0));
  const CUdeviceptr first = allocate(driver, pool, 1), second = allocate(driver, pool, 2);
  const CUdeviceptr elsewhere = allocate(driver, other, 3), unshared = allocate(driver, plain, 4);
  Message message;
  must(driver, pools.export_pointer(&message.first, first));
  must(driver, pools.export_pointer(&message.second, second));
  must(driver, pools.export_pointer(&message.other, elsewhere));
  Exported never;
  expect(pools.export_pointer(&never, unshared) != kSuccess);
  send(socket, descriptor, message);
  close(descriptor);
  int status = 0;
  waitpid(process, &status, 0);
  expect(status == 0);
  check(driver, first, 101);
  check(driver, second, 1002);
  check(driver, elsewhere, 3);
  for (const CUdeviceptr one : {first, second, elsewhere, unshared}) must(driver, pools.free(one, nullptr));
  for (const Pool one : {plain, pool, other}) must(driver, pools.destroy(one));
}

}  // namespace

int main() {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) return 2;
  const pid_t process = fork();
  if (process == 0) return child(sockets[1]);
  close(sockets[1]);
  parent(sockets[0], process);
  std::printf("pool_sharing: %s\n", wrong == 0 ? "good" : "wrong");
  return wrong != 0;
}
