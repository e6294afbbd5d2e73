/* linux.resources of a container that runs already. */
#pragma once

#include "plan/plan.h"

struct plan_update {
	struct plan_cgroup cgroup; /* the writes alone: device rules and the place stay as they are */
	struct oci_resources now;  /* what is in force afterwards, as far as a later update depends on it */
	struct plan_warnings warnings;
};

/*
 * Turn a request into writes. Members that are not set, and zeros where zero is no value, change nothing;
 * `now` (may be NULL) completes values that the kernel judges together: a limit and limit plus swap, quota,
 * period and burst, shares and idle. Device rules of the request are not looked at. Everything in *ret lives
 * in `a` or in the request. Errors: those of resources_build().
 */
int plan_update_build(const struct oci_resources *request, const struct oci_resources *now,
		      const struct host *host, struct arena *a, struct plan_update *ret, struct err *e);
