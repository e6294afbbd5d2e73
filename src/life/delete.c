/* delete: the end of a life. */
#include "life/container.h"

static int delete_locked(struct container *c, bool force, struct err *e)
{
	int status = TRY(container_status(c, e));

	/* A created container has run nothing: like runc's, our delete ends it; containerd counts on that. */
	if (status == OCI_STATUS_CREATED || force)
		TRY(container_kill_wait(c, e));
	else if (status != OCI_STATUS_STOPPED && status != OCI_STATUS_CREATING)
		return err_say(e, EBUSY, "cannot delete container %s that is not stopped: %s", c->id,
			       oci_word(&oci_enum_status, status));
	return container_destroy(c, e);
}

int husk_delete(const struct husk *h, const char *id, bool force, struct err *e)
{
	own_arena a = arena_new();
	own_container c = CONTAINER_EMPTY;
	struct err missing;
	int r = container_open(h, id, CONTAINER_LOCK, a, &c, &missing);

	if (r == -ENOENT && force)
		return 0;
	if (r < 0)
		return err_say(e, missing.code, "%s", missing.text);
	return delete_locked(&c, force, e);
}
