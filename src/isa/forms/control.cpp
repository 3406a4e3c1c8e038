// Control flow (PTX ISA 9.7.12): the rows of control.inc as a table.
#define QIAO_FAMILY control_forms
#define QIAO_ROWS "src/isa/forms/control.inc"
#include "src/isa/forms/family.inc"
