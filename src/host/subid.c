/* /etc/passwd, /etc/subuid and /etc/subgid by hand: a static program has no name service. */
#include "host/subid.h"

#include "base/file.h"
#include "base/num.h"
#include "base/own.h"
#include "base/str.h"

#include <fcntl.h>

enum { FILE_MAX = 4 << 20 };

/* Whole file; an absent or unreadable one is empty. */
static int read_optional(const char *path, struct arena *a, char **ret, struct err *e)
{
	size_t len;
	int r = file_read(AT_FDCWD, path, FILE_MAX, a, ret, &len, e);

	if (r != -ENOENT && r != -EACCES)
		return r;
	if (e)
		*e = ERR_INIT;
	*ret = arena_strdup(a, "");
	return 0;
}

/* Cut the next line, split at ':' into fields[n]; missing fields are "". NULL at the end of the text. */
static char *next_line(char *text, char **fields, size_t n)
{
	if (!*text)
		return NULL;
	char *end = strchrnul(text, '\n');
	char *next = *end ? end + 1 : end;

	*end = '\0';
	for (size_t i = 0; i < n; i++) {
		char *stop = strchrnul(text, ':');

		fields[i] = text;
		text = *stop ? stop + 1 : stop;
		*stop = '\0';
	}
	return next;
}

struct id_range subid_find(char *text, const char *name, const char *number)
{
	char *f[3]; /* user, first id, count */

	while ((text = next_line(text, f, 3))) {
		struct id_range r;

		if ((str_eq(f[0], number) || (name && str_eq(f[0], name))) && num_u32(f[1], &r.start) &&
		    num_u32(f[2], &r.count) && r.count)
			return r;
	}
	return (struct id_range){ 0 };
}

static const char *user_name(char *passwd, const char *number)
{
	char *f[3]; /* name, password, uid */

	while ((passwd = next_line(passwd, f, 3)))
		if (str_eq(f[2], number))
			return f[0];
	return NULL;
}

/* Never by $PATH: the program runs with the rights of root. */
static const char *find_helper(const char *name, struct arena *a)
{
	static const char *const folders[] = { "/usr/bin", "/bin", "/usr/local/bin", "/run/wrappers/bin" };

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char *path = arena_printf(a, "%s/%s", folders[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

int host_probe_subids(struct arena *a, struct host *h, struct err *e)
{
	const char *number = arena_printf(a, "%u", h->euid);
	char *text;

	TRY(read_optional("/etc/passwd", a, &text, e));
	h->user_name = user_name(text, number);
	TRY(read_optional("/etc/subuid", a, &text, e));
	h->subuid = subid_find(text, h->user_name, number);
	TRY(read_optional("/etc/subgid", a, &text, e)); /* named by the user as well, subgid(5) */
	h->subgid = subid_find(text, h->user_name, number);
	h->newuidmap = find_helper("newuidmap", a);
	h->newgidmap = find_helper("newgidmap", a);
	return 0;
}
