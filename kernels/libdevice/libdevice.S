// The PTX text, embedded; declared in libdevice.h.
        .section .rodata
        .globl  qiao_kernels_libdevice_ptx
        .hidden qiao_kernels_libdevice_ptx
qiao_kernels_libdevice_ptx:
        .incbin QIAO_LIBDEVICE_PTX
        .byte   0
        .globl  qiao_kernels_libdevice_ptx_end
        .hidden qiao_kernels_libdevice_ptx_end
qiao_kernels_libdevice_ptx_end:
        .section .note.GNU-stack, "", %progbits
