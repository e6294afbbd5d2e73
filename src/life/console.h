/* The container's terminal: a pty from its own devpts, its master handed out, its slave made /dev/console and
 * stdio. */
#pragma once

#include "base/err.h"
#include "plan/plan.h"
#include "rootfs/rootfs.h"

/*
 * Child lane: open a pty of the devpts mounted at /dev/pts below root_fd. The multiplexer is verified to be
 * one (5:2 on devpts), the slave is taken from the master by TIOCGPTPEER, never by name (CVE-2025-52565).
 * Both are CLOEXEC.
 */
int console_open(int root_fd, const struct plan_process *p, int *ret_master, int *ret_slave, struct err *e);

/* Make the slave our controlling terminal and our standard streams. The caller is a session leader. */
int console_attach(int slave, const struct plan_process *p, struct err *e);

/* Parent lane: send the master over the AF_UNIX stream socket at `path` (the caller's --console-socket). */
int console_send(const char *path, int master, struct err *e);
