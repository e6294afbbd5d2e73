/* Statistics of cgroup v1 (kernel, Documentation/admin-guide/cgroup-v1). */
#include "cgroup/statfile.h"
#include "cgroup/stats.h"

#include <unistd.h>

enum { NS_PER_S = 1000000000 };

void stats_v1_cpuacct(const struct stats_in *in, struct oci_stats *ret)
{
	struct oci_cpu_usage *u = ret->cpu->usage;
	uint64_t tick = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	char *percpu = stats_text(in, "cpuacct.usage_percpu"), *all = stats_text(in, "cpuacct.usage_all");
	struct oci_umap stat = stats_counts(in, "cpuacct.stat");
	struct oci_u64v total = { 0 }, kernel = { 0 }, user = { 0 };

	STATS_PUT(u, oci_cpu_usage, total, stats_number(in, "cpuacct.usage"));
	if (percpu)
		total = statfile_numbers(percpu, in->arena);
	if (all)
		statfile_percpu(all, in->arena, &kernel, &user);
	STATS_LIST(u, oci_cpu_usage, percpu, total);
	STATS_LIST(u, oci_cpu_usage, percpu_kernel, kernel);
	STATS_LIST(u, oci_cpu_usage, percpu_user, user);
	u->user = statfile_count(&stat, "user") * tick;
	u->kernel = statfile_count(&stat, "system") * tick;
}

void stats_v1_cpu(const struct stats_in *in, struct oci_stats *ret)
{
	struct oci_cpu_throttling *t = ret->cpu->throttling;
	struct oci_umap m = stats_counts(in, "cpu.stat");

	STATS_PUT(t, oci_cpu_throttling, periods, statfile_count(&m, "nr_periods"));
	STATS_PUT(t, oci_cpu_throttling, throttled_periods, statfile_count(&m, "nr_throttled"));
	STATS_PUT(t, oci_cpu_throttling, throttled_time, statfile_count(&m, "throttled_time"));
}

void stats_v1_cpuset(const struct stats_in *in, struct oci_stats *ret)
{
	struct oci_cpuset_stats *c = ret->cpuset;
	struct oci_u32v cpus = stats_ranges(in, "cpuset.cpus"), mems = stats_ranges(in, "cpuset.mems");
	char *relax = stats_text(in, "cpuset.sched_relax_domain_level");

	STATS_LIST(c, oci_cpuset_stats, cpus, cpus);
	STATS_LIST(c, oci_cpuset_stats, mems, mems);
	c->cpu_exclusive = stats_number(in, "cpuset.cpu_exclusive");
	c->mem_hardwall = stats_number(in, "cpuset.mem_hardwall");
	c->mem_exclusive = stats_number(in, "cpuset.mem_exclusive");
	c->memory_migrate = stats_number(in, "cpuset.memory_migrate");
	c->memory_spread_page = stats_number(in, "cpuset.memory_spread_page");
	c->memory_spread_slab = stats_number(in, "cpuset.memory_spread_slab");
	c->memory_pressure = stats_number(in, "cpuset.memory_pressure");
	c->sched_load_balance = stats_number(in, "cpuset.sched_load_balance");
	/* the only one with a sign: -1 leaves it to the system */
	c->sched_relax_domain_level =
		relax && *relax == '-' ? -1 : (int64_t)stats_number(in, "cpuset.sched_relax_domain_level");
}

/* memory.WHAT.limit_in_bytes and so on; `what` ends with a dot or is empty. */
static void memory_entry(const struct stats_in *in, const char *what, struct oci_memory_entry *ret)
{
	struct arena *a = in->arena;

	ret->limit = stats_number(in, arena_printf(a, "memory.%slimit_in_bytes", what));
	ret->failcnt = stats_number(in, arena_printf(a, "memory.%sfailcnt", what));
	STATS_PUT(ret, oci_memory_entry, usage,
		  stats_number(in, arena_printf(a, "memory.%susage_in_bytes", what)));
	STATS_PUT(ret, oci_memory_entry, max,
		  stats_number(in, arena_printf(a, "memory.%smax_usage_in_bytes", what)));
}

void stats_v1_memory(const struct stats_in *in, struct oci_stats *ret)
{
	struct oci_memory_stats *m = ret->memory;
	struct oci_umap raw = stats_counts(in, "memory.stat");

	memory_entry(in, "", m->usage);
	memory_entry(in, "memsw.", m->swap);
	memory_entry(in, "kmem.", m->kernel);
	memory_entry(in, "kmem.tcp.", m->kernel_tcp);
	STATS_LIST(m, oci_memory_stats, raw, raw);
	STATS_PUT(m, oci_memory_stats, cache, statfile_count(&raw, "cache"));
}

/* The first of the files that has entries: of the scheduler in use, else of the throttling layer. */
static struct blkio_entries blkio(const struct stats_in *in, const char *const *files)
{
	struct blkio_entries list = { 0 };

	for (; *files && !list.n; files++) {
		char *text = stats_text(in, *files);

		if (text)
			statfile_blkio(text, in->arena, &list);
	}
	return list;
}

#define BLKIO(member, ...) \
	do { \
		static const char *const files[] = { __VA_ARGS__, NULL }; \
		struct blkio_entries list = blkio(in, files); \
		STATS_LIST(ret->blkio, oci_blkio_stats, member, list); \
	} while (0)

void stats_v1_blkio(const struct stats_in *in, struct oci_stats *ret)
{
	BLKIO(service_bytes, "blkio.bfq.io_service_bytes_recursive", "blkio.io_service_bytes_recursive",
	      "blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes");
	BLKIO(serviced, "blkio.bfq.io_serviced_recursive", "blkio.io_serviced_recursive",
	      "blkio.throttle.io_serviced_recursive", "blkio.throttle.io_serviced");
	BLKIO(queued, "blkio.bfq.io_queued_recursive", "blkio.io_queued_recursive");
	BLKIO(service_time, "blkio.bfq.io_service_time_recursive", "blkio.io_service_time_recursive");
	BLKIO(wait_time, "blkio.bfq.io_wait_time_recursive", "blkio.io_wait_time_recursive");
	BLKIO(merged, "blkio.bfq.io_merged_recursive", "blkio.io_merged_recursive");
	BLKIO(time, "blkio.bfq.time_recursive", "blkio.time_recursive");
	BLKIO(sectors, "blkio.bfq.sectors_recursive", "blkio.sectors_recursive");
}

static uint64_t failcnt(const struct stats_in *in, const char *size)
{
	return stats_number(in, arena_printf(in->arena, "hugetlb.%s.failcnt", size));
}

void stats_v1_hugetlb(const struct stats_in *in, struct oci_stats *ret)
{
	stats_hugetlb(in, "usage_in_bytes", "max_usage_in_bytes", failcnt, ret);
}
