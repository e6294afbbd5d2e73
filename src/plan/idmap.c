/* Id maps and clock offsets of the new namespaces, and who may write them. */
#include "plan/parts.h"

#include "base/str.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

enum { MAP_LINES_MAX = 340 }; /* user_namespaces(7), since 4.15 */

struct plan_map *plan_idmap_copy(const struct oci_id_mapping *v, size_t n, struct arena *a)
{
	struct plan_map *map = arena_array(a, n, sizeof *map);

	for (size_t i = 0; i < n; i++)
		map[i] = (struct plan_map){ v[i].container_id, v[i].host_id, v[i].size };
	return map;
}

static bool overlap(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
	return (uint64_t)a < (uint64_t)b + b_count && (uint64_t)b < (uint64_t)a + a_count;
}

int plan_idmap_check(const char *what, const struct plan_map *map, size_t n, struct err *e)
{
	if (n > MAP_LINES_MAX)
		return err_say(e, EINVAL, "%s: more than %d entries", what, MAP_LINES_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct plan_map *m = &map[i];

		if (m->count == 0)
			return err_say(e, EINVAL, "%s[%zu].size: must not be 0", what, i);
		if ((uint64_t)m->inside + m->count > UINT32_MAX ||
		    (uint64_t)m->outside + m->count > UINT32_MAX)
			return err_say(e, EINVAL, "%s[%zu]: the range ends beyond the largest id", what, i);
		for (size_t k = 0; k < i; k++)
			if (overlap(m->inside, m->count, map[k].inside, map[k].count) ||
			    overlap(m->outside, m->count, map[k].outside, map[k].count))
				return err_say(e, EINVAL, "%s[%zu]: overlaps entry %zu", what, i, k);
	}
	return 0;
}

bool plan_idmap_has(const struct plan_map *map, size_t n, uint32_t inside)
{
	for (size_t i = 0; i < n; i++)
		if (inside >= map[i].inside && inside - map[i].inside < map[i].count)
			return true;
	return n == 0;
}

/* The caller becomes root; the ids below it in /etc/subuid follow from 1 on, when the helpers can write them.
 */
static const struct plan_map *own_map(const struct plan_in *in, uint32_t id, const struct id_range *sub,
				      size_t *ret_n)
{
	const struct host *h = in->host;
	struct plan_map *map = arena_array(in->arena, 2, sizeof *map);

	map[0] = (struct plan_map){ 0, id, 1 };
	*ret_n = 1;
	if (h->newuidmap && h->newgidmap && h->subuid.count && h->subgid.count) {
		map[1] = (struct plan_map){ 1, sub->start, sub->count };
		*ret_n = 2;
	}
	return map;
}

/* Without privileges the kernel lets one map only one's own id (user_namespaces(7)); for more there are the
 * set-uid helpers. Root of an outer user namespace (euid 0) has the capability there and writes itself. */
static int choose_writer(const struct plan_in *in, struct plan_ns *ns, struct err *e)
{
	const struct host *h = in->host;

	if (h->privileged || h->euid == 0)
		return 0;
	if (ns->uid_map.n == 1 && ns->uid_map.v[0].count == 1 && ns->uid_map.v[0].outside == h->euid &&
	    ns->gid_map.n == 1 && ns->gid_map.v[0].count == 1 && ns->gid_map.v[0].outside == h->egid) {
		ns->deny_setgroups = true;
		return 0;
	}
	if (!h->newuidmap || !h->newgidmap)
		return err_say(
			e, ENOENT,
			"linux.uidMappings: uid %u may map only its own id; for more, %s is needed: install "
			"uidmap (shadow-utils)",
			h->euid, h->newuidmap ? "newgidmap" : "newuidmap");
	ns->map_with_helpers = true;
	return 0;
}

static int maps(const struct plan_in *in, struct plan_ns *ns, struct err *e)
{
	const struct oci_linux *l = in->config->linux_;
	const struct host *h = in->host;
	size_t uids = l->uid_mappings.n, gids = l->gid_mappings.n;

	if (!uids != !gids)
		return err_say(e, EINVAL, "linux.%s: is required with %s",
			       uids ? "gidMappings" : "uidMappings", uids ? "uidMappings" : "gidMappings");
	if (uids && !ns->is_user)
		return err_say(e, EINVAL, "linux.uidMappings: there is no user namespace to map ids in");
	const struct plan_map *uid = plan_idmap_copy(l->uid_mappings.v, uids, in->arena);
	const struct plan_map *gid = plan_idmap_copy(l->gid_mappings.v, gids, in->arena);

	TRY(plan_idmap_check("linux.uidMappings", uid, uids, e));
	TRY(plan_idmap_check("linux.gidMappings", gid, gids, e));
	if (!(ns->new_flags & CLONE_NEWUSER)) /* a joined one has its maps already */
		return 0;
	if (!uids && (h->privileged || h->euid == 0))
		return err_say(e, EINVAL, "linux.uidMappings: is required for a new user namespace");
	if (!uids) {
		uid = own_map(in, h->euid, &h->subuid, &uids);
		gid = own_map(in, h->egid, &h->subgid, &gids);
	}
	ns->uid_map.v = uid;
	ns->uid_map.n = uids;
	ns->gid_map.v = gid;
	ns->gid_map.n = gids;
	return choose_writer(in, ns, e);
}

static int clocks(const struct plan_in *in, struct plan_ns *ns, struct err *e)
{
	const struct oci_linux *l = in->config->linux_;
	struct plan_clock *v = arena_array(in->arena, l->time_offsets.n, sizeof *v);

	if (l->time_offsets.n && !(ns->new_flags & CLONE_NEWTIME))
		return err_say(e, EINVAL, "linux.timeOffsets: there is no new time namespace to set them in");
	for (size_t i = 0; i < l->time_offsets.n; i++) {
		const struct oci_time_offset *o = &l->time_offsets.v[i];

		v[i] = (struct plan_clock){
			.clock = str_eq(o->clock, "boottime") ? CLOCK_BOOTTIME : CLOCK_MONOTONIC,
			.secs = o->secs,
			.nanosecs = o->nanosecs,
		};
	}
	ns->clocks.v = v;
	ns->clocks.n = l->time_offsets.n;
	return 0;
}

int plan_idmap_build(const struct plan_in *in, struct plan_ns *ns, struct err *e)
{
	TRY(maps(in, ns, e));
	return clocks(in, ns, e);
}
