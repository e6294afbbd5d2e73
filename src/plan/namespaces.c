/* Which namespaces to make and to join, in which order, and whether that takes another fork. */
#include "plan/parts.h"

#include "base/str.h"

#include <errno.h>
#include <sched.h>

static const int flag_of[] = {
	[OCI_NS_PID] = CLONE_NEWPID,       [OCI_NS_NETWORK] = CLONE_NEWNET, [OCI_NS_MOUNT] = CLONE_NEWNS,
	[OCI_NS_IPC] = CLONE_NEWIPC,       [OCI_NS_UTS] = CLONE_NEWUTS,     [OCI_NS_USER] = CLONE_NEWUSER,
	[OCI_NS_CGROUP] = CLONE_NEWCGROUP, [OCI_NS_TIME] = CLONE_NEWTIME,
};

/* config-linux.md, Namespaces: a path joins, none makes. (That no type comes twice is checked by the reader.)
 */
static size_t read_list(const struct oci_linux *l, struct plan_ns *ns, struct plan_join *joins)
{
	size_t n = 0;

	for (size_t i = 0; i < l->namespaces.n; i++) {
		const struct oci_namespace *o = &l->namespaces.v[i];

		if (str_empty(o->path)) {
			ns->new_flags |= flag_of[o->type];
		} else {
			ns->join_flags |= flag_of[o->type];
			joins[n++] = (struct plan_join){ .path = o->path, .flag = flag_of[o->type] };
		}
	}
	return n;
}

/* Move the user namespace to the front (or the end), the others keep their order. */
static void place_user(struct plan_join *v, size_t n, bool first)
{
	for (size_t i = 0; i < n; i++) {
		struct plan_join user = v[i];

		if (user.flag != CLONE_NEWUSER)
			continue;
		for (; first && i > 0; i--)
			v[i] = v[i - 1];
		for (; !first && i + 1 < n; i++)
			v[i] = v[i + 1];
		v[i] = user;
		return;
	}
}

/*
 * Who makes what. Two things keep clone3() from making it all: a new namespace belongs to the user namespace
 * of its maker, so nothing may be made before a user namespace is joined, nor a user namespace before the
 * host's others are joined; and clock offsets can be written only while a time namespace is empty. A pid
 * namespace takes in only later children, hence the fork; its first process cannot fork with CLONE_PARENT, so
 * where there is a fork the pid namespace must wait for it. An ipc namespace has a file system of message
 * queues, which belongs to the id that made it: in a user namespace to its root, so later.
 */
static void divide(struct plan_ns *ns)
{
	bool user_joined = ns->join_flags & CLONE_NEWUSER;
	bool user_after_joins = (ns->new_flags & CLONE_NEWUSER) && ns->join_flags;
	int clone = 0;

	if (!user_joined && !user_after_joins)
		clone = ns->new_flags & ~(CLONE_NEWTIME | CLONE_NEWCGROUP);
	if (clone & CLONE_NEWUSER)
		clone &= ~CLONE_NEWIPC;
	ns->refork = (ns->join_flags & CLONE_NEWPID) || (ns->new_flags & CLONE_NEWTIME) ||
		     (ns->new_flags & ~clone & CLONE_NEWPID);
	if (ns->refork)
		clone &= ~CLONE_NEWPID;
	ns->clone_flags = clone;
	ns->unshare_user = ns->new_flags & ~clone & (CLONE_NEWUSER | CLONE_NEWTIME);
	ns->unshare_rest = ns->new_flags & ~clone & ~ns->unshare_user;
}

/*
 * config-linux.md, Namespaces: a type that is not listed is inherited. A user namespace may not mount in a
 * mount namespace that is not its own.
 */
static int check_mount(const struct plan_in *in, const struct plan_ns *ns, struct err *e)
{
	int own = ns->new_flags | ns->join_flags;

	if (own & CLONE_NEWNS)
		return 0;
	if (own & CLONE_NEWUSER)
		return err_say(e, EINVAL,
			       "linux.namespaces: a user namespace needs a mount namespace beside it");
	plan_warn(in->warnings, in->arena,
		  "linux.namespaces: no mount namespace: the container shares the host's mounts");
	return 0;
}

int plan_ns_build(const struct plan_in *in, struct plan_ns *ret, struct err *e)
{
	const struct oci_linux *l = in->config->linux_;
	const struct host *host = in->host;
	struct plan_join *joins = arena_array(in->arena, l->namespaces.n, sizeof *joins);
	size_t n = read_list(l, ret, joins);

	if (!((ret->new_flags | ret->join_flags) & CLONE_NEWUSER) && !host->privileged && host->euid != 0) {
		ret->new_flags |= CLONE_NEWUSER;
		plan_warn(in->warnings, in->arena,
			  "linux.namespaces: a user namespace is added, because husk runs as uid %u",
			  host->euid);
	}
	TRY(check_mount(in, ret, e));
	place_user(joins, n, !host->privileged && host->euid != 0);
	ret->join.v = joins;
	ret->join.n = n;
	divide(ret);

	ret->is_user = (ret->new_flags | ret->join_flags) & CLONE_NEWUSER;
	ret->parent_opens = ret->is_user && (host->privileged || host->euid == 0);
	ret->loopback = ret->new_flags & CLONE_NEWNET;
	ret->hostname = str_empty(in->config->hostname) ? NULL : in->config->hostname;
	ret->domainname = str_empty(in->config->domainname) ? NULL : in->config->domainname;
	return 0;
}
