/* The words that callers of a runtime match. */
#include "confine/confine.h"

#include "child.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static char dir[] = "husk-program-XXXXXX";
static struct arena *a;

static void setup(void)
{

	a = arena_new();
	cr_assert(chdir("/var/tmp") == 0 && mkdtemp(dir) && chdir(dir) == 0 && mkdir("bin", 0755) == 0 &&
		  mkdir("other", 0755) == 0 && mkdir("bin/folder", 0755) == 0);
	close(open("bin/prog", O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
	close(open("bin/plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	close(open("other/plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
}

static void teardown(void)
{
	const char *const files[] = { "bin/prog", "bin/plain", "other/plain" };
	for (size_t i = 0; i < 3; i++)
		unlink(files[i]);
	rmdir("bin/folder");
	rmdir("bin");
	rmdir("other");
	(void)!chdir("..");
	rmdir(dir);
	arena_free(a);
}

static const char *find(const char *name, const char *path)
{
	static struct err e;
	char *args[] = { arena_strdup(a, name), NULL },
	     *env[] = { arena_strdup(a, path ? path : "A=b"), NULL };
	struct plan_process p = { .args = { args, 1 }, .env = { env, 1 } };
	const char *ret = NULL;

	e = ERR_INIT;
	return program_find(&p, a, &ret, &e) < 0 ? e.text : ret;
}

TestSuite(program, .init = setup, .fini = teardown);

Test(program, found)
{
	cr_assert_str_eq(find("prog", "PATH=nowhere:bin"), "bin/prog");
	cr_assert_str_eq(find("plain", "PATH=bin:other"), "other/plain");
	cr_assert_str_eq(find("bin/prog", "PATH=nowhere"), "bin/prog");
	cr_assert_str_eq(find("sh", NULL), "/bin/sh");
	cr_assert(chdir("bin") == 0);
	cr_assert_str_eq(find("prog", "PATH=/nowhere:"), "./prog");
	cr_assert_str_eq(find("prog", "PATH="), "./prog");
	cr_assert(chdir("..") == 0);
}

Test(program, texts)
{
	cr_assert_str_eq(find("nope", "PATH=bin"),
			 "exec: \"nope\": executable file not found in $PATH: no such file or directory");
	cr_assert_str_eq(find("", "PATH=bin"),
			 "exec: \"\": executable file not found in $PATH: no such file or directory");
	cr_assert_str_eq(find("folder", "PATH=bin"),
			 "exec: \"folder\": executable file not found in $PATH: no such file or directory");
	cr_assert_str_eq(find("plain", "PATH=bin"), "exec: \"plain\": permission denied");
	cr_assert_str_eq(find("/nope", "PATH=bin"), "exec: \"/nope\": stat /nope: no such file or directory");
	cr_assert_str_eq(find("bin/prog/x", ""), "exec: \"bin/prog/x\": stat bin/prog/x: not a directory");
	cr_assert_str_eq(find("/etc", "PATH=bin"), "exec: \"/etc\": is a directory");
	cr_assert_str_eq(find("bin/plain", "PATH=bin"), "exec: \"bin/plain\": permission denied");
	cr_assert_str_eq(find("/dev/null", ""), "exec: \"/dev/null\": permission denied");
}

Test(program, no_args)
{
	struct plan_process p = { 0 };
	struct err e = ERR_INIT;
	const char *ret = "untouched";

	cr_assert_eq(program_find(&p, a, &ret, &e), -EINVAL);
	cr_assert_str_eq(ret, "untouched");
	cr_assert_str_eq(e.text, "exec: process.args is empty");
}
