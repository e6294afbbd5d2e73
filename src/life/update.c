/* update: other limits for a container that runs. */
#include "life/container.h"

#include "base/file.h"
#include "life/root.h"
#include "plan/update.h"

#include <errno.h>

#define RECORD "resources.json"

/* What is in force: as the last update left it, else as the config had it. *ret may stay NULL. */
static int load(struct container *c, const struct oci_resources **ret, struct err *e)
{
	struct oci_config *config;
	void *resources;
	char *text;
	size_t len;
	int r = file_read(c->dir_fd, RECORD, ROOT_CONFIG_LIMIT, c->arena, &text, &len, e);

	if (r == -ENOENT) {
		TRY(container_config(c, &config, e));
		*ret = config->linux_ ? config->linux_->resources : NULL;
		return 0;
	}
	TRY(r);
	TRY_IN(oci_parse(&oci_type_resources, text, len, c->arena, &resources, e), e, RECORD);
	*ret = resources;
	return 0;
}

static int save(struct container *c, const struct oci_resources *now, struct err *e)
{
	char *text;
	size_t len;

	TRY(oci_write(&oci_type_resources, now, 0, c->arena, &text, &len, e));
	return file_write_atomic(c->dir_fd, RECORD, text, len, 0600, e);
}

int husk_update(const struct husk *h, const char *id, const struct oci_resources *request, struct err *e)
{
	own_arena a = arena_new();
	own_container c = CONTAINER_EMPTY;
	const struct oci_resources *now = NULL;
	struct plan_update u;

	TRY(container_open(h, id, CONTAINER_LOCK, a, &c, e));
	int status = TRY(container_status(&c, e));
	if (status == OCI_STATUS_STOPPED || status == OCI_STATUS_CREATING)
		return err_say(e, ESRCH, "container not running");
	TRY(container_cgroup(&c, e));
	if (!c.cgroup.path)
		return err_say(e, ENOENT, "the container has no cgroup, so it has no limits");
	TRY(load(&c, &now, e));
	TRY(plan_update_build(request, now, c.host, a, &u, e));
	for (size_t i = 0; i < u.warnings.n; i++)
		log_warn(&h->log, "%s", u.warnings.v[i]);
	TRY(cgroup_update(&c.cgroup, &u.cgroup, e));
	return save(&c, &u.now, e);
}
