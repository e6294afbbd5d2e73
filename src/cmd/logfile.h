/* Where log lines go: a file, the journal or syslog. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

#include <stdbool.h>
#include <time.h>

enum logfile_kind { LOGFILE_NONE, LOGFILE_PATH, LOGFILE_JOURNALD, LOGFILE_SYSLOG };

struct logfile {
	enum logfile_kind kind;
	int fd;            /* LOGFILE_PATH */
	const char *ident; /* LOGFILE_JOURNALD and _SYSLOG: who speaks */
	bool json;
};

/* `where`: "PATH", "file:PATH", "journald:ID", "syslog:ID". The file is made 0644 and appended to. */
int logfile_open(struct logfile *l, const char *where, bool json, struct err *e);
void logfile_close(struct logfile *l);

/* `code`: class of the error, NULL if it is none. One line with one write, so that lines of several writers
 * do not mix. A failure is not reported: there is nobody left to tell. */
void logfile_write(const struct logfile *l, enum log_level level, const char *text, const char *code);

/* The line itself, newline included: {"level":"error","msg":"...","time":"RFC 3339","code":"..."} or logrus'
 * text form, which has no code. */
void logfile_format(bool json, enum log_level level, const char *text, const char *code,
		    const struct timespec *now, struct strbuf *out);
