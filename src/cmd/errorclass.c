/* From errno and verb to the class of an error; docs/errors.md has the same table in words. */
#include "cmd/errorclass.h"

#include "base/str.h"

#include <errno.h>

struct rule {
	int code;           /* errno, 0: any */
	const char *prefix; /* how the text begins, NULL: anyhow */
	const char *verbs;  /* " create run ", NULL: any */
	const char *class;
};

/* Verbs that read a configuration. */
#define READERS " check create exec plan run update "

/* The first that fits. */
static const struct rule rules[] = {
	{ ENOENT, "exec: \"", NULL, "exec-not-found" },
	{ ENOTDIR, "exec: \"", NULL, "exec-not-found" },
	{ EACCES, "exec: \"", NULL, "exec-not-executable" },
	{ EPERM, "exec: \"", NULL, "exec-not-executable" },
	{ EISDIR, "exec: \"", NULL, "exec-not-executable" },
	{ ENOEXEC, "exec: \"", NULL, "exec-not-executable" },
	{ ELIBBAD, "exec: \"", NULL, "exec-not-executable" },
	{ EBADFD, NULL, NULL, "invalid-state" },
	{ ESRCH, NULL, NULL, "invalid-state" },
	{ EBUSY, "cannot delete", NULL, "invalid-state" },
	{ ENOENT, NULL, NULL, "not-found" },
	{ EEXIST, "container with", NULL, "exists" },
	{ EEXIST, "file config.json", NULL, "exists" },
	{ EEXIST, NULL, READERS, "invalid-config" },
	{ EINVAL, "container id", NULL, "usage" },
	{ EINVAL, "invalid container ID", NULL, "usage" },
	{ EINVAL, "unknown signal", NULL, "usage" },
	{ EINVAL, "no command given", NULL, "usage" },
	{ EINVAL, "unknown format", NULL, "usage" },
	{ EINVAL, "invalid value", NULL, "usage" },
	{ EINVAL, NULL, READERS, "invalid-config" },
	{ ENODEV, NULL, READERS, "unsupported" },
	{ ERANGE, NULL, READERS, "invalid-config" },
	{ ENAMETOOLONG, NULL, READERS, "invalid-config" },
	{ ENOTDIR, NULL, READERS, "invalid-config" },
	{ EISDIR, NULL, READERS, "invalid-config" },
	{ EFBIG, NULL, READERS, "invalid-config" },
	{ EACCES, NULL, NULL, "permission" },
	{ EPERM, NULL, NULL, "permission" },
	{ EROFS, NULL, NULL, "permission" },
	{ ENOTSUP, NULL, NULL, "unsupported" },
	{ ENOSYS, NULL, NULL, "unsupported" },
	{ ENOMEM, NULL, NULL, "resource" },
	{ ENOSPC, NULL, NULL, "resource" },
	{ EDQUOT, NULL, NULL, "resource" },
	{ EAGAIN, NULL, NULL, "resource" },
	{ EMFILE, NULL, NULL, "resource" },
	{ ENFILE, NULL, NULL, "resource" },
	{ EUSERS, NULL, NULL, "resource" },
	{ EBUSY, NULL, NULL, "resource" },
	{ ETIMEDOUT, NULL, NULL, "timeout" },
	{ ECHILD, NULL, NULL, "init-died" },
	{ ECONNRESET, NULL, NULL, "init-died" },
};

static bool fits(const struct rule *r, const struct err *e, const char *verb)
{
	if (r->code != e->code || (r->prefix && !str_after(e->text, r->prefix)))
		return false;
	if (!r->verbs)
		return true;
	for (const char *p = r->verbs; (p = strstr(p, verb)); p++)
		if (p[-1] == ' ' && p[strlen(verb)] == ' ')
			return true;
	return false;
}

const char *errorclass_of(const struct err *e, const char *verb)
{
	if (!verb)
		return "usage";
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (fits(&rules[i], e, verb))
			return rules[i].class;
	return "internal";
}
