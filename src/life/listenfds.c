/* Descriptors that the caller passes on. */
#include "life/listenfds.h"

#include "base/num.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

enum { LIMIT = 1024 };

int listen_fds(uint32_t preserve, unsigned *ret, struct err *e)
{
	uint32_t listen = 0;
	const char *text = getenv("LISTEN_FDS");

	if (!str_empty(text) && (!num_u32(text, &listen) || listen > LIMIT))
		return err_say(e, EINVAL, "LISTEN_FDS=%.32s is not a number of descriptors", text);
	if (preserve > LIMIT)
		return err_say(e, EINVAL, "cannot preserve %u descriptors, the most is %d", preserve, LIMIT);
	for (unsigned i = 0; i < listen + preserve; i++)
		if (fcntl(3 + (int)i, F_SETFD, 0) < 0)
			return err_set(e, errno, "preserve descriptor %u", 3 + i);
	*ret = listen + preserve;
	return 0;
}
