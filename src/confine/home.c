/* Look a home directory up without getpwuid(3): a static program has no NSS, and would load it from a hostile
 * tree. */
#include "confine/home.h"

#include "base/file.h"
#include "base/num.h"
#include "base/own.h"
#include "base/str.h"
#include "sys/beneath.h"

#include <fcntl.h>
#include <sys/stat.h>

#define PASSWD_MAX ((size_t)1 << 20)
#define FIELDS     7 /* name:password:uid:gid:gecos:home:shell */

/* Split a line at its colons; false if they are not as many as passwd(5) says. */
static bool split(char *line, char *field[FIELDS])
{
	size_t n = 0;

	for (char *s = line; s; n++) {
		if (n == FIELDS)
			return false;
		field[n] = s;
		s = strchr(s, ':');
		if (s)
			*s++ = '\0';
	}
	return n == FIELDS;
}

const char *home_parse(const char *text, size_t len, uint32_t uid, struct arena *a)
{
	for (const char *line = text, *end = text + len; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((stop ? stop : end) - line);
		char *field[FIELDS];
		uint32_t id;

		if (!memchr(line, '\0', n) && split(arena_strndup(a, line, n), field) &&
		    num_id(field[2], &id) && id == uid && field[5][0] == '/')
			return field[5];
		line += n + 1;
	}
	return NULL;
}

static const char *home_find(uint32_t uid, struct arena *a)
{
	/* O_NONBLOCK: a FIFO in its place must not stop us. No magic link: it could lead to another process'
	 * root. */
	own_fd root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	own_fd fd =
		root < 0 ? -errno : beneath_open(root, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, NULL);
	struct stat st;
	size_t len;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	if (file_read_fd(fd, "/etc/passwd", PASSWD_MAX, a, &text, &len, NULL) < 0)
		return NULL;
	return home_parse(text, len, uid, a);
}

char **home_env(const struct plan_process *p, struct arena *a)
{
	char **env = arena_array(a, p->env.n + 2, sizeof(*env));

	for (size_t i = 0; i < p->env.n; i++)
		env[i] = p->env.v[i];
	if (p->add_home) {
		const char *home = home_find(p->uid, a);
		env[p->env.n] = arena_printf(a, "HOME=%s", home ? home : "/");
	}
	return env;
}
