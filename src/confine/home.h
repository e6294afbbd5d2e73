/* The user's home directory, from the container's own /etc/passwd. */
#pragma once

#include "base/arena.h"
#include "plan/plan.h"

#include <stddef.h>

/* The home directory of `uid` in the text of a passwd file (passwd(5)), NULL if there is none. The text is
 * hostile. */
const char *home_parse(const char *text, size_t len, uint32_t uid, struct arena *a);

/* The environment for execve(): p->env, and HOME where the plan wants it added; "/" for a user that is not in
 * /etc/passwd. Called inside the container, after the pivot. The array is in `a`, its strings are p's. */
char **home_env(const struct plan_process *p, struct arena *a);
