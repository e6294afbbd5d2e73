/* The working directory of the container's process. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/*
 * Enter cpath (after the pivot), making it with its parents, mode 0755, where it is missing. -EACCES: the
 * caller may try again as the container's user, who may see more than root does (a directory of his on a
 * root-squashing file system).
 */
int cwd_enter(const char *cpath, bool create, struct err *e);

/* The working directory must be below the root: a descriptor that leaked in, entered as /proc/self/fd/N, is
 * not (CVE-2024-21626). */
int cwd_verify(const char *cpath, struct err *e);
