/* husk spec */
#include "cmd/cmd.h"

#include "base/file.h"
#include "base/own.h"

#include <fcntl.h>
#include <sys/stat.h>

struct spec_options {
	const char *bundle;
	bool rootless;
};

static const struct option options[] = {
	OPTION(struct spec_options, bundle, OPTION_STRING, 'b', "bundle", "DIR",
	       "where to write config.json (default: the current directory)"),
	OPTION(struct spec_options, rootless, OPTION_FLAG, 0, "rootless", NULL,
	       "for a container without root"),
	{ 0 },
};

static int run(struct call *c, struct err *e)
{
	const struct spec_options *o = c->options;
	const char *bundle = o->bundle ? o->bundle : ".";
	own_fd dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_set(e, errno, "open %s", bundle);
	own_fd fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST)
		return err_say(e, EEXIST, "file config.json exists. Remove it first");
	if (fd < 0)
		return err_set(e, errno, "create %s/config.json", bundle);
	const char *text = husk_spec(o->rootless, geteuid(), getegid(), c->arena);
	return file_write_fd(fd, "config.json", text, strlen(text), e);
}

const struct cmd cmd_spec = {
	.name = "spec",
	.summary = "write an example config.json",
	.usage = "",
	.options = options,
	.options_size = sizeof(struct spec_options),
	.run = run,
	.failure = 1,
};
