// Synchronisation and communication (PTX ISA 9.7.13): the rows of parallel.inc as a table.
#define QIAO_FAMILY parallel_forms
#define QIAO_ROWS "src/isa/forms/parallel.inc"
#include "src/isa/forms/family.inc"
