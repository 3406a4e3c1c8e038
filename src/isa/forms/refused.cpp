// Families known by name and refused: the rows of refused.inc as a table.
#define QIAO_FAMILY refused_forms
#define QIAO_ROWS "src/isa/forms/refused.inc"
#include "src/isa/forms/family.inc"
