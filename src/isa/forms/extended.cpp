// Extended-precision integer arithmetic (PTX ISA 9.7.2): the rows of extended.inc as a table.
#define QIAO_FAMILY extended_forms
#define QIAO_ROWS "src/isa/forms/extended.inc"
#include "src/isa/forms/family.inc"
