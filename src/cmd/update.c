/* husk update */
#include "cmd/cmd.h"
#include "cmd/units.h"

#include "base/file.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>

enum { RESOURCES_LIMIT = 16 * 1024 * 1024 };

struct update_options {
	const char *resources;
	const char *blkio_weight, *pids_limit;
	const char *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_rt_period, *cpu_rt_runtime,
		*cpu_idle;
	const char *cpuset_cpus, *cpuset_mems;
	const char *memory, *memory_reservation, *memory_swap;
	const char *l3_cache_schema, *mem_bw_schema, *kernel_memory, *kernel_memory_tcp;
};

#define UPDATE_OPTION(member, ...) OPTION(struct update_options, member, OPTION_STRING, __VA_ARGS__)

static const struct option options[] = {
	UPDATE_OPTION(resources, 'r', "resources", "FILE",
		      "linux.resources as JSON, or - for stdin; the other flags do not count then"),
	UPDATE_OPTION(blkio_weight, 0, "blkio-weight", "N", "share of block i/o, 10 to 1000"),
	UPDATE_OPTION(cpu_period, 0, "cpu-period", "US", "period of the quota"),
	UPDATE_OPTION(cpu_quota, 0, "cpu-quota", "US", "time per period; -1 for no limit"),
	UPDATE_OPTION(cpu_burst, 0, "cpu-burst", "US", "what may be saved up above the quota"),
	UPDATE_OPTION(cpu_share, 0, "cpu-share", "N", "share of the CPUs, 2 to 262144"),
	UPDATE_OPTION(cpu_rt_period, 0, "cpu-rt-period", "US", "period of the real-time limit"),
	UPDATE_OPTION(cpu_rt_runtime, 0, "cpu-rt-runtime", "US", "real-time per period"),
	UPDATE_OPTION(cpu_idle, 0, "cpu-idle", "N", "1: run only when nothing else does"),
	UPDATE_OPTION(cpuset_cpus, 0, "cpuset-cpus", "LIST", "CPUs that may be used"),
	UPDATE_OPTION(cpuset_mems, 0, "cpuset-mems", "LIST", "memory nodes that may be used"),
	UPDATE_OPTION(memory, 0, "memory", "SIZE", "memory limit; -1 for none"),
	UPDATE_OPTION(memory_reservation, 0, "memory-reservation", "SIZE", "memory that is spared"),
	UPDATE_OPTION(memory_swap, 0, "memory-swap", "SIZE", "limit of memory and swap together"),
	UPDATE_OPTION(pids_limit, 0, "pids-limit", "N", "number of processes; -1 for no limit"),
	UPDATE_OPTION(l3_cache_schema, 0, "l3-cache-schema", "TEXT",
		      "Intel RDT: refused, cannot be changed yet"),
	UPDATE_OPTION(mem_bw_schema, 0, "mem-bw-schema", "TEXT", "Intel RDT: refused, cannot be changed yet"),
	UPDATE_OPTION(kernel_memory, 0, "kernel-memory", "SIZE", "ignored, for callers of runc"),
	UPDATE_OPTION(kernel_memory_tcp, 0, "kernel-memory-tcp", "SIZE", "ignored, for callers of runc"),
	{ 0 },
};

/* The request that the flags add up to. */
struct request {
	struct oci_resources resources;
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_pids pids;
	struct oci_block_io block_io;
};

static int invalid(const char *flag, const char *value, struct err *e)
{
	return err_say(e, EINVAL, "invalid value \"%s\" for flag --%s: not a number", value, flag);
}

/* A flag that was not given leaves *ret alone. */
static int read_signed(const char *flag, const char *value, int64_t *ret, struct err *e)
{
	return value && !num_i64(value, ret) ? invalid(flag, value, e) : 0;
}

static int read_unsigned(const char *flag, const char *value, uint64_t *ret, struct err *e)
{
	return value && !num_u64(value, ret) ? invalid(flag, value, e) : 0;
}

static int read_size(const char *flag, const char *value, int64_t *ret, struct err *e)
{
	return value && !units_size(value, ret) ? invalid(flag, value, e) : 0;
}

static int read_cpu(const struct update_options *o, struct arena *a, struct oci_cpu *c, struct err *e)
{
	TRY(read_unsigned("cpu-period", o->cpu_period, &c->period, e));
	TRY(read_signed("cpu-quota", o->cpu_quota, &c->quota, e));
	TRY(read_unsigned("cpu-burst", o->cpu_burst, &c->burst, e));
	TRY(read_unsigned("cpu-share", o->cpu_share, &c->shares, e));
	TRY(read_unsigned("cpu-rt-period", o->cpu_rt_period, &c->realtime_period, e));
	TRY(read_signed("cpu-rt-runtime", o->cpu_rt_runtime, &c->realtime_runtime, e));
	TRY(read_signed("cpu-idle", o->cpu_idle, &c->idle, e));
	if (o->cpu_burst)
		SET(c, oci_cpu, burst, c->burst);
	if (o->cpu_idle)
		SET(c, oci_cpu, idle, c->idle);
	if (o->cpuset_cpus)
		SET(c, oci_cpu, cpus, arena_strdup(a, o->cpuset_cpus));
	if (o->cpuset_mems)
		SET(c, oci_cpu, mems, arena_strdup(a, o->cpuset_mems));
	return 0;
}

/* For the flags 0 is "as it is": callers of runc pass it for what they do not mean. */
static int read_flags(const struct update_options *o, struct arena *a, struct request *ret, struct err *e)
{
	uint64_t weight = 0;
	int64_t pids = 0;

	if (o->l3_cache_schema || o->mem_bw_schema)
		return err_say(e, ENOTSUP, "linux.intelRdt: cannot be changed in a running container yet");
	TRY(read_size("memory", o->memory, &ret->memory.limit, e));
	TRY(read_size("memory-reservation", o->memory_reservation, &ret->memory.reservation, e));
	TRY(read_size("memory-swap", o->memory_swap, &ret->memory.swap, e));
	TRY(read_cpu(o, a, &ret->cpu, e));
	TRY(read_unsigned("blkio-weight", o->blkio_weight, &weight, e));
	if (weight && (weight < 10 || weight > 1000))
		return err_say(e, EINVAL,
			       "invalid value \"%s\" for flag --blkio-weight: not between 10 and 1000",
			       o->blkio_weight);
	ret->block_io.weight = (uint16_t)weight;
	TRY(read_signed("pids-limit", o->pids_limit, &pids, e));
	if (pids)
		SET(&ret->pids, oci_pids, limit, pids);
	ret->resources = (struct oci_resources){
		.memory = &ret->memory,
		.cpu = &ret->cpu,
		.pids = &ret->pids,
		.block_io = &ret->block_io,
	};
	return 0;
}

static int read_file(const char *path, struct arena *a, struct oci_resources **ret, struct err *e)
{
	void *resources;
	char *text;
	size_t len;

	if (str_eq(path, "-"))
		TRY(file_read_fd(0, "standard input", RESOURCES_LIMIT, a, &text, &len, e));
	else
		TRY(file_read(AT_FDCWD, path, RESOURCES_LIMIT, a, &text, &len, e));
	TRY_IN(oci_parse(&oci_type_resources, text, len, a, &resources, e), e, "%s",
	       str_eq(path, "-") ? "standard input" : path);
	*ret = resources;
	return 0;
}

static int run(struct call *c, struct err *e)
{
	const struct update_options *o = c->options;
	struct request request = { 0 };
	struct oci_resources *resources = &request.resources;

	if (o->resources)
		TRY(read_file(o->resources, c->arena, &resources, e));
	else
		TRY(read_flags(o, c->arena, &request, e));
	return husk_update(c->husk, c->args.v[0], resources, e);
}

const struct cmd cmd_update = {
	.name = "update",
	.summary = "change the limits of a container",
	.usage = "ID",
	.options = options,
	.options_size = sizeof(struct update_options),
	.run = run,
	.min_args = 1,
	.max_args = 1,
	.takes_id = true,
	.failure = 1,
};
