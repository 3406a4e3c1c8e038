// Half precision and mixed precision (PTX ISA 9.7.4, 9.7.5): the rows of half.inc as a table.
#define QIAO_FAMILY half_forms
#define QIAO_ROWS "src/isa/forms/half.inc"
#include "src/isa/forms/family.inc"
