/* Log lines in the form that callers of runc read. */
#include "cmd/logfile.h"

#include "base/stamp.h"
#include "base/own.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char *const level_words[] = {
	[LOG_ERROR_] = "error",
	[LOG_WARN] = "warning",
	[LOG_DEBUG] = "debug",
};

/* syslog(3): error, warning, debug */
static const int priorities[] = { [LOG_ERROR_] = 3, [LOG_WARN] = 4, [LOG_DEBUG] = 7 };

#define SYSLOG_USER (1 << 3) /* facility "user" */

int logfile_open(struct logfile *l, const char *where, bool json, struct err *e)
{
	const char *path = str_after(where, "file:"), *ident;

	if ((ident = str_after(where, "journald:")))
		*l = (struct logfile){ .kind = LOGFILE_JOURNALD, .fd = FD_NONE, .ident = ident };
	else if ((ident = str_after(where, "syslog:")))
		*l = (struct logfile){ .kind = LOGFILE_SYSLOG, .fd = FD_NONE, .ident = ident };
	if (ident)
		return 0;
	if (!path)
		path = where;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	if (fd < 0)
		return err_set(e, errno, "open log file %s", path);
	*l = (struct logfile){ .kind = LOGFILE_PATH, .fd = fd, .json = json };
	return 0;
}

void logfile_close(struct logfile *l)
{
	if (l->kind == LOGFILE_PATH)
		own_fd_done(&l->fd);
	l->kind = LOGFILE_NONE;
}

void logfile_format(bool json, enum log_level level, const char *text, const char *code,
		    const struct timespec *now, struct strbuf *out)
{
	const struct stamp time = stamp_utc(now);

	if (json) {
		strbuf_printf(out, "{\"level\":\"%s\",\"msg\":", level_words[level]);
		strbuf_json(out, text);
		strbuf_printf(out, ",\"time\":\"%s\"", time.text);
		if (code)
			strbuf_printf(out, ",\"code\":\"%s\"", code);
		strbuf_puts(out, "}\n");
	} else {
		strbuf_printf(out, "time=\"%s\" level=%s msg=", time.text, level_words[level]);
		strbuf_json(out, text);
		strbuf_puts(out, "\n");
	}
}

static void send_datagram(const char *path, const struct strbuf *message)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	own_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	memcpy(to.sun_path, path, strlen(path) + 1);
	(void)sendto(fd, message->text, message->len, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
		     sizeof to);
}

void logfile_write(const struct logfile *l, enum log_level level, const char *text, const char *code)
{
	own_arena a = arena_new();
	struct strbuf out = STRBUF(a);
	struct timespec now;

	switch (l->kind) {
	case LOGFILE_NONE:
		break;
	case LOGFILE_PATH:
		(void)clock_gettime(CLOCK_REALTIME, &now);
		logfile_format(l->json, level, text, code, &now, &out);
		(void)!write(l->fd, out.text, out.len);
		break;
	case LOGFILE_JOURNALD:
		/* systemd.io/JOURNAL_NATIVE_PROTOCOL: one NAME=value a line; the text has no newline */
		strbuf_printf(&out, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nMESSAGE=%s\n", priorities[level],
			      l->ident, text);
		send_datagram("/run/systemd/journal/socket", &out);
		break;
	case LOGFILE_SYSLOG:
		strbuf_printf(&out, "<%d>%s: %s", SYSLOG_USER | priorities[level], l->ident, text);
		send_datagram("/dev/log", &out);
		break;
	}
}
