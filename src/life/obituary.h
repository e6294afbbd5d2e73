/* How the container's init ended before it became the program: the kernel's words, made plain. */
#pragma once

#include "life/container.h"

/*
 * `r` is what gate_open() said. -ECHILD gets its reason added to e->text; for 0 it is made sure that execve()
 * was survived, which the end of file alone does not say: -ECHILD with the reason if it was not.
 */
int obituary_start(struct container *c, int r, struct err *e);

/* "was killed by signal 9", "exited with status 1", "is gone"; `status` as from waitpid(2), -1 unknown. */
void obituary_words(int status, char *ret, size_t size);

/* What a death by that status and so many OOM kills means; "" if nothing is known. */
const char *obituary_cause(int status, uint64_t oom_kills);
