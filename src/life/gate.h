/*
 * The gate between create and start: two FIFOs in the state directory.
 *
 * init reads one byte from `go`, and writes to `result`: "." right before execve, or the errno and the reason
 * why not. It holds `result` CLOEXEC, so "." and end of file = the program runs; "." and text = execve
 * failed; text = a startContainer hook failed; bare end of file = it died at the gate. Whether somebody reads
 * `go` is also how husk knows "created" from "running": no file can be out of step with the kernel's word.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct gate {
	int go, result;
};

#define GATE_EMPTY ((struct gate){ .go = FD_NONE, .result = FD_NONE })

/* Parent lane, before the fork: make both FIFOs and open init's ends. */
int gate_make(int dir_fd, struct gate *ret, struct err *e);
void gate_done(struct gate *g);

/* init: block until start. */
int gate_wait(struct gate *g, struct err *e);
/* init: the next thing is execve. */
int gate_passing(struct gate *g, struct err *e);
/* init: tell start why it failed. */
void gate_fail(struct gate *g, const struct err *e);
/* init, after gate_fail(): more of the same sentence. */
void gate_explain(struct gate *g, const char *more);

/* Is init waiting at the gate? */
bool gate_closed(int dir_fd);
/* start: open the gate and wait for what comes of it. -ECANCELED: a startContainer hook (or the last
 * confinement) failed; -ENOEXEC: execve did; -ECHILD: init died without a word. e->code is init's own. */
int gate_open(int dir_fd, struct err *e);
