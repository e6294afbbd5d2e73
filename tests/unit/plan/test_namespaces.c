/* plan/namespaces.c: who makes which namespace when, for every mix that changes the answer. */
#include "plan/parts.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <criterion/parameterized.h>
#include <sched.h>

enum {
	USER = CLONE_NEWUSER,
	MNT = CLONE_NEWNS,
	PID = CLONE_NEWPID,
	NET = CLONE_NEWNET,
	TIME = CLONE_NEWTIME,
	CG = CLONE_NEWCGROUP
};

struct mix {
	int new_flags, join_flags;
	int clone, unshare_user, unshare_rest;
	bool refork;
};

static const struct {
	enum oci_ns_type type;
	int flag;
} types[] = {
	{ OCI_NS_PID, PID },   { OCI_NS_NETWORK, NET }, { OCI_NS_MOUNT, MNT },
	{ OCI_NS_USER, USER }, { OCI_NS_CGROUP, CG },   { OCI_NS_TIME, TIME },
};

enum { TYPES = sizeof types / sizeof *types };

static int build(int new_flags, int join_flags, const struct host *host, struct arena *a, struct plan_ns *ret,
		 struct plan_warnings *w, struct err *e)
{
	static char path[] = "/proc/1/ns/x";
	const struct plan_opts opts = { .id = "t", .bundle = "/b" };
	struct oci_namespace v[TYPES] = { 0 };
	struct oci_linux l = { 0 };
	struct oci_config c = { .linux_ = &l };
	size_t n = 0;

	for (size_t i = 0; i < TYPES; i++)
		if ((new_flags | join_flags) & types[i].flag)
			v[n++] = (struct oci_namespace){
				.type = types[i].type,
				.path = join_flags & types[i].flag ? path : NULL,
			};
	l.namespaces.v = v;
	l.namespaces.n = n;
	return plan_ns_build(&(struct plan_in){ &c, &opts, host, a, w }, ret, e);
}

ParameterizedTestParameters(namespaces, divided)
{
	static struct mix mixes[] = {
		{ MNT, 0, MNT, 0, 0, false },
		{ MNT | PID | NET, 0, MNT | PID | NET, 0, 0, false },
		{ MNT | PID | CG, 0, MNT | PID, 0, CG, false },
		{ MNT | PID | USER, 0, MNT | PID | USER, 0, 0, false },
		{ MNT | PID, NET, MNT | PID, 0, 0, false },
		{ MNT, PID, MNT, 0, 0, true },
		{ MNT | PID, USER, 0, 0, MNT | PID, true },
		{ MNT | NET, USER, 0, 0, MNT | NET, false },
		{ MNT, USER | PID, 0, 0, MNT, true },
		{ MNT | PID | USER, NET, 0, USER, MNT | PID, true },
		{ MNT | NET | TIME, 0, MNT | NET, TIME, 0, true },
		{ MNT | PID | TIME, 0, MNT, TIME, PID, true },
		{ MNT | PID | TIME | USER, 0, MNT | USER, TIME, PID, true },
		{ MNT | PID | TIME | USER, NET, 0, USER | TIME, MNT | PID, true },
		{ MNT | PID, TIME, MNT | PID, 0, 0, false },
	};

	return cr_make_param_array(struct mix, mixes, sizeof mixes / sizeof *mixes);
}

ParameterizedTest(struct mix *m, namespaces, divided)
{
	const struct host root = { .privileged = true };
	own_arena a = arena_new();
	struct plan_warnings w = { 0 };
	struct plan_ns ns = { 0 };

	cr_assert_eq(build(m->new_flags, m->join_flags, &root, a, &ns, &w, NULL), 0);
	cr_expect_eq(ns.clone_flags, m->clone, "clone %x", (unsigned)ns.clone_flags);
	cr_expect_eq(ns.unshare_user, m->unshare_user, "user %x", (unsigned)ns.unshare_user);
	cr_expect_eq(ns.unshare_rest, m->unshare_rest, "rest %x", (unsigned)ns.unshare_rest);
	cr_expect_eq(ns.refork, m->refork);
	cr_expect_eq(ns.clone_flags | ns.unshare_user | ns.unshare_rest, m->new_flags, "each is made");
	cr_expect_eq(ns.clone_flags & ns.unshare_rest, 0, "and none twice");
}

Test(namespaces, every_mix_makes_each_once_and_never_pid_before_a_fork)
{
	const struct host root = { .privileged = true };
	own_arena a = arena_new();

	for (int i = 0; i < 729; i++) { /* 3^6: absent, new, joined */
		struct plan_warnings w = { 0 };
		struct plan_ns ns = { 0 };
		int new_flags = 0, join_flags = 0, digits = i;

		for (size_t t = 0; t < TYPES; t++, digits /= 3) {
			new_flags |= digits % 3 == 1 ? types[t].flag : 0;
			join_flags |= digits % 3 == 2 ? types[t].flag : 0;
		}
		if (!((new_flags | join_flags) & MNT))
			continue;
		cr_assert_eq(build(new_flags, join_flags, &root, a, &ns, &w, NULL), 0);
		cr_assert_eq(ns.clone_flags ^ ns.unshare_user ^ ns.unshare_rest, new_flags);
		cr_assert(!(ns.refork && (ns.clone_flags & PID)), "pid 1 cannot fork with CLONE_PARENT");
		cr_assert(!(ns.clone_flags & TIME) && !(ns.clone_flags & CG));
		cr_assert(!((join_flags & USER) && ns.clone_flags),
			  "it would belong to the wrong user namespace");
		cr_assert(ns.refork ||
			  !((ns.unshare_rest & PID) || (join_flags & PID) || (new_flags & TIME)));
	}
}

Test(namespaces, user_is_joined_last_by_root_and_first_by_others)
{
	own_arena a = arena_new();
	struct plan_warnings w = { 0 };
	struct plan_ns ns = { 0 };

	cr_assert_eq(build(MNT, USER | NET | PID, &(struct host){ .privileged = true }, a, &ns, &w, NULL), 0);
	cr_expect_eq(ns.join.v[2].flag, USER);
	cr_expect(ns.parent_opens);
	ns = (struct plan_ns){ 0 };
	cr_assert_eq(build(MNT, USER | NET | PID, &(struct host){ .euid = 5 }, a, &ns, &w, NULL), 0);
	cr_expect_eq(ns.join.v[0].flag, USER);
	cr_expect_not(ns.parent_opens);
	cr_expect_eq(w.n, 0);
}

Test(namespaces, an_ordinary_user_gets_a_user_namespace_and_is_told)
{
	own_arena a = arena_new();
	struct plan_warnings w = { 0 };
	struct plan_ns ns = { 0 };

	cr_assert_eq(build(MNT | PID, 0, &(struct host){ .euid = 1000 }, a, &ns, &w, NULL), 0);
	cr_expect_eq(ns.clone_flags, MNT | PID | USER);
	cr_assert_eq(w.n, 1);
	cr_expect_str_eq(w.v[0],
			 "linux.namespaces: a user namespace is added, because husk runs as uid 1000");
}

Test(namespaces, a_missing_mount_namespace_is_inherited)
{
	own_arena a = arena_new();
	struct plan_warnings w = { 0 };
	struct plan_ns ns = { 0 };

	cr_assert_eq(build(PID, 0, &(struct host){ .privileged = true }, a, &ns, &w, NULL), 0);
	cr_expect_eq(ns.clone_flags, PID);
	cr_assert_eq(w.n, 1);
	cr_expect_str_eq(w.v[0],
			 "linux.namespaces: no mount namespace: the container shares the host's mounts");
}

Test(namespaces, a_user_namespace_needs_a_mount_namespace)
{
	own_arena a = arena_new();
	struct plan_warnings w = { 0 };
	struct plan_ns ns = { 0 };
	struct err e = ERR_INIT;

	cr_assert_eq(build(PID | USER, 0, &(struct host){ .privileged = true }, a, &ns, &w, &e), -EINVAL);
	cr_expect_str_eq(e.text, "linux.namespaces: a user namespace needs a mount namespace beside it");
}
