/* Names of one set of trampolines: QIAO_SET(x) is qiao_<set>_x, QIAO_NAME(x) the symbol of entry point x. */
#define QIAO_PASTE(a, b, c) a##b##c
#define QIAO_PASTED(a, b, c) QIAO_PASTE(a, b, c)
#define QIAO_SET(name) QIAO_PASTED(qiao_, QIAO_SET_NAME, _##name)
#ifdef QIAO_HIDDEN
#define QIAO_NAME(symbol) QIAO_SET(symbol)
#else
#define QIAO_NAME(symbol) symbol
#endif
