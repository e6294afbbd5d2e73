/* The list of things that husk leaves out although it goes on. */
#include "plan/parts.h"

#include <stdarg.h>
#include <stdio.h>

void plan_warn(struct plan_warnings *w, struct arena *a, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	for (char *p = text; *p; p++) /* a warning quotes the config, and stays one line */
		if (*p < ' ' && *p > 0)
			*p = '?';
	w->v = arena_grow(a, w->v, &w->cap, w->n + 1, sizeof *w->v);
	w->v[w->n++] = arena_strdup(a, text);
}
