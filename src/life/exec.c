/* exec: the parent lane of one more process in a running container. */
#include "life/console.h"
#include "life/container.h"
#include "life/foreground.h"
#include "life/join.h"
#include "life/listenfds.h"
#include "life/process.h"
#include "life/seccompdir.h"

#include "base/file.h"
#include "base/str.h"
#include "confine/sched.h"
#include "confine/notify.h"
#include "rdt/rdt.h"
#include "sys/clone.h"
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Everything an exec owns. */
struct exec {
	const struct husk_exec *opts;
	struct container *container;
	struct plan plan;
	struct join join;
	struct child child;
	int cgroup_fd, master;
	bool wrote_pid_file; /* to be removed unless the program runs */
};

static void exec_done(struct exec *x)
{
	(void)child_end(&x->child);
	if (x->wrote_pid_file)
		(void)unlink(x->opts->pid_file);
	own_fd_done(&x->join.chan.fd);
	own_fd_done(&x->join.pidfd);
	own_fd_done(&x->join.root_fd);
	own_fd_done(&x->cgroup_fd);
	own_fd_done(&x->master);
}
#define own_exec __attribute__((cleanup(exec_done))) struct exec

static int check_state(struct container *c, const struct husk_exec *o, struct err *e)
{
	int status = TRY(container_status(c, e));

	if (status == OCI_STATUS_STOPPED)
		return err_say(e, EBADFD, "cannot exec in a stopped container");
	if (status == OCI_STATUS_CREATING)
		return err_say(e, EBADFD, "cannot exec in a container that is being created");
	if (status == OCI_STATUS_PAUSED && !o->ignore_paused)
		return err_say(e, EBADFD,
			       "cannot exec in a paused container (use --ignore-paused to override)");
	return 0;
}

/* The kernel refuses to enter the user namespace one is in already (user_namespaces(7)). */
static bool same_user_namespace(pid_t pid)
{
	struct stat ours, theirs;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
	return stat("/proc/self/ns/user", &ours) == 0 && stat(path, &theirs) == 0 &&
	       ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

static int decide(struct exec *x, struct err *e)
{
	struct container *c = x->container;
	struct join *j = &x->join;
	struct oci_config *config;
	struct oci_process *process;
	struct plan_opts opts = { .id = c->id, .bundle = c->saved->bundle, .no_new_keyring = true };

	TRY(container_config(c, &config, e));
	TRY(process_request(x->opts, config, c->arena, &process, e));
	TRY(container_plan(c, config, &x->plan, e));
	struct host *host = NEW(c->arena, struct host);
	struct oci_config asked =
		*config; /* the facts that this process makes necessary, not the first one */
	asked.process = process;
	TRY(host_probe(&asked, c->arena, host, e));
	x->plan.warnings.n = 0; /* said once, at create */
	TRY(plan_process(process, config, &opts, host, c->arena, &j->process, &x->plan.warnings, e));
	for (size_t i = 0; i < x->plan.warnings.n; i++)
		log_warn(&c->husk->log, "%s", x->plan.warnings.v[i]);
	j->container = &x->plan;
	j->host = host;
	j->seccomp = x->plan.seccomp;
	j->seccomp.late = j->process.no_new_privs && !j->seccomp.notify;
	j->flags = x->plan.ns.new_flags | x->plan.ns.join_flags;
	if ((j->flags & CLONE_NEWUSER) && same_user_namespace(c->saved->pid))
		j->flags &= ~CLONE_NEWUSER;
	return 0;
}

/* Without a mount namespace to join, init's root has to be taken from it. That it lives afterwards proves
 * that the pid was its own. */
static int open_root(struct exec *x, struct err *e)
{
	struct join *j = &x->join;
	char path[64];

	if (j->flags & CLONE_NEWNS)
		return 0;
	snprintf(path, sizeof path, "/proc/%d/root", x->container->saved->pid);
	j->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (j->root_fd < 0)
		return err_set(e, errno, "open the container's root");
	int r = j->pidfd >= 0 ? sys_pidfd_signal(j->pidfd, 0) : 0;
	return r < 0 ? err_set(e, -r, "container not running") : 0;
}

static int prepare(struct exec *x, struct err *e)
{
	struct container *c = x->container;
	struct join *j = &x->join;
	bool detached = x->opts->detach;

	if (j->process.terminal && detached && !x->opts->console_socket)
		return err_say(e, EINVAL,
			       "cannot allocate tty if husk will detach without setting console socket");
	if (x->opts->console_socket && !(j->process.terminal && detached))
		return err_say(e, EINVAL,
			       "cannot use console socket if husk will not detach or allocate tty");
	TRY(container_pidfd(c, &j->pidfd, e));
	TRY(open_root(x, e));
	TRY(listen_fds(x->opts->preserve_fds, &j->fds, e));
	if (j->seccomp.config) {
		own_fd cache = seccomp_dir_open(c->root_fd);
		TRY(seccomp_compile(&j->seccomp, cache, c->arena, &j->filter, &c->husk->log, e));
	}
	TRY(container_cgroup(c, e));
	if (!c->cgroup.path)
		return 0;
	return cgroup_open(&c->cgroup, x->opts->cgroup, &x->cgroup_fd, e);
}

/* config.md, execCPUAffinity: where the runtime itself runs until the process is in its cgroup. */
static int move_initially(const struct exec *x, struct err *e)
{
	const struct oci_exec_cpu_affinity *a = x->join.process.affinity;

	if (!a || str_empty(a->initial))
		return 0;
	return err_in(e, sched_affinity(0, a->initial, e), "process.execCPUAffinity.initial");
}

static int give_birth(struct exec *x, struct err *e)
{
	struct join *j = &x->join;
	struct chan end;
	int in_cgroup = 0;

	j->arena = x->container->arena;
	j->log = x->container->husk->log;
	j->pid = x->container->saved->pid;
	TRY(chan_pair(&j->chan, &end, e));
	j->chan.log = &x->container->husk->log;
	pid_t pid = sys_fork(0, x->cgroup_fd, &x->child.pidfd, &in_cgroup);
	j->in_cgroup = in_cgroup;
	j->has_cgroups = cgroup_needs_enter(&x->container->cgroup, in_cgroup) || x->plan.rdt.root;
	if (pid == 0) {
		own_fd_done(&j->chan.fd);
		j->chan = end;
		join_lane(j);
	}
	own_fd_done(&end.fd);
	if (pid == -EAGAIN)
		return err_say(e, EAGAIN,
			       "create a process in the container's cgroup: %s: the pids limit of the "
			       "container is reached",
			       strerror(EAGAIN));
	if (pid < 0)
		return err_set(e, -pid, "create a process in the container's cgroup");
	x->child.pid = pid;
	return 0;
}

/* JOINED -> PLACED */
static int place(struct exec *x, struct err *e)
{
	struct container *c = x->container;
	struct chan *ch = &x->join.chan;

	TRY(chan_expect(ch, STEP_JOINED, NULL, 0, e));
	TRY(child_adopt(&x->child, ch->peer, e));
	TRY(cgroup_enter(&c->cgroup, x->child.pid, x->opts->cgroup, c->saved->pid, x->join.in_cgroup, e));
	if (x->plan.rdt.root)
		TRY_IN(rdt_join(&x->plan.rdt, x->child.pid, e), e, "linux.intelRdt");
	return chan_send(ch, STEP_PLACED, NULL, 0, e);
}

static int listener(struct exec *x, int fd, struct err *e)
{
	struct container *c = x->container;
	const struct oci_seccomp *s = x->join.seccomp.config;
	struct oci_state state = { 0 };

	SET(&state, oci_state, oci_version, arena_strdup(c->arena, HUSK_SPEC_VERSION));
	SET(&state, oci_state, id, arena_strdup(c->arena, c->id));
	SET(&state, oci_state, status, OCI_STATUS_RUNNING);
	SET(&state, oci_state, pid, x->child.pid);
	SET(&state, oci_state, bundle, c->saved->bundle);
	return notify_send(x->join.seccomp.listener, s->listener_metadata, &state, fd, e);
}

/* ARMED -> NOTED */
static int note(struct exec *x, struct err *e)
{
	struct join *j = &x->join;
	bool notify = j->filter.len && j->seccomp.notify;
	int fds[2] = { FD_NONE, FD_NONE };
	size_t n = 0;

	TRY(chan_expect(&j->chan, STEP_ARMED, fds, (size_t)j->process.terminal + (size_t)notify, e));
	TRY(child_adopt(&x->child, j->chan.peer,
			e)); /* the last process of the lane; the one before is reaped */
	if (j->process.terminal)
		x->master = fds[n++];
	own_fd notify_fd = notify ? fds[n] : FD_NONE;
	if (x->opts->console_socket) {
		TRY(console_send(x->opts->console_socket, x->master, e));
		own_fd_done(&x->master);
	}
	foreground_size(x->master);
	if (notify)
		TRY(listener(x, notify_fd, e));
	if (x->opts->pidfd_socket)
		TRY_IN(console_send(x->opts->pidfd_socket, x->child.pidfd, e), e, "send pidfd");
	own_fd proc = j->process.set_oom_score_adj ? TRY(procfs_open(false, e)) : FD_NONE;
	TRY(limits_apply(&j->process, x->child.pid, proc, e));
	if (x->opts->pid_file) {
		char *text = arena_printf(x->container->arena, "%d", x->child.pid);
		TRY_IN(file_write_atomic(AT_FDCWD, x->opts->pid_file, text, strlen(text), 0644, e), e,
		       "pid file");
		x->wrote_pid_file = true;
	}
	return chan_send(&j->chan, STEP_NOTED, NULL, 0, e);
}

static int script(struct exec *x, struct err *e)
{
	TRY(give_birth(x, e));
	if (x->join.has_cgroups)
		TRY(place(x, e));
	TRY(note(x, e));
	TRY(chan_expect(&x->join.chan, STEP_EXECING, NULL, 0, e));
	TRY(chan_expect_end(&x->join.chan, e)); /* end of file: execve closed it */
	x->wrote_pid_file = false;
	return 0;
}

static int obituary(struct exec *x, struct err *e)
{
	int status = child_end(&x->child);

	if (status >= 0 && WIFSIGNALED(status))
		return err_say(e, ECHILD, "the new process was killed by signal %d before it was set up",
			       WTERMSIG(status));
	return err_say(e, ECHILD, "the new process died before it was set up");
}

static int exec_run(struct exec *x, struct foreground *f, int *ret_status, struct err *e)
{
	TRY(check_state(x->container, x->opts, e));
	TRY(decide(x, e));
	TRY(prepare(x, e));
	TRY(move_initially(x, e));
	int r = script(x, e);
	if (r < 0 && x->join.chan.gone)
		return obituary(x, e);
	TRY(r);
	pid_t pid = x->child.pid;
	child_release(&x->child);
	if (x->opts->detach)
		return 0;
	f->master = TAKE_FD(x->master);
	return foreground_wait(f, pid, ret_status, e);
}

int husk_exec(const struct husk *h, const struct husk_exec *o, int *ret_status, struct err *e)
{
	own_arena a = arena_new();
	own_container c = CONTAINER_EMPTY;
	struct foreground f = { .signals = FD_NONE, .master = FD_NONE };

	*ret_status = 0;
	TRY(container_open(h, o->id, 0, a, &c, e));
	own_exec x = {
		.opts = o,
		.container = &c,
		.child.pidfd = FD_NONE,
		.cgroup_fd = FD_NONE,
		.master = FD_NONE,
		.join = { .pidfd = FD_NONE, .root_fd = FD_NONE, .chan.fd = FD_NONE },
	};
	int r = o->detach ? 0 : foreground_begin(&f, e);
	if (r == 0)
		r = exec_run(&x, &f, ret_status, e);
	foreground_done(&f);
	return r;
}
