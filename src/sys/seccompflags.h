/* What this kernel's seccomp(2) takes. */
#pragma once

#include <stdbool.h>

/* Does it know all of `flags` (SECCOMP_FILTER_FLAG_*) together? Nothing is loaded. */
bool sys_seccomp_knows(unsigned flags);
