// Loads, stores, prefetches and asynchronous copies (PTX ISA 9.7.9): the rows of memory.inc as a table.
#define QIAO_FAMILY memory_forms
#define QIAO_ROWS "src/isa/forms/memory.inc"
#include "src/isa/forms/family.inc"
