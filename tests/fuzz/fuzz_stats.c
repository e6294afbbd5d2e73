/* Fuzz target: whatever a control file or /proc/PID/net/dev holds, the event made of it is JSON that
 * libocispec reads back. The first byte chooses the parser. */
#include "cgroup/statfile.h"
#include "life/netstats.h"
#include "rewrite.h"

#include "base/own.h"

static void take_apart(char which, char *text, struct arena *a, struct oci_stats *s)
{
	struct oci_cpu_usage *u = s->cpu->usage;
	struct oci_blkio_stats *b = s->blkio;
	struct blkio_entries one = { 0 }, two = { 0 };

	switch (which) {
	case 'c':
		SET(s->memory, oci_memory_stats, raw, statfile_counts(text, a));
		return;
	case 'n':
		SET(u, oci_cpu_usage, percpu, statfile_numbers(text, a));
		return;
	case 'r':
		SET(s->cpuset, oci_cpuset_stats, cpus, statfile_ranges(text, a));
		return;
	case 'p':
		statfile_percpu(text, a, &u->percpu_kernel, &u->percpu_user);
		u->has = UINT64_MAX; /* the other lists are empty, not missing */
		return;
	case 's':
		s->cpu->psi = statfile_psi(text, a);
		if (s->cpu->psi)
			SET(s->cpu, oci_cpu_stats, psi, s->cpu->psi);
		return;
	case 'b':
		statfile_blkio(text, a, &one);
		break;
	case 'i':
		statfile_io(text, a, &one, &two);
		break;
	default:
		netstats_read(text, a, s);
		return;
	}
	b->service_bytes.v = one.v;
	b->service_bytes.n = one.n;
	b->serviced.v = two.v;
	b->serviced.n = two.n;
	b->has = UINT64_C(1) << oci_blkio_stats_I_service_bytes | UINT64_C(1) << oci_blkio_stats_I_serviced;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct oci_stats s = { 0 };
	struct err e = ERR_INIT;
	char *text;
	size_t len;
	void *again;

	if (size == 0)
		return 0;
	SET(&s, oci_stats, cpu, NEW(a, struct oci_cpu_stats));
	SET(s.cpu, oci_cpu_stats, usage, NEW(a, struct oci_cpu_usage));
	SET(&s, oci_stats, cpuset, NEW(a, struct oci_cpuset_stats));
	SET(&s, oci_stats, memory, NEW(a, struct oci_memory_stats));
	SET(&s, oci_stats, blkio, NEW(a, struct oci_blkio_stats));
	take_apart((char)data[0], arena_strndup(a, (const char *)data + 1, size - 1), a, &s);
	demand(oci_write(&oci_type_stats, &s, 0, a, &text, &len, &e) == 0, "cannot write", &e);
	/* the kernel names a counter once; a text that does not is refused by the reader alone */
	if (oci_parse(&oci_type_stats, text, len, a, &again, &e) < 0)
		demand(strstr(e.text, "duplicate key") != NULL, "cannot read what was written", &e);
	return 0;
}
