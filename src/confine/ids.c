/* Take on the container user's ids. */
#include "confine/ids.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

static int id_err(struct err *e, const char *what, uint32_t id)
{
	if (errno == EINVAL)
		return err_say(e, EINVAL, "%s %u is not mapped in the container's user namespace", what, id);
	return err_set(e, errno, "set %s %u", what, id);
}

static int groups_apply(const struct plan_process *p, bool in_userns, struct err *e)
{
	if (p->keep_groups || setgroups(p->groups.n, p->groups.v) == 0)
		return 0;
	if (p->groups.n == 0 && errno == EPERM && in_userns)
		return 0;
	if (errno == EINVAL)
		return err_say(e, EINVAL,
			       "an additional group is not mapped in the container's user namespace");
	return err_set(e, errno, "set additional groups");
}

int ids_apply(const struct plan_process *p, bool in_userns, struct err *e)
{
	TRY(groups_apply(p, in_userns, e));
	if (setresgid(p->gid, p->gid, p->gid) < 0)
		return id_err(e, "gid", p->gid);
	if (setresuid(p->uid, p->uid, p->uid) < 0)
		return id_err(e, "uid", p->uid);
	if (p->umask >= 0)
		(void)umask((mode_t)p->umask);
	return 0;
}
