/* Paths against a fixed tree full of links: the walk and openat2 agree on the file or the errno, and stay
 * inside. */
#include "../../src/sys/beneath.c" /* for the two ways, which are static */

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One byte of input is one of these, or stands for itself. */
static const char *const words[] = { "/",    "//",     "..",       ".",      "../", "d/",  "e",
				     "file", "abs",    "rel",      "loop",   "up/", "top", "chain",
				     "host", "tofile", "dangling", "slash/", "none" };

static const char *const links[][2] = {
	{ "/d/e", "abs" },
	{ "d/../d", "rel" },
	{ "loop", "loop" },
	{ "..", "up" },
	{ "/", "top" },
	{ "/abs/../rel/", "chain" },
	{ "/../../../etc", "host" },
	{ "d/file", "tofile" },
	{ "d/none", "dangling" },
	{ "d/", "slash" },
	{ "../../abs", "d/up" },
	{ "/top/d/e/..", "d/e/chain" },
};

static int make_tree(char *base)
{
	if (!mkdtemp(base))
		abort();
	int fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(fd, "d", 0755) < 0 || mkdirat(fd, "d/e", 0755) < 0 ||
	    mknodat(fd, "d/file", S_IFREG | 0644, 0) < 0)
		abort();
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlinkat(links[i][0], fd, links[i][1]) < 0)
			abort();
	return fd;
}

static void check_inside(int fd, const char *base)
{
	char link[64], path[PATH_MAX];
	size_t len = strlen(base);

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	if (n < (ssize_t)len || memcmp(path, base, len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char base[] = P_tmpdir "/husk-fuzz-XXXXXX";
	static int root = FD_NONE;
	static const int modes[] = { O_PATH, O_PATH | O_NOFOLLOW, O_PATH | O_DIRECTORY, O_RDONLY,
				     O_RDONLY | O_NOFOLLOW };
	char path[1024] = "";
	size_t len = 0;

	if (root < 0)
		root = make_tree(base);
	if (size == 0)
		return 0;
	int flags = modes[data[0] % (sizeof modes / sizeof *modes)];
	for (size_t i = 1; i < size && len < sizeof path - 16; i++) {
		size_t word = data[i] % 32u;

		if (word < sizeof words / sizeof *words)
			len += (size_t)snprintf(path + len, sizeof path - len, "%s", words[word]);
		else if (data[i])
			path[len++] = (char)data[i];
		path[len] = '\0';
	}
	own_fd by_kernel = FD_NONE;
	int a = -EAGAIN;
	for (int i = 0; i < MAX_TRIES && a == -EAGAIN; i++)
		a = try_openat2(root, path, flags);
	/* a walk that the kernel began again counts its links twice and may say ELOOP too early */
	for (int i = 0; i < MAX_TRIES && a == -ELOOP; i++)
		a = try_openat2(root, path, flags);
	by_kernel = a;
	own_fd by_walk = walk(root, path, &(struct want){ .flags = flags });
	struct stat x, y;
	if (by_kernel < 0 || by_walk < 0) {
		if (by_kernel != by_walk && a != -EAGAIN) {
			fprintf(stderr, "'%s' %o: openat2 %d, walk %d\n", path, (unsigned)flags, a, by_walk);
			abort();
		}
		return 0;
	}
	check_inside(by_walk, base);
	if (fstat(by_kernel, &x) < 0 || fstat(by_walk, &y) < 0 || x.st_ino != y.st_ino ||
	    x.st_dev != y.st_dev) {
		fprintf(stderr, "'%s' %o: openat2 and walk found different files\n", path, (unsigned)flags);
		abort();
	}
	return 0;
}
