/* plan/mountopts.c: the table, and what a list of words comes to. */
#include "plan/parts.h"

#include <criterion/criterion.h>
#include <linux/mount.h>

static int parse(const char *list, struct arena *a, struct plan_mount *m, struct err *e)
{
	char *copy = arena_strdup(a, list), *v[16], *save = NULL;
	struct oci_strv words = { v, 0 };

	*m = (struct plan_mount){ 0 };
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		v[words.n++] = w;
	return plan_mountopts_parse(&words, "m", a, m, e);
}

Test(mountopts, table_is_sorted_and_knows_the_words_of_the_spec)
{
	static const char spec[] =
		"async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime "
		"nodev "
		"nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow "
		"private ratime rbind rdev rdiratime relatime remount rexec rnoatime rnodiratime rnoexec "
		"rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared "
		"rslave "
		"rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid symfollow "
		"sync "
		"tmpcopyup unbindable idmap ridmap";
	own_arena a = arena_new();
	struct oci_strv all = plan_mount_options(a);
	char *copy = arena_strdup(a, spec), *save = NULL;

	for (size_t i = 1; i < all.n; i++)
		cr_expect_lt(strcmp(all.v[i - 1], all.v[i]), 0, "%s", all.v[i]);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		struct plan_mount m;
		bool found = false;

		for (size_t i = 0; i < all.n; i++)
			found |= strcmp(all.v[i], w) == 0;
		cr_expect(found, "%s is advertised", w);
		cr_assert_eq(parse(w, a, &m, NULL), 0);
		cr_expect_null(m.data, "%s is not data", w);
	}
}

Test(mountopts, attributes)
{
	const struct {
		const char *words;
		uint64_t set, clear, rec_set, rec_clear;
	} cases[] = {
		{ "ro nosuid", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, 0, 0 },
		{ "ro rw", 0, MOUNT_ATTR_RDONLY, 0, 0 },
		{ "rw ro", MOUNT_ATTR_RDONLY, 0, 0, 0 },
		{ "noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, 0, 0 },
		{ "noatime relatime", 0, MOUNT_ATTR__ATIME, 0, 0 },
		{ "strictatime noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, 0, 0 },
		{ "rro rsuid ro", MOUNT_ATTR_RDONLY, 0, MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID },
		{ "rnoatime", 0, 0, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
		{ "defaults nofail x-foo=1", 0, 0, 0, 0 },
	};
	own_arena a = arena_new();

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct plan_mount m;

		cr_assert_eq(parse(cases[i].words, a, &m, NULL), 0);
		cr_expect_eq(m.attr_set, cases[i].set, "%s", cases[i].words);
		cr_expect_eq(m.attr_clear, cases[i].clear, "%s", cases[i].words);
		cr_expect_eq(m.rec_set, cases[i].rec_set, "%s", cases[i].words);
		cr_expect_eq(m.rec_clear, cases[i].rec_clear, "%s", cases[i].words);
		cr_expect_null(m.data);
	}
}

Test(mountopts, the_rest)
{
	own_arena a = arena_new();
	struct plan_mount m;
	struct err e = ERR_INIT;

	cr_assert_eq(parse("mode=755 ro size=64k", a, &m, &e), 0);
	cr_expect_str_eq(m.data, "mode=755,size=64k");
	cr_assert_eq(parse("sync async dirsync", a, &m, &e), 0);
	cr_expect_eq(m.sb_flags, MS_DIRSYNC);
	cr_assert_eq(parse("bind remount ro", a, &m, &e), 0);
	cr_expect_eq(m.kind, PLAN_MOUNT_REMOUNT);
	cr_assert_eq(parse("remount rbind ro", a, &m, &e), 0);
	cr_expect_eq(m.kind, PLAN_MOUNT_REMOUNT);
	cr_assert_eq(parse("rbind rslave shared", a, &m, &e), 0);
	cr_expect(m.recursive && m.kind == PLAN_MOUNT_BIND);
	cr_expect_eq(m.propagation[0], MS_SLAVE | MS_REC);
	cr_expect_eq(m.propagation[1], MS_SHARED);
	cr_assert_eq(parse("idmap=uids=0-1-10#10-11-10;gids=0-100-10", a, &m, &e), 0);
	cr_expect(m.idmap && !m.idmap_recursive);
	cr_assert_eq(m.uid_map.n, 2);
	cr_expect_eq(m.uid_map.v[1].outside, 11);
	cr_expect_eq(m.gid_map.v[0].outside, 100);
}

Test(mountopts, refused)
{
	static const char *const bad[] = { "idmap=uids=0-1",    "idmap=uids=0-1-2-3",
					   "idmap=uids=a-1-1",  "idmap=zids=0-1-1",
					   "idmap=uids=@0-1-1", "idmap=uids=0-1-1#",
					   "idmap=uids=",       "shared slave shared private" };
	own_arena a = arena_new();

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct plan_mount m;
		struct err e = ERR_INIT;

		cr_expect_lt(parse(bad[i], a, &m, &e), 0, "%s", bad[i]);
		cr_expect_eq(strncmp(e.text, "m.options: ", 11), 0, "%s", e.text);
	}
}
