/* Who the process is: groups, gid, uid and umask. */
#pragma once

#include "base/err.h"
#include "plan/plan.h"

/*
 * Supplementary groups, then gid, then uid: each step needs what the next one takes away. An id without a
 * mapping in the user namespace is an error that names it. `in_userns`: a refused setgroups() is no error
 * when no groups are asked for (user_namespaces(7): an unprivileged gid_map requires "deny").
 */
int ids_apply(const struct plan_process *p, bool in_userns, struct err *e);
