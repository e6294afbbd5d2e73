/* Resource limits of the process. */
#include "plan/parts.h"

#include <errno.h>
#include <sys/resource.h>

static const int resource_of[] = {
	[OCI_RLIMIT_AS] = RLIMIT_AS,
	[OCI_RLIMIT_CORE] = RLIMIT_CORE,
	[OCI_RLIMIT_CPU] = RLIMIT_CPU,
	[OCI_RLIMIT_DATA] = RLIMIT_DATA,
	[OCI_RLIMIT_FSIZE] = RLIMIT_FSIZE,
	[OCI_RLIMIT_LOCKS] = RLIMIT_LOCKS,
	[OCI_RLIMIT_MEMLOCK] = RLIMIT_MEMLOCK,
	[OCI_RLIMIT_MSGQUEUE] = RLIMIT_MSGQUEUE,
	[OCI_RLIMIT_NICE] = RLIMIT_NICE,
	[OCI_RLIMIT_NOFILE] = RLIMIT_NOFILE,
	[OCI_RLIMIT_NPROC] = RLIMIT_NPROC,
	[OCI_RLIMIT_RSS] = RLIMIT_RSS,
	[OCI_RLIMIT_RTPRIO] = RLIMIT_RTPRIO,
	[OCI_RLIMIT_RTTIME] = RLIMIT_RTTIME,
	[OCI_RLIMIT_SIGPENDING] = RLIMIT_SIGPENDING,
	[OCI_RLIMIT_STACK] = RLIMIT_STACK,
};

int plan_limits_build(const struct oci_process *p, struct arena *a, struct plan_process *ret, struct err *e)
{
	struct plan_rlimit *v = arena_array(a, p->rlimits.n, sizeof *v);

	for (size_t i = 0; i < p->rlimits.n; i++) {
		const struct oci_rlimit *o = &p->rlimits.v[i];

		if (o->soft > o->hard)
			return err_say(e, EINVAL, "process.rlimits[%zu]: soft is greater than hard", i);
		v[i] = (struct plan_rlimit){ resource_of[o->type], o->soft, o->hard,
					     oci_word(&oci_enum_rlimit_type, o->type) };
	}
	ret->rlimits.v = v;
	ret->rlimits.n = p->rlimits.n;
	return 0;
}
