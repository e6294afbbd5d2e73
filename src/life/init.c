/* The child lane: from the fork to execve, one line per step. */
#include "life/lane.h"

#include "life/arm.h"
#include "life/console.h"
#include "life/execfail.h"
#include "life/hooks.h"
#include "life/sigreset.h"
#include "life/stdio.h"
#include "rootfs/rootfs.h"
#include "sys/procattr.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* What this lane makes on its way. */
struct init {
	struct lane *lane;
	struct rootfs rootfs;
	int slave; /* the terminal's; its master is in `arm` */
	struct arm arm;
	bool executed; /* execve() was called, and came back */
};

/* Cut what ties us to the parent: its descriptors, its signals, its session, its ptrace-ability. */
static int settle(struct lane *l, struct err *e)
{
	size_t n_sources = l->sources ? l->plan->rootfs.mounts.n + 1 : 0;
	size_t n = n_sources + l->plan->ns.join.n + 3;
	int *keep = arena_array(l->arena, n, sizeof *keep);
	size_t k = 0;

	l->log = (struct log){ .sink = chan_log_sink, .arg = &l->chan, .level = l->log.level };
	(void)sys_set_name("husk:init");
	/* an unprivileged parent could not write our id maps if we hid already; it hides us after MAPPED */
	if (l->host->privileged)
		(void)sys_set_dumpable(false);
	for (size_t i = 0; i < n_sources; i++)
		keep[k++] = l->sources[i];
	for (size_t i = 0; i < l->plan->ns.join.n; i++)
		keep[k++] = l->joins[i];
	keep[k++] = l->chan.fd;
	keep[k++] = l->gate.go;
	keep[k++] = l->gate.result;
	TRY(keep_only(3 + l->fds.total, keep, k, e));
	signals_reset();
	(void)setsid();
	return 0;
}

static int build_tree(struct init *in, struct err *e)
{
	struct lane *l = in->lane;

	in->rootfs = (struct rootfs){
		.plan = &l->plan->rootfs,
		.log = &l->log,
		.root_fd = FD_NONE,
		.root_source = l->sources ? l->sources[0] : FD_NONE,
		.sources = l->sources ? l->sources + 1 : NULL,
		.cgroup_path = l->cgroup_path,
		.host = l->host,
		.null_fd = FD_NONE,
		.empty_fd = FD_NONE,
	};
	return rootfs_build(&in->rootfs, e);
}

static int container_hooks(struct init *in, enum hook_stage stage, int status, struct err *e)
{
	struct lane *l = in->lane;
	struct hook_facts f = {
		.status = status,
		.pid = getpid(),
		.annotations = &l->config->annotations,
		.env = stage == HOOK_START_CONTAINER ? l->plan->process.env.v : NULL,
		.dir = stage == HOOK_START_CONTAINER ? "/" : l->plan->bundle,
	};

	return hooks_run(l->plan, stage, &f, l->arena, e);
}

/* Pivot, with the terminal bound before and attached after: its slave must not depend on a path. */
static int move_in(struct init *in, struct err *e)
{
	const struct plan_process *p = &in->lane->plan->process;
	bool terminal = in->lane->plan->has_process && p->terminal;

	if (terminal) {
		TRY(console_open(in->rootfs.root_fd, p, &in->arm.master, &in->slave, e));
		TRY_IN(rootfs_console(&in->rootfs, in->slave, e), e, "create /dev/console");
	}
	TRY(rootfs_enter(&in->rootfs, e));
	rootfs_done(&in->rootfs);
	if (terminal) {
		TRY(console_attach(in->slave, p, e));
		own_fd_done(&in->slave);
	}
	return 0;
}

static int arm(struct init *in, struct err *e)
{
	struct lane *l = in->lane;
	const struct plan_process *p = &l->plan->process;

	if (!l->plan->has_process)
		return 0;
	in->arm.confine = (struct confine){
		.process = p,
		.seccomp = &l->plan->seccomp,
		.filter = &l->filter,
		.log = &l->log,
		.create_cwd = true,
		.in_userns = l->host->in_userns ||
			     (l->plan->ns.new_flags | l->plan->ns.join_flags) & CLONE_NEWUSER,
		.notify_fd = FD_NONE,
	};
	if (!p->terminal)
		stdio_give(p->uid);
	return arm_process(&in->arm, &l->fds, l->arena, e);
}

/* The parent has gone: nobody waits for what is done here. */
static int wait_at_gate(struct init *in, struct err *e)
{
	struct lane *l = in->lane;

	if (l->plan->has_process && l->plan->seccomp.before_gate)
		TRY(confine_final(&in->arm.confine, e));
	return gate_wait(&l->gate, e);
}

/* Behind the gate: whatever fails now is told to `husk start`, not to `husk create`. Returns only on failure.
 */
static int pass_gate(struct init *in, struct err *e)
{
	struct lane *l = in->lane;
	const struct plan_process *p = &l->plan->process;

	if (!l->plan->has_process)
		return err_say(e, EINVAL, "process: not set in config.json, there is nothing to start");
	TRY(container_hooks(in, HOOK_START_CONTAINER, OCI_STATUS_CREATED, e));
	if (!l->plan->seccomp.before_gate)
		TRY(confine_final(&in->arm.confine, e));
	TRY(gate_passing(&l->gate, e));
	execve(in->arm.program, p->args.v, in->arm.env);
	in->executed = true;
	return err_set(e, errno, "exec: \"%s\"", in->arm.program);
}

/* Say where we are, and let the parent do its part. */
static int let_parent(struct lane *l, enum step reached, enum step answer, struct err *e)
{
	TRY(chan_send(&l->chan, reached, NULL, 0, e));
	return chan_expect(&l->chan, answer, NULL, 0, e);
}

static int init_run(struct init *in, struct err *e)
{
	struct lane *l = in->lane;

	TRY(settle(l, e));
	TRY(enter_first(l, e));
	if (l->has_maps)
		TRY(let_parent(l, STEP_BORN, STEP_MAPPED, e));
	TRY(enter_rest(l, e));
	TRY(build_tree(in, e));
	if (l->has_hooks)
		TRY(let_parent(l, STEP_MOUNTED, STEP_HOOKED, e));
	TRY(container_hooks(in, HOOK_CREATE_CONTAINER, OCI_STATUS_CREATING, e));
	TRY(move_in(in, e));
	TRY(arm(in, e));
	TRY(arm_report(&in->arm, &l->chan, STEP_READY, e));
	return chan_expect(&l->chan, STEP_RECORDED, NULL, 0, e);
}

/* First what is known; looking for the cause may be the last thing that a seccomp filter lets us do. */
static void tell_start(struct init *in, const struct err *e)
{
	struct lane *l = in->lane;

	gate_fail(&l->gate, e);
	if (in->executed)
		gate_explain(&l->gate, execfail_cause(e->code, in->arm.program, l->filter.len, l->arena));
}

_Noreturn void init_lane(struct lane *l)
{
	struct err e = ERR_INIT;
	struct init in = { .lane = l,
			   .slave = FD_NONE,
			   .arm = { .master = FD_NONE, .confine.notify_fd = FD_NONE } };

	if (init_run(&in, &e) < 0) {
		chan_fail(&l->chan, &e);
		_exit(1);
	}
	own_fd_done(&l->chan.fd);
	l->log.sink = NULL; /* the parent is gone */
	if (wait_at_gate(&in, &e) < 0 || pass_gate(&in, &e) < 0)
		tell_start(&in, &e);
	_exit(1);
}
