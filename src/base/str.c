/* The growing text buffer. */
#include "base/str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

static void reserve(struct strbuf *b, size_t more)
{
	b->text = arena_grow(b->arena, b->text, &b->cap, b->len + more + 1, 1);
}

void strbuf_add(struct strbuf *b, const char *s, size_t n)
{
	reserve(b, n);
	memcpy(b->text + b->len, s, n);
	b->len += n;
	b->text[b->len] = '\0';
}

void strbuf_puts(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_printf(struct strbuf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	reserve(b, (size_t)n);
	va_start(ap, format);
	vsnprintf(b->text + b->len, (size_t)n + 1, format, ap);
	va_end(ap);
	b->len += (size_t)n;
}

/* Length of the well-formed UTF-8 sequence at s, 0 if there is none (RFC 3629, section 4). */
static size_t utf8_len(const unsigned char *s)
{
	size_t n = s[0] < 0x80   ? 1
		   : s[0] < 0xc2 ? 0
		   : s[0] < 0xe0 ? 2
		   : s[0] < 0xf0 ? 3
		   : s[0] < 0xf5 ? 4
				 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)))
		return 0;
	if (n == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)))
		return 0;
	return n;
}

/* How many bytes at p stand for themselves in a JSON string. */
static size_t plain_length(const unsigned char *p)
{
	size_t n = 0;

	while (p[n] >= 0x20 && p[n] < 0x7f && p[n] != '"' && p[n] != '\\')
		n++;
	return n;
}

void strbuf_json(struct strbuf *b, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	strbuf_add(b, "\"", 1);
	while (*p) {
		size_t n = plain_length(p);

		if (n > 0) {
			strbuf_add(b, (const char *)p, n);
			p += n;
			continue;
		}
		n = utf8_len(p);
		if (n == 0)
			strbuf_puts(b, "\\ufffd");
		else if (*p == '"' || *p == '\\')
			strbuf_printf(b, "\\%c", *p);
		else if (*p == '\n')
			strbuf_puts(b, "\\n");
		else if (*p == '\t')
			strbuf_puts(b, "\\t");
		else if (*p < 0x20 || *p == 0x7f)
			strbuf_printf(b, "\\u%04x", *p);
		else
			strbuf_add(b, (const char *)p, n);
		p += n ? n : 1;
	}
	strbuf_add(b, "\"", 1);
}
