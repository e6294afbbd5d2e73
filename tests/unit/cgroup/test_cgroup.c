/* Real cgroups, as root, in every layout that this machine can show. Elsewhere the tests are skipped. */
#include "base/own.h"
#include "cgroup/cgroup.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

/* One scratch cgroup in one layout. The mount namespace is the test process' own and goes with it. */
struct bed {
	struct arena *a;
	struct host host;
	struct plan_cgroup plan;
	struct cgroup cg;
	struct err e;
	int fd;
	bool usable;
};

static bool show_layout(enum cgroup_layout layout)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return false;
	if (layout == CGROUP_UNIFIED)
		return umount2("/sys/fs/cgroup", MNT_DETACH) == 0 &&
		       mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL) == 0;
	if (layout == CGROUP_LEGACY)
		(void)umount2("/sys/fs/cgroup/unified", MNT_DETACH);
	return true;
}

static struct bed *bed_new(enum cgroup_layout layout)
{
	static struct bed b;

	b = (struct bed){ .a = arena_new(), .fd = FD_NONE };
	b.usable =
		show_layout(layout) && host_probe_cgroups(b.a, &b.host, &b.e) == 0 && b.host.layout == layout;
	b.host.privileged = true;
	b.plan.path = arena_printf(b.a, "/husk-test-%d/leaf", getpid());
	b.cg.host = &b.host;
	if (!b.usable)
		cr_skip_test("this machine cannot show the layout");
	return &b;
}

static void bed_create(struct bed *b)
{
	cr_assert_eq(cgroup_create(&b->cg, &b->plan, &b->fd, &b->e), 0, "%s", b->e.text);
}

static bool exists(const struct bed *b, const char *path)
{
	bool all = true;

	for (size_t i = 0; i < b->host.cgroups.n; i++)
		all = all && access(arena_printf(b->a, "%s%s", b->host.cgroups.v[i].path, path), F_OK) == 0;
	return all;
}

static void bed_done(struct bed *b)
{
	char *parent = arena_printf(b->a, "/husk-test-%d", getpid());

	b->cg.keep = false;
	cr_assert_eq(cgroup_remove(&b->cg, &b->e), 0, "%s", b->e.text);
	for (size_t i = 0; i < b->host.cgroups.n; i++) {
		const char *mount = b->host.cgroups.v[i].path;

		cr_assert_neq(access(arena_printf(b->a, "%s%s", mount, b->plan.path), F_OK), 0);
		(void)rmdir(arena_printf(b->a, "%s%s", mount, parent));
	}
}

static char *text_of(const struct bed *b, const char *controller, const char *file)
{
	const struct cgroup_mount *m = host_cgroup_find(&b->host, controller);
	char *path = arena_printf(b->a, "%s%s/%s", m->path, b->cg.path, file), *text = arena_alloc(b->a, 256);
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, 255);

	text[n > 0 ? n - 1 : 0] = '\0';
	return text;
}

/* A child in the cgroup that runs `body` and exits with its result; NULL: it sleeps. */
static pid_t child_in(struct bed *b, const char *sub, int (*body)(void))
{
	int gate[2];
	char c;

	cr_assert_eq(pipe2(gate, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing outlives a failed test */
		close(gate[1]);
		(void)!read(gate[0], &c, 1);
		if (body)
			_exit(body());
		for (;;)
			pause();
	}
	close(gate[0]);
	cr_assert_eq(cgroup_enter(&b->cg, pid, sub, 0, false, &b->e), 0, "%s", b->e.text);
	close(gate[1]);
	return pid;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

#define LAYOUTS(name) \
	ParameterizedTestParameters(cgroup, name) \
	{ \
		static enum cgroup_layout layouts[] = { CGROUP_UNIFIED, CGROUP_HYBRID, CGROUP_LEGACY }; \
		return cr_make_param_array(enum cgroup_layout, layouts, 3); \
	} \
	ParameterizedTest(enum cgroup_layout *layout, cgroup, name, .timeout = 60)

LAYOUTS(makes_and_removes_it_everywhere)
{
	struct bed *b = bed_new(*layout);

	bed_create(b);
	cr_assert(exists(b, b->plan.path));
	cr_assert_eq(b->fd >= 0, *layout != CGROUP_LEGACY);
	cr_assert(!b->cg.keep);
	bed_done(b);
	cr_assert_eq(cgroup_remove(&b->cg, &b->e), 0, "a missing cgroup is no error");
}

LAYOUTS(keeps_one_that_was_there)
{
	struct bed *b = bed_new(*layout);

	bed_create(b);
	bed_create(b);
	cr_assert(b->cg.keep);
	cr_assert_eq(cgroup_remove(&b->cg, &b->e), 0);
	cr_assert(exists(b, b->plan.path));
	bed_done(b);
}

LAYOUTS(takes_over_what_is_left_of_its_own)
{
	struct bed *b = bed_new(*layout);

	b->plan.path = arena_printf(b->a, "/husk-test-%d/husk-one", getpid());
	bed_create(b);
	bed_create(b);
	cr_assert(!b->cg.keep);
	bed_done(b);
}

LAYOUTS(refuses_one_in_use)
{
	struct bed *b = bed_new(*layout);
	struct cgroup other = { .host = &b->host };

	bed_create(b);
	pid_t pid = child_in(b, NULL, NULL);
	cr_assert_eq(cgroup_create(&other, &b->plan, &b->fd, &b->e), -EBUSY);
	cr_assert_null(other.path, "a cleanup would take the cgroup for its own");
	cr_assert(strstr(b->e.text, "container's cgroup is not empty: 1 process in /husk-test-"), "%s",
		  b->e.text);
	cr_assert_eq(cgroup_kill(&b->cg, SIGKILL, &b->e), 0);
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);

	cr_assert_eq(cgroup_freeze(&b->cg, true, &b->e), 0, "%s", b->e.text);
	cr_assert_eq(cgroup_create(&other, &b->plan, &b->fd, &b->e), -EBUSY);
	cr_assert_null(other.path, "a cleanup would take the cgroup for its own");
	cr_assert(strstr(b->e.text, "container's cgroup is frozen: /husk-test-"), "%s", b->e.text);
	bed_done(b);
}

LAYOUTS(lists_and_kills_the_whole_subtree)
{
	struct bed *b = bed_new(*layout);
	pid_t *pids, one, two;
	size_t n;

	bed_create(b);
	for (size_t i = 0; i < b->host.cgroups.n; i++) {
		char *sub = arena_printf(b->a, "%s%s/sub", b->host.cgroups.v[i].path, b->plan.path);

		cr_assert_eq(mkdir(sub, 0755), 0);
		if (strstr(sub, "/cpuset/")) {
			(void)!system(arena_printf(b->a, "cat %s/../cpuset.cpus > %s/cpuset.cpus", sub, sub));
			(void)!system(arena_printf(b->a, "cat %s/../cpuset.mems > %s/cpuset.mems", sub, sub));
		}
	}
	one = child_in(b, NULL, NULL);
	two = child_in(b, "sub", NULL);
	cr_assert_eq(cgroup_enter(&b->cg, one, "sub/../..", 0, false, &b->e), -EINVAL);
	cr_assert_eq(cgroup_pids(&b->cg, b->a, &pids, &n, &b->e), 0, "%s", b->e.text);
	cr_assert_eq(n, 2);
	cr_assert_eq(pids[0], one < two ? one : two);

	cr_assert_eq(cgroup_kill(&b->cg, SIGTERM, &b->e), 0, "%s", b->e.text);
	cr_assert_eq(wait_for(one), 128 + SIGTERM);
	cr_assert_eq(wait_for(two), 128 + SIGTERM);
	bed_done(b);
}

LAYOUTS(freezes_thaws_and_kills_frozen)
{
	struct bed *b = bed_new(*layout);

	bed_create(b);
	pid_t pid = child_in(b, NULL, NULL);
	cr_assert_eq(cgroup_frozen(&b->cg, &b->e), 0);
	cr_assert_eq(cgroup_freeze(&b->cg, true, &b->e), 0, "%s", b->e.text);
	cr_assert_eq(cgroup_frozen(&b->cg, &b->e), 1);
	cr_assert_eq(cgroup_freeze(&b->cg, false, &b->e), 0, "%s", b->e.text);
	cr_assert_eq(cgroup_frozen(&b->cg, &b->e), 0);
	cr_assert_eq(cgroup_freeze(&b->cg, true, &b->e), 0, "%s", b->e.text);
	cr_assert_eq(cgroup_kill(&b->cg, SIGKILL, &b->e), 0, "%s", b->e.text);
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	bed_done(b);
	cr_assert_eq(cgroup_frozen(&b->cg, &b->e), 0, "a missing cgroup is not frozen");
}

LAYOUTS(waits_for_a_busy_one)
{
	struct bed *b = bed_new(*layout);

	bed_create(b);
	pid_t pid = child_in(b, NULL, NULL);
	cr_assert_eq(cgroup_remove(&b->cg, &b->e), -EBUSY);
	cr_assert(strstr(b->e.text, "remove cgroup /sys/fs/cgroup"), "%s", b->e.text);
	if (fork() == 0) {
		usleep(100000);
		_exit(kill(pid, SIGKILL));
	}
	cr_assert_eq(cgroup_remove(&b->cg, &b->e), 0, "%s", b->e.text);
	bed_done(b);
}

LAYOUTS(undoes_a_failed_create)
{
	struct bed *b = bed_new(*layout);
	struct plan_write w[] = { { .controller = "nothing", .file = "nothing.max", .value = "1" } };

	b->plan.writes.v = w;
	b->plan.writes.n = 1;
	cr_assert_lt(cgroup_create(&b->cg, &b->plan, &b->fd, &b->e), 0);
	cr_assert_str_eq(b->e.text,
			 "cgroup: nothing.max needs the nothing controller, which this host's cgroup "
			 "tree has not enabled");
	w[0].asks_nothing = true;
	bed_create(b);
	bed_done(b);
}

static int open_devices(void)
{
	char name[64];
	int result = 0;

	/* nodes of our own: what lies in /dev here is no matter */
	static const struct {
		unsigned major, minor;
	} nodes[] = { { 1, 3 }, { 1, 11 }, { 10, 235 } };
	for (unsigned i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "/tmp/husk-test-node-%d-%u", getpid(), i);
		if (mknod(name, S_IFCHR | 0600, makedev(nodes[i].major, nodes[i].minor)) < 0)
			return 100;
		int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		result |= fd < 0 && errno == EPERM ? 1 << i : 0;
		unlink(name);
	}
	return result;
}

LAYOUTS(filters_devices)
{
	struct bed *b = bed_new(*layout);
	struct plan_device_rule rules[] = {
		{ false, 'a', -1, -1, true, true, true },
		{ true, 'c', -1, -1, false, false, true },
		{ true, 'c', 1, 3, true, true, true },
		{ true, 'c', 1, 11, true, false, false },
	};

	b->plan.devices.v = rules;
	b->plan.devices.n = 4;
	bed_create(b);
	cr_assert_eq(wait_for(child_in(b, NULL, open_devices)), 1 << 2);
	bed_done(b);

	b->plan.devices.n = 3;
	bed_create(b);
	cr_assert_eq(wait_for(child_in(b, NULL, open_devices)), 1 << 1 | 1 << 2);
	bed_done(b);
}

static int fork_often(void)
{
	int made = 0;

	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				pause();
		made += pid > 0;
	}
	return made;
}

static int eat_memory(void)
{
	for (int i = 0; i < 64; i++)
		memset(malloc(1 << 20), 1, 1 << 20);
	return 0;
}

/* Limits of controllers that are v1 on this machine. */
static void test_limits(struct bed *b)
{
	struct plan_write w[] = {
		{ .controller = "memory", .file = "memory.limit_in_bytes", .value = "16777216" },
		{ .controller = "memory",
		  .file = "memory.memsw.limit_in_bytes",
		  .value = "16777216",
		  .optional = true },
		{ .controller = "pids", .file = "pids.max", .value = "5" },
		{ .controller = "cpu", .file = "cpu.shares", .value = "512" },
		{ .controller = "cpuset", .file = "cpuset.cpus", .value = "0" },
	};
	uint64_t kills;

	if (!host_cgroup_find(&b->host, "memory") || !host_cgroup_find(&b->host, "pids"))
		cr_skip_test("no memory and pids controllers");
	b->plan.writes.v = w;
	b->plan.writes.n = 5;
	bed_create(b);
	cr_assert_str_eq(text_of(b, "memory", "memory.limit_in_bytes"), "16777216");
	cr_assert_str_eq(text_of(b, "cpu", "cpu.shares"), "512");
	cr_assert_str_eq(text_of(b, "cpuset", "cpuset.cpus"), "0");
	cr_assert_eq(wait_for(child_in(b, NULL, fork_often)), 4);
	cr_assert_eq(cgroup_kill(&b->cg, SIGKILL, &b->e), 0);
	cr_assert_eq(wait_for(child_in(b, NULL, eat_memory)), 128 + SIGKILL);
	cr_assert_eq(cgroup_oom_kills(&b->cg, &kills), 0);
	cr_assert_eq(kills, 1);

	/* an update that raises both limits, whatever order they come in */
	w[0].value = w[1].value = "33554432";
	cr_assert_eq(cgroup_apply(&b->cg, &b->plan, &b->e), 0, "%s", b->e.text);
	cr_assert_str_eq(text_of(b, "memory", "memory.limit_in_bytes"), "33554432");
	bed_done(b);
}

Test(cgroup, v1_limits_take_effect_hybrid, .timeout = 60)
{
	test_limits(bed_new(CGROUP_HYBRID));
}

Test(cgroup, v1_limits_take_effect_legacy, .timeout = 60)
{
	test_limits(bed_new(CGROUP_LEGACY));
}

LAYOUTS(enables_controllers_of_cgroup2)
{
	struct bed *b = bed_new(*layout);
	struct plan_write w[] = {
		{ .controller = "hugetlb", .file = "hugetlb.2MB.max", .value = "4194304" }
	};

	if (*layout == CGROUP_LEGACY || !host_cgroup_find(&b->host, "hugetlb"))
		cr_skip_test("no hugetlb controller in cgroup2");
	b->plan.writes.v = w;
	b->plan.writes.n = 1;
	bed_create(b);
	cr_assert_str_eq(text_of(b, "hugetlb", "hugetlb.2MB.max"), "4194304");
	bed_done(b);
}
