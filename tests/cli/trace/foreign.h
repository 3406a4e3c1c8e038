/* A library of which Qiao knows nothing: what `qiao trace --header` reads. */
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
typedef enum { FOREIGN_GOOD = 0, FOREIGN_BAD = 7 } foreignStatus;
typedef enum foreignMode { FOREIGN_FORWARD = -1, FOREIGN_BACK = 1 } foreignMode;
typedef struct foreignPlan_st* foreignPlan;
typedef struct {
  float x, y;
} foreignPair;
foreignStatus foreignMake(foreignPlan* plan, int size, foreignMode mode, const char* name);
foreignStatus foreignRun(foreignPlan plan, foreignPair pair, double scale, float* data);
void foreignEnd(foreignPlan plan);
int foreignPrint(const char* format, ...);
int foreignAbsent(void);
#ifdef __cplusplus
}
#endif
