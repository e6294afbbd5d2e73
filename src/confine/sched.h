/* How the kernel schedules the container's process: CPU, disk and memory nodes. */
#pragma once

#include "base/err.h"
#include "plan/plan.h"

#include <sys/types.h>

/* Scheduler (sched_setattr(2)), I/O priority of the process group (ioprio_set(2)), memory policy
 * (set_mempolicy(2)) and execution domain (personality(2)), each where the plan asks for it. Comes before
 * capabilities are dropped: CAP_SYS_NICE. */
int sched_apply(const struct plan_process *p, struct err *e);

/* Let `pid` (0: the caller) run on the CPUs of `list` only: "0-3,7" (sched_setaffinity(2)). */
int sched_affinity(pid_t pid, const char *list, struct err *e);
