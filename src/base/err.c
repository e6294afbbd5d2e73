/* Building and prefixing error values. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void store(struct err *e, int code, const char *text)
{
	size_t n = strnlen(text, sizeof e->text - 1);

	memcpy(e->text, text, n);
	e->text[n] = '\0';
	e->len = (uint16_t)n;
	e->code = code;
}

int err_set(struct err *e, int code, const char *format, ...)
{
	char text[sizeof e->text];
	va_list ap;

	if (code <= 0)
		code = EIO;
	if (!e)
		return -code;
	va_start(ap, format);
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof text)
		snprintf(text + n, sizeof text - (size_t)n, ": %s", strerror(code));
	store(e, code, text);
	return -code;
}

int err_say(struct err *e, int code, const char *format, ...)
{
	char text[sizeof e->text];
	va_list ap;

	if (code <= 0)
		code = EINVAL;
	if (!e)
		return -code;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	store(e, code, text);
	return -code;
}

int err_in(struct err *e, int r, const char *format, ...)
{
	char text[sizeof e->text];
	va_list ap;

	if (r >= 0 || !e)
		return r;
	va_start(ap, format);
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n + 2 + e->len >= sizeof text)
		return r;
	memcpy(text + n, ": ", 2);
	memcpy(text + n + 2, e->text, e->len);
	text[(size_t)n + 2 + e->len] = '\0';
	store(e, e->code, text);
	return r;
}
