// Data movement between registers, and conversion (PTX ISA 9.7.9): the rows of move.inc as a table.
#define QIAO_FAMILY move_forms
#define QIAO_ROWS "src/isa/forms/move.inc"
#include "src/isa/forms/family.inc"
