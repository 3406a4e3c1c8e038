/* libqiao_audit.so (LD_AUDIT): the loader asks it about every library it looks for, so that a CUDA library asked for by
   absolute path or found through DT_RPATH becomes ours too. It lives in a namespace of its own: libc only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#define QIAO_EXPORT __attribute__((visibility("default")))

static const char* const kOurs[] = {"libcuda.so.1",     "libcudart.so.13", "libcudart.so.12",   "libcudart.so.11.0",
                                    "libnvrtc.so.11.2", "libnvrtc.so.13",  "libnvrtc.so.12",    "libcublas.so.13",
                                    "libcublas.so.12",  "libcublas.so.11", "libcublasLt.so.13", "libcublasLt.so.12",
                                    "libcublasLt.so.11"};
/* Names without version, of libraries with several majors. */
static const char* const kLinks[] = {"libcudart.so", "libnvrtc.so", "libcublas.so", "libcublasLt.so"};

static char folder[3072];

static const char* base_of(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Which of ours stands for this file name: the same name, or one with more numbers (libcudart.so.12.9.79). */
static const char* ours_for(const char* name) {
  for (size_t i = 0; i < sizeof kOurs / sizeof *kOurs; ++i) {
    const size_t length = strlen(kOurs[i]);
    if (strncmp(name, kOurs[i], length) == 0 && (name[length] == 0 || name[length] == '.')) return kOurs[i];
  }
  return NULL;
}

/* A name without version says which one it is only through its link. */
static const char* ours_behind(const char* path) {
  const char* name = base_of(path);
  if (strcmp(name, "libcuda.so") == 0) return kOurs[0];
  size_t link = 0;
  while (link < sizeof kLinks / sizeof *kLinks && strcmp(name, kLinks[link]) != 0) ++link;
  if (link == sizeof kLinks / sizeof *kLinks) return ours_for(name);
  char target[3072];
  const ssize_t length = readlink(path, target, sizeof target - 1);
  if (length <= 0) return NULL;
  target[length] = 0;
  return ours_for(base_of(target));
}

QIAO_EXPORT unsigned la_version(unsigned version) {
  Dl_info here;
  if (dladdr((void*)&la_version, &here) && here.dli_fname) {
    const size_t length = (size_t)(base_of(here.dli_fname) - here.dli_fname);
    if (length > 0 && length < sizeof folder) memcpy(folder, here.dli_fname, length);
  }
  return version < LAV_CURRENT ? version : LAV_CURRENT;
}

/* libqiao.so opens NVIDIA's libnvrtc by path: it means what it says. */
static int asked_by_libqiao(const uintptr_t* cookie) {
  const struct link_map* who = (const struct link_map*)*cookie; /* there is no la_objopen to change it */
  return who && who->l_name && strcmp(base_of(who->l_name), "libqiao.so") == 0;
}

QIAO_EXPORT char* la_objsearch(const char* name, uintptr_t* cookie, unsigned flag) {
  (void)flag;
  static __thread char path[sizeof folder + 32];
  const char* ours = folder[0] && !asked_by_libqiao(cookie) ? ours_behind(name) : NULL;
  if (!ours) return (char*)name;
  strcpy(stpcpy(path, folder), ours);
  return access(path, R_OK) == 0 ? path : (char*)name;
}
