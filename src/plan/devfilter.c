/* Device access rules as a list, as a BPF program, and as v1 writes. */
#include "plan/devfilter.h"

#include "base/str.h"

#include <errno.h>
#include <linux/bpf.h>

enum { ALL = -1, DEFAULTS = 11 };

/*
 * What every container may use whatever its config denies wholesale: the default devices of config-linux.md,
 * their terminals, /dev/net/tun as runc has it, and making nodes (opening them is another question).
 */
static const struct plan_device_rule defaults[DEFAULTS] = {
	{ true, 'a', ALL, ALL, false, false, true }, /* mknod */
	{ true, 'c', 1, 3, true, true, true },       /* null */
	{ true, 'c', 1, 5, true, true, true },       /* zero */
	{ true, 'c', 1, 7, true, true, true },       /* full */
	{ true, 'c', 1, 8, true, true, true },       /* random */
	{ true, 'c', 1, 9, true, true, true },       /* urandom */
	{ true, 'c', 5, 0, true, true, true },       /* tty */
	{ true, 'c', 5, 1, true, true, true },       /* console */
	{ true, 'c', 5, 2, true, true, true },       /* ptmx */
	{ true, 'c', 136, ALL, true, true, true },   /* pts: the console too */
	{ true, 'c', 10, 200, true, true, true },    /* net/tun */
};

static bool is_total(const struct plan_device_rule *r)
{
	return r->type == 'a' && r->major == ALL && r->minor == ALL && r->read && r->write && r->mknod;
}

static int convert_access(const char *access, size_t i, struct plan_device_rule *ret, struct err *e)
{
	/* no access named: all of it, as with the numbers */
	const char *all = str_empty(access) ? "rwm" : access;

	if (strspn(all, "rwm") != strlen(all))
		return err_say(e, EINVAL,
			       "linux.resources.devices[%zu].access: '%s' is not made of r, w and m", i, all);
	ret->read = strchr(all, 'r');
	ret->write = strchr(all, 'w');
	ret->mknod = strchr(all, 'm');
	return 0;
}

static int convert_number(int64_t number, const char *name, size_t i, int64_t *ret, struct err *e)
{
	if (number < ALL || number > INT32_MAX)
		return err_say(e, EINVAL, "linux.resources.devices[%zu].%s: %lld is no device number", i,
			       name, (long long)number);
	*ret = number;
	return 0;
}

static int convert(const struct oci_device_rule *c, size_t i, struct plan_device_rule *ret, struct err *e)
{
	static const char types[] = {
		[OCI_DEVICE_RULE_ALL] = 'a', [OCI_DEVICE_RULE_CHAR] = 'c', [OCI_DEVICE_RULE_BLOCK] = 'b'
	};

	*ret = (struct plan_device_rule){ .allow = c->allow, .type = 'a', .major = ALL, .minor = ALL };
	if (HAS(c, oci_device_rule, type))
		ret->type = types[c->type];
	if (HAS(c, oci_device_rule, major))
		TRY(convert_number(c->major, "major", i, &ret->major, e));
	if (HAS(c, oci_device_rule, minor))
		TRY(convert_number(c->minor, "minor", i, &ret->minor, e));
	return convert_access(c->access, i, ret, e);
}

int devfilter_rules(const struct oci_resources *r, struct arena *a, struct plan_device_rule **ret,
		    size_t *ret_n, struct err *e)
{
	size_t n_config = r ? r->devices.n : 0, n = 0;
	struct plan_device_rule *v = arena_array(a, 1 + DEFAULTS + n_config, sizeof *v);

	v[n++] = (struct plan_device_rule){ false, 'a', ALL, ALL, true, true, true };
	memcpy(v + n, defaults, sizeof defaults);
	n += DEFAULTS;
	for (size_t i = 0; i < n_config; i++) {
		TRY(convert(&r->devices.v[i], i, &v[n], e));
		/* a rule for everything makes what came before it void: back to the defaults, or to no filter
		 */
		if (!is_total(&v[n]))
			n++;
		else if (v[n].allow)
			v[0].allow = true, n = 1;
		else
			v[0].allow = false, n = 1 + DEFAULTS, memcpy(v + 1, defaults, sizeof defaults);
	}
	*ret = v;
	*ret_n = n == 1 && v[0].allow ? 0 : n;
	return 0;
}

/*
 * -- BPF. The verifier's time is most of what loading costs, and it grows with the branches: so a device is
 * one number, neighbours with the same verdict share it, and each costs one comparison.
 * ---------------------------------------------------------------------------------------------- */

enum { TYPE = BPF_REG_2, ACCESS = BPF_REG_3, MAJOR = BPF_REG_4, MINOR = BPF_REG_5, DEVICE = BPF_REG_6 };

/* The kernel's dev_t (MKDEV in its kdev_t.h): no device has a larger number. */
enum { MINOR_BITS = 20, MAJOR_MAX = (1 << 12) - 1, MINOR_MAX = (1 << MINOR_BITS) - 1 };

/* At most this many instructions per rule: type, number, and the verdict. */
enum { PROLOGUE = 10, PER_RULE = 2 + 4, EPILOGUE = 2 };

enum { EQ = BPF_JMP | BPF_JEQ | BPF_K, NE = BPF_JMP | BPF_JNE | BPF_K };

enum { EVERY_ACCESS = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD };

struct program {
	struct bpf_insn *v;
	size_t n;
};

static void emit(struct program *p, int code, int dst, int src, int off, int32_t imm)
{
	p->v[p->n++] = (struct bpf_insn){ .code = (uint8_t)code,
					  .dst_reg = (uint8_t)dst & 15,
					  .src_reg = (uint8_t)src & 15,
					  .off = (int16_t)off,
					  .imm = imm };
}

static void emit_load(struct program *p, int dst, size_t offset)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, dst, BPF_REG_1, (int)offset, 0);
}

static void emit_return(struct program *p, bool allow)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, allow);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* The context is struct bpf_cgroup_dev_ctx: access << 16 | type, major, minor. */
static void emit_prologue(struct program *p)
{
	emit_load(p, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit_load(p, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(p, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, ACCESS, TYPE, 0, 0);
	emit(p, BPF_ALU64 | BPF_RSH | BPF_K, ACCESS, 0, 0, 16);
	emit(p, BPF_ALU64 | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
	/* DEVICE = device_number(), with its sign: that is how a comparison extends its constant */
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, DEVICE, MAJOR, 0, 0);
	emit(p, BPF_ALU64 | BPF_LSH | BPF_K, DEVICE, 0, 0, 32 + MINOR_BITS);
	emit(p, BPF_ALU64 | BPF_ARSH | BPF_K, DEVICE, 0, 0, 32);
	emit(p, BPF_ALU64 | BPF_OR | BPF_X, DEVICE, MINOR, 0, 0);
}

static int32_t device_number(const struct plan_device_rule *r)
{
	return (int32_t)((uint32_t)r->major << MINOR_BITS | (uint32_t)r->minor);
}

static int access_bits(const struct plan_device_rule *r)
{
	return (r->read ? BPF_DEVCG_ACC_READ : 0) | (r->write ? BPF_DEVCG_ACC_WRITE : 0) |
	       (r->mknod ? BPF_DEVCG_ACC_MKNOD : 0);
}

static bool is_every_number(const struct plan_device_rule *r)
{
	return r->major == ALL && r->minor == ALL;
}

static bool same_verdict(const struct plan_device_rule *x, const struct plan_device_rule *y)
{
	return x->type == y->type && x->allow == y->allow && access_bits(x) == access_bits(y);
}

/* Jumps when the device has the rule's number; the distance is filled in later. */
static void emit_number(struct program *p, const struct plan_device_rule *r)
{
	if (r->major > MAJOR_MAX || r->minor > MINOR_MAX)
		return; /* there is no such device */
	if (r->minor == ALL)
		emit(p, EQ, MAJOR, 0, 0, (int32_t)r->major);
	else if (r->major == ALL)
		emit(p, EQ, MINOR, 0, 0, (int32_t)r->minor);
	else
		emit(p, EQ, DEVICE, 0, 0, device_number(r));
}

/*
 * Rules run from the last to the first, and each decides the kinds of access it names: a denied one ends the
 * matter, an allowed one is settled, and when all are settled the answer is yes.
 */
static void emit_verdict(struct program *p, const struct plan_device_rule *r)
{
	if (!r->allow) {
		emit(p, BPF_JMP | BPF_JSET | BPF_K, ACCESS, 0, 1, access_bits(r));
		emit(p, BPF_JMP | BPF_JA, 0, 0, 2, 0);
	} else if (access_bits(r) != EVERY_ACCESS) {
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, ACCESS, 0, 0, ~access_bits(r));
		emit(p, NE, ACCESS, 0, 2, 0);
	}
	emit_return(p, r->allow);
}

/* Neighbours v[0..n-1] with the same verdict: their order among themselves means nothing. */
static void emit_group(struct program *p, const struct plan_device_rule *v, size_t n)
{
	size_t first = p->n, numbers;
	bool every = false;

	if (v->type != 'a')
		emit(p, NE, TYPE, 0, 0, v->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	numbers = p->n;
	for (size_t i = 0; i < n; i++)
		every |= is_every_number(&v[i]);
	for (size_t i = 0; i < n && !every; i++)
		emit_number(p, &v[i]);
	if (!every && p->n == numbers) {
		p->n = first; /* nothing can match */
		return;
	}
	size_t verdict = p->n;

	if (!every)
		p->v[verdict - 1].code = NE; /* none of them */
	emit_verdict(p, v);
	for (size_t i = first; i < verdict; i++)
		p->v[i].off = (int16_t)((p->v[i].code == EQ ? verdict : p->n) - i - 1);
}

struct bpf_insn *devfilter_program(const struct plan_device_rule *v, size_t n, struct arena *a, size_t *ret_n)
{
	struct program p = { .v = arena_array(a, PROLOGUE + n * PER_RULE + EPILOGUE, sizeof *p.v) };

	emit_prologue(&p);
	while (n > 0 && !is_total(&v[n - 1])) {
		size_t last = n--;

		while (n > 0 && same_verdict(&v[n - 1], &v[n]) && !is_total(&v[n - 1]))
			n--;
		emit_group(&p, v + n, last - n);
	}
	/* what no rule settled follows the rule for everything */
	emit_return(&p, n > 0 && v[n - 1].allow);
	*ret_n = p.n;
	return p.v;
}

/* -- cgroup v1
 * ---------------------------------------------------------------------------------------------- */

static char *number_text(int64_t number, struct arena *a)
{
	return number == ALL ? arena_strdup(a, "*") : arena_printf(a, "%lld", (long long)number);
}

static struct plan_write v1_write(const struct plan_device_rule *r, char type, struct arena *a)
{
	return (struct plan_write){
		.controller = "devices",
		.file = r->allow ? "devices.allow" : "devices.deny",
		.value = type == 'a' ? "a"
				     : arena_printf(a, "%c %s:%s %s%s%s", type, number_text(r->major, a),
						    number_text(r->minor, a), r->read ? "r" : "",
						    r->write ? "w" : "", r->mknod ? "m" : ""),
	};
}

struct plan_write *devfilter_writes(const struct plan_device_rule *v, size_t n, struct arena *a,
				    size_t *ret_n)
{
	struct plan_write *w = arena_array(a, 2 * n, sizeof *w);
	size_t made = 0;

	for (size_t i = 0; i < n; i++) {
		/* v1 takes "a" for everything, whatever numbers and access follow it */
		if (is_total(&v[i]) || v[i].type != 'a') {
			w[made++] = v1_write(&v[i], v[i].type, a);
			continue;
		}
		w[made++] = v1_write(&v[i], 'b', a);
		w[made++] = v1_write(&v[i], 'c', a);
	}
	*ret_n = made;
	return w;
}
