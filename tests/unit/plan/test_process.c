/* plan_process(): what an exec'd process gets, and what the container's own gets alone. */
#include "plan/parts.h"

#include <criterion/criterion.h>

static char cwd[] = "/", sh[] = "sh", host_name[] = "HOME=/x";
static char *args[] = { sh, NULL }, *env[] = { host_name, NULL };

static int build(struct oci_process *p, struct oci_linux *l, const struct host *host, struct arena *a,
		 struct plan_process *ret, struct err *e)
{
	const struct plan_opts opts = { .id = "t", .bundle = "/b" };
	struct oci_namespace v[] = { { .type = OCI_NS_MOUNT } };
	struct oci_config c = { .linux_ = l };
	struct plan_warnings w = { 0 };

	l->namespaces.v = v;
	l->namespaces.n = 1;
	return plan_process(p, &c, &opts, host, a, ret, &w, e);
}

Test(process, exec)
{
	const struct host root = { .privileged = true };
	struct oci_exec_cpu_affinity affinity = { 0 };
	struct oci_memory_policy policy = { 0 };
	struct oci_personality personality = { .domain = OCI_PERSONALITY_LINUX32 };
	struct oci_linux l = { .memory_policy = &policy, .personality = &personality };
	struct oci_process p = { .cwd = cwd, .args = { args, 1 }, .exec_cpu_affinity = &affinity };
	own_arena a = arena_new();
	struct plan_process ret;
	struct err e = ERR_INIT;

	cr_assert_eq(build(&p, &l, &root, a, &ret, &e), 0, "%s", e.text);
	cr_expect_eq(ret.affinity, &affinity);
	cr_expect_null(ret.memory_policy);
	cr_expect_eq(ret.personality, 8);
	cr_expect_str_eq(ret.keyring, "_ses.t");
	cr_expect(ret.add_home);
	cr_assert_not_null(ret.env.v, "ready for execve");
	cr_expect_null(ret.env.v[0]);
	cr_expect_eq(ret.umask, -1);
	p.env = (struct oci_strv){ env, 1 };
	cr_assert_eq(build(&p, &l, &root, a, &ret, &e), 0);
	cr_expect_not(ret.add_home);
}

Test(process, refused)
{
	const struct host root = { .privileged = true };
	struct oci_user nobody = { .uid = UINT32_MAX };
	struct oci_linux l = { 0 };
	struct oci_process p = { .cwd = cwd };
	own_arena a = arena_new();
	struct plan_process ret = { .umask = 77 };
	struct err e = ERR_INIT;

	cr_expect_lt(build(&p, &l, &root, a, &ret, &e), 0);
	cr_expect_str_eq(e.text, "process.args: at least one entry is required");
	p.args = (struct oci_strv){ args, 1 };
	p.user = &nobody;
	cr_expect_lt(build(&p, &l, &root, a, &ret, &e), 0);
	cr_expect_str_eq(e.text, "process.user.uid: 4294967295 is not an id");
	cr_expect_eq(ret.umask, 77, "outputs are untouched on failure");
}
