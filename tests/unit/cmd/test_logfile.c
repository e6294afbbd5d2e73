/* The shape of log lines, which callers parse. */
#include "cmd/logfile.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *arena;

static void setup(void)
{
	arena = arena_new();
}

static void teardown(void)
{
	arena_free(arena);
}

TestSuite(logfile, .init = setup, .fini = teardown);

static const struct timespec moment = { .tv_sec = 1700000000, .tv_nsec = 1234567 };

Test(logfile, json_line)
{
	struct strbuf out = STRBUF(arena);

	logfile_format(true, LOG_ERROR_, "exec \"x\": a\tb", NULL, &moment, &out);
	cr_assert_str_eq(out.text, "{\"level\":\"error\",\"msg\":\"exec \\\"x\\\": a\\tb\","
				   "\"time\":\"2023-11-14T22:13:20.001234567Z\"}\n");
}

Test(logfile, json_line_with_class)
{
	struct strbuf out = STRBUF(arena);

	logfile_format(true, LOG_ERROR_, "x", "not-found", &moment, &out);
	cr_assert_str_eq(out.text, "{\"level\":\"error\",\"msg\":\"x\","
				   "\"time\":\"2023-11-14T22:13:20.001234567Z\",\"code\":\"not-found\"}\n");
}

Test(logfile, text_line)
{
	struct strbuf out = STRBUF(arena);

	logfile_format(false, LOG_WARN, "left out", NULL, &moment, &out);
	cr_assert_str_eq(out.text,
			 "time=\"2023-11-14T22:13:20.001234567Z\" level=warning msg=\"left out\"\n");
}

Test(logfile, appends_and_keeps_what_was_there)
{
	char path[] = "/tmp/husk-logfile-XXXXXX";
	char text[512] = "";
	struct logfile l = { 0 };
	int fd = mkstemp(path);

	cr_assert_eq(write(fd, "old\n", 4), 4);
	cr_assert_eq(logfile_open(&l, arena_printf(arena, "file:%s", path), true, NULL), 0);
	cr_assert(fcntl(l.fd, F_GETFD) & FD_CLOEXEC);
	logfile_write(&l, LOG_ERROR_, "one", NULL);
	logfile_write(&l, LOG_ERROR_, "two", NULL);
	logfile_close(&l);
	cr_assert_gt(pread(fd, text, sizeof text - 1, 0), 0);
	cr_assert_eq(strncmp(text, "old\n{\"level\":\"error\",\"msg\":\"one\"", 32), 0, "%s", text);
	cr_assert_not_null(strstr(text, "\n{\"level\":\"error\",\"msg\":\"two\""));
	unlink(path);
	close(fd);
}

Test(logfile, kinds)
{
	struct logfile l = { 0 };
	struct err e = ERR_INIT;

	cr_assert_eq(logfile_open(&l, "journald:web1", true, &e), 0);
	cr_assert_eq(l.kind, LOGFILE_JOURNALD);
	cr_assert_str_eq(l.ident, "web1");
	cr_assert_eq(logfile_open(&l, "syslog:web2", true, &e), 0);
	cr_assert_eq(l.kind, LOGFILE_SYSLOG);
	cr_assert_eq(logfile_open(&l, "/nonexistent/log", true, &e), -ENOENT);
	cr_assert_str_eq(e.text, "open log file /nonexistent/log: No such file or directory");
}
