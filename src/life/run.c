/* create and run: the verbs around the first half of a life. */
#include "life/create.h"
#include "life/foreground.h"
#include "life/notifysocket.h"
#include "life/start.h"
#include "state/store.h"

#include <sys/wait.h>

#define CREATE_EMPTY(a) \
	{ \
		.arena = (a), .root_fd = FD_NONE, .dir_fd = FD_NONE, .cgroup_fd = FD_NONE, .spawn = { \
			.child.pidfd = FD_NONE, \
			.master = FD_NONE, \
			.netdevs = NETDEVS_EMPTY, \
			.lane = { .chan.fd = FD_NONE, .gate = GATE_EMPTY } \
		} \
	}

int husk_create(const struct husk *h, const struct husk_create *o, struct err *e)
{
	own_arena a = arena_new();
	own_create c = CREATE_EMPTY(a);
	struct husk_create detached = *o;

	detached.detach = true;
	TRY(create_run(&c, h, &detached, e));
	create_keep(&c);
	return 0;
}

int husk_plan(const struct husk *h, const struct husk_create *o, bool json, struct arena *a, char **ret,
	      struct err *e)
{
	own_create c = CREATE_EMPTY(a);

	TRY(create_decide(&c, h, o, e));
	*ret = json ? plan_json(&c.plan, a) : plan_text(&c.plan, a);
	return 0;
}

/* The container that create left, seen as any other verb would. */
static struct container as_container(const struct create *c)
{
	return (struct container){
		.husk = c->husk,
		.id = c->opts->id,
		.arena = c->arena,
		.root_fd = c->root_fd,
		.dir_fd = c->dir_fd,
		.saved = (struct oci_saved *)(uintptr_t)&c->saved,
		.cgroup = c->cgroup,
		.cgroup_known = true,
	};
}

/* The process has ended; somebody else may have deleted the container already. */
static void bury(struct container *k)
{
	struct err e;
	int r = store_lock(k->root_fd, k->dir_fd, k->id, &e);

	if (r == -ENOENT)
		return;
	if (r < 0 || container_kill_wait(k, &e) < 0 || container_destroy(k, &e) < 0)
		log_warn(&k->husk->log, "clean up: %s", e.text);
}

/* Of a container that failed; one that ends well leaves it to the caller. */
static void unlink_pid_file(const struct create *c)
{
	if (c->opts->pid_file)
		(void)unlink(c->opts->pid_file);
}

/* From here the container may end at any time, and it is ours to clear away. */
static int follow(struct create *c, struct foreground *f, int *ret_status, struct err *e)
{
	struct container k = as_container(c);
	pid_t pid = c->spawn.child.pid;

	f->master = TAKE_FD(c->spawn.master);
	foreground_size(f->master);
	child_release(&c->spawn.child);
	create_keep(c);
	own_fd pidfd = FD_NONE;
	own_notifysocket notify = NOTIFYSOCKET_EMPTY;
	bool over = true;
	int started = notifysocket_open(c->dir_fd, pid, &notify, e);
	if (started == 0)
		started = start_container(&k, c->config, &over, e);
	if (started < 0) {
		start_give_up(&k);
		unlink_pid_file(c);
		return started;
	}
	store_unlock(c->dir_fd); /* meanwhile others may pause or delete it */
	if (c->opts->detach) {
		if (notify.fd >= 0 && container_pidfd(&k, &pidfd, NULL) == 0)
			notifysocket_wait(&notify, pidfd);
		return 0;
	}
	f->notify = &notify;
	int r = foreground_wait(f, pid, ret_status, e);
	if (c->opts->keep)
		return r;
	bury(&k);
	if (r < 0)
		unlink_pid_file(c);
	return r;
}

int husk_run(const struct husk *h, const struct husk_create *o, int *ret_status, struct err *e)
{
	own_arena a = arena_new();
	own_create c = CREATE_EMPTY(a);
	struct foreground f = { .signals = FD_NONE, .master = FD_NONE };

	*ret_status = 0;
	int r = o->detach ? 0 : foreground_begin(&f, e);
	if (r == 0)
		r = create_run(&c, h, o, e);
	if (r == 0)
		r = follow(&c, &f, ret_status, e);
	foreground_done(&f);
	return r;
}
