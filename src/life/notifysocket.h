/*
 * The caller's service manager and the container: sd_notify(3) through the wall.
 *
 * Where NOTIFY_SOCKET is set, the container gets a directory of its own at /run/notify. The socket in it is
 * husk's: the program's READY=1 and its like are passed on, with a MAINPID that means something outside.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/own.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

struct notifysocket {
	int fd;    /* the container's side, FD_NONE: nobody wants to be notified */
	pid_t pid; /* the container's first process, as the service manager sees it */
	struct sockaddr_un manager;
	socklen_t manager_len;
};

#define own_notifysocket   OWN(notifysocket_done) struct notifysocket
#define NOTIFYSOCKET_EMPTY ((struct notifysocket){ .fd = FD_NONE })

/* The directory of container `id` below `root` that the plan mounts; NULL if NOTIFY_SOCKET is not set. In
 * `a`. */
char *notifysocket_dir(const char *root, const char *id, struct arena *a);
/* create: make it in the state directory, if it is wanted. */
int notifysocket_make(int dir_fd, struct err *e);

/* start and run, before the program runs: listen. Leaves *ret empty when create made no directory or the
 * environment names no manager. */
int notifysocket_open(int dir_fd, pid_t pid, struct notifysocket *ret, struct err *e);
void notifysocket_done(struct notifysocket *n);

/* Pass on what there is to read now. Returns true once the program said that it is ready. */
bool notifysocket_pump(const struct notifysocket *n);

/* Pass on until the program is ready or gone (`pidfd`; FD_NONE: asked by signal 0), and until the manager has
 * understood: it must not see us end before it knows who the main process is. */
void notifysocket_wait(const struct notifysocket *n, int pidfd);
