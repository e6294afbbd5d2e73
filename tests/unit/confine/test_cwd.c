/* The working directory: made, entered, and never outside of the root. */
#include "confine/cwd.h"

#include "child.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void made(void *arg)
{
	(void)arg;
	char dir[] = "/var/tmp/husk-cwd-XXXXXX", path[64], now[128];
	struct err e = ERR_INIT;
	struct stat st;

	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a/b", dir);
	umask(022);
	CHECK(cwd_enter(path, true, &e) == 0 && cwd_verify(path, &e) == 0);
	CHECK(getcwd(now, sizeof(now)) && strcmp(now, path) == 0);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0755);
	CHECK(rmdir(path) == 0);
	CHECK(cwd_verify(path, &e) == -ENOENT); /* deleted below us: no place */
	CHECK(chdir(dir) == 0 && rmdir("a") == 0 && rmdir(dir) == 0);
	CHECK(cwd_enter("/etc/passwd", true, &e) == -ENOTDIR);
	CHECK(strcmp(e.text, "chdir to cwd \"/etc/passwd\": Not a directory") == 0);
}

Test(cwd, is_made_and_entered)
{
	OK_IN_CHILD(made, NULL);
}

/* CVE-2024-21626 */
static void leaked(void *arg)
{
	(void)arg;
	struct err e = ERR_INIT;
	char path[32];
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	CHECK(chroot("/usr") == 0);
	CHECK(fchdir(fd) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(cwd_verify(path, &e) == -EPERM);
	CHECK(strstr(e.text, "is outside of the container's root"));
	CHECK(cwd_enter("/bin", true, &e) == 0 && cwd_verify("/bin", &e) == 0);
}

Test(cwd, outside_of_the_root_is_refused)
{
	if (is_root())
		OK_IN_CHILD(leaked, NULL);
}
