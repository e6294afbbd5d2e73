/* Statistics of cgroup2, in the terms of v1 where the two differ (kernel,
 * Documentation/admin-guide/cgroup-v2.rst). */
#include "cgroup/statfile.h"
#include "cgroup/stats.h"

enum { NS_PER_US = 1000 };

/* cpu.stat counts without the controller too. */
void stats_v2_cpu(const struct stats_in *in, struct oci_stats *ret)
{
	struct oci_cpu_usage *u = ret->cpu->usage;
	struct oci_cpu_throttling *t = ret->cpu->throttling;
	struct oci_umap m = stats_counts(in, "cpu.stat");
	struct oci_psi *psi = stats_psi(in, "cpu.pressure");

	STATS_PUT(u, oci_cpu_usage, total, statfile_count(&m, "usage_usec") * NS_PER_US);
	u->user = statfile_count(&m, "user_usec") * NS_PER_US;
	u->kernel = statfile_count(&m, "system_usec") * NS_PER_US;
	STATS_PUT(t, oci_cpu_throttling, periods, statfile_count(&m, "nr_periods"));
	STATS_PUT(t, oci_cpu_throttling, throttled_periods, statfile_count(&m, "nr_throttled"));
	STATS_PUT(t, oci_cpu_throttling, throttled_time, statfile_count(&m, "throttled_usec") * NS_PER_US);
	if (psi)
		SET(ret->cpu, oci_cpu_stats, psi, psi);
}

/* What is in effect: the files of the request are empty where the parent's CPUs are taken over. */
void stats_v2_cpuset(const struct stats_in *in, struct oci_stats *ret)
{
	struct oci_u32v cpus = stats_ranges(in, "cpuset.cpus.effective"),
			mems = stats_ranges(in, "cpuset.mems.effective");

	STATS_LIST(ret->cpuset, oci_cpuset_stats, cpus, cpus);
	STATS_LIST(ret->cpuset, oci_cpuset_stats, mems, mems);
}

/* Memory and swap together; no limit stays none. */
static uint64_t sum(uint64_t memory, uint64_t swap)
{
	uint64_t both;

	return __builtin_add_overflow(memory, swap, &both) ? UINT64_MAX : both;
}

void stats_v2_memory(const struct stats_in *in, struct oci_stats *ret)
{
	struct oci_memory_stats *m = ret->memory;
	struct oci_umap raw = stats_counts(in, "memory.stat"), events = stats_counts(in, "memory.events");
	struct oci_umap swap_events = stats_counts(in, "memory.swap.events");
	struct oci_psi *psi = stats_psi(in, "memory.pressure");
	uint64_t usage = stats_number(in, "memory.current"), limit = stats_number(in, "memory.max");

	STATS_LIST(m, oci_memory_stats, raw, raw);
	STATS_PUT(m, oci_memory_stats, cache, statfile_count(&raw, "file"));
	m->usage->limit = limit;
	m->usage->failcnt = statfile_count(&events, "max");
	STATS_PUT(m->usage, oci_memory_entry, usage, usage);
	STATS_PUT(m->usage, oci_memory_entry, max, stats_number(in, "memory.peak"));
	m->swap->limit = sum(limit, stats_number(in, "memory.swap.max"));
	m->swap->failcnt = statfile_count(&swap_events, "max");
	STATS_PUT(m->swap, oci_memory_entry, usage, sum(usage, stats_number(in, "memory.swap.current")));
	if (psi)
		SET(m, oci_memory_stats, psi, psi);
}

void stats_v2_io(const struct stats_in *in, struct oci_stats *ret)
{
	char *text = stats_text(in, "io.stat");
	struct oci_psi *psi = stats_psi(in, "io.pressure");
	struct blkio_entries bytes, ios;

	if (text) {
		statfile_io(text, in->arena, &bytes, &ios);
		STATS_LIST(ret->blkio, oci_blkio_stats, service_bytes, bytes);
		STATS_LIST(ret->blkio, oci_blkio_stats, serviced, ios);
	}
	if (psi)
		SET(ret->blkio, oci_blkio_stats, psi, psi);
}

static uint64_t failcnt(const struct stats_in *in, const char *size)
{
	struct oci_umap m = stats_counts(in, arena_printf(in->arena, "hugetlb.%s.events", size));

	return statfile_count(&m, "max");
}

void stats_v2_hugetlb(const struct stats_in *in, struct oci_stats *ret)
{
	stats_hugetlb(in, "current", NULL, failcnt, ret);
}
