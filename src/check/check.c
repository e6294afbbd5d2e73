/* husk_check: a bundle against the spec and against this host, all findings at once. */
#include "check/check.h"

#include "base/file.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

enum { CONFIG_LIMIT = 16 << 20 };

void check_add(struct check *c, enum husk_level level, const char *path, const char *text, const char *hint)
{
	struct husk_findings *f = c->out;

	f->v = arena_grow(c->arena, f->v, &f->cap, f->n + 1, sizeof *f->v);
	f->v[f->n++] = (struct husk_finding){
		.level = level,
		.path = arena_strdup(c->arena, path),
		.text = arena_strdup(c->arena, text),
		.hint = arena_strdup(c->arena, hint),
	};
}

static int read_config(struct check *c, const struct husk_create *o, char **ret, size_t *ret_len,
		       struct err *e)
{
	const char *bundle = o->bundle ? o->bundle : ".";
	own_str path = realpath(bundle, NULL);

	if (!path)
		return err_set(e, errno, "bundle %s", bundle);
	c->bundle = arena_strdup(c->arena, path);
	c->name = o->config ? o->config : "config.json";
	const char *file = c->name[0] == '/' ? c->name : arena_printf(c->arena, "%s/%s", c->bundle, c->name);
	return file_read(AT_FDCWD, file, CONFIG_LIMIT, c->arena, ret, ret_len, e);
}

int husk_check(const struct husk *h, const struct husk_create *o, struct arena *a, struct husk_findings *ret,
	       struct err *e)
{
	struct husk_findings out = { 0 };
	struct check c = { .arena = a, .out = &out };
	size_t len;
	char *text;

	TRY(read_config(&c, o, &text, &len, e));
	TRY(host_probe(NULL, a, &c.host, e));
	c.opts = (struct plan_opts){
		.id = o->id ? o->id : "husk",
		.bundle = c.bundle,
		.systemd_cgroup = h->systemd_cgroup,
		.cgroup_disabled = h->cgroup_disabled,
	};
	if (check_shape(&c, text, len)) {
		check_rules(&c);
		check_words(&c);
		check_namespaces(&c);
		check_ids(&c);
		check_caps(&c);
		check_cgroups(&c);
		check_kernel(&c);
		check_files(&c);
		check_hooks(&c);
		check_program(&c);
	}
	*ret = out;
	return 0;
}
