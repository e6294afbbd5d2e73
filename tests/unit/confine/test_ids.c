/* Ids as the kernel sees them afterwards. */
#include "confine/ids.h"

#include "child.h"

#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

static void all(void *arg)
{
	(void)arg;
	const uint32_t groups[] = { 5, 7 };
	struct plan_process p = { .uid = 1000, .gid = 1001, .groups = { groups, 2 }, .umask = 027 };
	struct err e = ERR_INIT;
	uid_t r, f, s;
	gid_t got[8];

	CHECK(ids_apply(&p, false, &e) == 0);
	CHECK(getresuid(&r, &f, &s) == 0 && r == 1000 && f == 1000 && s == 1000);
	CHECK(getresgid(&r, &f, &s) == 0 && r == 1001 && f == 1001 && s == 1001);
	CHECK(getgroups(8, got) == 2 && got[0] == 5 && got[1] == 7);
	CHECK(umask(0) == 027);
}

Test(ids, groups_gid_uid_umask)
{
	if (is_root())
		OK_IN_CHILD(all, NULL);
}

static void caller_groups(void *arg)
{
	gid_t mine[] = { 42 }, got[8];
	struct plan_process p = { .umask = -1, .keep_groups = arg != NULL };
	struct err e = ERR_INIT;

	CHECK(setgroups(1, mine) == 0);
	umask(031);
	CHECK(ids_apply(&p, false, &e) == 0);
	CHECK(getgroups(8, got) == (arg ? 1 : 0));
	CHECK(umask(0) == 031);
}

Test(ids, the_callers_groups_go_unless_kept)
{
	if (is_root()) {
		OK_IN_CHILD(caller_groups, NULL);
		OK_IN_CHILD(caller_groups, "keep");
	}
}

static void unmapped(void *arg)
{
	(void)arg;
	struct plan_process p = { .uid = 5, .umask = -1, .keep_groups = true };
	struct err e = ERR_INIT;

	if (unshare(CLONE_NEWUSER) < 0) {
		printf("skipped: no user namespaces here\n");
		return;
	}
	CHECK(ids_apply(&p, true, &e) == -EINVAL);
	CHECK(strcmp(e.text, "gid 0 is not mapped in the container's user namespace") == 0);
	FILE *f = fopen("/proc/self/uid_map", "we");
	CHECK(f && fputs("0 0 1\n", f) > 0 && fclose(f) == 0);
	f = fopen("/proc/self/setgroups", "we");
	CHECK(f && fputs("deny", f) > 0 && fclose(f) == 0);
	f = fopen("/proc/self/gid_map", "we");
	CHECK(f && fputs("0 0 1\n", f) > 0 && fclose(f) == 0);
	CHECK(ids_apply(&p, true, &e) == -EINVAL);
	CHECK(strcmp(e.text, "uid 5 is not mapped in the container's user namespace") == 0);
	/* setgroups is denied: no matter without groups, an error with some */
	p.uid = 0;
	p.keep_groups = false;
	CHECK(ids_apply(&p, true, &e) == 0);
	const uint32_t zero[] = { 0 };
	p.groups.v = zero;
	p.groups.n = 1;
	CHECK(ids_apply(&p, true, &e) == -EPERM);
	CHECK(strcmp(e.text, "set additional groups: Operation not permitted") == 0);
}

Test(ids, unmapped_ids_are_named)
{
	OK_IN_CHILD(unmapped, NULL);
}
