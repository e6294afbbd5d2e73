/* Limits whose controller this host has not got. */
#include "check/check.h"

#include "base/file.h"

#include <fcntl.h>

/* The member of linux.resources that a controller serves. */
static const char *member_of(const char *controller)
{
	static const struct {
		const char *controller, *member;
	} members[] = {
		{ "memory", "memory" },   { "cpu", "cpu" },
		{ "cpuset", "cpu" },      { "pids", "pids" },
		{ "blkio", "blockIO" },   { "io", "blockIO" },
		{ "rdma", "rdma" },       { "hugetlb", "hugepageLimits" },
		{ "net_cls", "network" }, { "net_prio", "network" },
		{ "devices", "devices" },
	};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (str_eq(members[i].controller, controller))
			return members[i].member;
	return "unified";
}

static bool list_names(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; *p; p += strspn(p, ", \n")) {
		size_t n = strcspn(p, ", \n");

		if (n == len && strncmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

static bool is_there(struct check *c, const char *controller)
{
	const struct cgroup_mount *m = host_cgroup_find(&c->host, controller);
	char *text;

	if (!m || m->controllers)
		return m;
	/* the unified layout, where nobody has asked yet */
	const char *file = arena_printf(c->arena, "%s/cgroup.controllers", m->path);
	return file_read(AT_FDCWD, file, 4096, c->arena, &text, NULL, NULL) < 0 ||
	       list_names(text, controller);
}

void check_cgroups(struct check *c)
{
	const char *told = "";

	if (!c->planned)
		return;
	if (c->host.layout == CGROUP_NONE && c->plan.cgroup.writes.n) {
		check_add(c, c->plan.cgroup.may_be_absent ? HUSK_WARNING : HUSK_ERROR, "linux.resources",
			  "this host has no cgroup file system mounted", "");
		return;
	}
	for (size_t i = 0; i < c->plan.cgroup.writes.n; i++) {
		const struct plan_write *w = &c->plan.cgroup.writes.v[i];

		if (!*w->controller || w->asks_nothing || str_eq(told, w->controller) ||
		    is_there(c, w->controller))
			continue;
		told = w->controller;
		check_add(c, HUSK_ERROR, arena_printf(c->arena, "linux.resources.%s", member_of(told)),
			  arena_printf(c->arena, "this host has no %s controller", told), "");
	}
}
