/* The C side of one set of trampolines: its description, and for libcudart the registrations, which are stored and not
   passed on. Compiled once per library beside trampolines.S, with the same definitions. */
#include "shim/api/thin/set.h"
#include "shim/api/thin/thin.h"

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) ROW_##body,
enum row {
#include QIAO_LIST
  ROW_COUNT
};

extern void* QIAO_SET(slots)[];
extern const uint8_t QIAO_SET(returns_code)[];

#if QIAO_IS_CUDART

static void** register_fat_binary(const void* wrapper) {
  return (void**)qiao_entry_fat_binary(wrapper, QIAO_VERSION / 1000);
}

static void register_end(void** handle) {
  qiao_entry_fat_binary_end((struct qiao_fat_binary*)handle);
}
static void unregister(void** handle) {
  qiao_entry_fat_binary_gone((struct qiao_fat_binary*)handle);
}

static void store(void** handle, struct qiao_symbol symbol) {
  qiao_entry_symbol((struct qiao_fat_binary*)handle, &symbol);
}

static void register_function(void** handle, void* host, char* device, const char* name, int thread_limit) {
  (void)device;
  store(handle,
        (struct qiao_symbol){.kind = QIAO_SYMBOL_FUNCTION, .host = host, .name = name, .thread_limit = thread_limit});
}

static void register_variable(void** handle, void* host, char* device, const char* name, int external, size_t size,
                              int constant, int global) {
  (void)device;
  store(handle, (struct qiao_symbol){.kind = QIAO_SYMBOL_VARIABLE,
                                     .host = host,
                                     .name = name,
                                     .size = size,
                                     .external = external,
                                     .constant = constant,
                                     .global = global});
}

static void register_managed(void** handle, void* host, char* device, const char* name, int external, size_t size,
                             int constant, int global) {
  (void)device;
  store(handle, (struct qiao_symbol){.kind = QIAO_SYMBOL_MANAGED,
                                     .host = host,
                                     .name = name,
                                     .size = size,
                                     .external = external,
                                     .constant = constant,
                                     .global = global});
}

static void register_host_variable(void** handle, const char* name, void* host, size_t size) {
  store(handle, (struct qiao_symbol){.kind = QIAO_SYMBOL_HOST_VARIABLE, .host = host, .name = name, .size = size});
}

static void register_texture(void** handle, void* host, const void** device, const char* name, int dimension,
                             int normalized, int external) {
  (void)device;
  store(handle, (struct qiao_symbol){.kind = QIAO_SYMBOL_TEXTURE,
                                     .host = host,
                                     .name = name,
                                     .external = external,
                                     .dimension = dimension,
                                     .normalized = normalized});
}

static void register_surface(void** handle, void* host, const void** device, const char* name, int dimension,
                             int external) {
  (void)device;
  store(handle,
        (struct qiao_symbol){
            .kind = QIAO_SYMBOL_SURFACE, .host = host, .name = name, .external = external, .dimension = dimension});
}

static const struct qiao_own_row own[] = {
    {ROW___cudaRegisterFatBinary, (void*)&register_fat_binary},
    {ROW___cudaRegisterFatBinaryEnd, (void*)&register_end},
    {ROW___cudaUnregisterFatBinary, (void*)&unregister},
    {ROW___cudaRegisterFunction, (void*)&register_function},
    {ROW___cudaRegisterVar, (void*)&register_variable},
    {ROW___cudaRegisterManagedVar, (void*)&register_managed},
    {ROW___cudaRegisterHostVar, (void*)&register_host_variable},
    {ROW___cudaRegisterTexture, (void*)&register_texture},
    {ROW___cudaRegisterSurface, (void*)&register_surface},
};
#define QIAO_OWN own, sizeof own / sizeof *own

#else

#define QIAO_OWN 0, 0

#endif

__attribute__((visibility("hidden"))) struct qiao_thin QIAO_SET(thin) = {
    QIAO_THIS_LIBRARY, QIAO_VERSION / 1000, QIAO_SET(slots), QIAO_SET(returns_code), ROW_COUNT, QIAO_OWN,
};
