/* One set of trampolines: each entry point of QIAO_LIST that QIAO_VERSION has jumps through its slot, which at first leads
   to qiao_lazy and after the first call to libqiao. Compiled once per library; QIAO_NAME spells the symbols (plain for
   the replaced libraries, prefixed and hidden in the preload library). */

#include "shim/api/thin/set.h"

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) \
    qiao_row QIAO_NAME(symbol), symbol, since, until, #result

.macro qiao_begin name
    .text
    .p2align 4
    .globl \name
    .type \name, %function
#ifdef QIAO_HIDDEN
    .hidden \name
#endif
\name:
.endm

.macro qiao_row name, symbol, since, until, result
  .if (QIAO_VERSION >= \since) && (QIAO_VERSION < \until)
    qiao_begin \name
#if defined(__x86_64__)
    endbr64
    jmpq *qiao_slot_\symbol(%rip)
qiao_lazy_\symbol:
    endbr64
    leaq qiao_slot_\symbol(%rip), %r11
    jmp qiao_lazy
#elif defined(__aarch64__)
    hint #34 /* bti c */
    adrp x16, qiao_slot_\symbol
    ldr x17, [x16, :lo12:qiao_slot_\symbol]
    br x17
qiao_lazy_\symbol:
    hint #36 /* bti j */
    adrp x16, qiao_slot_\symbol
    add x16, x16, :lo12:qiao_slot_\symbol
    b qiao_lazy
#endif
    .size \name, . - \name
    .data
qiao_slot_\symbol:
    .quad qiao_lazy_\symbol
#ifdef QIAO_HIDDEN
    .section .rodata.str1.1,"aMS",%progbits,1
qiao_text_\symbol:
    .asciz "\symbol"
    .section .rodata.qiao_names,"a",%progbits
    .long qiao_text_\symbol - ., \name - . + 4
#endif
  .else
    .data
    .quad 0
  .endif
    .section .rodata
  .ifeqs "\result", "CUresult"
    .byte 1
  .else
    .ifeqs "\result", "cudaError_t"
    .byte 1
    .else
      .ifeqs "\result", "nvrtcResult"
      .byte 2
      .else
        .ifeqs "\result", "cublasStatus_t"
        .byte 3
        .else
        .byte 0
        .endif
      .endif
    .endif
  .endif
.endm

    .data
    .p2align 3
QIAO_SET(slots):
    .section .rodata
QIAO_SET(returns_code):
#ifdef QIAO_HIDDEN
    .section .rodata.qiao_names,"a",%progbits
    .p2align 2
QIAO_SET(names):
#endif

#include QIAO_LIST

#ifdef QIAO_HIDDEN
    .section .rodata.qiao_names,"a",%progbits
    .long 0, 0
    .globl QIAO_SET(names)
    .hidden QIAO_SET(names)
#endif
    .globl QIAO_SET(slots), QIAO_SET(returns_code)
    .hidden QIAO_SET(slots), QIAO_SET(returns_code)

/* Saves every register that may hold an argument, asks libqiao_entry where to go, and goes there. */
    .text
    .p2align 4
    .type qiao_lazy, %function
#if defined(__x86_64__)
qiao_lazy: /* r11: the slot */
    .cfi_startproc
    .irp register, rdi, rsi, rdx, rcx, r8, r9, rax, r10, r11
    pushq %\register
    .cfi_adjust_cfa_offset 8
    .endr
    subq $128, %rsp
    .cfi_adjust_cfa_offset 128
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    movups %xmm\n, 16*\n(%rsp)
    .endr
    leaq QIAO_SET(thin)(%rip), %rdi
    movq %r11, %rsi
    call qiao_entry_bind@PLT
    movq %rax, 128(%rsp) /* where r11 was saved */
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    movups 16*\n(%rsp), %xmm\n
    .endr
    addq $128, %rsp
    .cfi_adjust_cfa_offset -128
    .irp register, r11, r10, rax, r9, r8, rcx, rdx, rsi, rdi
    popq %\register
    .cfi_adjust_cfa_offset -8
    .endr
    jmpq *%r11
    .cfi_endproc
#elif defined(__aarch64__)
qiao_lazy: /* x16: the slot */
    .cfi_startproc
    stp x29, x30, [sp, #-224]!
    .cfi_def_cfa_offset 224
    .cfi_offset 30, -216
    stp x0, x1, [sp, #16]
    stp x2, x3, [sp, #32]
    stp x4, x5, [sp, #48]
    stp x6, x7, [sp, #64]
    str x8, [sp, #80]
    stp q0, q1, [sp, #96]
    stp q2, q3, [sp, #128]
    stp q4, q5, [sp, #160]
    stp q6, q7, [sp, #192]
    adrp x0, QIAO_SET(thin)
    add x0, x0, :lo12:QIAO_SET(thin)
    mov x1, x16
    bl qiao_entry_bind
    mov x17, x0
    ldp x0, x1, [sp, #16]
    ldp x2, x3, [sp, #32]
    ldp x4, x5, [sp, #48]
    ldp x6, x7, [sp, #64]
    ldr x8, [sp, #80]
    ldp q0, q1, [sp, #96]
    ldp q2, q3, [sp, #128]
    ldp q4, q5, [sp, #160]
    ldp q6, q7, [sp, #192]
    ldp x29, x30, [sp], #224
    .cfi_def_cfa_offset 0
    br x17
    .cfi_endproc
#else
#error "trampolines: no variant for this processor"
#endif
    .size qiao_lazy, . - qiao_lazy
    .section .note.GNU-stack,"",%progbits
