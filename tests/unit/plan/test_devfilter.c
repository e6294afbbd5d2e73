/* The device filter: one meaning in the list, in the program and in the v1 writes. */
#include "plan/devfilter.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/bpf.h>

/* Each kind of access asked for is decided by the last rule that names it for this device. */
static bool naive(const struct plan_device_rule *v, size_t n, char type, int64_t major, int64_t minor,
		  int access)
{
	for (int bit = 1; bit <= 4; bit <<= 1) {
		bool allowed = false;

		if (!(access & bit))
			continue;
		for (size_t i = 0; i < n; i++) {
			bool named = bit == BPF_DEVCG_ACC_READ    ? v[i].read
				     : bit == BPF_DEVCG_ACC_WRITE ? v[i].write
								  : v[i].mknod;

			if (named && (v[i].type == 'a' || v[i].type == type) &&
			    (v[i].major < 0 || v[i].major == major) &&
			    (v[i].minor < 0 || v[i].minor == minor))
				allowed = v[i].allow;
		}
		if (!allowed)
			return false;
	}
	return true;
}

/* The kernel's interpreter, as far as the program needs it. */
static int interpret(const struct bpf_insn *p, size_t n, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t r[11] = { 0 };

	for (size_t pc = 0; pc < n; pc++) {
		const struct bpf_insn *i = &p[pc];
		uint64_t imm = (uint64_t)(int64_t)i->imm, *dst = &r[i->dst_reg];
		bool jump = false;

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			*dst = *(const uint32_t *)((const char *)ctx + i->off);
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			*dst = r[i->src_reg];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			*dst = imm;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			*dst >>= imm;
			break;
		case BPF_ALU64 | BPF_LSH | BPF_K:
			*dst <<= imm;
			break;
		case BPF_ALU64 | BPF_ARSH | BPF_K:
			*dst = (uint64_t)((int64_t)*dst >> imm);
			break;
		case BPF_ALU64 | BPF_OR | BPF_X:
			*dst |= r[i->src_reg];
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			*dst &= imm;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jump = *dst == imm;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			jump = *dst != imm;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			jump = *dst & imm;
			break;
		case BPF_JMP | BPF_JA:
			jump = true;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)r[0];
		default:
			cr_assert_fail("unknown instruction %#x", i->code);
		}
		pc += jump ? (size_t)i->off : 0;
	}
	cr_assert_fail("the program has no end");
	return -1;
}

static void compare(const struct plan_device_rule *v, size_t n)
{
	static const uint32_t majors[] = { 0, 1, 5, 8, 2048, 136, 4095 },
			      minors[] = { 0, 1, 3, 5, 200, 229, 1048575 };
	struct arena *a = arena_new();
	size_t len;
	struct bpf_insn *p = devfilter_program(v, n, a, &len);

	for (size_t i = 0; i < 7 * 7 * 2 * 7; i++) {
		uint32_t access = (uint32_t)(i % 7) + 1, block = (uint32_t)(i / 7) % 2;
		uint32_t major = majors[i / 14 % 7], minor = minors[i / 98 % 7];
		struct bpf_cgroup_dev_ctx ctx = {
			.access_type = access << 16 | (block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
			.major = major,
			.minor = minor,
		};

		cr_assert_eq(interpret(p, len, &ctx),
			     naive(v, n, block ? 'b' : 'c', major, minor, (int)access), "%c %u:%u access %u",
			     block ? 'b' : 'c', major, minor, access);
	}
	arena_free(a);
}

Test(devfilter, program_means_what_the_list_means)
{
	uint32_t seed = 1;

	for (int round = 0; round < 600; round++) {
		/* the last two are larger than any device's */
		static const int64_t majors[] = { -1, 1, 5, 8, 2048, 4095, 4096, INT32_MAX };
		static const int64_t minors[] = { -1, 1, 5, 0, 200, 1048575, 1048576, INT32_MAX };
		struct plan_device_rule v[12];
		size_t n = 0;

		for (; n < 12; n++) {
			seed = seed * 1664525 + 1013904223;
			uint32_t x = seed >> 8;
			v[n] = (struct plan_device_rule){
				x & 1,       "acb"[x / 2 % 3], majors[x >> 4 & 7], minors[x >> 7 & 7],
				x >> 10 & 1, x >> 11 & 1,      x >> 12 & 1
			};
			/* neighbours with one verdict, as in real configs */
			if (n > 0 && x >> 13 & 1) {
				int64_t major = v[n].major, minor = v[n].minor;

				v[n] = v[n - 1];
				v[n].major = major;
				v[n].minor = minor;
			}
		}
		compare(v, (size_t)round % 13);
	}
}

static struct oci_device_rule rule(bool allow, int type, int64_t major, int64_t minor, char *access)
{
	struct oci_device_rule r = { 0 };

	SET(&r, oci_device_rule, allow, allow);
	if (type >= 0)
		SET(&r, oci_device_rule, type, type);
	if (major >= 0)
		SET(&r, oci_device_rule, major, major);
	if (minor >= 0)
		SET(&r, oci_device_rule, minor, minor);
	if (access)
		SET(&r, oci_device_rule, access, access);
	return r;
}

static size_t rules_of(struct oci_device_rule *v, size_t n, struct arena *a, struct plan_device_rule **ret)
{
	struct oci_resources r = { 0 };
	struct err e = ERR_INIT;
	size_t made = 99;

	r.devices.v = v;
	r.devices.n = n;
	cr_assert_eq(devfilter_rules(&r, a, ret, &made, &e), 0, "%s", e.text);
	return made;
}

Test(devfilter, nothing_but_the_defaults_without_rules)
{
	struct arena *a = arena_new();
	struct plan_device_rule *v;
	size_t n = rules_of(NULL, 0, a, &v);

	cr_assert(naive(v, n, 'c', 1, 3, 6));
	cr_assert(naive(v, n, 'c', 136, 17, 6));
	cr_assert(naive(v, n, 'b', 8, 0, BPF_DEVCG_ACC_MKNOD));
	cr_assert(!naive(v, n, 'b', 8, 0, BPF_DEVCG_ACC_READ));
	cr_assert(!naive(v, n, 'c', 1, 1, BPF_DEVCG_ACC_READ));
	compare(v, n);
	arena_free(a);
}

Test(devfilter, the_usual_deny_all_keeps_the_defaults_and_later_rules_win)
{
	struct arena *a = arena_new();
	struct oci_device_rule c[] = {
		rule(true, OCI_DEVICE_RULE_CHAR, 1, 1, "rw"), /* void: everything is denied after it */
		rule(false, -1, -1, -1, "rwm"),
		rule(true, OCI_DEVICE_RULE_CHAR, 10, 229, "rw"),
		rule(false, OCI_DEVICE_RULE_CHAR, 1, 7, NULL),
	};
	struct plan_device_rule *v;
	size_t n = rules_of(c, 4, a, &v);

	cr_assert(naive(v, n, 'c', 1, 3, 6));
	cr_assert(!naive(v, n, 'c', 1, 1, BPF_DEVCG_ACC_READ));
	cr_assert(naive(v, n, 'c', 10, 229, 6));
	cr_assert(!naive(v, n, 'c', 1, 7, BPF_DEVCG_ACC_READ));
	compare(v, n);
	arena_free(a);
}

Test(devfilter, allow_all_is_no_filter)
{
	struct arena *a = arena_new();
	struct oci_device_rule c[] = { rule(false, -1, -1, -1, "rwm"),
				       rule(true, OCI_DEVICE_RULE_ALL, -1, -1, "rwm"),
				       rule(false, OCI_DEVICE_RULE_BLOCK, 8, 0, "w") };
	struct plan_device_rule *v;
	size_t n;

	cr_assert_eq(rules_of(c, 2, a, &v), 0);
	n = rules_of(c, 3, a, &v);
	cr_assert(naive(v, n, 'c', 1, 1, 7));
	cr_assert(!naive(v, n, 'b', 8, 0, BPF_DEVCG_ACC_WRITE));
	compare(v, n);
	arena_free(a);
}

Test(devfilter, v1_writes_in_order)
{
	struct arena *a = arena_new();
	struct plan_device_rule v[] = { { false, 'a', -1, -1, true, true, true },
					{ true, 'c', 136, -1, true, true, false },
					{ true, 'a', 10, 229, true, false, true } };
	size_t n;
	struct plan_write *w = devfilter_writes(v, 3, a, &n);

	cr_assert_eq(n, 4);
	cr_assert_str_eq(w[0].file, "devices.deny");
	cr_assert_str_eq(w[0].value, "a");
	cr_assert_str_eq(w[1].file, "devices.allow");
	cr_assert_str_eq(w[1].value, "c 136:* rw");
	cr_assert_str_eq(w[2].value, "b 10:229 rm");
	cr_assert_str_eq(w[3].value, "c 10:229 rm");
	arena_free(a);
}

Test(devfilter, refuses_what_is_no_rule)
{
	struct arena *a = arena_new();
	struct oci_resources r = { 0 };
	struct oci_device_rule bad = rule(true, OCI_DEVICE_RULE_CHAR, 1, 3, "rwx");
	struct plan_device_rule *v;
	struct err e = ERR_INIT;
	size_t n;

	r.devices.v = &bad;
	r.devices.n = 1;
	cr_assert_eq(devfilter_rules(&r, a, &v, &n, &e), -EINVAL);
	cr_assert_str_eq(e.text, "linux.resources.devices[0].access: 'rwx' is not made of r, w and m");
	SET(&bad, oci_device_rule, access, "r");
	SET(&bad, oci_device_rule, minor, -2);
	cr_assert_eq(devfilter_rules(&r, a, &v, &n, &e), -EINVAL);
	cr_assert_str_eq(e.text, "linux.resources.devices[0].minor: -2 is no device number");
	arena_free(a);
}
