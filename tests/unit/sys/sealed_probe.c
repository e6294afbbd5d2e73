/* A program that protects itself as husk does, then says on stdout what it sees. Run by test_sealed.c. */
#include "base/own.h"
#include "base/str.h"
#include "sys/sealed.h"

#include <fcntl.h>
#include <limits.h>

static void say_link(const char *path)
{
	char text[PATH_MAX];
	ssize_t n = readlink(path, text, sizeof text - 1);

	text[n < 0 ? 0 : n] = '\0';
	printf("%s\n", text);
}

static void say_fds(void)
{
	own_dir dir = opendir("/proc/self/fd");

	printf("fds");
	for (const struct dirent *d; (d = readdir(dir));)
		if (d->d_name[0] != '.' && atoi(d->d_name) != dirfd(dir))
			printf(" %s", d->d_name);
	printf("\n");
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	char comm[32] = "";
	int r = sealed_ensure(argv, &e);

	printf("ensure %d %s\n", r, e.text);
	printf("argv");
	for (int i = 0; i < argc; i++)
		printf(" [%s]", argv[i]);
	printf("\nenv %s\nexe ", getenv("SEALED_PROBE"));
	say_link("/proc/self/exe");
	own_fd file = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
	if (read(file, comm, sizeof comm - 1) > 0)
		printf("comm %s", comm);
	(void)close(TAKE_FD(file));
	say_fds();
	own_fd writable = open("/proc/self/exe", O_RDWR | O_CLOEXEC);
	printf("running %s\n", writable < 0 ? strerror(errno) : "WRITABLE");
	(void)fflush(stdout);
	if (r < 0)
		return 1;
	/* The attack of CVE-2019-5736: keep a descriptor of the program, wait until it no longer runs,
	 * reopen. */
	int kept = open("/proc/self/exe", O_RDONLY); /* inherited on purpose */
	char script[64];
	(void)snprintf(script, sizeof script, "printf x >>/proc/self/fd/%d && echo OVERWRITTEN", kept);
	(void)execl("/bin/sh", "sh", "-c", script, (char *)NULL);
	return 1;
}
