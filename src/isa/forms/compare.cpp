// Comparison and selection (PTX ISA 9.7.6, 9.7.7): the rows of compare.inc as a table.
#define QIAO_FAMILY compare_forms
#define QIAO_ROWS "src/isa/forms/compare.inc"
#include "src/isa/forms/family.inc"
