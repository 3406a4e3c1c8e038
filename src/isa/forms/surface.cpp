// Surfaces (PTX ISA 9.7.11): the rows of surface.inc as a table.
#define QIAO_FAMILY surface_forms
#define QIAO_ROWS "src/isa/forms/surface.inc"
#include "src/isa/forms/family.inc"
