/* Capabilities that husk cannot hand on, because it may not have them itself. */
#include "check/check.h"

#include <sched.h>
#include <sys/prctl.h>

static void check_set(struct check *c, const char *name, const struct oci_strv *set, uint64_t *told)
{
	for (size_t i = 0; i < set->n; i++) {
		int cap = plan_cap_number(set->v[i]);

		if (cap < 0 || *told & UINT64_C(1) << cap)
			continue;
		int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
		if (has == 1)
			continue;
		*told |= UINT64_C(1) << cap;
		const char *why = has < 0 ? "this kernel does not know" : "husk itself may not have";
		check_add(c, HUSK_WARNING, arena_printf(c->arena, "process.capabilities.%s", name),
			  arena_printf(c->arena, "%s %s, so the process will not have it", why, set->v[i]),
			  "");
	}
}

void check_caps(struct check *c)
{
	const struct oci_process *p = c->config->process;
	uint64_t told = 0;

	/* a new user namespace starts with all of them (user_namespaces(7)) */
	if (!p || !p->capabilities || !c->planned || c->plan.ns.new_flags & CLONE_NEWUSER)
		return;
	check_set(c, "bounding", &p->capabilities->bounding, &told);
	check_set(c, "permitted", &p->capabilities->permitted, &told);
	check_set(c, "effective", &p->capabilities->effective, &told);
	check_set(c, "inheritable", &p->capabilities->inheritable, &told);
	check_set(c, "ambient", &p->capabilities->ambient, &told);
}
