/* Whole files: limits, short files, atomic replacement. */
#include "base/file.h"

#include "base/own.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* A directory of its own for each test; criterion runs every test in a process of its own. */
static int dir = FD_NONE;
static char dir_path[] = "/tmp/husk-unit-XXXXXX";

static void setup(void)
{
	cr_assert_not_null(mkdtemp(dir_path));
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(dir, 0);
}

static void teardown(void)
{
	static const char *const names[] = { "f", "f.tmp", "empty" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		(void)unlinkat(dir, names[i], 0);
	(void)close(dir);
	cr_expect_eq(rmdir(dir_path), 0);
}

TestSuite(file, .init = setup, .fini = teardown);

static void put(const char *name, const char *text)
{
	struct err e = ERR_INIT;

	cr_assert_eq(file_write_atomic(dir, name, text, strlen(text), 0644, &e), 0, "%s", e.text);
}

Test(file, write_and_read_back)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	struct stat st;
	char *text;
	size_t len;

	put("f", "old");
	put("f", "hello");
	cr_assert_eq(file_read(dir, "f", 100, a, &text, &len, &e), 0, "%s", e.text);
	cr_expect_str_eq(text, "hello");
	cr_expect_eq(len, 5);
	cr_expect_eq(fstatat(dir, "f.tmp", &st, 0), -1);
	put("empty", "");
	cr_assert_eq(file_read(dir, "empty", 100, a, &text, NULL, &e), 0, "%s", e.text);
	cr_expect_str_eq(text, "");
}

Test(file, limit_is_exact)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	char *text = NULL;

	put("f", "12345");
	cr_expect_eq(file_read(dir, "f", 5, a, &text, NULL, &e), 0);
	text = NULL;
	cr_expect_eq(file_read(dir, "f", 4, a, &text, NULL, &e), -EFBIG);
	cr_expect_str_eq(e.text, "read f: larger than 4 bytes");
	cr_expect_null(text);
}

Test(file, reads_what_has_no_size)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	own_fd zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t len;

	cr_assert_eq(file_read(AT_FDCWD, "/proc/self/mountinfo", 1 << 24, a, &text, &len, &e), 0, "%s",
		     e.text);
	cr_expect_eq(len, strlen(text));
	cr_expect_eq(file_read_fd(zero, "zero", 100000, a, &text, &len, &e), -EFBIG);
}

Test(file, errors_name_the_file)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	char *text = NULL;

	cr_expect_eq(file_read(dir, "none", 100, a, &text, NULL, &e), -ENOENT);
	cr_expect_str_eq(e.text, "open none: No such file or directory");
	cr_expect_eq(file_read(dir, ".", 100, a, &text, NULL, &e), -EISDIR);
	cr_expect_str_eq(e.text, "read .: Is a directory");
	cr_expect_eq(file_write_once(dir, "none", "x", &e), -ENOENT);
	cr_expect_str_eq(e.text, "open none: No such file or directory");
	cr_expect_eq(file_write_atomic(dir, "no/f", "x", 1, 0644, &e), -ENOENT);
	cr_expect_str_eq(e.text, "create no/f.tmp: No such file or directory");
}

Test(file, write_once_overwrites_in_place)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	char *text;

	put("f", "12345");
	cr_expect_eq(file_write_once(dir, "f", "ab", &e), 0);
	cr_assert_eq(file_read(dir, "f", 100, a, &text, NULL, &e), 0);
	cr_expect_str_eq(text, "ab345");
}

Test(file, a_stale_temporary_file_is_replaced)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	char *text;

	cr_assert_eq(symlinkat("/nonexistent/target", dir, "f.tmp"), 0);
	put("f", "x");
	cr_assert_eq(file_read(dir, "f", 100, a, &text, NULL, &e), 0);
	cr_expect_str_eq(text, "x");
}
