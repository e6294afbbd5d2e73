/* Attributes of the calling process that prctl() sets. */
#pragma once

#include <stdbool.h>

/* Whether others may ptrace us and read /proc/PID (PR_SET_DUMPABLE): off before a namespace of the container
 * is joined, so that nothing in there reaches our descriptors (CVE-2016-9962). execve() of the payload resets
 * it. 0 or -errno. */
int sys_set_dumpable(bool dumpable);

/* The name that ps shows (PR_SET_NAME), cut at 15 bytes. */
int sys_set_name(const char *name);
