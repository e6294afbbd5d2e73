/* Namespaces: join what exists, make what is new, in the order of the plan. */
#include "life/lane.h"

#include "base/names.h"
#include "base/str.h"
#include "net/loopback.h"
#include "sys/clone.h"
#include "sys/procattr.h"
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

static const struct name ns_names[] = {
	{ "pid", CLONE_NEWPID },       { "network", CLONE_NEWNET }, { "mount", CLONE_NEWNS },
	{ "ipc", CLONE_NEWIPC },       { "uts", CLONE_NEWUTS },     { "user", CLONE_NEWUSER },
	{ "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME },   { NULL, 0 },
};

static const char *ns_name(int flag)
{
	const char *name = names_name(ns_names, flag);

	return name ? name : "unknown";
}

int enter_open_joins(const struct plan_ns *ns, int *fds, struct err *e)
{
	for (size_t i = 0; i < ns->join.n; i++) {
		const struct plan_join *j = &ns->join.v[i];

		fds[i] = open(j->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fds[i] < 0)
			return err_set(e, errno, "join %s namespace: open %s", ns_name(j->flag), j->path);
		int type = ioctl(fds[i], NS_GET_NSTYPE);
		if (type < 0)
			return err_say(e, EINVAL, "join %s namespace: %s is not a namespace",
				       ns_name(j->flag), j->path);
		if (type != j->flag)
			return err_say(e, EINVAL, "join %s namespace: %s is a %s namespace", ns_name(j->flag),
				       j->path, ns_name(type));
	}
	return 0;
}

int enter_first(struct lane *l, struct err *e)
{
	const struct plan_ns *ns = &l->plan->ns;

	for (size_t i = 0; i < ns->join.n; i++) {
		const struct plan_join *j = &ns->join.v[i];

		if (setns(l->joins[i], j->flag) < 0)
			return err_set(e, errno, "join %s namespace %s", ns_name(j->flag), j->path);
		own_fd_done(&l->joins[i]);
	}
	if (ns->unshare_user && unshare(ns->unshare_user) < 0)
		return err_set(e, errno, "create %s namespace",
			       ns->unshare_user & CLONE_NEWUSER ? "user" : "time");
	return 0;
}

/* The id that is root inside, or the first one there is. */
static uint32_t first_inside(const struct plan_map *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].inside == 0)
			return 0;
	return n ? v[0].inside : 0;
}

/* In a new user namespace we still have the outer ids: take the inner root's, so that what we make belongs to
 * it. */
int enter_become_root(const struct plan_ns *ns, struct err *e)
{
	gid_t gid = first_inside(ns->gid_map.v, ns->gid_map.n);
	uid_t uid = first_inside(ns->uid_map.v, ns->uid_map.n);

	if (!ns->deny_setgroups && setgroups(0, NULL) < 0 && errno != EPERM)
		return err_set(e, errno, "drop supplementary groups");
	if (setresgid(gid, gid, gid) < 0)
		return err_set(e, errno, "become gid %u of the user namespace", gid);
	if (setresuid(uid, uid, uid) < 0)
		return err_set(e, errno, "become uid %u of the user namespace", uid);
	return 0;
}

static int apply_sysctl(const struct plan_ns *ns, struct err *e)
{
	if (ns->sysctl.n == 0)
		return 0;
	own_fd proc = TRY(procfs_open(true, e));
	for (size_t i = 0; i < ns->sysctl.n; i++) {
		const struct oci_kv *s = &ns->sysctl.v[i];
		char name[256];

		if ((size_t)snprintf(name, sizeof name, "sys/%s", s->key) >= sizeof name)
			return err_say(e, ENAMETOOLONG, "sysctl %s: name too long", s->key);
		TRY_IN(procfs_write(proc, name, s->value, e), e, "sysctl %s", s->key);
	}
	return 0;
}

static int name_host(const struct plan_ns *ns, struct err *e)
{
	if (ns->hostname && sethostname(ns->hostname, strlen(ns->hostname)) < 0)
		return err_set(e, errno, "set hostname '%s'", ns->hostname);
	if (ns->domainname && setdomainname(ns->domainname, strlen(ns->domainname)) < 0)
		return err_set(e, errno, "set domainname '%s'", ns->domainname);
	return 0;
}

int enter_rest(struct lane *l, struct err *e)
{
	const struct plan_ns *ns = &l->plan->ns;

	if ((ns->new_flags | ns->join_flags) & CLONE_NEWUSER)
		TRY(enter_become_root(ns, e));
	(void)sys_set_dumpable(false);
	if (ns->unshare_rest && unshare(ns->unshare_rest) < 0)
		return err_set(e, errno, "create namespaces");
	if (ns->refork) {
		pid_t pid = sys_fork_sibling();

		if (pid < 0)
			return err_set(e, -pid, "fork into the pid namespace");
		if (pid > 0)
			_exit(0); /* the parent learns the new pid from the kernel, with the next message */
	}
	if (ns->loopback)
		TRY(loopback_up(e));
	TRY(name_host(ns, e));
	return apply_sysctl(ns, e);
}
