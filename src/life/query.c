/* state, list, ps: what there is. */
#include "life/container.h"

#include "life/root.h"
#include "state/store.h"
#include "host/passwd.h"

static int describe(struct container *c, struct oci_state *ret, struct err *e)
{
	const struct oci_saved *s = c->saved;
	struct oci_state out = { 0 };
	int status = TRY(container_status(c, e));

	SET(&out, oci_state, oci_version,
	    s->oci_version ? s->oci_version : arena_strdup(c->arena, HUSK_SPEC_VERSION));
	SET(&out, oci_state, id, arena_strdup(c->arena, c->id));
	SET(&out, oci_state, pid, status == OCI_STATUS_STOPPED ? 0 : s->pid);
	SET(&out, oci_state, status, status);
	SET(&out, oci_state, bundle, s->bundle);
	SET(&out, oci_state, rootfs, s->rootfs);
	SET(&out, oci_state, created, s->created);
	if (s->annotations.n)
		SET(&out, oci_state, annotations, s->annotations);
	SET(&out, oci_state, owner, arena_strdup(c->arena, ""));
	*ret = out;
	return 0;
}

int husk_state(const struct husk *h, const char *id, struct arena *a, struct oci_state *ret, struct err *e)
{
	own_container c = CONTAINER_EMPTY;

	TRY(container_open(h, id, 0, a, &c, e));
	return describe(&c, ret, e);
}

int husk_list(const struct husk *h, struct arena *a, struct oci_state **ret, size_t *ret_n, struct err *e)
{
	char **ids;
	size_t n, found = 0;
	const struct host *host = NULL; /* one look at the host is enough for all */
	char *owner = NULL;
	uint32_t owner_uid = 0;
	own_fd root = TRY(root_open(h, a, e));

	TRY(store_ids(root, a, &ids, &n, e));
	struct oci_state *states = arena_array(a, n ? n : 1, sizeof *states);
	for (size_t i = 0; i < n; i++) {
		own_container c = CONTAINER_EMPTY;

		if (container_open(h, ids[i], 0, a, &c, NULL) < 0)
			continue; /* deleted meanwhile */
		c.host = host;
		if (describe(&c, &states[found], NULL) < 0)
			continue;
		if (c.cgroup.path)
			host = c.host;
		if (!owner || owner_uid != c.saved->owner) {
			owner_uid = c.saved->owner;
			owner = passwd_name(a, owner_uid);
		}
		states[found].owner = owner;
		found++;
	}
	*ret = states;
	*ret_n = found;
	return 0;
}

int husk_pids(const struct husk *h, const char *id, struct arena *a, pid_t **ret, size_t *ret_n,
	      struct err *e)
{
	own_container c = CONTAINER_EMPTY;

	TRY(container_open(h, id, 0, a, &c, e));
	int status = TRY(container_status(&c, e));
	TRY(container_cgroup(&c, e));
	if (c.cgroup.path && status != OCI_STATUS_CREATING)
		return cgroup_pids(&c.cgroup, a, ret, ret_n, e);
	pid_t *one = arena_array(a, 1, sizeof *one);
	one[0] = c.saved->pid;
	*ret = one;
	*ret_n = status != OCI_STATUS_STOPPED && status != OCI_STATUS_CREATING;
	return 0;
}
