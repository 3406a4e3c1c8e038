// Atomics and reductions (PTX ISA 9.7.13): the rows of atomic.inc as a table.
#define QIAO_FAMILY atomic_forms
#define QIAO_ROWS "src/isa/forms/atomic.inc"
#include "src/isa/forms/family.inc"
