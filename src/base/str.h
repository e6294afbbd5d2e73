/* Small string questions, and a growing text buffer. */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* The rest of s after prefix, or NULL. */
static inline const char *str_after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

static inline bool str_empty(const char *s)
{
	return !s || !*s;
}

/* A text that grows in an arena; `text` is always NUL-terminated once anything was added. */
struct strbuf {
	struct arena *arena;
	char *text;
	size_t len, cap;
};

#define STRBUF(a) ((struct strbuf){ .arena = (a) })

void strbuf_add(struct strbuf *b, const char *s, size_t n);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_printf(struct strbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* s as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void strbuf_json(struct strbuf *b, const char *s);
