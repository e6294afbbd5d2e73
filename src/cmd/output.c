/* Standard output and standard error as plain descriptors. */
#include "cmd/output.h"

#include "base/file.h"

#include <signal.h>

int output_write(int fd, const char *text, size_t len, struct err *e)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;

	/* only here, because an ignored SIGPIPE would be inherited by the container's process */
	(void)sigaction(SIGPIPE, &ignore, &old);
	int r = file_write_fd(fd, fd == 2 ? "standard error" : "standard output", text, len, e);
	(void)sigaction(SIGPIPE, &old, NULL);
	return r;
}
