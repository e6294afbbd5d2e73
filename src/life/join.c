/* The child lane of an exec, one line per step. */
#include "life/join.h"

#include "life/arm.h"
#include "life/console.h"
#include "life/execfail.h"
#include "life/sigreset.h"
#include "life/stdio.h"
#include "base/str.h"
#include "confine/sched.h"
#include "sys/clone.h"
#include "sys/procattr.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

/* What this lane makes on its way. */
struct joiner {
	struct join *join;
	struct arm arm;
};

static int settle(struct join *j, struct err *e)
{
	int keep[] = { j->chan.fd, j->pidfd, j->root_fd };

	j->log = (struct log){ .sink = chan_log_sink, .arg = &j->chan, .level = j->log.level };
	(void)sys_set_name("husk:exec");
	(void)sys_set_dumpable(
		false); /* nothing in the container may look at us while we come in (CVE-2016-9962) */
	TRY(keep_only(3 + j->fds.total, keep, 3, e));
	signals_reset();
	return 0;
}

/* Before 5.8 a pidfd does not name namespaces: one descriptor each, all opened while /proc is still the
 * host's. */
static int enter_one_by_one(const struct join *j, struct err *e)
{
	/* user first: it gives the rights for the others; mount last: it takes /proc away */
	static const struct {
		int flag;
		const char *file;
	} ns[] = { { CLONE_NEWUSER, "user" }, { CLONE_NEWIPC, "ipc" }, { CLONE_NEWUTS, "uts" },
		   { CLONE_NEWNET, "net" },   { CLONE_NEWPID, "pid" }, { CLONE_NEWCGROUP, "cgroup" },
		   { CLONE_NEWTIME, "time" }, { CLONE_NEWNS, "mnt" } };
	enum { N = sizeof ns / sizeof *ns };
	int fds[N];

	for (size_t i = 0; i < N; i++) {
		char path[64];

		fds[i] = FD_NONE;
		if (!(j->flags & ns[i].flag))
			continue;
		snprintf(path, sizeof path, "/proc/%d/ns/%s", j->pid, ns[i].file);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			return err_set(e, errno, "join the container: open %s", path);
	}
	for (size_t i = 0; i < N; i++)
		if (fds[i] >= 0 && setns(fds[i], ns[i].flag) < 0)
			return err_set(e, errno, "join the container's %s namespace", ns[i].file);
	return 0; /* what is open is closed by keep_only() of the next process or by execve() */
}

/* While we may still chroot; and the descriptor must not stay for a cwd of /proc/self/fd (CVE-2024-21626). */
static int enter_root(struct join *j, struct err *e)
{
	if (j->root_fd < 0)
		return 0;
	if (fchdir(j->root_fd) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return err_set(e, errno, "enter the container's root");
	own_fd_done(&j->root_fd);
	return 0;
}

static int enter(struct join *j, struct err *e)
{
	if (j->pidfd < 0 || setns(j->pidfd, j->flags) < 0) {
		if (j->pidfd >= 0 && errno != EINVAL && errno != ENOSYS && errno != EBADF)
			return err_set(e, errno, "join the container's namespaces");
		TRY(enter_one_by_one(j, e));
	}
	TRY(enter_root(j, e));
	if (j->flags & CLONE_NEWUSER)
		TRY(enter_become_root(&j->container->ns, e));
	if (!(j->flags & CLONE_NEWPID))
		return 0;
	(void)sys_set_dumpable(false); /* the change of ids may have set it again */
	pid_t pid = sys_fork_sibling();
	if (pid < 0)
		return err_set(e, -pid,
			       pid == -EAGAIN ? "fork into the container: the pids limit is reached"
					      : "fork into the container");
	if (pid > 0)
		_exit(0);
	return 0;
}

/* config.md, execCPUAffinity: once in the container's cgroup. Without a word the kernel decides. */
static int set_cpus(const struct join *j, struct err *e)
{
	const struct oci_exec_cpu_affinity *a = j->process.affinity;

	if (!a || str_empty(a->final))
		return 0;
	return err_in(e, sched_affinity(0, a->final, e), "process.execCPUAffinity.final");
}

static int terminal(struct joiner *in, struct err *e)
{
	const struct plan_process *p = &in->join->process;

	(void)setsid();
	if (!p->terminal) {
		stdio_give(p->uid);
		return 0;
	}
	own_fd root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	own_fd slave = FD_NONE;
	if (root < 0)
		return err_set(e, errno, "open the container's root");
	TRY(console_open(root, p, &in->arm.master, &slave, e));
	return console_attach(slave, p, e);
}

static int arm(struct joiner *in, struct err *e)
{
	struct join *j = in->join;

	in->arm.confine = (struct confine){
		.process = &j->process,
		.seccomp = &j->seccomp,
		.filter = &j->filter,
		.log = &j->log,
		.in_userns = j->host->in_userns || (j->flags & CLONE_NEWUSER),
		.notify_fd = FD_NONE,
	};
	return arm_process(&in->arm, &j->fds, j->arena, e);
}

static int join_run(struct joiner *in, struct err *e)
{
	struct join *j = in->join;

	TRY(settle(j, e));
	TRY(enter(j, e));
	if (j->has_cgroups) {
		TRY(chan_send(&j->chan, STEP_JOINED, NULL, 0, e));
		TRY(chan_expect(&j->chan, STEP_PLACED, NULL, 0, e));
	}
	TRY(set_cpus(j, e));
	TRY(terminal(in, e));
	TRY(arm(in, e));
	TRY(arm_report(&in->arm, &j->chan, STEP_ARMED, e));
	TRY(chan_expect(&j->chan, STEP_NOTED, NULL, 0, e));
	TRY(confine_final(&in->arm.confine, e));
	TRY(chan_send(&j->chan, STEP_EXECING, NULL, 0, e));
	execve(in->arm.program, j->process.args.v, in->arm.env);
	int code = errno;
	/* a filter might kill us for looking, and nothing has been told yet */
	const char *cause = j->filter.len ? "" : execfail_cause(code, in->arm.program, false, j->arena);
	return err_say(e, code, "exec: \"%s\": %s%s", in->arm.program, strerror(code), cause);
}

_Noreturn void join_lane(struct join *j)
{
	struct err e = ERR_INIT;
	struct joiner in = { .join = j, .arm = { .master = FD_NONE, .confine.notify_fd = FD_NONE } };

	(void)join_run(&in, &e);
	chan_fail(&j->chan, &e);
	_exit(255);
}
