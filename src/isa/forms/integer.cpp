// Integer arithmetic (PTX ISA 9.7.1): the rows of integer.inc as a table.
#define QIAO_FAMILY integer_forms
#define QIAO_ROWS "src/isa/forms/integer.inc"
#include "src/isa/forms/family.inc"
