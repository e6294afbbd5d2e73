/* Stay with a process to its end: signals forwarded, terminal relayed. */
#pragma once

#include "base/err.h"

#include <sys/types.h>

struct foreground {
	int signals;                       /* signalfd, owned */
	int master;                        /* the terminal to relay, owned; FD_NONE: none */
	const struct notifysocket *notify; /* messages to pass on, NULL: none */
};

/* Before the fork: block what will be forwarded, so that none is lost. */
int foreground_begin(struct foreground *f, struct err *e);
/* Give `master` (FD_NONE: nothing) the size of our own terminal: before the program runs, so that it never
 * sees another. */
void foreground_size(int master);
/* Relay until `pid`, a child of ours, has ended. *ret_status: its exit status, or 128 + signal. */
int foreground_wait(struct foreground *f, pid_t pid, int *ret_status, struct err *e);
void foreground_done(struct foreground *f);
