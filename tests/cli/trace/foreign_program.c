#include "foreign.h"

int main(void) {
  foreignPlan plan = 0;
  float data = 0;
  foreignPair pair = {1, 2};
  if (foreignMake(&plan, -1, FOREIGN_BACK, "bad") != FOREIGN_BAD) return 1;
  if (foreignMake(&plan, 8, FOREIGN_FORWARD, "a \"good\" one") != FOREIGN_GOOD) return 2;
  if (foreignRun(plan, pair, 2.0, &data) != FOREIGN_GOOD || data != 6) return 3;
  foreignEnd(plan);
  return foreignPrint("%d", 1) == 1 ? 0 : 4;
}
