/* Write JSON members one after the other; the only state is whether a comma is due. */
#include "json.h"

#include <stdio.h>

static bool comma;

static void put_text(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 ||
			 c >= 0x7f) /* bytes above ASCII come out as latin-1: good enough for facts */
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void put_key(const char *key)
{
	if (comma)
		putchar(',');
	comma = true;
	if (!key)
		return;
	put_text(key);
	putchar(':');
}

void json_open(const char *key, char bracket)
{
	put_key(key);
	putchar(bracket);
	comma = false;
}

void json_close(char bracket)
{
	putchar(bracket);
	comma = true;
}

void json_str(const char *key, const char *value)
{
	put_key(key);
	if (value)
		put_text(value);
	else
		printf("null");
}

void json_uint(const char *key, unsigned long long value)
{
	put_key(key);
	printf("%llu", value);
}

void json_int(const char *key, long long value)
{
	put_key(key);
	printf("%lld", value);
}

void json_bool(const char *key, bool value)
{
	put_key(key);
	printf(value ? "true" : "false");
}
