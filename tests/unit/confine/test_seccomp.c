/* Filters that really run: each profile is parsed, compiled, loaded in a child and hit. */
#include "base/str.h"
#include "confine/confine.h"
#include "confine/seccomp_cache.h"

#include "child.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static struct arena *arena;

static void setup(void)
{
	arena = arena_new();
}

static void teardown(void)
{
	arena_free(arena);
}

TestSuite(seccomp, .init = setup, .fini = teardown);

static struct plan_seccomp plan_of(const char *json)
{
	struct plan_seccomp plan = { .late = true, .notify = strstr(json, "ACT_NOTIFY") != NULL };
	struct err e = ERR_INIT;
	void *config;

	cr_assert(oci_parse(&oci_type_seccomp, json, strlen(json), arena, &config, &e) == 0, "%s", e.text);
	plan.config = config;
	return plan;
}

static struct seccomp_filter compile(const char *json)
{
	struct plan_seccomp plan = plan_of(json);
	struct seccomp_filter f = { 0 };
	struct err e = ERR_INIT;

	cr_assert(seccomp_compile(&plan, -1, arena, &f, NULL, &e) == 0, "%s", e.text);
	return f;
}

static const char *refusal(const char *json)
{
	static struct err e;
	struct plan_seccomp plan = plan_of(json);
	struct seccomp_filter f = { 0 };

	e = ERR_INIT;
	cr_assert(seccomp_compile(&plan, -1, arena, &f, NULL, &e) < 0);
	return e.text;
}

static int install(const struct seccomp_filter *f)
{
	struct err e = ERR_INIT;
	int fd = -1;

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0);
	if (seccomp_install(f, &fd, &e) < 0)
		fprintf(stderr, "%s\n", e.text);
	CHECK(e.code == 0);
	return fd;
}

#define ALLOW_BUT(rule)          "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" rule "]}"
#define RULE(name, action, more) "{\"names\":[\"" name "\"],\"action\":\"SCMP_ACT_" action "\"" more "}"

/* One system call under one profile: what it is expected to do. */
struct hit {
	const char *json;
	long nr;
	unsigned long a, b;
	int code;                /* errno, 0: success */
	struct seccomp_filter f; /* compiled before the fork: a child cannot speak to criterion */
};

static void strike(void *arg)
{
	const struct hit *h = arg;
	install(&h->f);
	errno = 0;
	(void)syscall(h->nr, h->a, h->b, 0UL, 0UL, 0UL, 0UL);
	CHECK(errno == h->code);
}

static int strike_status(struct hit *h)
{
	h->f = compile(h->json);
	return in_child(strike, h);
}

static void strike_all(struct hit *h, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(strike_status(&h[i]), 0, "hit %zu of %s", i, h[i].json);
}
#define STRIKE(...) \
	do { \
		struct hit h_[] = { __VA_ARGS__ }; \
		strike_all(h_, sizeof(h_) / sizeof(h_[0])); \
	} while (0)

Test(seccomp, errno_trace_log_allow)
{
	STRIKE({ ALLOW_BUT(RULE("getppid", "ERRNO", "")), SYS_getppid, 0, 0, EPERM, { 0 } },
	       { ALLOW_BUT(RULE("getppid", "ERRNO", ",\"errnoRet\":38")), SYS_getppid, 0, 0, ENOSYS, { 0 } },
	       { ALLOW_BUT(RULE("getppid", "ERRNO", ",\"errnoRet\":4094")), SYS_getppid, 0, 0, 4094, { 0 } },
	       { ALLOW_BUT(RULE("getppid", "ERRNO", ",\"errnoRet\":0")), SYS_getppid, 0, 0, 0, { 0 } },
	       { ALLOW_BUT(RULE("getppid", "TRACE", "")), SYS_getppid, 0, 0, ENOSYS, { 0 } }, /* no tracer */
	       { ALLOW_BUT(RULE("getppid", "LOG", "")), SYS_getppid, 0, 0, 0, { 0 } },
	       { ALLOW_BUT(RULE("getppid", "ALLOW", "")), SYS_getppid, 0, 0, 0, { 0 } },
	       { ALLOW_BUT(RULE("no_such_call", "ERRNO", "")), SYS_getppid, 0, 0, 0, { 0 } },
	       { "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}", SYS_getppid, 0, 0, 0, { 0 } });
}

Test(seccomp, signals)
{
	const struct {
		const char *json;
		int signal;
	} cases[] = {
		{ ALLOW_BUT(RULE("getppid", "KILL", "")), SIGSYS },
		{ ALLOW_BUT(RULE("getppid", "KILL_THREAD", "")), SIGSYS },
		{ ALLOW_BUT(RULE("getppid", "KILL_PROCESS", "")), SIGSYS },
		{ ALLOW_BUT(RULE("getppid", "TRAP", "")), SIGSYS },
	};
	for (size_t i = 0; i < 4; i++) {
		struct hit h = { cases[i].json, SYS_getppid, 0, 0, 0, { 0 } };
		int status = strike_status(&h);
		cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == cases[i].signal, "%s", cases[i].json);
	}
}

/* dup(a): EBADF when allowed, 99 when the rule takes it */
#define ARG(index, op, value) "{\"index\":" #index ",\"op\":\"SCMP_CMP_" op "\",\"value\":" #value "}"
#define MASK(index, mask, value) \
	"{\"index\":" #index ",\"op\":\"SCMP_CMP_MASKED_EQ\",\"value\":" #mask ",\"valueTwo\":" #value "}"
#define DUP(args) ALLOW_BUT(RULE("dup", "ERRNO", ",\"errnoRet\":99,\"args\":[" args "]"))

Test(seccomp, operators)
{
	STRIKE({ DUP(ARG(0, "EQ", 700)), SYS_dup, 700, 0, 99, { 0 } },
	       { DUP(ARG(0, "EQ", 700)), SYS_dup, 701, 0, EBADF, { 0 } },
	       { DUP(ARG(0, "NE", 700)), SYS_dup, 700, 0, EBADF, { 0 } },
	       { DUP(ARG(0, "NE", 700)), SYS_dup, 701, 0, 99, { 0 } },
	       { DUP(ARG(0, "LT", 700)), SYS_dup, 699, 0, 99, { 0 } },
	       { DUP(ARG(0, "LT", 700)), SYS_dup, 700, 0, EBADF, { 0 } },
	       { DUP(ARG(0, "LE", 700)), SYS_dup, 700, 0, 99, { 0 } },
	       { DUP(ARG(0, "LE", 700)), SYS_dup, 701, 0, EBADF, { 0 } },
	       { DUP(ARG(0, "GT", 700)), SYS_dup, 701, 0, 99, { 0 } },
	       { DUP(ARG(0, "GT", 700)), SYS_dup, 700, 0, EBADF, { 0 } },
	       { DUP(ARG(0, "GE", 700)), SYS_dup, 700, 0, 99, { 0 } },
	       { DUP(ARG(0, "GE", 700)), SYS_dup, 699, 0, EBADF, { 0 } },
	       { DUP(MASK(0, 3840, 512)), SYS_dup, 0x2ff, 0, 99, { 0 } },
	       { DUP(MASK(0, 3840, 512)), SYS_dup, 0x3ff, 0, EBADF, { 0 } });
}

Test(seccomp, all_64_bits_of_an_argument)
{
	STRIKE({ DUP(ARG(0, "EQ", 4294967995)), SYS_dup, 0x1000002bbul, 0, 99, { 0 } },
	       { DUP(ARG(0, "EQ", 4294967995)), SYS_dup, 0x2bb, 0, EBADF, { 0 } },
	       { DUP(ARG(0, "EQ", 4294967295)), SYS_dup, 0xfffffffful, 0, 99, { 0 } },
	       { DUP(ARG(0, "EQ", 4294967295)), SYS_dup, ~0ul, 0, EBADF, { 0 } },
	       { DUP(ARG(0, "EQ", 18446744073709551615)), SYS_dup, ~0ul, 0, 99, { 0 } },
	       { DUP(ARG(0, "GT", 4294967295)), SYS_dup, 0x100000000ul, 0, 99, { 0 } },
	       { DUP(ARG(0, "GT", 4294967295)), SYS_dup, 0xfffffffful, 0, EBADF, { 0 } });
}

Test(seccomp, conditions_on_two_arguments_are_and)
{
#define BOTH DUP(ARG(0, "EQ", 700) "," ARG(1, "EQ", 5))
	STRIKE({ BOTH, SYS_dup, 700, 5, 99, { 0 } }, { BOTH, SYS_dup, 700, 6, EBADF, { 0 } },
	       { BOTH, SYS_dup, 701, 5, EBADF, { 0 } });
}

Test(seccomp, conditions_on_one_argument_are_or)
{
#define EITHER DUP(ARG(0, "EQ", 700) "," ARG(0, "EQ", 800))
	STRIKE({ EITHER, SYS_dup, 700, 0, 99, { 0 } }, { EITHER, SYS_dup, 800, 0, 99, { 0 } },
	       { EITHER, SYS_dup, 900, 0, EBADF, { 0 } });
}

/* An allow list wide enough for the child to report. */
#define DENY_BUT(errno_ret) \
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\"" errno_ret \
	",\"syscalls\":[{\"names\":[\"exit_group\",\"exit\"," \
	"\"write\",\"close\",\"munmap\"],\"action\":\"SCMP_ACT_ALLOW\"}]}"

Test(seccomp, what_is_newer_than_the_profile_does_not_exist)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("the sanitizer's own calls do not survive this filter");
#endif
	STRIKE({ DENY_BUT(""), SYS_getppid, 0, 0, EPERM, { 0 } },
	       { DENY_BUT(""), SYS_clone3, 0, 0, ENOSYS, { 0 } }, { DENY_BUT(""), 4000, 0, 0, ENOSYS, { 0 } },
	       { DENY_BUT(",\"defaultErrnoRet\":1"), SYS_clone3, 0, 0, ENOSYS, { 0 } },
	       { DENY_BUT(",\"defaultErrnoRet\":13"), SYS_clone3, 0, 0, EACCES, { 0 } });
}

/* The errors of husk's own; what the reader refuses does not get here. */
Test(seccomp, texts)
{
	cr_assert_str_eq(refusal(ALLOW_BUT(RULE("write", "NOTIFY", ""))),
			 "seccomp: SCMP_ACT_NOTIFY cannot be used for write");
	cr_assert_str_eq(refusal("{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}"),
			 "seccomp: SCMP_ACT_NOTIFY cannot be the default action");
}

Test(seccomp, flags)
{
	const char *base = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"%s}";
	const struct {
		const char *flags;
		unsigned want;
	} cases[] = {
		{ "", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ ",\"flags\":[]", 0 },
		{ ",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_TSYNC\"]",
		  SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC },
		{ ",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]", 0 },
	};
	for (size_t i = 0; i < 4; i++) {
		char *json = arena_printf(arena, "{\"defaultAction\":\"SCMP_ACT_ALLOW\"%s}", cases[i].flags);
		cr_assert_eq(compile(json).flags, cases[i].want, "%s %s", base, cases[i].flags);
	}
}

Test(seccomp, every_architecture_is_taken)
{
	struct strbuf b = STRBUF(arena);
#define ARCH_WORD(c, word) strbuf_puts(&b, ",\"" word "\"");
	OCI_ENUM_seccomp_arch(ARCH_WORD);
	struct hit h = {
		arena_printf(
			arena,
			"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[%s],\"syscalls\":[" RULE(
				"getppid", "ERRNO", "") "]}",
			b.text + 1),
		SYS_getppid,
		0,
		0,
		EPERM,
		{ 0 }
	};
	strike_all(&h, 1);
}

static void notified(void *arg)
{
	int fd = install(arg);

	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	pid_t pid = fork();
	if (pid == 0)
		_exit(syscall(SYS_getppid) == -1 && errno == 77 ? 0 : 1);
	struct seccomp_notif n = { 0 };
	CHECK(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &n) == 0 && n.data.nr == SYS_getppid);
	struct seccomp_notif_resp r = { .id = n.id, .error = -77 };
	CHECK(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &r) == 0);
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

Test(seccomp, notify)
{
	char plain[] = ALLOW_BUT(RULE("getppid", "NOTIFY", ""));
	char tsync[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\","
		       "\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],\"syscalls\":[" RULE("getppid", "NOTIFY",
											 "") "]}";

	struct seccomp_filter f = compile(plain), g = compile(tsync);

	OK_IN_CHILD(notified, &f);
	OK_IN_CHILD(notified, &g);
}

/* -- the cache */

static char dir[] = "/var/tmp/husk-seccomp-XXXXXX";
static int cache;
static const char profile[] = ALLOW_BUT(RULE("getppid", "ERRNO", ",\"errnoRet\":99"));

static void cache_setup(void)
{
	setup();
	cr_assert(mkdtemp(dir));
	cache = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void cache_teardown(void)
{
	char *command = arena_printf(arena, "rm -r %s", dir);
	cr_assert((system)(command) == 0);
	teardown();
}

TestSuite(seccomp_cache, .init = cache_setup, .fini = cache_teardown);

static bool cached(const char *json, struct seccomp_filter *ret)
{
	struct plan_seccomp plan = plan_of(json);
	struct seccomp_key key;

	seccomp_key_make(&plan, arena, &key);
	return seccomp_cache_load(cache, &key, arena, ret);
}

static const char *file_of(const char *json)
{
	struct plan_seccomp plan = plan_of(json);
	struct seccomp_key *key = NEW(arena, struct seccomp_key);

	seccomp_key_make(&plan, arena, key);
	return key->file;
}

static void fill(const char *json)
{
	struct plan_seccomp plan = plan_of(json);
	struct seccomp_filter f;
	struct err e = ERR_INIT;

	cr_assert(seccomp_compile(&plan, cache, arena, &f, NULL, &e) == 0);
}

Test(seccomp_cache, a_hit_is_what_was_compiled)
{
	struct seccomp_filter hit, fresh = compile(profile);
	struct stat st;

	cr_assert_not(cached(profile, &hit));
	fill(profile);
	cr_assert(cached(profile, &hit));
	cr_assert(hit.len == fresh.len && memcmp(hit.code, fresh.code, hit.len * 8u) == 0);
	cr_assert(fstatat(cache, file_of(profile), &st, 0) == 0 && (st.st_mode & 07777) == 0600);
}

/* Every single byte, changed or cut off, makes a miss. */
Test(seccomp_cache, damage_is_a_miss)
{
	char text[8192], changed[8192];
	struct seccomp_filter hit;

	fill(profile);
	int fd = openat(cache, file_of(profile), O_RDWR | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));
	cr_assert(n > 0 && n < (ssize_t)sizeof(text));
	uint32_t key_len;
	memcpy(&key_len, text + 8, sizeof(key_len));
	ssize_t key_end = 24 + (ssize_t)key_len;
	for (ssize_t i = 0; i < n; i++) {
		memcpy(changed, text, (size_t)n);
		changed[i] ^= 0x20;
		cr_assert(pwrite(fd, changed, (size_t)n, 0) == n);
		/* the padding between key and code has no meaning */
		bool padding = i >= key_end && i < (key_end + 7) / 8 * 8;
		cr_assert(cached(profile, &hit) == padding, "byte %zd", i);
	}
	cr_assert(pwrite(fd, text, (size_t)n, 0) == n && cached(profile, &hit));
	for (ssize_t i = n - 1; i >= 0; i--) {
		cr_assert(ftruncate(fd, i) == 0);
		cr_assert_not(cached(profile, &hit), "cut at %zd", i);
	}
	close(fd);
	fill(profile);
	cr_assert(cached(profile, &hit));
}

/* Two profiles forged to one name: the key inside decides. */
Test(seccomp_cache, a_collision_is_a_miss)
{
	static const char other[] = ALLOW_BUT(RULE("getppid", "ERRNO", ",\"errnoRet\":98"));
	struct seccomp_filter hit;

	fill(profile);
	cr_assert(renameat(cache, file_of(profile), cache, file_of(other)) == 0);
	cr_assert_not(cached(other, &hit));
	cr_assert_str_neq(file_of(profile), file_of(other));
}

Test(seccomp_cache, what_others_can_write_is_a_miss)
{
	struct seccomp_filter hit;

	fill(profile);
	cr_assert(fchmodat(cache, file_of(profile), 0620, 0) == 0);
	cr_assert_not(cached(profile, &hit));
	cr_assert(fchmodat(cache, file_of(profile), 0600, 0) == 0);
	cr_assert(cached(profile, &hit));
	if (is_root()) {
		cr_assert(fchownat(cache, file_of(profile), 1000, 0, 0) == 0);
		cr_assert_not(cached(profile, &hit));
	}
	cr_assert(unlinkat(cache, file_of(profile), 0) == 0 && mkfifoat(cache, file_of(profile), 0600) == 0);
	cr_assert_not(cached(profile, &hit));
}

Test(seccomp_cache, neighbouring_profiles_have_keys_of_their_own)
{
	const char *const profiles[] = {
		profile,
		ALLOW_BUT("{\"names\":[\"ab\",\"c\"],\"action\":\"SCMP_ACT_KILL\"}"),
		ALLOW_BUT("{\"names\":[\"a\",\"bc\"],\"action\":\"SCMP_ACT_KILL\"}"),
		ALLOW_BUT("{\"names\":[\"a\"],\"action\":\"SCMP_ACT_KILL\"},{\"names\":[\"bc\"],\"action\":"
			  "\"SCMP_"
			  "ACT_KILL\"}"),
		ALLOW_BUT(RULE("dup", "ERRNO", "")),
		ALLOW_BUT(RULE("dup", "ERRNO", ",\"errnoRet\":0")),
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\"}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86\"]}",
		DUP(ARG(0, "EQ", 1)),
		DUP(ARG(1, "EQ", 1)),
		DUP(ARG(0, "NE", 1)),
		DUP(MASK(0, 1, 2)),
	};
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		for (size_t k = 0; k < i; k++)
			cr_assert_str_neq(file_of(profiles[i]), file_of(profiles[k]), "%zu %zu", i, k);
}
