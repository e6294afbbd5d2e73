/* The order in which a process gives up what the container must not have. */
#include "confine/confine.h"

#include "base/own.h"
#include "confine/caps.h"
#include "confine/cwd.h"
#include "confine/ids.h"
#include "confine/keyring.h"
#include "confine/lsm.h"
#include "confine/sched.h"

#include <sys/prctl.h>

/* What needs husk's own rights, and a program that is not yet the container's user. */
static int privileged_part(const struct confine *c, struct err *e)
{
	const struct plan_process *p = c->process;

	/* SELinux labels a key when it is made, so the label comes before the keyring. */
	if (p->selinux && p->keyring)
		TRY(lsm_selinux_keys(c->procfs_fd, p->selinux, e));
	if (p->keyring)
		TRY(keyring_join(p->keyring, c->log, e));

	TRY(sched_apply(p, e)); /* needs CAP_SYS_NICE */

	/* For the next execve(): nothing changes for us yet. Before no_new_privs, which forbids some
	 * transitions. */
	if (p->apparmor)
		TRY(lsm_apparmor(c->procfs_fd, p->apparmor, e));
	if (p->selinux)
		TRY(lsm_selinux(c->procfs_fd, p->selinux, e));

	if (p->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0)
		return err_set(e, errno, "set no_new_privs");
	return 0;
}

/* Root may enter what the user may not, and the other way round on a network file system: the second try is
 * the user's. */
static int become_user(const struct confine *c, struct err *e)
{
	const struct plan_process *p = c->process;
	int entered = cwd_enter(p->cwd, c->create_cwd, e);

	if (entered < 0 && entered != -EACCES)
		return entered;
	/* setresuid() takes the capabilities away, of which some may be wanted and one loads the filter. */
	if (p->uid != 0)
		TRY(caps_keep(e));
	TRY(ids_apply(p, c->in_userns, e));
	if (entered < 0)
		TRY(cwd_enter(p->cwd, c->create_cwd, e));
	return cwd_verify(p->cwd, e);
}

static int filter_load(struct confine *c, struct err *e)
{
	return c->filter ? seccomp_install(c->filter, &c->notify_fd, e) : 0;
}

/* A listener must reach the agent before the program runs, so its filter cannot wait for confine_final(). */
static bool filter_waits(const struct confine *c)
{
	return c->seccomp->late && !c->seccomp->notify;
}

int confine_prepare(struct confine *c, struct err *e)
{
	const struct plan_process *p = c->process;

	c->notify_fd = FD_NONE;
	TRY(privileged_part(c, e));
	/* CAP_SETPCAP goes with the ids; the bounding set must be cut while it is there. */
	TRY(caps_bound(&p->caps, c->log, e));
	TRY(become_user(c, e));
	/* Not earlier: a change of ids above RLIMIT_NPROC makes execve() fail. Not later: filters may forbid
	 * it. */
	TRY(limits_lower(p, e));

	/* Without no_new_privs the kernel takes a filter only from CAP_SYS_ADMIN. Loaded here, as late as
	 * that allows: beneath it run only the capset() and prctl() of caps_apply(), the lane's messages, and
	 * the gate. */
	bool early = c->filter && c->filter->len > 0 && !c->seccomp->late;
	if (early && p->uid != 0)
		TRY(caps_raise(e));
	if (early)
		TRY(filter_load(c, e));

	TRY(caps_apply(&p->caps, c->log, e));

	if (!early && !filter_waits(c))
		TRY(filter_load(c, e));
	return 0;
}

int confine_final(struct confine *c, struct err *e)
{
	return filter_waits(c) ? filter_load(c, e) : 0;
}
