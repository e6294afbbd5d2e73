/* linux.intelRdt: which group of resctrl the container belongs to, and what has to be written there. */
#include "plan/parts.h"

#include "base/str.h"

#include <errno.h>
#include <limits.h>

/* A name of our making or of the config becomes a directory beside the kernel's own. */
static bool valid_group(const char *s)
{
	static const char *const taken[] = { "", ".", "..", "info", "mon_groups", "mon_data" };

	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		if (str_eq(s, taken[i]))
			return false;
	return !strpbrk(s, "/\n") && strlen(s) <= NAME_MAX;
}

/* config-linux.md, IntelRdt: l3CacheSchema first, then memBwSchema, then schemata. */
static void list_schemata(const struct oci_intel_rdt *r, struct arena *a, struct plan_rdt *ret)
{
	const char **v = arena_array(a, r->schemata.n + 2, sizeof *v);
	size_t n = 0;

	if (!str_empty(r->l3_cache_schema))
		v[n++] = r->l3_cache_schema;
	if (!str_empty(r->mem_bw_schema))
		v[n++] = r->mem_bw_schema;
	for (size_t i = 0; i < r->schemata.n; i++)
		v[n++] = r->schemata.v[i];
	ret->schemata.v = v;
	ret->schemata.n = n;
}

int plan_rdt_build(const struct plan_in *in, struct plan_rdt *ret, struct err *e)
{
	const struct oci_intel_rdt *r = in->config->linux_->intel_rdt;

	if (!r)
		return 0;
	if (!in->host->resctrl)
		return err_say(e, ENOTSUP,
			       "linux.intelRdt: no resctrl file system is mounted on this machine");
	bool named = !str_empty(r->clos_id), root = named && str_eq(r->clos_id, "/");
	const char *group = root ? "" : named ? r->clos_id : in->opts->id;
	if (!root && !valid_group(group))
		return err_say(e, EINVAL, "linux.intelRdt.closID: '%.64s' is no name of a group", group);
	list_schemata(r, in->arena, ret);
	ret->root = in->host->resctrl;
	ret->group = group;
	ret->may_create = !root && (!named || ret->schemata.n);
	ret->remove = !named;
	ret->monitor = r->enable_monitoring ? in->opts->id : NULL;
	return 0;
}
