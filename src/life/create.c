/* From a bundle to a container that waits at the gate. */
#include "life/create.h"

#include "base/file.h"
#include "base/stamp.h"
#include "base/str.h"
#include "life/hooks.h"
#include "life/hostmount.h"
#include "life/listenfds.h"
#include "life/notifysocket.h"
#include "life/root.h"
#include "life/seccompdir.h"
#include "rootfs/rootfs.h"
#include "state/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>

static int read_config(struct create *c, struct err *e)
{
	const char *name = c->opts->config ? c->opts->config : "config.json";
	char *path = realpath(c->opts->bundle ? c->opts->bundle : ".", NULL);
	void *config;

	if (!path)
		return err_set(e, errno, "bundle %s", c->opts->bundle ? c->opts->bundle : ".");
	c->bundle = arena_strdup(c->arena, path);
	free(path);
	const char *file = name[0] == '/' ? name : arena_printf(c->arena, "%s/%s", c->bundle, name);
	TRY(file_read(AT_FDCWD, file, ROOT_CONFIG_LIMIT, c->arena, &c->config_text, &c->config_len, e));
	TRY_IN(oci_parse(&oci_type_config, c->config_text, c->config_len, c->arena, &config, e), e, "%s",
	       name);
	c->config = config;
	return 0;
}

int create_decide(struct create *c, const struct husk *h, const struct husk_create *o, struct err *e)
{
	c->husk = h;
	c->opts = o;
	TRY(read_config(c, e));
	TRY(host_probe(c->config, c->arena, &c->host, e));
	char *root = (char *)(uintptr_t)h->root;
	if (!root)
		TRY(husk_default_root(c->arena, &root, e));
	struct plan_opts opts = {
		.id = o->id ? o->id : "husk",
		.bundle = c->bundle,
		.systemd_cgroup = h->systemd_cgroup,
		.cgroup_disabled = h->cgroup_disabled,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
		.preserve_fds = o->preserve_fds,
		.notify_dir = o->id ? notifysocket_dir(root, o->id, c->arena) : NULL,
		.seccomp_receiver = getenv("RUN_OCI_SECCOMP_RECEIVER"),
	};
	return plan_build(c->config, &opts, &c->host, c->arena, &c->plan, e);
}

static char *timestamp(struct arena *a)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return arena_strdup(a, stamp_utc(&t).text);
}

/* The record as it is before anything else is made, so that whoever finds a killed create can clear it away.
 */
static int record_start(struct create *c, struct err *e)
{
	struct oci_saved *s = &c->saved;
	const char *rootfs = c->plan.rootfs.path;

	SET(s, oci_saved, oci_version, c->config->oci_version);
	SET(s, oci_saved, id, arena_strdup(c->arena, c->opts->id));
	SET(s, oci_saved, status, OCI_STATUS_CREATING);
	SET(s, oci_saved, bundle, c->bundle);
	SET(s, oci_saved, rootfs, arena_strdup(c->arena, rootfs));
	SET(s, oci_saved, created, timestamp(c->arena));
	SET(s, oci_saved, owner, c->host.euid);
	SET(s, oci_saved, no_process, !c->config->process);
	SET(s, oci_saved, later_hooks,
	    c->config->hooks && (c->config->hooks->poststart.n || c->config->hooks->poststop.n));
	SET(s, oci_saved, cgroup_manager, (int32_t)c->plan.cgroup.manager);
	if (c->plan.cgroup.path)
		SET(s, oci_saved, cgroup_path, arena_strdup(c->arena, c->plan.cgroup.path));
	if (c->plan.rdt.root)
		SET(s, oci_saved, resctrl, rdt_owned(&c->plan.rdt, c->arena));
	/* whoever finds this record must not clear away a cgroup that we never got to look into */
	SET(s, oci_saved, cgroup_existed, cgroup_exists(&c->cgroup));
	if (c->plan.rootfs.in_host_ns)
		TRY(hostmount_note(rootfs, c->arena, s, e));
	if (c->config->annotations.n)
		SET(s, oci_saved, annotations, c->config->annotations);
	return store_save(c->dir_fd, s, c->arena, e);
}

/* An id whose create was killed: take away what it left. */
static int clear_stale(struct create *c, struct err *e)
{
	struct oci_saved *old;

	if (store_load(c->dir_fd, c->opts->id, c->arena, &old, NULL) < 0)
		return 0;
	for (size_t i = 0; i < old->resctrl.n; i++)
		TRY(rdt_remove(old->resctrl.v[i], e));
	if (!old->cgroup_path || old->cgroup_existed)
		return hostmount_remove(old, e);
	struct cgroup cg = { .manager = (enum cgroup_manager)old->cgroup_manager,
			     .path = old->cgroup_path,
			     .scope = old->cgroup_scope,
			     .host = &c->host,
			     .log = &c->husk->log };
	TRY(cgroup_end(&cg, e));
	return hostmount_remove(old, e);
}

static int reserve(struct create *c, struct err *e)
{
	bool stale;

	TRY(husk_check_id(c->opts->id, e));
	c->root_fd = TRY(root_open(c->husk, c->arena, e));
	c->dir_fd = TRY(store_reserve(c->root_fd, c->opts->id, &stale, e));
	c->reserved = !stale;
	if (stale) {
		TRY(clear_stale(c, e));
		c->reserved = true;
		(void)unlinkat(c->dir_fd, "go", 0);
		(void)unlinkat(c->dir_fd, "result", 0);
	}
	c->cgroup = (struct cgroup){ .manager = c->plan.cgroup.manager,
				     .path = c->plan.cgroup.path,
				     .host = &c->host,
				     .log = &c->husk->log };
	/* nobody reads it before the record says "created" */
	TRY(file_write_new(c->dir_fd, "config.json", c->config_text, c->config_len, 0600, e));
	TRY(notifysocket_make(c->dir_fd, e));
	return record_start(c, e);
}

static int make_cgroup(struct create *c, struct err *e)
{
	TRY(cgroup_create(&c->cgroup, &c->plan.cgroup, &c->cgroup_fd, e));
	c->made_cgroup = c->cgroup.path;
	return 0;
}

/* Called in the parent lane between READY and RECORDED: from here on the container exists. */
static int record(void *arg, pid_t pid, uint64_t start_time, struct err *e)
{
	struct create *c = arg;
	struct oci_saved *s = &c->saved;

	SET(s, oci_saved, status, OCI_STATUS_CREATED);
	SET(s, oci_saved, pid, pid);
	SET(s, oci_saved, start_time, start_time);
	if (c->cgroup.scope)
		SET(s, oci_saved, cgroup_scope, arena_strdup(c->arena, c->cgroup.scope));
	SET(s, oci_saved, cgroup_existed, c->cgroup.keep);
	if (!c->cgroup.path)
		s->has &= ~(UINT64_C(1) << oci_saved_I_cgroup_path);
	TRY(store_save(c->dir_fd, s, c->arena, e));
	if (!c->opts->pid_file)
		return 0;
	char *text = arena_printf(c->arena, "%d", pid); /* no newline: callers parse the whole file */
	TRY_IN(file_write_atomic(AT_FDCWD, c->opts->pid_file, text, strlen(text), 0644, e), e, "pid file");
	c->wrote_pid_file = true;
	return 0;
}

static int check_console(const struct create *c, bool detached, struct err *e)
{
	bool terminal = c->plan.has_process && c->plan.process.terminal;

	if (terminal && detached && !c->opts->console_socket)
		return err_say(e, EINVAL,
			       "cannot allocate tty if husk will detach without setting console socket");
	if (c->opts->console_socket && !(terminal && detached))
		return err_say(e, EINVAL,
			       "cannot use console socket if husk will not detach or allocate tty");
	return 0;
}

static int fill_lane(struct create *c, struct err *e)
{
	struct lane *l = &c->spawn.lane;
	size_t n = c->plan.rootfs.mounts.n + 1;

	*l = (struct lane){
		.plan = &c->plan,
		.host = &c->host,
		.config = c->config,
		.arena = c->arena,
		.log = c->husk->log,
		.chan.fd = FD_NONE,
		.gate = GATE_EMPTY,
		.cgroup_path = c->cgroup.path,
	};
	TRY(listen_fds(c->opts->preserve_fds, &l->fds, e));
	if (c->plan.ns.join.n) {
		l->joins = arena_array(c->arena, c->plan.ns.join.n, sizeof *l->joins);
		for (size_t i = 0; i < c->plan.ns.join.n; i++)
			l->joins[i] = FD_NONE;
		TRY(enter_open_joins(&c->plan.ns, l->joins, e));
	}
	if (c->plan.ns.parent_opens) {
		l->sources = arena_array(c->arena, n, sizeof *l->sources);
		for (size_t i = 0; i < n; i++)
			l->sources[i] = FD_NONE;
		TRY(rootfs_open_sources(&c->plan.rootfs, l->sources, e));
	}
	if (c->plan.has_process && c->plan.seccomp.config) {
		own_fd cache = seccomp_dir_open(c->root_fd);
		TRY(seccomp_compile(&c->plan.seccomp, cache, c->arena, &l->filter, &c->husk->log, e));
	}
	return gate_make(c->dir_fd, &l->gate, e);
}

int create_run(struct create *c, const struct husk *h, const struct husk_create *o, struct err *e)
{
	c->husk = h; /* create_done() looks at it, however early we fail */
	TRY(husk_check_id(o->id, e));
	TRY(create_decide(c, h, o, e));
	for (size_t i = 0; i < c->plan.warnings.n; i++)
		log_warn(&h->log, "%s", c->plan.warnings.v[i]);
	TRY(check_console(c, o->detach, e));
	TRY(reserve(c, e));
	TRY(make_cgroup(c, e));
	TRY(fill_lane(c, e));
	c->spawn.cgroup = c->cgroup.path ? &c->cgroup : NULL;
	c->spawn.cgroup_fd = c->cgroup_fd;
	c->spawn.console_socket = o->console_socket;
	c->spawn.pidfd_socket = o->pidfd_socket ? o->pidfd_socket : c->plan.pidfd_receiver;
	c->spawn.record = record;
	c->spawn.arg = c;
	return spawn_run(&c->spawn, e);
}

void create_keep(struct create *c)
{
	child_release(&c->spawn.child);
	netdevs_done(&c->spawn.netdevs);
	c->spawn.rdt = (struct rdt_made){ 0 };
	c->reserved = false;
	c->made_cgroup = false;
	c->wrote_pid_file = false;
	c->spawn.hooks_began = false;
}

static void rdt_undo(struct create *c)
{
	const struct rdt_made *made = &c->spawn.rdt;
	const struct plan_rdt *p = &c->plan.rdt;
	const char *group =
		made->group || made->monitor ? arena_printf(c->arena, "%s/%s", p->root, p->group) : NULL;
	struct err e;

	if (made->monitor &&
	    rdt_remove(arena_printf(c->arena, "%s/mon_groups/%s", group, p->monitor), &e) < 0)
		log_warn(&c->husk->log, "%s", e.text);
	if (made->group && rdt_remove(group, &e) < 0)
		log_warn(&c->husk->log, "%s", e.text);
}

static void lane_close(struct create *c)
{
	struct lane *l = &c->spawn.lane;

	own_fd_done(&l->chan.fd);
	gate_done(&l->gate);
	for (size_t i = 0; l->sources && i < c->plan.rootfs.mounts.n + 1; i++)
		own_fd_done(&l->sources[i]);
	for (size_t i = 0; l->joins && i < c->plan.ns.join.n; i++)
		own_fd_done(&l->joins[i]);
}

void create_done(struct create *c)
{
	struct err e;

	(void)child_end(&c->spawn.child);
	lane_close(c); /* cleaning up needs a descriptor, and running out of them may be why we are here */
	own_fd_done(&c->spawn.master);
	own_fd_done(&c->cgroup_fd);
	netdevs_back(&c->spawn.netdevs, &c->husk->log);
	rdt_undo(c);
	if (c->made_cgroup && cgroup_end(&c->cgroup, &e) < 0)
		log_warn(&c->husk->log, "%s", e.text);
	if (c->reserved) {
		if (hostmount_remove(&c->saved, &e) < 0)
			log_warn(&c->husk->log, "%s", e.text);
		if (store_remove(c->root_fd, c->opts->id, &e) < 0)
			log_warn(&c->husk->log, "%s", e.text);
	}
	if (c->wrote_pid_file)
		(void)unlink(c->opts->pid_file);
	if (c->spawn.hooks_began) {
		/* a hook failed, or what came after: the container was there and has ended (runtime.md,
		 * Lifecycle 3 to 5, 13) */
		struct hook_facts f = { .status = OCI_STATUS_STOPPED,
					.dir = c->bundle,
					.annotations = &c->config->annotations };
		hooks_run_all(&c->plan, HOOK_POSTSTOP, &f, c->arena, &c->husk->log);
	}
	own_fd_done(&c->dir_fd);
	own_fd_done(&c->root_fd);
}
