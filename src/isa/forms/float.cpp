// Floating point (PTX ISA 9.7.3): the rows of float.inc as a table.
#define QIAO_FAMILY float_forms
#define QIAO_ROWS "src/isa/forms/float.inc"
#include "src/isa/forms/family.inc"
