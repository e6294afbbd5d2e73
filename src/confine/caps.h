/* The five capability sets of the container's process (capabilities(7)). */
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "plan/plan.h"

/*
 * Drop what `want` leaves out of the bounding set. Needs CAP_SETPCAP, so it comes before the ids change. A
 * capability that is wanted and that husk has not got itself is a warning (config.md, capabilities: "MUST be
 * logged as a warning").
 */
int caps_bound(const struct plan_caps *want, const struct log *log, struct err *e);

/* Let the permitted set survive a change to a uid other than 0; execve() undoes it. */
int caps_keep(struct err *e);

/* Make every permitted capability effective again, which the change of uid has undone. */
int caps_raise(struct err *e);

/*
 * Set permitted, effective, inheritable and ambient to what `want` says, as far as husk may: what cannot be
 * granted is a warning. Without `want->set` all of them become empty.
 */
int caps_apply(const struct plan_caps *want, const struct log *log, struct err *e);
