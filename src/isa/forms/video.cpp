// Video instructions (PTX ISA 9.7.18): the rows of video.inc as a table.
#define QIAO_FAMILY video_forms
#define QIAO_ROWS "src/isa/forms/video.inc"
#include "src/isa/forms/family.inc"
