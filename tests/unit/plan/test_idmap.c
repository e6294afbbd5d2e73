/* plan/idmap.c: maps that the kernel takes, and who writes them. */
#include "plan/parts.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>

static int build(const struct host *host, struct oci_id_mapping *map, size_t n, struct arena *a,
		 struct plan_ns *ns, struct err *e)
{
	const struct plan_opts opts = { .id = "t", .bundle = "/b" };
	struct plan_warnings w = { 0 };
	struct oci_linux l = { .uid_mappings = { map, n }, .gid_mappings = { map, n } };
	struct oci_config c = { .linux_ = &l };

	*ns = (struct plan_ns){ .new_flags = CLONE_NEWUSER, .is_user = true };
	return plan_idmap_build(&(struct plan_in){ &c, &opts, host, a, &w }, ns, e);
}

Test(idmap, ranges)
{
	const struct {
		struct plan_map map[2];
		size_t n;
		const char *error;
	} cases[] = {
		{ { { 0, 1000, 1 }, { 1, 100000, 65536 } }, 2, NULL },
		{ { { 0, 0, UINT32_MAX } }, 1, NULL },
		{ { { 0, 0, 0 } }, 1, "m[0].size: must not be 0" },
		{ { { 1, 0, UINT32_MAX } }, 1, "m[0]: the range ends beyond the largest id" },
		{ { { 0, 4294967290, 10 } }, 1, "m[0]: the range ends beyond the largest id" },
		{ { { 0, 0, 10 }, { 9, 100, 1 } }, 2, "m[1]: overlaps entry 0" },
		{ { { 0, 0, 10 }, { 10, 9, 1 } }, 2, "m[1]: overlaps entry 0" },
		{ { { 10, 10, 5 }, { 0, 0, 10 } }, 2, NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = ERR_INIT;
		int r = plan_idmap_check("m", cases[i].map, cases[i].n, &e);

		cr_expect_eq(r < 0, cases[i].error != NULL, "case %zu", i);
		cr_expect_str_eq(e.text, cases[i].error ? cases[i].error : "");
	}
}

Test(idmap, too_many_lines)
{
	struct plan_map *map = calloc(341, sizeof *map);
	struct err e = ERR_INIT;

	for (uint32_t i = 0; i < 341; i++)
		map[i] = (struct plan_map){ i, i, 1 };
	cr_expect_eq(plan_idmap_check("m", map, 340, &e), 0);
	cr_expect_eq(plan_idmap_check("m", map, 341, &e), -EINVAL);
	free(map);
}

Test(idmap, has)
{
	const struct plan_map map[] = { { 0, 1000, 1 }, { 10, 100000, 5 } };

	cr_expect(plan_idmap_has(map, 2, 0));
	cr_expect_not(plan_idmap_has(map, 2, 1));
	cr_expect(plan_idmap_has(map, 2, 14));
	cr_expect_not(plan_idmap_has(map, 2, 15));
	cr_expect(plan_idmap_has(NULL, 0, 12345));
}

Test(idmap, writer)
{
	struct oci_id_mapping own[] = { { .host_id = 1000, .size = 1 } };
	struct oci_id_mapping other[] = { { .host_id = 1001, .size = 1 } };
	struct host user = { .euid = 1000, .egid = 1000 };
	const struct host root = { .privileged = true }, nested = { .in_userns = true };
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	struct plan_ns ns;

	cr_assert_eq(build(&root, other, 1, a, &ns, &e), 0);
	cr_expect(!ns.map_with_helpers && !ns.deny_setgroups);
	cr_assert_eq(build(&nested, other, 1, a, &ns, &e), 0, "root of an outer user namespace");
	cr_expect(!ns.map_with_helpers && !ns.deny_setgroups);
	cr_assert_eq(build(&user, own, 1, a, &ns, &e), 0);
	cr_expect(!ns.map_with_helpers && ns.deny_setgroups);
	cr_assert_eq(build(&user, other, 1, a, &ns, &e), -ENOENT);
	cr_expect(strstr(e.text, "newuidmap") && strstr(e.text, "install uidmap"), "%s", e.text);
	user.newuidmap = "/usr/bin/newuidmap";
	cr_assert_eq(build(&user, other, 1, a, &ns, &e), -ENOENT);
	cr_expect(strstr(e.text, "newgidmap"), "%s", e.text);
	user.newgidmap = "/usr/bin/newgidmap";
	cr_assert_eq(build(&user, other, 1, a, &ns, &e), 0);
	cr_expect(ns.map_with_helpers && !ns.deny_setgroups);
}

Test(idmap, default_for_an_ordinary_user)
{
	struct host user = { .euid = 1000, .egid = 100 };
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	struct plan_ns ns;

	cr_assert_eq(build(&(struct host){ .privileged = true }, NULL, 0, a, &ns, &e), -EINVAL);
	cr_expect_str_eq(e.text, "linux.uidMappings: is required for a new user namespace");
	cr_assert_eq(build(&user, NULL, 0, a, &ns, &e), 0);
	cr_expect_eq(ns.uid_map.n, 1);
	cr_expect_eq(ns.gid_map.v[0].outside, 100);
	cr_expect(ns.deny_setgroups);
	user.subuid = (struct id_range){ 100000, 65536 };
	user.subgid = (struct id_range){ 200000, 65536 };
	cr_assert_eq(build(&user, NULL, 0, a, &ns, &e), 0);
	cr_expect_eq(ns.uid_map.n, 1, "without the helpers the range cannot be used");
	user.newuidmap = user.newgidmap = "/x";
	cr_assert_eq(build(&user, NULL, 0, a, &ns, &e), 0);
	cr_assert_eq(ns.gid_map.n, 2);
	cr_expect_eq(ns.gid_map.v[1].inside, 1);
	cr_expect_eq(ns.gid_map.v[1].outside, 200000);
	cr_expect(ns.map_with_helpers);
}
