/* Reading one hierarchy's part of the statistics. Internal to src/cgroup. */
#pragma once

#include "cgroup/cgroup.h"
#include "oci/oci.h"

/* Where to read, and where what was read lives. */
struct stats_in {
	const struct cgroup *cg;
	const struct cgroup_mount *mount;
	struct arena *arena;
};

/* The control file; NULL: it is not there, which is no error, because kernels differ in what they count. */
char *stats_text(const struct stats_in *in, const char *file);
/* Its number; "max" is UINT64_MAX, a file that is not there 0. */
uint64_t stats_number(const struct stats_in *in, const char *file);
/* "key 12" a line, and "0-3,7". */
struct oci_umap stats_counts(const struct stats_in *in, const char *file);
struct oci_u32v stats_ranges(const struct stats_in *in, const char *file);
/* Pressure, NULL where the kernel does not measure it. */
struct oci_psi *stats_psi(const struct stats_in *in, const char *file);
/* One entry per page size, sorted; the counters are files called hugetlb.SIZE.NAME (NULL: there is none), and
 * *failcnt tells how often the limit was met. */
void stats_hugetlb(const struct stats_in *in, const char *usage, const char *max,
		   uint64_t (*failcnt)(const struct stats_in *in, const char *size), struct oci_stats *ret);

/* Set a member unless it is 0: what is not counted and what did not happen look the same in the output. */
#define STATS_PUT(object, type, member, number) \
	do { \
		uint64_t put_ = (number); \
		if (put_) \
			SET(object, type, member, put_); \
	} while (0)
/* Lists likewise. */
#define STATS_LIST(object, type, member, list) \
	do { \
		if ((list).n) { \
			(object)->has |= UINT64_C(1) << type##_I_##member; \
			(object)->member.v = (list).v; \
			(object)->member.n = (list).n; \
		} \
	} while (0)

/* A controller's part of *ret. The objects in *ret are there already. (stats_v1.c) */
void stats_v1_cpuacct(const struct stats_in *in, struct oci_stats *ret);
void stats_v1_cpu(const struct stats_in *in, struct oci_stats *ret);
void stats_v1_cpuset(const struct stats_in *in, struct oci_stats *ret);
void stats_v1_memory(const struct stats_in *in, struct oci_stats *ret);
void stats_v1_blkio(const struct stats_in *in, struct oci_stats *ret);
void stats_v1_hugetlb(const struct stats_in *in, struct oci_stats *ret);
/* (stats_v2.c) */
void stats_v2_cpu(const struct stats_in *in, struct oci_stats *ret);
void stats_v2_cpuset(const struct stats_in *in, struct oci_stats *ret);
void stats_v2_memory(const struct stats_in *in, struct oci_stats *ret);
void stats_v2_io(const struct stats_in *in, struct oci_stats *ret);
void stats_v2_hugetlb(const struct stats_in *in, struct oci_stats *ret);
