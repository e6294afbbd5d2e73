/* clone3 with its fallback, and pidfds. */
#include "sys/clone.h"

#include "base/own.h"
#include "sys/compat.h"

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

/*
 * The raw system calls, because libc's fork() takes no flags. Without CLONE_VM the child has its own copy of
 * everything and returns on its own stack, so this is fork() less libc's bookkeeping: no atfork handlers run
 * (we register none) and no locks are reset (we have one thread). What libc believes to be the thread id
 * stays the parent's: the child must not use robust mutexes or create threads, and should signal itself with
 * kill(getpid()), not raise().
 */
static pid_t clone_new(uint64_t flags, int cgroup_fd, int *pidfd)
{
	struct sys_clone_args args = {
		.flags = flags | SYS_CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	size_t size = SYS_CLONE_ARGS_V0;

	if (cgroup_fd >= 0) {
		args.flags |= SYS_CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
		size = sizeof args;
	}
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, size);
	return pid < 0 ? -errno : pid;
}

/* clone(2): the exit signal sits in the low byte of flags, so CLONE_NEWTIME (0x80) cannot be said. `pidfd`
 * stays as it is on kernels before 5.2, which ignore the flag. */
static pid_t clone_old(uint64_t flags, int *pidfd)
{
	unsigned long f = (unsigned long)flags | SIGCHLD;

	if (flags & 0xff)
		return -ENOSYS;
	if (pidfd)
		f |= SYS_CLONE_PIDFD;
#if defined(__s390__) || defined(__CRIS__)
	pid_t pid = (pid_t)syscall(SYS_clone, 0UL, f, pidfd, NULL, 0UL);
#else
	pid_t pid = (pid_t)syscall(SYS_clone, f, 0UL, pidfd, NULL, 0UL);
#endif
	return pid < 0 ? -errno : pid;
}

pid_t sys_fork(int flags, int cgroup_fd, int *ret_pidfd, int *ret_in_cgroup)
{
	uint64_t f = (unsigned)flags;
	int pidfd = FD_NONE;
	bool in_cgroup = cgroup_fd >= 0;

	pid_t pid = clone_new(f, cgroup_fd, &pidfd);
	/* E2BIG or EINVAL: a kernel without CLONE_INTO_CGROUP. Any other refusal of the cgroup comes back,
	 * better worded, when the caller moves the child. */
	if (pid < 0 && in_cgroup && pid != -ENOSYS) {
		in_cgroup = false;
		pid = clone_new(f, FD_NONE, &pidfd);
	}
	/* EPERM: a sandbox that does not know clone3, or a true refusal, which clone() then repeats. */
	if (pid == -ENOSYS || pid == -EPERM) {
		in_cgroup = false;
		pid = clone_old(f, &pidfd);
	}
	if (pid < 0)
		return pid;
	if (ret_in_cgroup)
		*ret_in_cgroup = in_cgroup;
	if (pid > 0)
		*ret_pidfd = pidfd >= 0 ? pidfd : FD_NONE;
	return pid;
}

pid_t sys_fork_sibling(void)
{
	/* clone3() wants exit_signal 0 with CLONE_PARENT; either way the sibling has the caller's own. */
	return clone_old(CLONE_PARENT, NULL);
}

int sys_pidfd_open(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0U);

	return fd < 0 ? -errno : fd;
}

int sys_pidfd_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0U) < 0 ? -errno : 0;
}
