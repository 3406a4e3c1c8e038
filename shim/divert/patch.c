/* Writing jumps into code. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shim/divert/divert.h"

#if defined(__x86_64__)
static const unsigned char kJump[] = {0xff, 0x25, 0, 0, 0, 0}; /* jmp *0(%rip); the address follows */
#else
static const unsigned char kJump[] = {0x50, 0x00, 0x00, 0x58, 0x00, 0x02, 0x1f, 0xd6}; /* ldr x16, #8; br x16 */
#endif

int qiao_patch_is_jump(const void* code) {
  return memcmp(code, kJump, sizeof kJump) == 0;
}

static int protect(void* from, size_t size, int protection) {
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  const uintptr_t first = (uintptr_t)from & ~(page - 1);
  const uintptr_t last = ((uintptr_t)from + size + page - 1) & ~(page - 1);
  return mprotect((void*)first, last - first, protection) == 0;
}

/* Code stays executable where the system allows both: what we call ourselves may lie on the same page. */
int qiao_patch_open(void* from, size_t size) {
  return protect(from, size, PROT_READ | PROT_WRITE | PROT_EXEC) || protect(from, size, PROT_READ | PROT_WRITE);
}

void qiao_patch_close(void* from, size_t size) {
  protect(from, size, PROT_READ | PROT_EXEC);
  __builtin___clear_cache((char*)from, (char*)from + size);
}

void qiao_patch_jump(void* code, const void* to) {
  memcpy(code, kJump, sizeof kJump);
  memcpy((char*)code + sizeof kJump, &to, sizeof to);
}

/* Bytes of padding a compiler puts between functions. */
static int is_padding(const unsigned char* code, size_t size) {
#if defined(__x86_64__)
  static const unsigned char kLongest[] = {0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x90, 0xcc, 0x80, 0x44, 0x40};
  for (size_t i = 0; i < size; ++i) {
    if (!memchr(kLongest, code[i], sizeof kLongest)) return 0;
  }
#else
  for (size_t i = 0; i + 4 <= size; i += 4) {
    static const unsigned char kNop[4] = {0x1f, 0x20, 0x03, 0xd5}, kZero[4] = {0};
    if (memcmp(code + i, kNop, 4) != 0 && memcmp(code + i, kZero, 4) != 0) return 0;
  }
#endif
  return 1;
}

int qiao_patch_empty_function(void* code, const void* to) {
  const unsigned char* byte = code;
#if defined(__x86_64__)
  static const unsigned char kMark[] = {0xf3, 0x0f, 0x1e, 0xfa}; /* endbr64 */
  const size_t skip = memcmp(byte, kMark, sizeof kMark) == 0 ? sizeof kMark : 0;
  if (byte[skip] != 0xc3) return 0;
  const size_t used = skip + 1;
#else
  static const unsigned char kMark[] = {0x5f, 0x24, 0x03, 0xd5}, kReturn[] = {0xc0, 0x03, 0x5f, 0xd6}; /* bti c; ret */
  const size_t skip = memcmp(byte, kMark, sizeof kMark) == 0 ? sizeof kMark : 0;
  if (memcmp(byte + skip, kReturn, sizeof kReturn) != 0) return 0;
  const size_t used = skip + 4;
#endif
  if (!is_padding(byte + used, QIAO_JUMP_SIZE - used) || !qiao_patch_open(code, QIAO_JUMP_SIZE)) return 0;
  qiao_patch_jump(code, to);
  qiao_patch_close(code, QIAO_JUMP_SIZE);
  return 1;
}
