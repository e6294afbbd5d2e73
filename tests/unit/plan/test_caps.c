/* plan/caps.c: names, and sets that fit together. */
#include "plan/parts.h"

#include <criterion/criterion.h>
#include <linux/capability.h>
#include <sys/capability.h>

Test(caps, numbers_are_the_kernels)
{
	own_arena a = arena_new();
	struct oci_strv names = plan_cap_names(a);

	cr_assert_eq(names.n, CAP_CHECKPOINT_RESTORE + 1);
	for (size_t i = 0; i < names.n; i++) {
		cap_value_t value;

		cr_expect_eq(plan_cap_number(names.v[i]), (int)i, "%s", names.v[i]);
		cr_assert_eq(cap_from_name(names.v[i], &value), 0, "%s", names.v[i]);
		cr_expect_eq(value, (int)i, "%s", names.v[i]);
	}
	cr_expect_eq(plan_cap_number("cap_net_raw"), CAP_NET_RAW);
	cr_expect_eq(plan_cap_number("NET_RAW"), -1);
	cr_expect_eq(plan_cap_number("CAP_"), -1);
	cr_expect_eq(plan_cap_number("CAP_NET_RA"), -1);
	cr_expect_eq(plan_cap_number(""), -1);
}

Test(caps, sets_fit_together)
{
	char kill[] = "CAP_KILL", raw[] = "CAP_NET_RAW", chown[] = "CAP_CHOWN", odd[] = "CAP_ODD";
	char *two[] = { kill, raw, NULL }, *three[] = { kill, raw, chown, NULL }, *strange[] = { odd, NULL };
	const struct oci_capabilities c = {
		.bounding = { two, 2 },
		.permitted = { two, 2 },
		.effective = { three, 3 },
		.inheritable = { three, 3 },
		.ambient = { three, 3 },
	};
	own_arena a = arena_new();
	struct plan_warnings w = { 0 };
	struct plan_caps caps;
	uint64_t fit = UINT64_C(1) << CAP_KILL | UINT64_C(1) << CAP_NET_RAW;

	plan_caps_build(&c, a, &caps, &w);
	cr_expect_eq(caps.effective, fit);
	cr_expect_eq(caps.inheritable, fit);
	cr_expect_eq(caps.ambient, fit);
	cr_expect_eq(w.n, 3);
	w = (struct plan_warnings){ 0 };
	plan_caps_build(&(struct oci_capabilities){ .bounding = { strange, 1 } }, a, &caps, &w);
	cr_assert_eq(w.n, 1);
	cr_expect_str_eq(w.v[0], "process.capabilities.bounding: unknown capability 'CAP_ODD' is left out");
	plan_caps_build(NULL, a, &caps, &w);
	cr_expect(!caps.set && !caps.bounding && !caps.permitted);
}
