/* What the kernel counted for a container. */
#include "cgroup/stats.h"

#include "base/file.h"
#include "base/num.h"
#include "base/own.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"
#include "cgroup/statfile.h"

#include <fcntl.h>

enum { TEXT_MAX = 4 << 20 };

char *stats_text(const struct stats_in *in, const char *file)
{
	char path[PATH_MAX], *text;

	if (hierarchy_path(path, in->mount, in->cg, NULL, file, NULL) < 0 ||
	    file_read(AT_FDCWD, path, TEXT_MAX, in->arena, &text, NULL, NULL) < 0)
		return NULL;
	return text;
}

uint64_t stats_number(const struct stats_in *in, const char *file)
{
	char *text = stats_text(in, file);
	uint64_t n = 0;

	if (!text)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	if (str_eq(text, "max"))
		return UINT64_MAX;
	(void)num_u64(text, &n);
	return n;
}

struct oci_umap stats_counts(const struct stats_in *in, const char *file)
{
	char *text = stats_text(in, file);

	return text ? statfile_counts(text, in->arena) : (struct oci_umap){ 0 };
}

struct oci_u32v stats_ranges(const struct stats_in *in, const char *file)
{
	char *text = stats_text(in, file);

	return text ? statfile_ranges(text, in->arena) : (struct oci_u32v){ 0 };
}

struct oci_psi *stats_psi(const struct stats_in *in, const char *file)
{
	char *text = stats_text(in, file);

	return text ? statfile_psi(text, in->arena) : NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "2MB" of "hugetlb.2MB.current"; NULL for another file. */
static char *page_size(const char *name, const char *usage, struct arena *a)
{
	const char *size = str_after(name, "hugetlb."), *dot = size ? strchr(size, '.') : NULL;

	return dot && str_eq(dot + 1, usage) ? arena_strndup(a, size, (size_t)(dot - size)) : NULL;
}

static size_t page_sizes(const struct stats_in *in, const char *usage, char ***ret)
{
	char path[PATH_MAX], **v = NULL;
	size_t n = 0, cap = 0;
	own_dir dir = hierarchy_path(path, in->mount, in->cg, NULL, NULL, NULL) < 0 ? NULL : opendir(path);

	for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
		char *size = page_size(d->d_name, usage, in->arena);

		if (!size)
			continue;
		v = arena_grow(in->arena, v, &cap, n + 1, sizeof *v);
		v[n++] = size;
	}
	if (n)
		qsort(v, n, sizeof *v, by_name);
	*ret = v;
	return n;
}

void stats_hugetlb(const struct stats_in *in, const char *usage, const char *max,
		   uint64_t (*failcnt)(const struct stats_in *in, const char *size), struct oci_stats *ret)
{
	char **sizes;
	size_t n = page_sizes(in, usage, &sizes);
	struct oci_hugetlb_stats *v = arena_array(in->arena, n, sizeof *v);

	for (size_t i = 0; i < n; i++) {
		SET(&v[i], oci_hugetlb_stats, page_size, sizes[i]);
		STATS_PUT(&v[i], oci_hugetlb_stats, usage,
			  stats_number(in, arena_printf(in->arena, "hugetlb.%s.%s", sizes[i], usage)));
		if (max)
			STATS_PUT(&v[i], oci_hugetlb_stats, max,
				  stats_number(in, arena_printf(in->arena, "hugetlb.%s.%s", sizes[i], max)));
		SET(&v[i], oci_hugetlb_stats, failcnt, failcnt(in, sizes[i]));
	}
	ret->hugetlb.v = v;
	ret->hugetlb.n = n;
}

/* Both versions have the same files. Without the controller the processes are counted by hand. */
static void pids(const struct stats_in *in, struct oci_stats *ret)
{
	uint64_t limit = stats_number(in, "pids.max");

	STATS_PUT(ret->pids, oci_pids_stats, current, stats_number(in, "pids.current"));
	STATS_PUT(ret->pids, oci_pids_stats, limit, limit == UINT64_MAX ? 0 : limit);
}

static void count_pids(const struct cgroup *cg, struct arena *a, struct oci_stats *ret)
{
	pid_t *v;
	size_t n;

	if (!HAS(ret->pids, oci_pids_stats, current) && cgroup_pids(cg, a, &v, &n, NULL) >= 0)
		STATS_PUT(ret->pids, oci_pids_stats, current, n);
}

static struct oci_memory_entry *new_entry(struct arena *a)
{
	struct oci_memory_entry *entry = NEW(a, struct oci_memory_entry);

	SET(entry, oci_memory_entry, limit, 0);
	SET(entry, oci_memory_entry, failcnt, 0);
	return entry;
}

/* What is always in the output, counted or not. */
static struct oci_stats new_stats(struct arena *a)
{
	struct oci_stats s = { 0 };
	const uint64_t lists = UINT64_C(1) << oci_cpuset_stats_I_cpus | UINT64_C(1)
										<< oci_cpuset_stats_I_mems;

	SET(&s, oci_stats, cpu, NEW(a, struct oci_cpu_stats));
	SET(s.cpu, oci_cpu_stats, usage, NEW(a, struct oci_cpu_usage));
	SET(s.cpu->usage, oci_cpu_usage, kernel, 0);
	SET(s.cpu->usage, oci_cpu_usage, user, 0);
	SET(s.cpu, oci_cpu_stats, throttling, NEW(a, struct oci_cpu_throttling));
	SET(&s, oci_stats, cpuset, NEW(a, struct oci_cpuset_stats));
	s.cpuset->has = ~lists; /* every flag; bits without a member mean nothing */
	SET(&s, oci_stats, memory, NEW(a, struct oci_memory_stats));
	SET(s.memory, oci_memory_stats, usage, new_entry(a));
	SET(s.memory, oci_memory_stats, swap, new_entry(a));
	SET(s.memory, oci_memory_stats, kernel, new_entry(a));
	SET(s.memory, oci_memory_stats, kernel_tcp, new_entry(a));
	SET(&s, oci_stats, pids, NEW(a, struct oci_pids_stats));
	SET(&s, oci_stats, blkio, NEW(a, struct oci_blkio_stats));
	s.has |= UINT64_C(1) << oci_stats_I_hugetlb;
	return s;
}

int cgroup_stats(const struct cgroup *cg, struct arena *a, struct oci_stats *ret, struct err *e)
{
	static const struct {
		const char *controller;
		void (*v1)(const struct stats_in *in, struct oci_stats *ret);
		void (*v2)(const struct stats_in *in, struct oci_stats *ret);
	} parts[] = {
		{ "cpuacct", stats_v1_cpuacct, NULL },
		{ "cpu", stats_v1_cpu, stats_v2_cpu },
		{ "cpuset", stats_v1_cpuset, stats_v2_cpuset },
		{ "memory", stats_v1_memory, stats_v2_memory },
		{ "pids", pids, pids },
		{ "blkio", stats_v1_blkio, NULL },
		{ "io", NULL, stats_v2_io },
		{ "hugetlb", stats_v1_hugetlb, stats_v2_hugetlb },
	};
	struct oci_stats s = new_stats(a);

	if (!cg->path)
		return err_say(e, ENOENT, "the container has no cgroup, so nothing is counted for it");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct stats_in in = { cg, host_cgroup_find(cg->host, parts[i].controller), a };

		if (in.mount && !in.mount->v2 && parts[i].v1)
			parts[i].v1(&in, &s);
		else if (in.mount && in.mount->v2 && parts[i].v2)
			parts[i].v2(&in, &s);
	}
	count_pids(cg, a, &s);
	*ret = s;
	return 0;
}
