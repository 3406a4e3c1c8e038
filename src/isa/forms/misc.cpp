// Miscellaneous (PTX ISA 9.7.10, 9.7.19): the rows of misc.inc as a table.
#define QIAO_FAMILY misc_forms
#define QIAO_ROWS "src/isa/forms/misc.inc"
#include "src/isa/forms/family.inc"
