/* Carrying out the planned writes. Internal to src/cgroup. */
#pragma once

#include "cgroup/cgroup.h"

/*
 * Every write, in order. One that the kernel refuses (EINVAL, EBUSY) gets a second chance after all the
 * others: pairs such as limit and limit+swap, or quota and burst, can be lowered in one order and raised in
 * the other.
 */
int write_all(const struct cgroup *cg, const struct plan_write *v, size_t n, struct err *e);
