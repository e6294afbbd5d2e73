/* The socket between the two lanes: steps, failures, log lines, descriptors. */
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "life/script.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct chan {
	int fd;
	pid_t peer; /* who sent the last message, as the kernel says (SCM_CREDENTIALS); 0 before the first */
	bool gone;  /* the peer died: end of file, or nobody there to send to */
	const struct log *log; /* where the peer's log lines go */
};

/* A connected pair, both CLOEXEC; `parent` gets the kernel's word on who sends. Caller owns both descriptors.
 */
int chan_pair(struct chan *ret_parent, struct chan *ret_child, struct err *e);

/* Tell the peer that `step` is done; up to SCM_MAX descriptors ride along (they stay ours). */
int chan_send(struct chan *c, enum step step, const int *fds, size_t n_fds, struct err *e);

/*
 * Wait for `step`. Log lines on the way go to c->log. The peer's failure becomes ours, in its words.
 * -ECONNRESET and c->gone: it died. ret_fds gets exactly n_fds descriptors (owned by the caller), or it is an
 * error.
 */
int chan_expect(struct chan *c, enum step step, int *ret_fds, size_t n_fds, struct err *e);

/* Wait for the end of file that a successful execve() leaves behind; the peer's failure becomes ours. */
int chan_expect_end(struct chan *c, struct err *e);

/* Report our failure; nothing follows. Never fails itself: there is nobody left to tell. */
void chan_fail(struct chan *c, const struct err *e);

/* A log sink (struct log) whose arg is a struct chan. */
void chan_log_sink(void *arg, enum log_level level, const char *text);

const char *step_name(enum step s);
