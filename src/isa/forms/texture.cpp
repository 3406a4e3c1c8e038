// Textures (PTX ISA 9.7.10): the rows of texture.inc as a table.
#define QIAO_FAMILY texture_forms
#define QIAO_ROWS "src/isa/forms/texture.inc"
#include "src/isa/forms/family.inc"
