/* Which cgroup hierarchies are mounted, and where the caller is in them. */
#include "host/host.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

enum { TEXT_MAX = 4 << 20 }; /* of a file in /proc: hosts with thousands of mounts exist */

#define CGROUP_ROOT "/sys/fs/cgroup"

/* One line of /proc/self/cgroup, and the mount that belongs to it once it is found. */
struct line {
	char *controllers; /* "" for cgroup2 */
	char *own;
	char *mount; /* NULL: not mounted */
};

struct lines {
	struct line *v;
	size_t n, cap;
};

/* "ID:CONTROLLERS:PATH", cgroups(7). */
static void parse_own(char *text, struct arena *a, struct lines *ret)
{
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *controllers = strchr(l, ':');
		char *own = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!own)
			continue;
		*own++ = '\0';
		ret->v = arena_grow(a, ret->v, &ret->cap, ret->n + 1, sizeof *ret->v);
		ret->v[ret->n++] = (struct line){ .controllers = controllers + 1, .own = own };
	}
}

static bool list_has(const char *list, const char *word, size_t len)
{
	for (size_t n; *list; list += n + (list[n] != '\0')) {
		n = strcspn(list, ", \n");
		if (n == len && strncmp(list, word, len) == 0)
			return true;
	}
	return false;
}

/* Whether a super block with these options is the hierarchy of all these controllers. */
static bool belongs(const char *controllers, const char *options)
{
	if (!*controllers)
		return false;
	for (size_t n; *controllers; controllers += n + (controllers[n] != '\0')) {
		n = strcspn(controllers, ",");
		if (!list_has(options, controllers, n))
			return false;
	}
	return true;
}

/* mountinfo writes space, tab, newline and backslash as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	*to = '\0';
}

/*
 * "ID PARENT MAJ:MIN ROOT POINT OPTIONS [TAGS...] - FSTYPE SOURCE SUPEROPTIONS", proc_pid_mountinfo(5). The
 * first mount of a hierarchy counts. Where it shows only a part of the hierarchy (ROOT is not "/"), `own` is
 * shortened by that part, because every path is used below the mount point.
 */
static void match_mount(char *l, struct lines *lines)
{
	char *field[5], *save = NULL, *fs = strstr(l, " - cgroup");

	if (!fs)
		return;
	*fs = '\0';
	fs += strlen(" - ");
	for (int i = 0; i < 5; i++) {
		field[i] = strtok_r(i ? NULL : l, " ", &save);
		if (!field[i])
			return;
	}
	bool v2 = str_after(fs, "cgroup2 ") != NULL;
	const char *options = strrchr(fs, ' ') + 1;

	for (size_t i = 0; i < lines->n; i++) {
		struct line *c = &lines->v[i];

		if (c->mount || (v2 ? *c->controllers != '\0' : !belongs(c->controllers, options)))
			continue;
		size_t root = str_eq(field[3], "/") ? 0 : strlen(field[3]);

		if (strncmp(c->own, field[3], root) == 0 && (c->own[root] == '/' || !c->own[root]))
			c->own += root;
		unescape(field[4]);
		c->mount = field[4];
		return;
	}
}

static struct cgroup_mount mount_of(const struct line *l, struct arena *a)
{
	struct cgroup_mount m = {
		.controllers = l->controllers,
		.path = l->mount,
		.own = *l->own ? l->own : "/",
		.v2 = !*l->controllers,
	};
	char *text;

	/* beside v1 hierarchies only these tell where a controller is; unreadable means it has none for us */
	if (m.v2 && file_read(AT_FDCWD, arena_printf(a, "%s/cgroup.controllers", l->mount), TEXT_MAX, a,
			      &text, NULL, NULL) >= 0)
		m.controllers = text;
	return m;
}

static int probe_v1(struct arena *a, struct host *ret, struct err *e)
{
	struct lines lines = { 0 };
	char *own, *mounts, *save = NULL;
	size_t n = 0;

	TRY_IN(file_read(AT_FDCWD, "/proc/self/cgroup", TEXT_MAX, a, &own, NULL, e), e, "cgroup");
	TRY_IN(file_read(AT_FDCWD, "/proc/self/mountinfo", TEXT_MAX, a, &mounts, NULL, e), e, "cgroup");
	parse_own(own, a, &lines);
	for (char *l = strtok_r(mounts, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		match_mount(l, &lines);

	struct cgroup_mount *v = arena_array(a, lines.n, sizeof *v);

	/* the kernel lists v1 hierarchies first and cgroup2, number 0, last */
	for (size_t i = 0; i < lines.n; i++)
		if (lines.v[i].mount)
			v[n++] = mount_of(&lines.v[i], a);
	ret->cgroups.v = v;
	ret->cgroups.n = n;
	ret->layout = n == 0         ? CGROUP_NONE
		      : !v[n - 1].v2 ? CGROUP_LEGACY
		      : n == 1       ? CGROUP_UNIFIED
				     : CGROUP_HYBRID;
	return 0;
}

static int probe_unified(struct arena *a, struct host *ret, struct err *e)
{
	struct cgroup_mount *m = NEW(a, struct cgroup_mount);
	struct lines lines = { 0 };
	char *own;

	*m = (struct cgroup_mount){ .path = CGROUP_ROOT, .own = "/", .v2 = true };
	/* root's containers have their place from the top; only others live below their own cgroup */
	if (geteuid() != 0 || ret->in_userns) {
		TRY_IN(file_read(AT_FDCWD, "/proc/self/cgroup", TEXT_MAX, a, &own, NULL, e), e, "cgroup");
		parse_own(own, a, &lines);
		for (size_t i = 0; i < lines.n; i++)
			if (!*lines.v[i].controllers)
				m->own = lines.v[i].own;
	}
	ret->layout = CGROUP_UNIFIED;
	ret->cgroups.v = m;
	ret->cgroups.n = 1;
	return 0;
}

int host_probe_cgroups(struct arena *a, struct host *ret, struct err *e)
{
	struct statfs fs;

	if (statfs(CGROUP_ROOT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
		return probe_unified(a, ret, e);
	return probe_v1(a, ret, e);
}

const struct cgroup_mount *host_cgroup_find(const struct host *h, const char *controller)
{
	size_t len = strlen(controller);

	for (size_t i = 0; i < h->cgroups.n; i++) {
		const struct cgroup_mount *m = &h->cgroups.v[i];

		if (!m->controllers || list_has(m->controllers, controller, len))
			return m;
	}
	return NULL;
}
