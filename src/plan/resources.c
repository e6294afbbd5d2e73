/* linux.resources as writes to control files. */
#include "plan/resources.h"

#include "base/str.h"

#include <errno.h>
#include <inttypes.h>

/* The list as it grows. */
struct build {
	const struct host *host;
	struct arena *arena;
	struct plan_warnings *warnings;
	struct plan_write *v;
	size_t n, cap;
};

/* The new write stays valid until the next one is added. */
static struct plan_write *add(struct build *b, const char *controller, const char *file, const char *value)
{
	b->v = arena_grow(b->arena, b->v, &b->cap, b->n + 1, sizeof *b->v);
	b->v[b->n] = (struct plan_write){ .controller = controller, .file = file, .value = value };
	return &b->v[b->n++];
}

static char *text_i64(struct build *b, int64_t v)
{
	return arena_printf(b->arena, "%" PRId64, v);
}

static char *text_u64(struct build *b, uint64_t v)
{
	return arena_printf(b->arena, "%" PRIu64, v);
}

/* Which dialect a controller speaks here. One that is nowhere gets the dialect of the layout, and its error
 * later. */
static bool on_v2(const struct build *b, const char *controller)
{
	const struct cgroup_mount *m = host_cgroup_find(b->host, controller);

	return m ? m->v2 : b->host->layout == CGROUP_UNIFIED;
}

static void v1_only(struct build *b, const char *name)
{
	plan_warn(b->warnings, b->arena, "linux.resources.%s is for cgroup v1 only and ignored here", name);
}

/* -- memory
 * ---------------------------------------------------------------------------------------------- */

/* A limit in bytes; negative is unlimited. */
static struct plan_write *add_limit(struct build *b, const char *file, int64_t v, const char *unlimited)
{
	struct plan_write *w = add(b, "memory", file, v < 0 ? unlimited : text_i64(b, v));

	w->asks_nothing = v < 0;
	return w;
}

static void memory_v2(struct build *b, const struct oci_memory *m, int64_t swap)
{
	if (m->limit) {
		struct plan_write *w = add_limit(b, "memory.max", m->limit, "max");

		w->usage = m->check_before_update ? "memory.current" : NULL;
	}
	if (swap) /* v1 counts memory and swap together, cgroup2 swap alone; a kernel may not count it at all
		   */
		add_limit(b, "memory.swap.max", swap < 0 ? swap : swap - m->limit, "max")->optional = true;
	if (m->reservation)
		add_limit(b, "memory.low", m->reservation, "max");
	if (HAS(m, oci_memory, swappiness))
		v1_only(b, "memory.swappiness");
	if (m->disable_oom_killer)
		v1_only(b, "memory.disableOOMKiller");
}

static void memory_v1(struct build *b, const struct oci_memory *m, int64_t swap)
{
	if (m->use_hierarchy)
		add(b, "memory", "memory.use_hierarchy", "1")->optional = true;
	if (m->limit)
		add_limit(b, "memory.limit_in_bytes", m->limit, "-1");
	if (swap)
		add_limit(b, "memory.memsw.limit_in_bytes", swap, "-1")->optional = true;
	if (m->reservation)
		add_limit(b, "memory.soft_limit_in_bytes", m->reservation, "-1");
	if (HAS(m, oci_memory, swappiness))
		add(b, "memory", "memory.swappiness", text_u64(b, m->swappiness));
	if (HAS(m, oci_memory, disable_oom_killer))
		add(b, "memory", "memory.oom_control", m->disable_oom_killer ? "1" : "0")->asks_nothing =
			!m->disable_oom_killer;
}

static int build_memory(struct build *b, const struct oci_memory *m, struct err *e)
{
	bool v2 = on_v2(b, "memory");
	/* memory without a limit and swap with one is not what anybody means */
	int64_t swap = m->limit < 0 && !m->swap ? -1 : m->swap;

	if (swap > 0 && m->limit > 0 && swap < m->limit)
		return err_say(e, EINVAL,
			       "linux.resources.memory.swap: memory and swap together, %" PRId64
			       ", are less than memory.limit, %" PRId64,
			       swap, m->limit);
	if (v2 && swap > 0 && m->limit <= 0)
		return err_say(e, EINVAL,
			       "linux.resources.memory.swap: needs memory.limit, because it counts both");
	if (m->swappiness > 100)
		return err_say(e, EINVAL,
			       "linux.resources.memory.swappiness: %" PRIu64 " is not between 0 and 100",
			       m->swappiness);
	if (m->kernel)
		plan_warn(b->warnings, b->arena, "linux.resources.memory.kernel is obsolete and ignored");
	if (m->kernel_tcp)
		plan_warn(b->warnings, b->arena, "linux.resources.memory.kernelTCP is obsolete and ignored");
	if (v2)
		memory_v2(b, m, swap);
	else
		memory_v1(b, m, swap);
	return 0;
}

/* -- cpu and cpuset
 * ---------------------------------------------------------------------------------------------- */

/* An idle cgroup has no weight, the kernel refuses one. */
static void add_shares(struct build *b, const struct oci_cpu *c, bool v2)
{
	if (HAS(c, oci_cpu, idle))
		add(b, "cpu", "cpu.idle", text_i64(b, c->idle))->asks_nothing = c->idle == 0;
	if (!c->shares || c->idle == 1)
		return;
	if (v2)
		add(b, "cpu", "cpu.weight", text_u64(b, resources_weight(c->shares)));
	else
		add(b, "cpu", "cpu.shares", text_u64(b, c->shares));
}

static void cpu_v2(struct build *b, const struct oci_cpu *c)
{
	if (c->quota || c->period) {
		const char *quota = c->quota > 0 ? text_i64(b, c->quota) : "max";

		add(b, "cpu", "cpu.max",
		    c->period ? arena_printf(b->arena, "%s %" PRIu64, quota, c->period) : quota)
			->asks_nothing = c->quota <= 0;
	}
	if (HAS(c, oci_cpu, burst))
		add(b, "cpu", "cpu.max.burst", text_u64(b, c->burst))->asks_nothing = c->burst == 0;
	if (c->realtime_runtime || c->realtime_period)
		v1_only(b, "cpu.realtimeRuntime and realtimePeriod");
}

static void cpu_v1(struct build *b, const struct oci_cpu *c)
{
	if (c->period)
		add(b, "cpu", "cpu.cfs_period_us", text_u64(b, c->period));
	if (c->quota)
		add(b, "cpu", "cpu.cfs_quota_us", c->quota < 0 ? "-1" : text_i64(b, c->quota))->asks_nothing =
			c->quota < 0;
	if (HAS(c, oci_cpu, burst))
		add(b, "cpu", "cpu.cfs_burst_us", text_u64(b, c->burst))->asks_nothing = c->burst == 0;
	if (c->realtime_period)
		add(b, "cpu", "cpu.rt_period_us", text_u64(b, c->realtime_period));
	if (c->realtime_runtime)
		add(b, "cpu", "cpu.rt_runtime_us", text_i64(b, c->realtime_runtime));
}

static int build_cpu(struct build *b, const struct oci_cpu *c, struct err *e)
{
	bool v2 = on_v2(b, "cpu");

	if (c->quota > 0 && c->burst > (uint64_t)c->quota)
		return err_say(e, EINVAL,
			       "linux.resources.cpu.burst: %" PRIu64 " is larger than cpu.quota, %" PRId64,
			       c->burst, c->quota);
	if (c->idle != 0 && c->idle != 1)
		return err_say(e, EINVAL, "linux.resources.cpu.idle: %" PRId64 " is neither 0 nor 1",
			       c->idle);
	add_shares(b, c, v2);
	if (v2)
		cpu_v2(b, c);
	else
		cpu_v1(b, c);
	/* the files have the same names in both */
	if (!str_empty(c->cpus))
		add(b, "cpuset", "cpuset.cpus", c->cpus);
	if (!str_empty(c->mems))
		add(b, "cpuset", "cpuset.mems", c->mems);
	return 0;
}

/* 0 is a limit where there is the controller; where there is none it comes from engines that mean "unset". */
static void build_pids(struct build *b, const struct oci_pids *p)
{
	if (HAS(p, oci_pids, limit))
		add(b, "pids", "pids.max", p->limit < 0 ? "max" : text_i64(b, p->limit))->asks_nothing =
			p->limit <= 0;
}

/* -- block io
 * ---------------------------------------------------------------------------------------------- */

/* blkio counts from 10 to 1000, io from 1 to 10000. */
static unsigned io_weight(uint16_t blkio)
{
	return blkio < 10 ? 1 : 1 + (blkio - 10u) * 9999 / 990;
}

static int check_device(int64_t major, int64_t minor, struct err *e)
{
	if (major < 0 || minor < 0 || major > UINT32_MAX || minor > UINT32_MAX)
		return err_say(e, EINVAL,
			       "linux.resources.blockIO: %" PRId64 ":%" PRId64 " is no device number", major,
			       minor);
	return 0;
}

/* `device` is "" or "8:0 ". The file of the BFQ scheduler takes the number as it is. */
static void add_weight(struct build *b, bool v2, const char *device, uint16_t weight)
{
	const char *plain = arena_printf(b->arena, "%s%u", device, weight);
	bool whole = !*device;

	if (v2) {
		add(b, "io", "io.bfq.weight", plain)->optional = true;
		add(b, "io", "io.weight", arena_printf(b->arena, "%s%u", device, io_weight(weight)))
			->otherwise = true;
	} else {
		add(b, "blkio", whole ? "blkio.weight" : "blkio.weight_device", plain)->optional = true;
		add(b, "blkio", whole ? "blkio.bfq.weight" : "blkio.bfq.weight_device", plain)->otherwise =
			true;
	}
}

static int build_weights(struct build *b, const struct oci_block_io *io, bool v2, struct err *e)
{
	bool leaf = io->leaf_weight;

	if (io->weight)
		add_weight(b, v2, "", io->weight);
	if (io->leaf_weight && !v2)
		add(b, "blkio", "blkio.leaf_weight", text_u64(b, io->leaf_weight));
	for (size_t i = 0; i < io->weight_device.n; i++) {
		const struct oci_weight_device *d = &io->weight_device.v[i];
		const char *device = arena_printf(b->arena, "%" PRId64 ":%" PRId64 " ", d->major, d->minor);

		TRY(check_device(d->major, d->minor, e));
		if (d->weight)
			add_weight(b, v2, device, d->weight);
		if (d->leaf_weight && !v2)
			add(b, "blkio", "blkio.leaf_weight_device",
			    arena_printf(b->arena, "%s%u", device, d->leaf_weight));
		leaf = leaf || d->leaf_weight;
	}
	if (leaf && v2)
		v1_only(b, "blockIO.leafWeight");
	return 0;
}

/* v1 takes 0 for "no limit", cgroup2 the word. */
static int add_throttles(struct build *b, bool v2, const struct oci_throttle_device *v, size_t n,
			 const char *v1_file, const char *v2_key, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *rate = v2 && v[i].rate == 0 ? "max" : text_u64(b, v[i].rate);

		TRY(check_device(v[i].major, v[i].minor, e));
		if (v2)
			add(b, "io", "io.max",
			    arena_printf(b->arena, "%" PRId64 ":%" PRId64 " %s=%s", v[i].major, v[i].minor,
					 v2_key, rate));
		else
			add(b, "blkio", v1_file,
			    arena_printf(b->arena, "%" PRId64 ":%" PRId64 " %s", v[i].major, v[i].minor,
					 rate));
	}
	return 0;
}

static int build_io(struct build *b, const struct oci_block_io *io, struct err *e)
{
	bool v2 = host_cgroup_find(b->host, "blkio") ? on_v2(b, "blkio") : on_v2(b, "io");

	TRY(build_weights(b, io, v2, e));
	TRY(add_throttles(b, v2, io->throttle_read_bps_device.v, io->throttle_read_bps_device.n,
			  "blkio.throttle.read_bps_device", "rbps", e));
	TRY(add_throttles(b, v2, io->throttle_write_bps_device.v, io->throttle_write_bps_device.n,
			  "blkio.throttle.write_bps_device", "wbps", e));
	TRY(add_throttles(b, v2, io->throttle_read_iops_device.v, io->throttle_read_iops_device.n,
			  "blkio.throttle.read_iops_device", "riops", e));
	return add_throttles(b, v2, io->throttle_write_iops_device.v, io->throttle_write_iops_device.n,
			     "blkio.throttle.write_iops_device", "wiops", e);
}

/* -- the small ones
 * ---------------------------------------------------------------------------------------------- */

/* "64KB", "2MB", "1GB": it becomes part of a file name. */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && digits < 12 && strchr("KMG", s[digits]) && s[digits] &&
	       str_eq(s + digits + 1, "B");
}

/* Reservations are accounted since Linux 5.7, and are the better limit: they fail at mmap(), not with SIGBUS.
 */
static int build_hugetlb(struct build *b, const struct oci_resources *r, struct err *e)
{
	const char *suffix = on_v2(b, "hugetlb") ? "max" : "limit_in_bytes";

	for (size_t i = 0; i < r->hugepage_limits.n; i++) {
		const struct oci_hugepage_limit *h = &r->hugepage_limits.v[i];
		const char *limit = text_u64(b, h->limit);

		if (!is_page_size(h->page_size))
			return err_say(e, EINVAL,
				       "linux.resources.hugepageLimits[%zu].pageSize: '%s' is not like 64KB, "
				       "2MB or 1GB",
				       i, h->page_size);
		add(b, "hugetlb", arena_printf(b->arena, "hugetlb.%s.%s", h->page_size, suffix), limit);
		add(b, "hugetlb", arena_printf(b->arena, "hugetlb.%s.rsvd.%s", h->page_size, suffix), limit)
			->optional = true;
	}
	return 0;
}

static void build_network(struct build *b, const struct oci_net_cgroup *n)
{
	if (b->host->layout == CGROUP_UNIFIED) {
		if (n->class_id || n->priorities.n)
			v1_only(b, "network");
		return;
	}
	if (HAS(n, oci_net_cgroup, class_id))
		add(b, "net_cls", "net_cls.classid", text_u64(b, n->class_id))->asks_nothing =
			n->class_id == 0;
	for (size_t i = 0; i < n->priorities.n; i++)
		add(b, "net_prio", "net_prio.ifpriomap",
		    arena_printf(b->arena, "%s %u", n->priorities.v[i].name, n->priorities.v[i].priority));
}

static int build_rdma(struct build *b, const struct oci_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->rdma.n; i++) {
		const struct oci_rdma *d = &r->rdma.v[i];
		struct strbuf s = STRBUF(b->arena);

		strbuf_puts(&s, d->device);
		if (HAS(d, oci_rdma, hca_handles))
			strbuf_printf(&s, " hca_handle=%u", d->hca_handles);
		if (HAS(d, oci_rdma, hca_objects))
			strbuf_printf(&s, " hca_object=%u", d->hca_objects);
		if (s.len == strlen(d->device))
			return err_say(e, EINVAL, "linux.resources.rdma.%s: needs hcaHandles or hcaObjects",
				       d->device);
		add(b, "rdma", "rdma.max", s.text);
	}
	return 0;
}

/* The file's prefix is the controller; cgroup.* belongs to no controller. The kernel takes one line per
 * write. */
static int build_unified(struct build *b, const struct oci_smap *unified, struct err *e)
{
	for (size_t i = 0; i < unified->n; i++) {
		const char *file = unified->v[i].key, *value = unified->v[i].value;
		const char *dot = strchr(file, '.');

		if (!dot || dot == file || strchr(file, '/'))
			return err_say(e, EINVAL, "linux.resources.unified: '%s' is no file of a controller",
				       file);
		const char *controller = arena_strndup(b->arena, file, (size_t)(dot - file));
		if (str_eq(controller, "cgroup"))
			controller = "";
		if (b->host->layout == CGROUP_LEGACY)
			return err_say(e, ENOTSUP,
				       "linux.resources.unified: '%s' needs cgroup2, which this host has not "
				       "mounted",
				       file);
		if (*controller && !on_v2(b, controller))
			return err_say(e, ENOTSUP,
				       "linux.resources.unified: '%s' needs the %s controller in cgroup2",
				       file, controller);
		do {
			size_t len = strcspn(value, "\n");

			add(b, controller, file, arena_strndup(b->arena, value, len));
			value += len + (value[len] != '\0');
		} while (*value);
	}
	return 0;
}

int resources_build(const struct oci_resources *r, const struct host *host, struct arena *a,
		    struct plan_cgroup *ret, struct plan_warnings *warnings, struct err *e)
{
	struct build b = { .host = host, .arena = a, .warnings = warnings };

	if (!r)
		return 0;
	if (r->memory)
		TRY(build_memory(&b, r->memory, e));
	if (r->cpu)
		TRY(build_cpu(&b, r->cpu, e));
	if (r->pids)
		build_pids(&b, r->pids);
	if (r->block_io)
		TRY(build_io(&b, r->block_io, e));
	TRY(build_hugetlb(&b, r, e));
	if (r->network)
		build_network(&b, r->network);
	TRY(build_rdma(&b, r, e));
	TRY(build_unified(&b, &r->unified, e));
	ret->writes.v = b.v;
	ret->writes.n = b.n;
	return 0;
}
