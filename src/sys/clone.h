/* clone3 with its fallback, namespaces, pidfds. */
#pragma once

#include <sys/types.h>

/*
 * fork() with CLONE_* `flags` into the cgroup2 directory `cgroup_fd` (FD_NONE: none). *ret_pidfd gets a
 * CLOEXEC pidfd, or FD_NONE on a kernel without. Without clone3 (before 5.3) or CLONE_INTO_CGROUP
 * (before 5.7) it falls back to clone() and sets *ret_in_cgroup to 0: the caller then has to move the child.
 * Returns 0 in the child, the pid in the parent, or -errno.
 */
pid_t sys_fork(int flags, int cgroup_fd, int *ret_pidfd, int *ret_in_cgroup);

/* A second fork whose child becomes the caller's sibling (CLONE_PARENT). 0 in the child, pid or -errno. */
pid_t sys_fork_sibling(void);

int sys_pidfd_open(pid_t pid);               /* CLOEXEC; -ENOSYS before 5.3 */
int sys_pidfd_signal(int pidfd, int signal); /* 0 or -errno */
