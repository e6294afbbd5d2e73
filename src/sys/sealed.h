/* husk runs from a copy of itself that nobody can write to (CVE-2019-5736). */
#pragma once

#include "base/err.h"

/*
 * Called by main() before a command that will share a process tree with a container reads anything hostile.
 * Where /proc/self/exe is not yet on a read-only mount or a sealed memfd, re-executes argv from one: a
 * detached read-only clone of the mount that holds our file (open_tree + mount_setattr, nothing copied), else
 * a sealed memfd copy. Returns 0 when already protected; does not return when it re-executes; -errno when no
 * way works. The environment is passed on unchanged.
 */
int sealed_ensure(char **argv, struct err *e);
