/* Give the process its identity and take its privileges: the last steps of the child lane. */
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "plan/plan.h"

/* The compiled filter: classic BPF, ready for seccomp(2). Lives in an arena; len 0 = none. */
struct seccomp_filter {
	struct sock_filter *code;
	unsigned short len;
	unsigned flags; /* SECCOMP_FILTER_FLAG_* */
};

/*
 * Compile plan->config, or take it from the cache: a file under `cache_fd` (FD_NONE: no cache) whose name is
 * a hash of the resolved rules and which holds those rules in full, compared byte for byte, so that a
 * collision cannot weaken a profile.
 */
int seccomp_compile(const struct plan_seccomp *plan, int cache_fd, struct arena *a,
		    struct seccomp_filter *ret, const struct log *log, struct err *e);

/* Load it into the calling thread (libseccomp owns the name seccomp_load). *ret_notify_fd: the listener, when
 * some action is NOTIFY (else FD_NONE).
 */
int seccomp_install(const struct seccomp_filter *f, int *ret_notify_fd, struct err *e);

/* What confine needs beside the plan. */
struct confine {
	const struct plan_process *process;
	const struct plan_seccomp *seccomp;
	const struct seccomp_filter *filter;
	const struct log *log;
	int procfs_fd;   /* of the container's pid namespace, private and verified (sys/procfs.h) */
	bool in_userns;  /* not in the host's: groups may be locked, capabilities reach only so far */
	bool create_cwd; /* make process.cwd where the image has not got it: for the first process only */
	int notify_fd;   /* out: listener to hand to the parent lane, FD_NONE if none */
};

/*
 * In two halves, with the gate between them:
 *   confine_prepare: session keyring, scheduler, io priority, memory policy, personality, LSM labels (for the
 * next exec), no_new_privs if asked, the filter if it must be loaded while CAP_SYS_ADMIN is there, bounding
 * set, ids (groups, gid, uid), umask, rlimits, capabilities, cwd (verified to be inside the root).
 * confine_final: the filter when no_new_privs allows it this late. Nothing but write() and execve() follows.
 * The order and its reasons are in confine.c.
 */
int confine_prepare(struct confine *c, struct err *e);
int confine_final(struct confine *c, struct err *e);

/* The rlimits that need no right to be set, for the calling process: confine_prepare() does it, as the final
 * user. */
int limits_lower(const struct plan_process *p, struct err *e);

/* The rlimits above our own hard limits, and the oom_score_adj, of another process that has called
 * limits_lower(), by the parent lane (it may have capabilities the container has not). */
int limits_apply(const struct plan_process *p, pid_t pid, int host_procfs_fd, struct err *e);

/* The program to execute: args[0] looked up in the PATH of `env`, inside the container (after the pivot), as
 * the final user. Errors in the words callers match: exec: "x": executable file not found in $PATH. *ret is
 * in `a`. */
int program_find(const struct plan_process *p, struct arena *a, const char **ret, struct err *e);

/* Everything from descriptor 3 + preserve on becomes CLOEXEC (close_range, 5.11; else /proc/self/fd). Before
 * confine_prepare(): the container's filter may know neither call. */
int fds_seal(unsigned preserve, struct err *e);
