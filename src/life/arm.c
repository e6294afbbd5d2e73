/* The last preparations of a program. */
#include "life/arm.h"

#include "base/own.h"
#include "confine/home.h"
#include "sys/procfs.h"

int arm_process(struct arm *m, const struct listen *fds, struct arena *a, struct err *e)
{
	const struct plan_process *p = m->confine.process;
	own_fd proc = p->apparmor || p->selinux ? TRY(procfs_open(false, e)) : FD_NONE;

	m->confine.procfs_fd = proc;
	m->env = listen_env(fds, home_env(p, a), a);
	TRY(fds_seal(fds->total, e));
	TRY(confine_prepare(&m->confine, e));
	return program_find(p, a, &m->program, e);
}

int arm_report(struct arm *m, struct chan *c, enum step step, struct err *e)
{
	int fds[2];
	size_t n = 0;

	if (m->master >= 0)
		fds[n++] = m->master;
	if (m->confine.notify_fd >= 0)
		fds[n++] = m->confine.notify_fd;
	TRY(chan_send(c, step, fds, n, e));
	own_fd_done(&m->master);
	own_fd_done(&m->confine.notify_fd);
	return 0;
}
