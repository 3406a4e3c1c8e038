/* What libqiao_preload.so offers the machine's fault handler, which looks it up by name. */
#pragma once

#include <signal.h>

/* Installs `ours`, in whose stead the program's handler is kept when this is the first time; from then on the program's
   sigaction and signal for it only change the answer, which is what the program has set. Null when it cannot be
   installed. */
const struct sigaction* qiao_claim_signal(int signal, const struct sigaction* ours);
