/* Children that end with us, and the descriptors that a child keeps. */
#include "life/lane.h"

#include "../confine/child.h"
#include "../confine/shim.h"
#include "sys/clone.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void keep(void *arg)
{
	int list[] = { 40, FD_NONE, 20, 3, 21, 20 };
	struct err e = ERR_INIT;

	for (int fd = 3; fd < 60; fd++)
		CHECK(dup2(0, fd) == fd);
	if (arg)
		shim_errno(SYS_close_range, *(int *)arg);
	CHECK(keep_only(5, list, 6, &e) == 0);
	for (int fd = 0; fd < 60; fd++)
		CHECK(is_open(fd) == (fd < 5 || fd == 20 || fd == 21 || fd == 40));
	CHECK(keep_only(3, NULL, 0, &e) == 0);
	CHECK(is_open(2) && !is_open(3) && !is_open(40));
}

Test(child, keep_only)
{
	OK_IN_CHILD(keep, NULL);
}

Test(child, keep_only_without_close_range)
{
	int codes[] = { ENOSYS, EPERM };

	OK_IN_CHILD(keep, &codes[0]);
	OK_IN_CHILD(keep, &codes[1]);
}

static void keep_fails(void *arg)
{
	struct err e = ERR_INIT;

	(void)arg;
	shim_errno(SYS_close_range, ENOMEM);
	CHECK(keep_only(3, NULL, 0, &e) == -ENOMEM);
}

Test(child, keep_only_reports_failure)
{
	OK_IN_CHILD(keep_fails, NULL);
}

static struct child sleeper(void)
{
	struct child c = { .pidfd = FD_NONE };
	pid_t pid = sys_fork(0, FD_NONE, &c.pidfd, NULL);

	if (pid == 0) {
		pause();
		_exit(0);
	}
	c.pid = pid;
	return c;
}

Test(child, ended_with_its_scope)
{
	pid_t pid;
	{
		own_child c = sleeper();
		pid = c.pid;
		cr_assert_eq(kill(pid, 0), 0);
	}
	cr_assert_eq(waitpid(pid, NULL, WNOHANG), -1);
	cr_assert_eq(errno, ECHILD);
}

Test(child, end_without_pidfd)
{
	struct child c = sleeper();

	own_fd_done(&c.pidfd);
	int status = child_end(&c);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	cr_assert_eq(child_end(&c), -1, "an empty one has no status");
}

Test(child, released)
{
	struct child c = sleeper();
	pid_t pid = c.pid;

	child_release(&c);
	cr_assert_eq(c.pidfd, FD_NONE);
	cr_assert_eq(child_end(&c), -1);
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

/* A child that forks a sibling of itself, as a lane does for a pid namespace. */
Test(child, adopted)
{
	struct child c = { .pidfd = FD_NONE };
	struct err e = ERR_INIT;
	int say[2];
	pid_t second;

	cr_assert_eq(pipe2(say, O_CLOEXEC), 0);
	pid_t first = sys_fork(0, FD_NONE, &c.pidfd, NULL);
	if (first == 0) {
		pid_t pid = sys_fork_sibling();
		if (pid != 0)
			_exit(write(say[1], &pid, sizeof pid) == sizeof pid ? 0 : 1);
		pause();
		_exit(0);
	}
	c.pid = first;
	cr_assert_eq(read(say[0], &second, sizeof second), sizeof second);
	cr_assert_eq(child_adopt(&c, first, &e), 0);
	cr_assert_eq(c.pid, first, "the same process is no news");
	cr_assert_eq(child_adopt(&c, second, &e), 0);
	cr_assert_eq(c.pid, second);
	cr_assert_eq(waitpid(first, NULL, WNOHANG), -1, "the one in between is reaped");
	int status = child_end(&c);
	cr_assert(WIFSIGNALED(status));
	close(say[0]);
	close(say[1]);
}
