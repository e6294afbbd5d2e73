/* plan/sysctl.c: which kernel parameters belong to which namespace. */
#include "plan/parts.h"

#include <criterion/criterion.h>
#include <sched.h>

static int build(const char *key, int flags, struct arena *a, struct plan_ns *ns)
{
	char value[] = "1";
	const struct plan_opts opts = { .id = "t", .bundle = "/b" };
	const struct host host = { .privileged = true };
	struct oci_kv kv = { arena_strdup(a, key), value };
	struct oci_linux l = { .sysctl = { &kv, 1 } };
	struct oci_config c = { .linux_ = &l };
	struct plan_warnings w = { 0 };
	struct err e = ERR_INIT;

	*ns = (struct plan_ns){ .new_flags = flags };
	return plan_sysctl_build(&(struct plan_in){ &c, &opts, &host, a, &w }, ns, &e);
}

Test(sysctl, belongs_to_a_namespace)
{
	const struct {
		const char *key, *path;
		int flag;
	} good[] = {
		{ "net.ipv4.ip_forward", "net/ipv4/ip_forward", CLONE_NEWNET },
		{ "net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding", CLONE_NEWNET },
		{ "net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding", CLONE_NEWNET },
		{ "kernel.sem", "kernel/sem", CLONE_NEWIPC },
		{ "kernel.shm_rmid_forced", "kernel/shm_rmid_forced", CLONE_NEWIPC },
		{ "fs.mqueue.msg_max", "fs/mqueue/msg_max", CLONE_NEWIPC },
		{ "kernel.domainname", "kernel/domainname", CLONE_NEWUTS },
		{ "user.max_pid_namespaces", "user/max_pid_namespaces", CLONE_NEWUSER },
	};
	own_arena a = arena_new();

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct plan_ns ns;

		cr_assert_eq(build(good[i].key, good[i].flag, a, &ns), 0, "%s", good[i].key);
		cr_expect_str_eq(ns.sysctl.v[0].key, good[i].path);
		cr_expect_lt(build(good[i].key, ~good[i].flag, a, &ns), 0, "%s needs its namespace",
			     good[i].key);
	}
}

Test(sysctl, leads_nowhere_else)
{
	static const char *const bad[] = {
		"",
		".",
		"/",
		"net",
		"net.",
		"net..x",
		"net/../kernel/panic",
		"net/./x",
		"/net/x",
		"net.ipv4/..",
		"net.a b",
		"kernel.panic",
		"kernel.hostname",
		"kernel.semx",
		"kernel.sem.x",
		"fs.mqueue",
		"fs.file-max",
		"vm.swappiness",
		"net/x\n",
		"networks.x",
	};
	own_arena a = arena_new();

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct plan_ns ns;

		cr_expect_lt(build(bad[i], ~0, a, &ns), 0, "'%s'", bad[i]);
	}
}
