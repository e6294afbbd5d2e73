/* Descriptors that the caller passes on. */
#include "life/listenfds.h"

#include "base/num.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT = 1024 };

int listen_fds(uint32_t preserve, struct listen *ret, struct err *e)
{
	uint32_t listen = 0;
	const char *text = getenv("LISTEN_FDS");

	if (!str_empty(text) && (!num_u32(text, &listen) || listen > LIMIT))
		return err_say(e, EINVAL, "LISTEN_FDS=%.32s is not a number of descriptors", text);
	if (preserve > LIMIT)
		return err_say(e, EINVAL, "cannot preserve %u descriptors, the most is %d", preserve, LIMIT);
	for (unsigned i = 0; i < listen + preserve; i++) {
		int flags = fcntl(3 + (int)i, F_GETFD);

		/* what came through our execve() is not CLOEXEC; the rest is ours, and would lead out of the
		 * container (CVE-2024-21626) */
		if (flags < 0 || (flags & FD_CLOEXEC))
			return err_set(e, EBADF, "preserve descriptor %u", 3 + i);
	}
	*ret = (struct listen){ .sockets = listen, .total = listen + preserve };
	return 0;
}

char **listen_env(const struct listen *l, char **env, struct arena *a)
{
	size_t n = 0;

	if (!l->sockets)
		return env;
	while (env && env[n])
		n++;
	char **v = arena_array(a, n + 3, sizeof *v);
	if (n)
		memcpy(v, env, n * sizeof *v);
	v[n++] = arena_printf(a, "LISTEN_FDS=%u", l->sockets);
	v[n] = arena_printf(a, "LISTEN_PID=%d", getpid());
	return v;
}
