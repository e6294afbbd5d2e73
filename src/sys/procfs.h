/*
 * A procfs that nobody else mounted over: private, detached, verified (magic, root inode).
 * For writes that confine (LSM labels, sysctl, oom_score_adj, id maps) no path under /proc is ever trusted.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * O_PATH|O_DIRECTORY|O_CLOEXEC descriptor of a procfs of the caller's pid namespace, content following the
 * caller's namespaces: a detached clone of the mount on /proc, else a new one (fsopen), which without `full`
 * has no /proc/sys (subset=pid), else (before 5.2, or in a user namespace that may neither) /proc as it is.
 * Each is verified by fstatfs (PROC_SUPER_MAGIC) and root inode 1. A child in another pid namespace may go on
 * using it: "self" follows the reader, numbers do not.
 */
int procfs_open(bool full, struct err *e);

/* One write() of text to the file `name` below it ("self/attr/exec", "1234/uid_map",
 * "sys/net/ipv4/ip_forward"): no symlink but self and thread-self, no mount crossed, target verified to be on
 * the same procfs. */
int procfs_write(int procfs_fd, const char *name, const char *text, struct err *e);

/* Read a small file likewise. NUL-terminated, cut at size - 1. Returns its length or -errno. */
int procfs_read(int procfs_fd, const char *name, char *buf, size_t size, struct err *e);

/* Start time of a process in clock ticks since boot (proc_pid_stat(5), field 22); with the pid it names a
 * process for ever. */
int procfs_start_time(int procfs_fd, pid_t pid, uint64_t *ret, char *ret_state, struct err *e);
