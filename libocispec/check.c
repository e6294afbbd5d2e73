/* What the spec demands beyond the shape of a value: rules of one member, then rules of one object. */
#include "field.h"
#include "quote.h"

#include "base/own.h"
#include "base/str.h"

static bool alnum_or(char c, const char *others)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr(others, c));
}

/* MAJOR.MINOR.PATCH without leading zeros, then optionally -pre.release and +build (semver.org 2.0.0). */
static bool is_semver(const char *s)
{
	for (int part = 0; part < 3; part++) {
		size_t n = strspn(s, "0123456789");

		if (n == 0 || (n > 1 && *s == '0') || (part < 2 && s[n] != '.'))
			return false;
		s += part < 2 ? n + 1 : n;
	}
	for (const char *sign = "-+"; *sign; sign++) {
		if (*s != *sign)
			continue;
		do {
			const char *word = ++s;

			while (alnum_or(*s, "-"))
				s++;
			if (s == word)
				return false;
		} while (*s == '.');
	}
	return *s == '\0';
}

int oci_check_string(const struct field *f, const char *s, struct err *e)
{
	if ((f->flags & NONEMPTY) && !*s)
		return err_say(e, EINVAL, ": must not be empty");
	if ((f->flags & ABSOLUTE) && *s != '/')
		return err_say(e, EINVAL, ": %s is not an absolute path", oci_quote(s, strlen(s)).text);
	if ((f->flags & SEMVER) && !is_semver(s))
		return err_say(e, EINVAL, ": %s is not a version such as 1.3.0",
			       oci_quote(s, strlen(s)).text);
	return 0;
}

/* config.md, rlimits: duplicated entries with the same type MUST be an error */
static int check_process(const void *object, struct err *e)
{
	const struct oci_process *p = object;
	unsigned seen = 0;

	for (size_t i = 0; i < p->rlimits.n; i++) {
		unsigned bit = 1u << p->rlimits.v[i].type;

		if (seen & bit)
			return err_say(e, EINVAL, ".rlimits[%zu]: duplicate type '%s'", i,
				       oci_word(&oci_enum_rlimit_type, p->rlimits.v[i].type));
		seen |= bit;
	}
	return 0;
}

/* config.md, ioPriority */
static int check_io_priority(const void *object, struct err *e)
{
	const struct oci_io_priority *p = object;

	if (p->priority < 0 || p->priority > 7)
		return err_say(e, EINVAL, ".priority: %d is out of range (0 to 7)", p->priority);
	return 0;
}

/* config.md, Mounts: each of the two lists MUST be specified along with the other */
static int check_mount(const void *object, struct err *e)
{
	const struct oci_mount *m = object;

	if (HAS(m, oci_mount, uid_mappings) == HAS(m, oci_mount, gid_mappings))
		return 0;
	return err_say(e, EINVAL, ": 'uidMappings' and 'gidMappings' must be given together");
}

/* config-linux.md, Namespaces: duplicated types MUST be an error */
static int check_linux(const void *object, struct err *e)
{
	const struct oci_linux *l = object;
	unsigned seen = 0;

	for (size_t i = 0; i < l->namespaces.n; i++) {
		unsigned bit = 1u << l->namespaces.v[i].type;

		if (seen & bit)
			return err_say(e, EINVAL, ".namespaces[%zu]: duplicate type '%s'", i,
				       oci_word(&oci_enum_ns_type, l->namespaces.v[i].type));
		seen |= bit;
	}
	return 0;
}

/* config-linux.md, Time offsets; time_namespaces(7) */
static int check_time_offset(const void *object, struct err *e)
{
	const struct oci_time_offset *t = object;

	if (!str_eq(t->clock, "monotonic") && !str_eq(t->clock, "boottime"))
		return err_say(e, EINVAL, ": unknown clock");
	if (t->nanosecs >= 1000000000)
		return err_say(e, EINVAL, ".nanosecs: %u is out of range (0 to 999999999)", t->nanosecs);
	return 0;
}

/* config-linux.md, Devices: numbers are "REQUIRED unless type is p" */
static int check_device(const void *object, struct err *e)
{
	const struct oci_device *d = object;

	if (d->type == OCI_DEVICE_FIFO)
		return 0;
	if (!HAS(d, oci_device, major))
		return err_say(e, EINVAL, ": missing required member 'major'");
	if (!HAS(d, oci_device, minor))
		return err_say(e, EINVAL, ": missing required member 'minor'");
	return 0;
}

/* config-linux.md, IntelRdt: a newline would smuggle in a second line of `schemata` */
static int check_intel_rdt(const void *object, struct err *e)
{
	const struct oci_intel_rdt *r = object;

	if (r->mem_bw_schema && !str_after(r->mem_bw_schema, "MB:"))
		return err_say(e, EINVAL, ".memBwSchema: %s does not start with 'MB:'",
			       oci_quote(r->mem_bw_schema, strlen(r->mem_bw_schema)).text);
	if (r->mem_bw_schema && strchr(r->mem_bw_schema, '\n'))
		return err_say(e, EINVAL, ".memBwSchema: must not contain a newline");
	for (size_t i = 0; i < r->schemata.n; i++)
		if (strchr(r->schemata.v[i], '\n'))
			return err_say(e, EINVAL, ".schemata[%zu]: must not contain a newline", i);
	return 0;
}

/* config-linux.md, Block IO: "You MUST specify at least one" */
static int check_weight_device(const void *object, struct err *e)
{
	const struct oci_weight_device *d = object;

	if (HAS(d, oci_weight_device, weight) || HAS(d, oci_weight_device, leaf_weight))
		return 0;
	return err_say(e, EINVAL, ": needs 'weight' or 'leafWeight'");
}

/* config-linux.md, Huge page limits: "<size><unit-prefix>B"; it becomes part of a file name */
static int check_hugepage_limit(const void *object, struct err *e)
{
	const struct oci_hugepage_limit *l = object;
	const char *unit = l->page_size + strspn(l->page_size, "0123456789");

	if (l->page_size[0] >= '1' && unit > l->page_size && (*unit == 'K' || *unit == 'M' || *unit == 'G') &&
	    str_eq(unit + 1, "B"))
		return 0;
	return err_say(e, EINVAL, ".pageSize: %s is not a size such as 2MB",
		       oci_quote(l->page_size, strlen(l->page_size)).text);
}

/* config-linux.md, RDMA: "You MUST specify at least one" */
static int check_rdma(const void *object, struct err *e)
{
	const struct oci_rdma *r = object;

	if (HAS(r, oci_rdma, hca_handles) || HAS(r, oci_rdma, hca_objects))
		return 0;
	return err_say(e, EINVAL, ": needs 'hcaHandles' or 'hcaObjects'");
}

/* config-linux.md, Seccomp: an errno with an action that has none MUST fail */
static int check_errno(bool given, int action, const char *member, struct err *e)
{
	if (!given || action == OCI_SECCOMP_ERRNO || action == OCI_SECCOMP_TRACE)
		return 0;
	return err_say(e, EINVAL, ".%s: not allowed with the action '%s'", member,
		       oci_word(&oci_enum_seccomp_action, action));
}

static int check_seccomp_syscall(const void *object, struct err *e)
{
	const struct oci_seccomp_syscall *s = object;

	return check_errno(HAS(s, oci_seccomp_syscall, errno_ret), s->action, "errnoRet", e);
}

static int check_seccomp(const void *object, struct err *e)
{
	const struct oci_seccomp *s = object;

	if (s->listener_metadata && !s->listener_path)
		return err_say(e, EINVAL, ".listenerMetadata: not allowed without 'listenerPath'");
	return check_errno(HAS(s, oci_seccomp, default_errno_ret), s->default_action, "defaultErrnoRet", e);
}

static int (*const checks[TYPE_COUNT])(const void *object, struct err *e) = {
	[TYPE_oci_process] = check_process,
	[TYPE_oci_io_priority] = check_io_priority,
	[TYPE_oci_mount] = check_mount,
	[TYPE_oci_linux] = check_linux,
	[TYPE_oci_time_offset] = check_time_offset,
	[TYPE_oci_device] = check_device,
	[TYPE_oci_intel_rdt] = check_intel_rdt,
	[TYPE_oci_weight_device] = check_weight_device,
	[TYPE_oci_hugepage_limit] = check_hugepage_limit,
	[TYPE_oci_rdma] = check_rdma,
	[TYPE_oci_seccomp_syscall] = check_seccomp_syscall,
	[TYPE_oci_seccomp] = check_seccomp,
};

int oci_check_object(const struct oci_type *type, const void *object, struct err *e)
{
	uint64_t has, missing;

	memcpy(&has, object, sizeof has);
	missing = type->required & ~has;
	if (missing)
		return err_say(e, EINVAL, ": missing required member '%s'",
			       type->fields[__builtin_ctzll(missing)].json);
	return checks[type->id] ? checks[type->id](object, e) : 0;
}
