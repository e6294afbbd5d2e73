/* pause and resume: the freezer. */
#include "life/container.h"

static int freeze(const struct husk *h, const char *id, bool frozen, struct err *e)
{
	own_arena a = arena_new();
	own_container c = CONTAINER_EMPTY;

	TRY(container_open(h, id, CONTAINER_LOCK, a, &c, e));
	int status = TRY(container_status(&c, e));
	if (frozen && status == OCI_STATUS_PAUSED)
		return err_say(e, EBADFD, "container already paused");
	if (frozen && status != OCI_STATUS_RUNNING && status != OCI_STATUS_CREATED)
		return err_say(e, EBADFD, "container not running");
	if (!frozen && status != OCI_STATUS_PAUSED)
		return err_say(e, EBADFD, "container not paused");
	TRY(container_cgroup(&c, e));
	if (!c.cgroup.path)
		return err_say(e, ENOENT, "the container has no cgroup, so it cannot be frozen");
	return cgroup_freeze(&c.cgroup, frozen, e);
}

int husk_pause(const struct husk *h, const char *id, struct err *e)
{
	return freeze(h, id, true, e);
}

int husk_resume(const struct husk *h, const char *id, struct err *e)
{
	return freeze(h, id, false, e);
}
