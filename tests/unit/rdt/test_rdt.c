/* resctrl groups in a tree of plain files that looks like one. */
#include "rdt/rdt.h"

#include "base/file.h"
#include "base/own.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/stat.h>

static const char *const wanted[] = { "L3:0=0ff;1=F", "MB:0=20" };

struct fake {
	char path[32];
	int fd;
	struct arena *arena;
};

static void put(const struct fake *f, const char *name, const char *text)
{
	cr_assert_eq(file_write_atomic(f->fd, name, text, strlen(text), 0644, NULL), 0);
}

static const char *get(const struct fake *f, const char *name)
{
	char *text;

	cr_assert_eq(file_read(f->fd, name, 4096, f->arena, &text, NULL, NULL), 0);
	return text;
}

/* A mount point with one group, "a", as the kernel shows it. */
static struct fake fake_tree(void)
{
	struct fake f = { .path = "/tmp/husk-rdt-XXXXXX", .arena = arena_new() };

	cr_assert(mkdtemp(f.path));
	f.fd = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(mkdirat(f.fd, "a", 0755), 0);
	cr_assert_eq(mkdirat(f.fd, "a/mon_groups", 0755), 0);
	put(&f, "schemata", "    L3:0=fff;1=fff\n    MB:0=100;1=100\n");
	put(&f, "tasks", "");
	put(&f, "a/schemata", "    L3:0=ff;1=f\n    MB:0=20;1=100\n");
	put(&f, "a/tasks", "");
	return f;
}

static void done(struct fake *f)
{
	static const char *const files[] = { "schemata", "tasks", "a/schemata", "a/tasks",
					     "a/mon_groups/m/tasks" };
	static const char *const dirs[] = { "a/mon_groups/m", "a/mon_groups", "a" };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		(void)unlinkat(f->fd, files[i], 0);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		(void)unlinkat(f->fd, dirs[i], AT_REMOVEDIR);
	cr_expect_eq(rmdir(f->path), 0, "something was left behind");
	own_fd_done(&f->fd);
	arena_free(f->arena);
}

Test(rdt, a_group_that_is_there_must_agree)
{
	struct fake f = fake_tree();
	struct plan_rdt p = { .root = f.path, .group = "a", .may_create = true, .schemata = { wanted, 2 } };
	struct rdt_made made = { 0 };
	struct err e = ERR_INIT;
	own_fd group = rdt_open_group(f.fd, &p, &made, &e);

	cr_expect(group >= 0 && !made.group, "%s", e.text);
	put(&f, "a/schemata", "L3:0=ff;1=f\nMB:0=30\n");
	cr_expect_eq(rdt_open_group(f.fd, &p, &made, &e), -EEXIST);
	cr_expect_str_eq(e.text, "the group a exists and its schemata is not MB:0=20");
	put(&f, "a/schemata", "L3:0=ff\nMB:0=20\n");
	cr_expect_eq(rdt_open_group(f.fd, &p, &made, &e), -EEXIST);
	done(&f);
}

Test(rdt, a_group_that_is_not_there)
{
	struct fake f = fake_tree();
	struct plan_rdt p = { .root = f.path, .group = "b" };
	struct rdt_made made = { 0 };
	struct err e = ERR_INIT;

	cr_expect_eq(rdt_open_group(f.fd, &p, &made, &e), -ENOENT, "without schemata it must be there");
	p.may_create = true;
	own_fd group = rdt_open_group(f.fd, &p, &made, &e);
	cr_expect(group >= 0 && made.group, "%s", e.text);
	cr_expect_eq(unlinkat(f.fd, "b", AT_REMOVEDIR), 0);

	/* the kernel would have filled it: here its schemata is missing, and what was made is told all the
	 * same */
	p.schemata.v = wanted;
	p.schemata.n = 2;
	made.group = false;
	cr_expect_eq(rdt_open_group(f.fd, &p, &made, &e), -ENOENT);
	cr_expect(made.group);
	char *path = arena_printf(f.arena, "%s/b", f.path);
	cr_expect_eq(rdt_remove(path, &e), 0);
	cr_expect_eq(rdt_remove(path, &e), 0, "twice is no error");
	done(&f);
}

Test(rdt, a_process_enters)
{
	struct fake f = fake_tree();
	struct plan_rdt p = { .root = f.path, .group = "a", .monitor = "m" };
	struct rdt_made made = { 0 };
	struct err e = ERR_INIT;
	own_fd group = rdt_open_group(f.fd, &p, &made, &e);

	cr_assert_eq(rdt_make_monitor(group, &p, &made, &e), 0, "%s", e.text);
	cr_expect(made.monitor);
	put(&f, "a/mon_groups/m/tasks", "");
	cr_expect_eq(rdt_make_monitor(group, &p, &made, &e), -EEXIST);
	cr_assert_eq(rdt_enter(group, &p, 4711, &e), 0, "%s", e.text);
	cr_expect_str_eq(get(&f, "a/tasks"), "4711");
	cr_expect_str_eq(get(&f, "a/mon_groups/m/tasks"), "4711");
	cr_assert_eq(rdt_join(&p, 4712, &e), 0, "%s", e.text);
	cr_expect_str_eq(get(&f, "a/tasks"), "4712");
	done(&f);
}

Test(rdt, the_default_group)
{
	struct fake f = fake_tree();
	struct plan_rdt p = { .root = f.path, .group = "" };
	struct rdt_made made = { 0 };
	struct err e = ERR_INIT;

	cr_assert_eq(rdt_create(&p, 1, &made, &e), 0, "%s", e.text);
	cr_expect(!made.group && !made.monitor);
	cr_expect_str_eq(get(&f, "tasks"), "1");
	cr_expect_eq(rdt_owned(&p, f.arena).n, 0);
	done(&f);
}

Test(rdt, delete_removes_what_is_the_containers)
{
	struct fake f = fake_tree();
	struct plan_rdt p = {
		.root = f.path, .group = "c", .remove = true, .may_create = true, .monitor = "c"
	};
	struct oci_strv owned = rdt_owned(&p, f.arena);

	cr_assert_eq(owned.n, 2);
	cr_expect_str_eq(owned.v[0], arena_printf(f.arena, "%s/c/mon_groups/c", f.path));
	cr_expect_str_eq(owned.v[1], arena_printf(f.arena, "%s/c", f.path));
	p.group = "a";
	cr_expect_eq(rdt_owned(&p, f.arena).n, 1, "a group that is there already stays");
	p.remove = false;
	p.group = "d";
	cr_expect_eq(rdt_owned(&p, f.arena).n, 1, "a group with a name of its own stays");
	done(&f);
}
