/* The parent lane: from the fork to a recorded, waiting container. */
#include "life/spawn.h"

#include "life/console.h"
#include "life/hooks.h"
#include "life/obituary.h"
#include "confine/notify.h"
#include "husk.h"
#include "sys/clone.h"
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

static bool has_maps(const struct plan_ns *ns)
{
	return ns->uid_map.n || ns->gid_map.n || ns->deny_setgroups || ns->clocks.n;
}

/* Both lanes come here and find the same. */
static void choose_steps(struct spawn *s, bool in_cgroup)
{
	struct lane *l = &s->lane;

	l->in_cgroup = in_cgroup;
	l->has_maps = has_maps(&l->plan->ns) || (s->cgroup && cgroup_needs_enter(s->cgroup, in_cgroup));
	/* should it die later, we must know whom to ask why */
	l->has_hooks = l->plan->ns.refork || l->plan->ns.netdevs.n || l->plan->rdt.root;
	for (int i = 0; i < HOOK_STAGES; i++)
		l->has_hooks |= l->plan->hooks[i].n > 0;
}

/* Fork into the plan's namespaces and the container's cgroup. The child never comes back from here. */
static int give_birth(struct spawn *s, struct err *e)
{
	struct lane *l = &s->lane;
	struct chan child_end_;
	int in_cgroup = 0;

	TRY(chan_pair(&l->chan, &child_end_, e));
	l->chan.log = &l->log;
	pid_t pid = sys_fork(l->plan->ns.clone_flags, s->cgroup_fd, &s->child.pidfd, &in_cgroup);
	choose_steps(s, in_cgroup);
	if (pid == 0) {
		own_fd_done(&l->chan.fd);
		l->chan = child_end_;
		init_lane(l);
	}
	own_fd_done(&child_end_.fd);
	gate_done(&l->gate); /* init alone holds `result`: its end of file means something */
	if (pid == -EAGAIN)
		return err_say(e, EAGAIN,
			       "create the container's first process: %s: pids.max of the cgroup or "
			       "RLIMIT_NPROC is reached",
			       strerror(EAGAIN));
	if (pid < 0)
		return err_set(e, -pid, "create the container's first process");
	s->child.pid = pid;
	return 0;
}

/* BORN -> MAPPED */
static int settle_ids(struct spawn *s, int proc, struct err *e)
{
	struct lane *l = &s->lane;

	TRY(chan_expect(&l->chan, STEP_BORN, NULL, 0, e));
	TRY(maps_write(&l->plan->ns, l->host, s->child.pid, proc, e));
	if (s->cgroup && cgroup_needs_enter(s->cgroup, l->in_cgroup))
		TRY(cgroup_enter(s->cgroup, s->child.pid, NULL, 0, l->in_cgroup, e));
	return chan_send(&l->chan, STEP_MAPPED, NULL, 0, e);
}

/* MOUNTED -> HOOKED */
static int run_hooks(struct spawn *s, int proc, struct err *e)
{
	struct lane *l = &s->lane;
	struct hook_facts f = {
		.status = OCI_STATUS_CREATING,
		.dir = l->plan->bundle,
		.rootfs = l->plan->rootfs.path,
		.annotations = &l->config->annotations,
	};

	TRY(chan_expect(&l->chan, STEP_MOUNTED, NULL, 0, e));
	TRY(child_adopt(&s->child, l->chan.peer, e));
	f.pid = s->child.pid;
	TRY(netdevs_move(&l->plan->ns, s->child.pid, proc, &s->netdevs, e));
	if (l->plan->rdt.root)
		TRY_IN(rdt_create(&l->plan->rdt, s->child.pid, &s->rdt, e), e, "linux.intelRdt");
	s->hooks_began = true;
	TRY(hooks_run(l->plan, HOOK_PRESTART, &f, l->arena, e));
	TRY(hooks_run(l->plan, HOOK_CREATE_RUNTIME, &f, l->arena, e));
	return chan_send(&l->chan, STEP_HOOKED, NULL, 0, e);
}

static int send_listener(struct spawn *s, int fd, struct err *e)
{
	struct lane *l = &s->lane;
	const struct oci_seccomp *c = l->plan->seccomp.config;
	struct oci_state state = { 0 };

	if (!l->plan->seccomp.listener)
		return err_say(e, EINVAL, "linux.seccomp: SCMP_ACT_NOTIFY needs listenerPath");
	SET(&state, oci_state, oci_version, arena_strdup(l->arena, HUSK_SPEC_VERSION));
	SET(&state, oci_state, id, arena_strdup(l->arena, l->plan->id));
	SET(&state, oci_state, status, OCI_STATUS_CREATING);
	SET(&state, oci_state, pid, s->child.pid);
	SET(&state, oci_state, bundle, arena_strdup(l->arena, l->plan->bundle));
	if (l->config->annotations.n)
		SET(&state, oci_state, annotations, l->config->annotations);
	return notify_send(l->plan->seccomp.listener, c->listener_metadata, &state, fd, e);
}

/* READY: the terminal and the listener go to those who wait for them; the limits come last, they could hamper
 * the set-up. */
static int hand_on(struct spawn *s, int proc, struct err *e)
{
	struct lane *l = &s->lane;
	bool terminal = l->plan->has_process && l->plan->process.terminal;
	bool notify = l->plan->has_process && l->filter.len && l->plan->seccomp.notify;
	int fds[2] = { FD_NONE, FD_NONE };
	size_t n = 0;

	TRY(chan_expect(&l->chan, STEP_READY, fds, (size_t)terminal + (size_t)notify, e));
	TRY(child_adopt(&s->child, l->chan.peer, e));
	if (terminal)
		s->master = fds[n++];
	own_fd listener = notify ? fds[n] : FD_NONE;
	if (terminal && s->console_socket) {
		TRY(console_send(s->console_socket, s->master, e));
		own_fd_done(&s->master);
	}
	if (notify)
		TRY(send_listener(s, listener, e));
	if (s->pidfd_socket)
		TRY_IN(console_send(s->pidfd_socket, s->child.pidfd, e), e, "send pidfd");
	return l->plan->has_process ? limits_apply(&l->plan->process, s->child.pid, proc, e) : 0;
}

static int record(struct spawn *s, int proc, struct err *e)
{
	uint64_t start_time;

	TRY(procfs_start_time(proc, s->child.pid, &start_time, NULL, e));
	TRY(s->record(s->arg, s->child.pid, start_time, e));
	return chan_send(&s->lane.chan, STEP_RECORDED, NULL, 0, e);
}

static int script(struct spawn *s, int proc, struct err *e)
{
	TRY(give_birth(s, e));
	if (s->lane.has_maps)
		TRY(settle_ids(s, proc, e));
	if (s->lane.has_hooks)
		TRY(run_hooks(s, proc, e));
	TRY(hand_on(s, proc, e));
	return record(s, proc, e);
}

/* The child died without a word: its wait status and its cgroup say more than the socket could. */
static int obituary(struct spawn *s, struct err *e)
{
	uint64_t kills = 0;
	char what[64];
	int status = child_end(&s->child);

	if (s->cgroup)
		(void)cgroup_oom_kills(s->cgroup, &kills);
	obituary_words(status, what, sizeof what);
	if (kills)
		return err_say(e, ENOMEM, "the container's init %s%s", what, obituary_cause(status, kills));
	return err_say(e, ECHILD, "the container's init %s before it was set up%s", what,
		       obituary_cause(status, kills));
}

/*
 * A procfs that nobody mounted over, where we write to it. To read a start time the caller's /proc is as
 * good: it could lie to its own maker only, and the safe one is taken down in a moment that waits for every
 * CPU.
 */
static int open_procfs(const struct plan *p, struct err *e)
{
	if (has_maps(&p->ns) || p->process.set_oom_score_adj)
		return procfs_open(false, e);
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_set(e, errno, "open /proc") : fd;
}

int spawn_run(struct spawn *s, struct err *e)
{
	own_fd proc = TRY(open_procfs(s->lane.plan, e));
	int r = script(s, proc, e);

	own_fd_done(&s->lane.chan.fd);
	if (r < 0 && s->lane.chan.gone)
		return obituary(s, e);
	return r;
}
