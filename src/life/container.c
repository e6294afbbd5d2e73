/* An existing container, as the verbs find it. */
#include "life/container.h"

#include "base/file.h"
#include "base/str.h"
#include "life/gate.h"
#include "life/hooks.h"
#include "life/hostmount.h"
#include "life/root.h"
#include "rdt/rdt.h"
#include "state/store.h"
#include "sys/clone.h"
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

int container_open(const struct husk *h, const char *id, int flags, struct arena *a, struct container *ret,
		   struct err *e)
{
	own_container c = CONTAINER_EMPTY;

	c.husk = h;
	c.id = id;
	c.arena = a;
	TRY(husk_check_id(id, e));
	c.root_fd = TRY(root_open(h, a, e));
	c.dir_fd = TRY(store_open(c.root_fd, id, e));
	if (flags & CONTAINER_LOCK)
		TRY(store_lock(c.root_fd, c.dir_fd, id, e));
	int r = store_load(c.dir_fd, id, a, &c.saved, e);
	if (r == -ENOENT && (flags & CONTAINER_LOCK)) {
		/* nobody works on it: a create was killed before its first record, or a delete in its last
		 * step */
		c.saved = NEW(a, struct oci_saved);
		SET(c.saved, oci_saved, status, OCI_STATUS_CREATING);
		SET(c.saved, oci_saved, id, arena_strdup(a, id));
		SET(c.saved, oci_saved, bundle, arena_strdup(a, ""));
	} else {
		TRY(r);
	}
	*ret = c;
	c = CONTAINER_EMPTY;
	return 0;
}

void container_done(struct container *c)
{
	own_fd_done(&c->dir_fd);
	own_fd_done(&c->root_fd);
}

/* 1: the recorded process lives; 0: gone; or -errno. A zombie is gone: nobody can signal or join it. */
static int alive(const struct container *c, struct err *e)
{
	uint64_t start;
	char state = 0;

	if (c->saved->pid <= 0)
		return 0;
	/* reading only: a fake /proc could lie to nobody but its own maker */
	own_fd proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return err_set(e, errno, "open /proc");
	int r = procfs_start_time(proc, c->saved->pid, &start, &state, e);
	if (r < 0)
		return r == -ESRCH ? 0 : r;
	return start == c->saved->start_time && state != 'Z' && state != 'X';
}

int container_cgroup(struct container *c, struct err *e)
{
	if (c->cgroup_known)
		return 0;
	if (!c->host) {
		struct host *host = NEW(c->arena, struct host);
		if (c->saved->cgroup_path || c->saved->cgroup_scope)
			TRY(host_probe_cgroups(c->arena, host, e));
		c->host = host;
	}
	/* a create that was killed before it looked into a cgroup that was there: it may be another's */
	bool doubtful = c->saved->status == OCI_STATUS_CREATING && c->saved->cgroup_existed;
	c->cgroup = (struct cgroup){
		.manager = (enum cgroup_manager)c->saved->cgroup_manager,
		.path = doubtful ? NULL : c->saved->cgroup_path,
		.scope = c->saved->cgroup_scope,
		.keep = c->saved->cgroup_existed,
		.host = c->host,
		.log = &c->husk->log,
	};
	c->cgroup_known = true;
	return 0;
}

int container_status(struct container *c, struct err *e)
{
	if (c->saved->status == OCI_STATUS_CREATING && c->saved->pid <= 0)
		return OCI_STATUS_CREATING;
	if (!TRY(alive(c, e)))
		return OCI_STATUS_STOPPED;
	if (c->saved->status == OCI_STATUS_CREATING)
		return OCI_STATUS_CREATING;
	TRY(container_cgroup(c, e));
	if (c->cgroup.path && cgroup_frozen(&c->cgroup, NULL) == 1)
		return OCI_STATUS_PAUSED; /* at the gate too: a start would wait for ever */
	return gate_closed(c->dir_fd) ? OCI_STATUS_CREATED : OCI_STATUS_RUNNING;
}

int container_pidfd(struct container *c, int *ret, struct err *e)
{
	/* the descriptor first, then the check: afterwards the pid cannot become another's unnoticed */
	own_fd fd = c->saved->pid > 0 ? sys_pidfd_open(c->saved->pid) : -ESRCH;

	/* EPERM: a sandbox that does not know the call, it has no such refusal of its own */
	if (fd < 0 && fd != -ESRCH && fd != -ENOSYS && fd != -EPERM)
		return err_set(e, -fd, "open process %d", c->saved->pid);
	if (fd == -ESRCH || !TRY(alive(c, e)))
		return err_say(e, ESRCH, "container not running: no such process");
	*ret = fd < 0 ? FD_NONE : TAKE_FD(fd);
	return 0;
}

int container_config(struct container *c, struct oci_config **ret, struct err *e)
{
	char *text;
	size_t len;
	void *config;

	TRY(file_read(c->dir_fd, "config.json", ROOT_CONFIG_LIMIT, c->arena, &text, &len, e));
	TRY_IN(oci_parse(&oci_type_config, text, len, c->arena, &config, e), e, "config.json");
	*ret = config;
	return 0;
}

int container_plan(struct container *c, const struct oci_config *config, struct plan *ret, struct err *e)
{
	struct plan_opts opts = {
		.id = c->id,
		.bundle = c->saved->bundle,
		.systemd_cgroup = c->saved->cgroup_manager == CGROUP_MANAGER_SYSTEMD,
		.cgroup_disabled = c->saved->cgroup_manager == CGROUP_MANAGER_DISABLED,
		.seccomp_receiver = getenv("RUN_OCI_SECCOMP_RECEIVER"),
	};
	struct host *host = NEW(c->arena, struct host);

	TRY(host_probe(config, c->arena, host, e));
	return plan_build(config, &opts, host, c->arena, ret, e);
}

/* runtime.md, Lifecycle 13: after everything else is gone; only warned about. */
static void poststop(struct container *c, const struct oci_config *config)
{
	struct plan plan;
	struct err e;
	struct hook_facts f = { .status = OCI_STATUS_STOPPED,
				.dir = c->saved->bundle,
				.annotations = &config->annotations };

	if (!config->hooks || config->hooks->poststop.n == 0)
		return;
	if (container_plan(c, config, &plan, &e) < 0) {
		log_warn(&c->husk->log, "poststop hooks: %s", e.text);
		return;
	}
	hooks_run_all(&plan, HOOK_POSTSTOP, &f, c->arena, &c->husk->log);
}

int container_destroy(struct container *c, struct err *e)
{
	struct oci_config *config = NULL;

	if (c->saved->later_hooks && container_config(c, &config, NULL) < 0)
		config = NULL; /* a create that was killed before it froze one */
	TRY(container_cgroup(c, e));
	TRY(cgroup_end(&c->cgroup,
		       e)); /* without a pid namespace of its own, processes outlive the first one */
	TRY(hostmount_remove(c->saved, e));
	for (size_t i = 0; i < c->saved->resctrl.n; i++)
		TRY(rdt_remove(c->saved->resctrl.v[i], e));
	TRY(store_remove(c->root_fd, c->id, e));
	if (config)
		poststop(c, config);
	return 0;
}

int container_kill_wait(struct container *c, struct err *e)
{
	own_fd pidfd = FD_NONE;
	int r = container_pidfd(c, &pidfd, e);

	if (r == -ESRCH)
		return 0;
	TRY(r);
	r = pidfd >= 0 ? sys_pidfd_signal(pidfd, SIGKILL) : (kill(c->saved->pid, SIGKILL) < 0 ? -errno : 0);
	if (r < 0 && r != -ESRCH)
		return err_set(e, -r, "kill process %d", c->saved->pid);
	TRY(container_cgroup(c, e));
	if (c->cgroup.path && cgroup_frozen(&c->cgroup, NULL) == 1)
		(void)cgroup_freeze(&c->cgroup, false, NULL); /* a process frozen by v1 cannot even die */
	for (int i = 0; i < 1000; i++) {
		struct pollfd p = { .fd = pidfd, .events = POLLIN };

		if (poll(&p, 1, 10) > 0 || !TRY(alive(c, e)))
			return 0;
	}
	return err_say(e, ETIMEDOUT, "process %d did not die within 10 s of SIGKILL", c->saved->pid);
}
