/* Groups of resctrl (Documentation/filesystems/resctrl.rst): find or make, write, enter, remove. */
#include "rdt/rdt.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { SCHEMATA_MAX = 1 << 16 };

/* The value of `id` in "0=fff;1=fff", without leading zeros; NULL if it is not there. */
static const char *domain_value(const char *line, const char *id, size_t id_len, size_t *ret_len)
{
	for (size_t n; *line && *line != '\n'; line += n + (line[n] == ';')) {
		line += strspn(line, " ");
		n = strcspn(line, ";\n");
		if (strncmp(line, id, id_len) != 0 || line[id_len] != '=')
			continue;
		const char *value = line + id_len + 1;
		value += strspn(value, "0");
		*ret_len = strcspn(value, "; \n");
		return value;
	}
	return NULL;
}

/* The line of resource "L3" in the text of a schemata file, behind its colon. */
static const char *find_line(const char *text, const char *name, size_t len)
{
	while (*text) {
		text += strspn(text, " \n");
		if (strncmp(text, name, len) == 0 && text[len] == ':')
			return text + len + 1;
		text += strcspn(text, "\n");
	}
	return NULL;
}

/* Does the file say what `wanted`, one line of the config, asks for? It may say more. */
static bool agrees(const char *text, const char *wanted)
{
	size_t name = strcspn(wanted, ":"), value_len, now_len;
	const char *line = find_line(text, wanted, name);

	if (!line || !wanted[name])
		return false;
	for (const char *s = wanted + name + 1; *s; s += *s == ';') {
		s += strspn(s, " \n");
		size_t id = strcspn(s, "=;");
		const char *value = domain_value(s, s, id, &value_len);
		const char *now = value ? domain_value(line, s, id, &now_len) : NULL;

		if (!now || value_len != now_len || strncasecmp(value, now, now_len) != 0)
			return false;
		s += strcspn(s, ";");
	}
	return true;
}

static int compare(int group_fd, const struct plan_rdt *p, struct err *e)
{
	own_arena a = arena_new();
	char *text;

	if (p->schemata.n == 0)
		return 0;
	TRY(file_read(group_fd, "schemata", SCHEMATA_MAX, a, &text, NULL, e));
	for (size_t i = 0; i < p->schemata.n; i++)
		if (!agrees(text, p->schemata.v[i]))
			return err_say(e, EEXIST, "the group %s exists and its schemata is not %s",
				       *p->group ? p->group : "/", p->schemata.v[i]);
	return 0;
}

/* The kernel wants whole lines. */
static int write_schemata(int group_fd, const struct plan_rdt *p, struct err *e)
{
	own_arena a = arena_new();

	for (size_t i = 0; i < p->schemata.n; i++)
		TRY_IN(file_write_once(group_fd, "schemata", arena_printf(a, "%s\n", p->schemata.v[i]), e), e,
		       "'%s'", p->schemata.v[i]);
	return 0;
}

int rdt_open_group(int root_fd, const struct plan_rdt *p, struct rdt_made *made, struct err *e)
{
	const char *name = *p->group ? p->group : ".";

	if (p->may_create && mkdirat(root_fd, name, 0755) == 0)
		made->group = true;
	else if (p->may_create && errno != EEXIST)
		return err_set(e, errno, "make the group %s", name);
	own_fd group = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (group < 0)
		return err_set(e, errno, "open the group %s", name);
	TRY(made->group ? write_schemata(group, p, e) : compare(group, p, e));
	return TAKE_FD(group);
}

int rdt_make_monitor(int group_fd, const struct plan_rdt *p, struct rdt_made *made, struct err *e)
{
	own_arena a = arena_new();

	if (!p->monitor)
		return 0;
	if (mkdirat(group_fd, arena_printf(a, "mon_groups/%s", p->monitor), 0755) < 0)
		return err_set(e, errno, "make the monitoring group %s", p->monitor);
	made->monitor = true;
	return 0;
}

int rdt_enter(int group_fd, const struct plan_rdt *p, pid_t pid, struct err *e)
{
	own_arena a = arena_new();
	const char *text = arena_printf(a, "%d", pid);

	TRY(file_write_once(group_fd, "tasks", text, e));
	if (!p->monitor)
		return 0;
	return file_write_once(group_fd, arena_printf(a, "mon_groups/%s/tasks", p->monitor), text, e);
}

struct oci_strv rdt_owned(const struct plan_rdt *p, struct arena *a)
{
	struct oci_strv ret = { .v = arena_array(a, 2, sizeof *ret.v) };
	char *group = arena_printf(a, "%s/%s", p->root, p->group);

	if (p->monitor)
		ret.v[ret.n++] = arena_printf(a, "%s/mon_groups/%s", group, p->monitor);
	if (p->remove && access(group, F_OK) < 0)
		ret.v[ret.n++] = group;
	return ret;
}

static int open_root(const struct plan_rdt *p, struct err *e)
{
	int fd = open(p->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_set(e, errno, "open %s", p->root) : fd;
}

int rdt_create(const struct plan_rdt *p, pid_t pid, struct rdt_made *made, struct err *e)
{
	own_fd root = TRY(open_root(p, e));
	own_fd group = TRY(rdt_open_group(root, p, made, e));

	TRY(rdt_make_monitor(group, p, made, e));
	return rdt_enter(group, p, pid, e);
}

int rdt_join(const struct plan_rdt *p, pid_t pid, struct err *e)
{
	own_fd root = TRY(open_root(p, e));
	own_fd group =
		openat(root, *p->group ? p->group : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (group < 0)
		return err_set(e, errno, "open the group %s", p->group);
	return rdt_enter(group, p, pid, e);
}

int rdt_remove(const char *path, struct err *e)
{
	if (rmdir(path) < 0 && errno != ENOENT)
		return err_set(e, errno, "remove %s", path);
	return 0;
}
