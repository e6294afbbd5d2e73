/* Apply scheduler, I/O priority, memory policy and personality. */
#include "confine/sched.h"

#include "confine/numlist.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's struct sched_attr, which the C library does not declare (sched_setattr(2)). */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

/* linux/sched.h; OCI's words are the kernel's. */
static const unsigned policies[] = {
	[OCI_SCHED_OTHER] = 0, [OCI_SCHED_FIFO] = 1, [OCI_SCHED_RR] = 2,       [OCI_SCHED_BATCH] = 3,
	[OCI_SCHED_ISO] = 4,   [OCI_SCHED_IDLE] = 5, [OCI_SCHED_DEADLINE] = 6,
};
static const unsigned policy_flags[] = {
	[OCI_SCHED_FLAG_RESET_ON_FORK] = 0x01,  [OCI_SCHED_FLAG_RECLAIM] = 0x02,
	[OCI_SCHED_FLAG_DL_OVERRUN] = 0x04,     [OCI_SCHED_FLAG_KEEP_POLICY] = 0x08,
	[OCI_SCHED_FLAG_KEEP_PARAMS] = 0x10,    [OCI_SCHED_FLAG_UTIL_CLAMP_MIN] = 0x20,
	[OCI_SCHED_FLAG_UTIL_CLAMP_MAX] = 0x40,
};

static int scheduler_apply(const struct oci_scheduler *s, struct err *e)
{
	struct attr attr = {
		.size = sizeof(attr),
		.policy = policies[s->policy],
		.nice = s->nice,
		.priority = (uint32_t)s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};

	for (size_t i = 0; i < s->flags.n; i++)
		attr.flags |= policy_flags[s->flags.v[i]];
	if (syscall(SYS_sched_setattr, 0, &attr, 0) < 0)
		return err_set(e, errno, "set the scheduler");
	return 0;
}

static int io_priority_apply(const struct oci_io_priority *io, struct err *e)
{
	static const int classes[] = {
		[OCI_IO_CLASS_RT] = IOPRIO_CLASS_RT,
		[OCI_IO_CLASS_BE] = IOPRIO_CLASS_BE,
		[OCI_IO_CLASS_IDLE] = IOPRIO_CLASS_IDLE,
	};

	if (io->priority < 0 || io->priority > 7)
		return err_say(e, EINVAL, "ioPriority %d is not within 0 and 7", io->priority);
	/* Of the process group, as the specification wants; 0 is the caller's. */
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PGRP, 0,
		    classes[io->class] << IOPRIO_CLASS_SHIFT | io->priority) < 0)
		return err_set(e, errno, "set the I/O priority");
	return 0;
}

static int memory_policy_apply(const struct oci_memory_policy *m, struct err *e)
{
	/* linux/mempolicy.h; the newest ones are not in every header */
	static const unsigned modes[] = {
		[OCI_MPOL_DEFAULT] = 0,
		[OCI_MPOL_PREFERRED] = 1,
		[OCI_MPOL_BIND] = 2,
		[OCI_MPOL_INTERLEAVE] = 3,
		[OCI_MPOL_LOCAL] = 4,
		[OCI_MPOL_PREFERRED_MANY] = 5,
		[OCI_MPOL_WEIGHTED_INTERLEAVE] = 6,
	};
	static const unsigned flags[] = {
		[OCI_MPOL_F_NUMA_BALANCING] = 1u << 13,
		[OCI_MPOL_F_RELATIVE_NODES] = 1u << 14,
		[OCI_MPOL_F_STATIC_NODES] = 1u << 15,
	};
	unsigned long nodes[NUMLIST_WORDS] = { 0 };
	unsigned mode = modes[m->mode];
	bool some = m->nodes && *m->nodes;

	if (some)
		TRY_IN(numlist_parse(m->nodes, nodes, e), e, "memoryPolicy.nodes");
	for (size_t i = 0; i < m->flags.n; i++)
		mode |= flags[m->flags.v[i]];
	/* The kernel reads one bit less than it is told. */
	if (syscall(SYS_set_mempolicy, mode, some ? nodes : NULL, some ? NUMLIST_BITS + 1 : 0) < 0)
		return err_set(e, errno, "set the memory policy");
	return 0;
}

int sched_apply(const struct plan_process *p, struct err *e)
{
	if (p->scheduler)
		TRY(scheduler_apply(p->scheduler, e));
	if (p->io_priority)
		TRY(io_priority_apply(p->io_priority, e));
	if (p->memory_policy)
		TRY(memory_policy_apply(p->memory_policy, e));
	if (p->personality >= 0 && personality((unsigned long)p->personality) < 0)
		return err_set(e, errno, "set the personality");
	return 0;
}

int sched_affinity(pid_t pid, const char *list, struct err *e)
{
	unsigned long cpus[NUMLIST_WORDS] = { 0 };

	TRY_IN(numlist_parse(list, cpus, e), e, "CPU affinity");
	if (syscall(SYS_sched_setaffinity, pid, sizeof(cpus), cpus) < 0)
		return err_set(e, errno, "set the CPU affinity to %s", list);
	return 0;
}
