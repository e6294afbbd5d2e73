/* The whole road: where the filter is loaded, and what the process is at its end. */
#include "confine/confine.h"

#include "child.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

struct road {
	bool no_new_privs, notify;
	uint32_t uid;
	struct seccomp_filter filter;
	struct plan_seccomp seccomp;
};

static bool filtered(void)
{
	return syscall(SYS_getppid) == -1 && errno == 77;
}

static void walk(void *arg)
{
	struct road *r = arg;
	uint64_t chown = UINT64_C(1) << CAP_CHOWN;
	struct plan_process p = {
		.cwd = "/",
		.uid = r->uid,
		.gid = r->uid,
		.umask = 022,
		.personality = -1,
		.no_new_privs = r->no_new_privs,
		.caps = { .set = true, .bounding = chown, .permitted = chown, .effective = chown }
	};
	struct confine c = { .process = &p, .seccomp = &r->seccomp, .filter = &r->filter, .procfs_fd = -1 };
	struct err e = ERR_INIT;

	if (confine_prepare(&c, &e) < 0)
		fprintf(stderr, "%s\n", e.text);
	CHECK(e.code == 0);
	CHECK(r->notify ? c.notify_fd >= 0 : c.notify_fd < 0);
	CHECK(getuid() == r->uid && getgid() == r->uid);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL) == r->no_new_privs);
	CHECK(prctl(PR_CAPBSET_READ, (unsigned long)CAP_SYS_ADMIN, 0UL, 0UL, 0UL) == 0);
	CHECK(prctl(PR_CAPBSET_READ, (unsigned long)CAP_CHOWN, 0UL, 0UL, 0UL) == 1);
	if (!r->notify)
		CHECK(filtered() == !r->no_new_privs);
	CHECK(confine_final(&c, &e) == 0);
	if (!r->notify)
		CHECK(filtered());
}

static void road(bool no_new_privs, bool notify, uint32_t uid)
{
	char *json = NULL;
	void *config;
	struct err e = ERR_INIT;
	struct road r = { .no_new_privs = no_new_privs, .notify = notify, .uid = uid };
	struct arena *a = arena_new();

	json = arena_printf(
		a,
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getppid\"],\"action\":"
		"\"SCMP_ACT_%s}]}",
		notify ? "NOTIFY\"" : "ERRNO\",\"errnoRet\":77");
	cr_assert(oci_parse(&oci_type_seccomp, json, strlen(json), a, &config, &e) == 0, "%s", e.text);
	r.seccomp = (struct plan_seccomp){ .config = config, .late = no_new_privs, .notify = notify };
	cr_assert(seccomp_compile(&r.seccomp, -1, a, &r.filter, NULL, &e) == 0, "%s", e.text);
	cr_assert_eq(in_child(walk, &r), 0, "no_new_privs %d notify %d uid %u", no_new_privs, notify, uid);
	arena_free(a);
}

Test(confine, whole_road)
{
	if (!is_root())
		return;
	for (unsigned i = 0; i < 8; i++)
		road(i & 1, i & 2, i & 4 ? 1000 : 0);
}

static void label(void *arg)
{
	(void)arg;
	struct plan_process p = { .cwd = "/", .umask = -1, .personality = -1, .apparmor = "no-such-profile" };
	struct plan_seccomp none = { 0 };
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct confine c = { .process = &p, .seccomp = &none, .procfs_fd = proc };
	struct err e = ERR_INIT;

	CHECK(confine_prepare(&c, &e) < 0);
	CHECK(strstr(e.text, "apparmor profile \"no-such-profile\"") && strstr(e.text, "/exec`"));
	p.apparmor = NULL;
	p.selinux = "a:b:c:d";
	CHECK(confine_prepare(&c, &e) < 0);
	CHECK(strstr(e.text, "selinux label \"a:b:c:d\"") && strstr(e.text, "`/proc/thread-self/attr/exec`"));
}

/* Holds with and without the modules: neither can take these labels. */
Test(confine, a_label_that_cannot_be_set_is_an_error)
{
	OK_IN_CHILD(label, NULL);
}
