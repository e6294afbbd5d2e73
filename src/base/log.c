/* Formatting of log lines. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static __attribute__((format(printf, 3, 0))) void emit(const struct log *log, enum log_level level,
						       const char *format, va_list ap)
{
	char text[1024];

	if (!log || !log->sink || level > log->level)
		return;
	if (vsnprintf(text, sizeof text, format, ap) >= 0)
		log->sink(log->arg, level, text);
}

void log_warn(const struct log *log, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	emit(log, LOG_WARN, format, ap);
	va_end(ap);
}

void log_debug(const struct log *log, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	emit(log, LOG_DEBUG, format, ap);
	va_end(ap);
}
