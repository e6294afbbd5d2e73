/* A child of ours, killed and reaped unless it was let go; and the descriptors it may keep. */
#include "life/lane.h"

#include "sys/clone.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int child_end(struct child *c)
{
	int status = -1;

	if (c->pid > 0) {
		if (c->pidfd < 0 || sys_pidfd_signal(c->pidfd, SIGKILL) < 0)
			(void)kill(c->pid, SIGKILL); /* our unreaped child: the pid cannot be another's */
		while (waitpid(c->pid, &status, __WALL) < 0)
			if (errno != EINTR) {
				status = -1;
				break;
			}
	}
	child_release(c);
	return status;
}

int child_adopt(struct child *c, pid_t pid, struct err *e)
{
	pid_t between = c->pid;

	if (pid == between || pid <= 0)
		return 0;
	c->pid = pid;
	own_fd_done(&c->pidfd);
	int fd = sys_pidfd_open(pid);
	c->pidfd = fd < 0 ? FD_NONE : fd;
	while (waitpid(between, NULL, __WALL) < 0)
		if (errno != EINTR)
			return err_set(e, errno, "reap the intermediate process");
	return 0;
}

void child_release(struct child *c)
{
	own_fd_done(&c->pidfd);
	c->pid = 0;
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int close_span(unsigned from, unsigned to, struct err *e)
{
	if (from > to)
		return 0;
	if (syscall(SYS_close_range, from, to, 0) == 0)
		return 0;
	if (errno != ENOSYS && errno != EPERM)
		return err_set(e, errno, "close_range");
	/* before 5.9, or filtered: the table is small, and none of ours is above the soft limit of a test's
	 * thousand */
	for (unsigned fd = from; fd <= to && fd < 4096; fd++)
		(void)close((int)fd);
	return 0;
}

int keep_only(unsigned first, int *keep, size_t n, struct err *e)
{
	if (n)
		qsort(keep, n, sizeof *keep, by_value);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < 0 || (unsigned)keep[i] < first)
			continue;
		if ((unsigned)keep[i] > first)
			TRY(close_span(first, (unsigned)keep[i] - 1, e));
		first = (unsigned)keep[i] + 1;
	}
	return close_span(first, ~0u, e);
}
