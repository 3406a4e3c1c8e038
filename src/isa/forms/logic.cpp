// Logic and shift (PTX ISA 9.7.8): the rows of logic.inc as a table.
#define QIAO_FAMILY logic_forms
#define QIAO_ROWS "src/isa/forms/logic.inc"
#include "src/isa/forms/family.inc"
