/* Print the plan of a config for a machine that a file describes: the program behind the golden tests. */
#include "base/file.h"
#include "base/num.h"
#include "base/own.h"
#include "base/str.h"
#include "plan/plan.h"

#include <fcntl.h>

enum { FILE_MAX = 4 << 20, FIELDS = 4 };

/* A host as most are: root, cgroup2 with every controller. A .host file changes it line by line. */
static const struct cgroup_mount unified[] = { {
	.controllers = "cpuset cpu io memory hugetlb pids rdma",
	.path = "/sys/fs/cgroup",
	.own = "/",
	.v2 = true,
} };

struct facts {
	struct arena *arena;
	struct host host;
	struct plan_opts opts;
	struct cgroup_mount *cgroups;
	size_t cgroups_cap;
};

static uint32_t number(const char *text)
{
	uint32_t n = 0;

	if (!num_u32(text, &n)) {
		fprintf(stderr, "not a number: '%s'\n", text);
		_Exit(2);
	}
	return n;
}

static void add_cgroup(struct facts *f, const char *controllers, const char *path, const char *own)
{
	if (!f->cgroups)
		f->host.cgroups.n = 0;
	f->cgroups =
		arena_grow(f->arena, f->cgroups, &f->cgroups_cap, f->host.cgroups.n + 1, sizeof *f->cgroups);
	f->cgroups[f->host.cgroups.n++] = (struct cgroup_mount){
		.controllers = arena_strdup(f->arena, controllers),
		.path = path,
		.own = own,
		.v2 = str_eq(path, "/sys/fs/cgroup") || str_eq(path, "/sys/fs/cgroup/unified"),
	};
	f->host.cgroups.v = f->cgroups;
}

static enum cgroup_layout layout(const char *word)
{
	return str_eq(word, "unified")  ? CGROUP_UNIFIED
	       : str_eq(word, "hybrid") ? CGROUP_HYBRID
	       : str_eq(word, "legacy") ? CGROUP_LEGACY
					: CGROUP_NONE;
}

static void set_fact(struct facts *f, char **w)
{
	struct host *h = &f->host;
	bool on = str_eq(w[1], "yes");

	if (str_eq(w[0], "user")) {
		h->euid = number(w[1]);
		h->egid = number(w[2]);
		h->user_name = *w[3] ? w[3] : NULL;
	} else if (str_eq(w[0], "privileged")) {
		h->privileged = on;
	} else if (str_eq(w[0], "in_userns")) {
		h->in_userns = on;
	} else if (str_eq(w[0], "layout")) {
		h->layout = layout(w[1]);
		h->cgroups.n = 0;
	} else if (str_eq(w[0], "cgroup")) {
		add_cgroup(f, w[1], w[2], w[3]);
	} else if (str_eq(w[0], "apparmor")) {
		h->apparmor = on;
	} else if (str_eq(w[0], "selinux")) {
		h->selinux = on;
	} else if (str_eq(w[0], "resctrl")) {
		h->resctrl = w[1];
	} else if (str_eq(w[0], "subids")) {
		h->subuid = h->subgid = (struct id_range){ number(w[1]), number(w[2]) };
	} else if (str_eq(w[0], "helpers")) {
		h->newuidmap = on ? "/usr/bin/newuidmap" : NULL;
		h->newgidmap = on ? "/usr/bin/newgidmap" : NULL;
	} else if (str_eq(w[0], "systemd_cgroup")) {
		f->opts.systemd_cgroup = on;
	} else if (str_eq(w[0], "cgroup_disabled")) {
		f->opts.cgroup_disabled = on;
	} else if (str_eq(w[0], "no_pivot")) {
		f->opts.no_pivot = on;
	} else if (str_eq(w[0], "no_new_keyring")) {
		f->opts.no_new_keyring = on;
	} else if (*w[0] && *w[0] != '#') {
		fprintf(stderr, "unknown fact '%s'\n", w[0]);
		_Exit(2);
	}
}

/* "word value value value" by line; '+' stands for a space within a value. */
static void read_facts(char *text, struct facts *f)
{
	char empty[] = "", *save_line = NULL;

	for (char *line = strtok_r(text, "\n", &save_line); line; line = strtok_r(NULL, "\n", &save_line)) {
		char *w[FIELDS] = { empty, empty, empty, empty }, *save = NULL;

		for (int i = 0; i < FIELDS; i++) {
			char *next = strtok_r(i ? NULL : line, " ", &save);

			if (!next)
				break;
			w[i] = next;
			for (char *p = next; (p = strchr(p, '+')); p++)
				*p = ' ';
		}
		set_fact(f, w);
	}
}

static int plan_of(char **argv, struct arena *a, bool json, char **ret, struct err *e)
{
	struct facts f = {
		.arena = a,
		.host = { .privileged = true, .layout = CGROUP_UNIFIED, .cgroups = { unified, 1 } },
		.opts = { .id = "web1", .bundle = "/bundle" },
	};
	void *config;
	struct plan *plan = NEW(a, struct plan);
	char *text;
	size_t len;

	if (argv[1]) {
		TRY(file_read(AT_FDCWD, argv[1], FILE_MAX, a, &text, &len, e));
		read_facts(text, &f);
	}
	TRY(file_read(AT_FDCWD, argv[0], FILE_MAX, a, &text, &len, e));
	TRY(oci_parse(&oci_type_config, text, len, a, &config, e));
	TRY(plan_build(config, &f.opts, &f.host, a, plan, e));
	*ret = json ? plan_json(plan, a) : plan_text(plan, a);
	return 0;
}

/* dump [--json] CONFIG [HOST] */
int main(int argc, char **argv)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	bool json = argc > 1 && str_eq(argv[1], "--json");
	char *text;

	if (argc < 2 + json || argc > 3 + json)
		return 2;
	if (plan_of(argv + 1 + json, a, json, &text, &e) < 0)
		printf("error: %s\n", e.text);
	else
		fputs(text, stdout);
	return 0;
}
