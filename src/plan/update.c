/* What an update writes into the container's cgroup. */
#include "plan/update.h"

#include "plan/resources.h"

/* Values that the kernel judges together are written together: what the request leaves open of such a group
 * is what is in force. */
#define KEEP(over, base, type, member) \
	do { \
		if (!(over)->member && (base)->member) \
			SET(over, type, member, (base)->member); \
	} while (0)
/* of members for which 0 is a value like any other */
#define KEEP_SET(over, base, type, member) \
	do { \
		if (!HAS(over, type, member) && HAS(base, type, member)) \
			SET(over, type, member, (base)->member); \
	} while (0)

/* Swap is counted with memory, so that neither can be told to cgroup2 without the other. */
static void complete_memory(struct oci_memory *m, const struct oci_memory *now)
{
	if (!m->limit && !m->swap)
		return;
	if (m->limit < 0 && !m->swap)
		SET(m, oci_memory, swap, -1); /* a limit of both would be one of memory after all */
	KEEP(m, now, oci_memory, limit);
	KEEP(m, now, oci_memory, swap);
}

static void complete_cpu(struct oci_cpu *c, const struct oci_cpu *now)
{
	if (c->quota || c->period || HAS(c, oci_cpu, burst)) {
		KEEP(c, now, oci_cpu, quota);
		KEEP(c, now, oci_cpu, period);
		KEEP_SET(c, now, oci_cpu, burst);
	}
	/* an idle cgroup has no weight; the one it had comes back afterwards */
	if (c->shares || HAS(c, oci_cpu, idle)) {
		KEEP(c, now, oci_cpu, shares);
		KEEP_SET(c, now, oci_cpu, idle);
	}
}

/* What the next update completes itself from. */
static struct oci_memory *remember_memory(const struct oci_memory *m, const struct oci_memory *now,
					  struct arena *a)
{
	struct oci_memory *next = NEW(a, struct oci_memory);

	KEEP(next, m, oci_memory, limit);
	KEEP(next, m, oci_memory, swap);
	KEEP(next, now, oci_memory, limit);
	KEEP(next, now, oci_memory, swap);
	return next;
}

static struct oci_cpu *remember_cpu(const struct oci_cpu *c, const struct oci_cpu *now, struct arena *a)
{
	struct oci_cpu *next = NEW(a, struct oci_cpu);
	const struct oci_cpu *from[] = { c, now };

	for (size_t i = 0; i < 2; i++) {
		KEEP(next, from[i], oci_cpu, shares);
		KEEP(next, from[i], oci_cpu, quota);
		KEEP(next, from[i], oci_cpu, period);
		KEEP_SET(next, from[i], oci_cpu, burst);
		KEEP_SET(next, from[i], oci_cpu, idle);
	}
	return next;
}

int plan_update_build(const struct oci_resources *request, const struct oci_resources *now,
		      const struct host *host, struct arena *a, struct plan_update *ret, struct err *e)
{
	static const struct oci_memory no_memory;
	static const struct oci_cpu no_cpu;
	const struct oci_memory *now_memory = now && now->memory ? now->memory : &no_memory;
	const struct oci_cpu *now_cpu = now && now->cpu ? now->cpu : &no_cpu;
	struct oci_memory memory = request->memory ? *request->memory : no_memory;
	struct oci_cpu cpu = request->cpu ? *request->cpu : no_cpu;
	struct oci_resources r = *request;
	struct plan_update u = { 0 };

	complete_memory(&memory, now_memory);
	complete_cpu(&cpu, now_cpu);
	r.memory = &memory;
	r.cpu = &cpu;
	TRY(resources_build(&r, host, a, &u.cgroup, &u.warnings, e));
	SET(&u.now, oci_resources, memory, remember_memory(&memory, now_memory, a));
	SET(&u.now, oci_resources, cpu, remember_cpu(&cpu, now_cpu, a));
	*ret = u;
	return 0;
}
