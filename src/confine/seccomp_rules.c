/* Translate a seccomp profile: actions, architectures, rules, and ENOSYS for system calls newer than the
 * profile. */
#include "confine/seccomp_rules.h"

#include "base/own.h"
#include "base/str.h"

#include <ctype.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define ERRNO_MAX 4094 /* what libseccomp takes; the kernel's own limit is one more */

/* What libseccomp answers for a name that no architecture has. Other negative numbers stand for system calls
 * of foreign architectures. */
enum { NAME_UNKNOWN = -1 };

struct compiler {
	scmp_filter_ctx ctx;
	uint32_t default_action;
	int newest; /* the highest number of a system call that the profile names */
	bool fail_unknown;
};

static void own_filter_done(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}
#define own_filter    OWN(own_filter_done) scmp_filter_ctx

#define WORD(c, word) [c] = word,
static const char *const arch_words[] = { OCI_ENUM_seccomp_arch(WORD) };
static const char *const action_words[] = { OCI_ENUM_seccomp_action(WORD) };
#undef WORD

static const enum scmp_compare operators[] = {
	[OCI_SECCOMP_NE] = SCMP_CMP_NE,
	[OCI_SECCOMP_LT] = SCMP_CMP_LT,
	[OCI_SECCOMP_LE] = SCMP_CMP_LE,
	[OCI_SECCOMP_EQ] = SCMP_CMP_EQ,
	[OCI_SECCOMP_GE] = SCMP_CMP_GE,
	[OCI_SECCOMP_GT] = SCMP_CMP_GT,
	[OCI_SECCOMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

static int errno_check(int action, bool has, uint32_t value, struct err *e)
{
	if (!has)
		return 0;
	if (action != OCI_SECCOMP_ERRNO && action != OCI_SECCOMP_TRACE)
		return err_say(e, EINVAL, "seccomp action %s takes no errno", action_words[action]);
	if (value > (action == OCI_SECCOMP_ERRNO ? ERRNO_MAX : UINT16_MAX))
		return err_say(e, ERANGE, "seccomp errno %u is out of range", value);
	return 0;
}

static int action_number(int action, bool has_errno, uint32_t errno_ret, uint32_t *ret, struct err *e)
{
	uint32_t value = has_errno ? errno_ret : EPERM;

	TRY(errno_check(action, has_errno, errno_ret, e));
	switch ((enum oci_seccomp_action)action) {
	case OCI_SECCOMP_KILL:
	case OCI_SECCOMP_KILL_THREAD:
		*ret = SCMP_ACT_KILL_THREAD;
		return 0;
	case OCI_SECCOMP_KILL_PROCESS:
		*ret = SCMP_ACT_KILL_PROCESS;
		return 0;
	case OCI_SECCOMP_TRAP:
		*ret = SCMP_ACT_TRAP;
		return 0;
	case OCI_SECCOMP_ERRNO:
		*ret = SCMP_ACT_ERRNO(value);
		return 0;
	case OCI_SECCOMP_TRACE:
		*ret = SCMP_ACT_TRACE(value);
		return 0;
	case OCI_SECCOMP_ALLOW:
		*ret = SCMP_ACT_ALLOW;
		return 0;
	case OCI_SECCOMP_LOG:
		*ret = SCMP_ACT_LOG;
		return 0;
	case OCI_SECCOMP_NOTIFY:
		*ret = SCMP_ACT_NOTIFY;
		return 0;
	}
	return err_say(e, EINVAL, "unknown seccomp action %d", action);
}

/* "SCMP_ARCH_X86_64" -> libseccomp's "x86_64" -> its token; 0 for what this libseccomp does not know. */
static uint32_t arch_token(int arch)
{
	const char *word = str_after(arch_words[arch], "SCMP_ARCH_");
	char name[24];
	size_t n = 0;

	for (; word && word[n] && n < sizeof(name) - 1; n++)
		name[n] = (char)tolower((unsigned char)word[n]);
	name[n] = '\0';
	return seccomp_arch_resolve_name(name);
}

static int archs_add(const struct compiler *c, const struct oci_seccomp *s, const struct log *log,
		     struct err *e)
{
	/* seccomp_init() has put the native one there: husk itself has to run under the filter. */
	for (size_t i = 0; i < s->architectures.n; i++) {
		int arch = s->architectures.v[i];
		uint32_t token = arch_token(arch);
		int r = token ? seccomp_arch_add(c->ctx, token) : -EINVAL;

		if (r == -EINVAL ||
		    r == -EDOM) /* unknown, or of the other byte order: no such program can run */
			log_debug(log, "seccomp: architecture %s is not supported here", arch_words[arch]);
		else if (r < 0 && r != -EEXIST)
			return err_set(e, -r, "seccomp: add architecture %s", arch_words[arch]);
	}
	return 0;
}

static int args_read(const struct oci_seccomp_syscall *s, struct scmp_arg_cmp *args, bool *ret_or,
		     struct err *e)
{
	unsigned seen = 0;

	for (size_t i = 0; i < s->args.n; i++) {
		const struct oci_seccomp_arg *arg = &s->args.v[i];
		if (arg->index > 5)
			return err_say(e, EINVAL, "seccomp argument index %u is above 5", arg->index);
		if (seen & 1u << arg->index)
			*ret_or = true;
		seen |= 1u << arg->index;
		args[i] = (struct scmp_arg_cmp){ .arg = arg->index,
						 .op = operators[arg->op],
						 .datum_a = arg->value,
						 .datum_b = arg->value_two };
	}
	return 0;
}

/* Conditions on different arguments must all hold. Where one argument has several, any of the conditions is
 * enough: that is how profiles are written ("a socket of family 1 or 2"), and a filter's rule can hold an
 * argument only once. */
static int rule_add(const struct compiler *c, uint32_t action, int nr, const struct scmp_arg_cmp *args,
		    size_t n, bool any)
{
	if (!any)
		return seccomp_rule_add_array(c->ctx, action, nr, (unsigned)n, args);
	for (size_t i = 0; i < n; i++)
		TRY(seccomp_rule_add_array(c->ctx, action, nr, 1, &args[i]));
	return 0;
}

static int syscall_add(struct compiler *c, const struct oci_seccomp_syscall *s, const struct log *log,
		       struct err *e)
{
	own_arena a = arena_new();
	struct scmp_arg_cmp *args = arena_array(a, s->args.n + 1, sizeof(*args));
	bool any = false;
	uint32_t action;

	TRY(action_number(s->action, HAS(s, oci_seccomp_syscall, errno_ret), s->errno_ret, &action, e));
	TRY(args_read(s, args, &any, e));
	for (size_t i = 0; i < s->names.n; i++) {
		int nr = seccomp_syscall_resolve_name(s->names.v[i]);

		if (nr > c->newest)
			c->newest = nr;
		if (nr == NAME_UNKNOWN && c->fail_unknown)
			return err_say(e, EINVAL, "unknown system call '%.64s'", s->names.v[i]);
		if (nr == NAME_UNKNOWN)
			log_debug(log, "seccomp: unknown system call %s is left out", s->names.v[i]);
		if (nr == NAME_UNKNOWN || action == c->default_action)
			continue; /* libseccomp refuses a rule that changes nothing */
		int r = rule_add(c, action, nr, args, s->args.n, any);
		if (r < 0)
			return err_set(e, -r, "compile the rule for %s", s->names.v[i]);
	}
	return 0;
}

/*
 * A program asks for a new system call and falls back when it hears ENOSYS. A profile that says EPERM to all
 * it does not name would break such programs on every new kernel, so what is newer than the newest call that
 * it names does not exist for them. The kernel numbers in order of time; what Linux 3.2 had is never new.
 */
static size_t enosys_prelude(const struct compiler *c, struct sock_filter *code)
{
	int old = seccomp_syscall_resolve_name("process_vm_writev");
	uint32_t newest = (uint32_t)(c->newest > old ? c->newest : old);
	uint32_t x32 = 0x40000000; /* x32's numbers have this bit; elsewhere no number is that high */
	const struct sock_filter prelude[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x32, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, newest, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	if (c->default_action != SCMP_ACT_ERRNO(EPERM) || seccomp_arch_native() == SCMP_ARCH_X32)
		return 0;
	memcpy(code, prelude, sizeof(prelude));
	return sizeof(prelude) / sizeof(prelude[0]);
}

/* libseccomp 2.5 writes the program to a descriptor only. */
static int program_export(const struct compiler *c, struct arena *a, struct seccomp_filter *ret,
			  struct err *e)
{
	own_fd fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct sock_filter *code = arena_array(a, BPF_MAXINSNS, sizeof(*code));
	struct stat st;

	if (fd < 0)
		return err_set(e, errno, "seccomp: memfd_create");
	int r = seccomp_export_bpf(c->ctx, fd);
	if (r < 0)
		return err_set(e, -r, "seccomp: generate the filter");
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "seccomp: read the filter");

	size_t before = enosys_prelude(c, code), bytes = (size_t)st.st_size;
	size_t n = before + bytes / sizeof(*code);
	if (n > BPF_MAXINSNS)
		return err_say(e, E2BIG, "seccomp: the filter has %zu instructions, the kernel takes %d", n,
			       BPF_MAXINSNS);
	if (pread(fd, code + before, bytes, 0) != (ssize_t)bytes)
		return err_set(e, EIO, "seccomp: read the filter");
	ret->code = code;
	ret->len = (unsigned short)n;
	return 0;
}

int seccomp_rules_compile(const struct plan_seccomp *plan, struct arena *a, struct seccomp_filter *ret,
			  const struct log *log, struct err *e)
{
	const struct oci_seccomp *s = plan->config;
	struct compiler c = { .newest = NAME_UNKNOWN, .fail_unknown = plan->fail_unknown };

	TRY(action_number(s->default_action, HAS(s, oci_seccomp, default_errno_ret), s->default_errno_ret,
			  &c.default_action, e));
	own_filter ctx = seccomp_init(c.default_action);
	if (!ctx)
		return err_say(e, EINVAL, "seccomp: action %s is not supported by this kernel",
			       action_words[s->default_action]);
	c.ctx = ctx;
	/* A binary tree over the numbers: a few comparisons per system call instead of hundreds. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	TRY(archs_add(&c, s, log, e));
	for (size_t i = 0; i < s->syscalls.n; i++)
		TRY_IN(syscall_add(&c, &s->syscalls.v[i], log, e), e, "linux.seccomp.syscalls[%zu]", i);
	return program_export(&c, a, ret, e);
}
