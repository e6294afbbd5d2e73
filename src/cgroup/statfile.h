/* The texts of the control files that count something, taken apart: pure functions. Internal to src/cgroup.
 */
#pragma once

#include "base/arena.h"
#include "oci/oci.h"

struct blkio_entries {
	struct oci_blkio_entry *v;
	size_t n, cap;
};

/* Each takes `text` apart in place; the results may point into it. Lines that do not fit are passed over. */

/* "key 12" a line. */
struct oci_umap statfile_counts(char *text, struct arena *a);
/* 0 when there is no such key. */
uint64_t statfile_count(const struct oci_umap *m, const char *key);
/* "12 13 14" */
struct oci_u64v statfile_numbers(char *text, struct arena *a);
/* "0-3,7": the format of cpuset(7). */
struct oci_u32v statfile_ranges(char *text, struct arena *a);
/* "cpu user system" and then "0 12 13": cpuacct.usage_all. */
void statfile_percpu(char *text, struct arena *a, struct oci_u64v *ret_kernel, struct oci_u64v *ret_user);
/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=12" (kernel, Documentation/accounting/psi.rst); NULL when
 * neither line is there. */
struct oci_psi *statfile_psi(char *text, struct arena *a);
/* "8:0 Read 12" or "8:0 12", as blkio.* has it. */
void statfile_blkio(char *text, struct arena *a, struct blkio_entries *ret);
/* "8:0 rbytes=12 wbytes=13 rios=1 wios=1 dbytes=0 dios=0": io.stat. */
void statfile_io(char *text, struct arena *a, struct blkio_entries *ret_bytes, struct blkio_entries *ret_ios);
