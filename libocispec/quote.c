/* Quoting of hostile strings: no control character reaches a terminal or a log line. */
#include "quote.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 64 };

/* Each of the 64 bytes needs 4 at most, then "...", two quotes and the NUL. */
_Static_assert(sizeof(struct quoted) >= SHOWN * 4 + 3 + 2 + 1, "room for the worst string");

struct quoted oci_quote(const char *s, size_t len)
{
	struct quoted q;
	char *p = q.text;

	*p++ = '\'';
	for (size_t i = 0; i < len && i < SHOWN; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\'' || c == '\\' || c < 0x20 || c > 0x7e)
			p += snprintf(p, 5, "\\x%02x", c);
		else
			*p++ = (char)c;
	}
	memcpy(p, len > SHOWN ? "...'" : "'", len > SHOWN ? 5 : 2);
	return q;
}
