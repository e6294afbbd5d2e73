/* The only file that knows yajl: its callbacks become the events of json.h. */
#include "json.h"

#include "base/own.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <yajl/yajl_parse.h>

struct reader {
	const struct json_handler *handler;
	void *arg;
	int result;
};

static int go_on(struct reader *r, int result)
{
	r->result = result;
	return result >= 0;
}

static int on_null(void *p)
{
	struct reader *r = p;

	return go_on(r, r->handler->value(r->arg, JSON_NULL, "null", 4));
}

static int on_boolean(void *p, int value)
{
	struct reader *r = p;
	const char *word = value ? "true" : "false";

	return go_on(r, r->handler->value(r->arg, JSON_BOOLEAN, word, strlen(word)));
}

/* yajl's integer callback stops at INT64_MAX; this one gives the digits, whatever their size. */
static int on_number(void *p, const char *text, size_t len)
{
	struct reader *r = p;

	return go_on(r, r->handler->value(r->arg, JSON_NUMBER, text, len));
}

static int on_string(void *p, const unsigned char *text, size_t len)
{
	struct reader *r = p;

	return go_on(r, r->handler->value(r->arg, JSON_STRING, (const char *)text, len));
}

static int on_key(void *p, const unsigned char *text, size_t len)
{
	struct reader *r = p;

	return go_on(r, r->handler->key(r->arg, (const char *)text, len));
}

static int on_object(void *p)
{
	struct reader *r = p;

	return go_on(r, r->handler->open(r->arg, JSON_OBJECT));
}

static int on_array(void *p)
{
	struct reader *r = p;

	return go_on(r, r->handler->open(r->arg, JSON_ARRAY));
}

static int on_close(void *p)
{
	struct reader *r = p;

	return go_on(r, r->handler->close(r->arg));
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close,
	.yajl_start_array = on_array,
	.yajl_end_array = on_close,
};

static int syntax(const char *text, size_t offset, const char *what, struct err *e)
{
	size_t line = 1, start = 0, n = strcspn(what, "\n");

	for (size_t i = 0; i < offset; i++)
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	if (n > 0 && what[n - 1] == '.')
		n--;
	return err_say(e, EINVAL, "invalid JSON at line %zu, column %zu: %.*s", line, offset - start + 1,
		       (int)n, what);
}

/* Length of the well-formed UTF-8 sequence at s, 0 if there is none (RFC 3629, section 4). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	unsigned char lead = s[0], low = 0x80, high = 0xbf;
	size_t n = lead < 0x80   ? 1
		   : lead < 0xc2 ? 0
		   : lead < 0xe0 ? 2
		   : lead < 0xf0 ? 3
		   : lead < 0xf5 ? 4
				 : 0;

	if (n < 2 || n > left)
		return n > left ? 0 : n;
	if (lead == 0xe0)
		low = 0xa0; /* overlong */
	if (lead == 0xed)
		high = 0x9f; /* surrogates */
	if (lead == 0xf0)
		low = 0x90; /* overlong */
	if (lead == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* The code unit of an escape \uXXXX at s, or -1. */
static int escaped_unit(const char *s, size_t left)
{
	int unit = 0;

	if (left < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int c = s[i] | 0x20;

		if (c >= '0' && c <= '9')
			unit = unit * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			unit = unit * 16 + (c - 'a' + 10);
		else
			return -1;
	}
	return unit;
}

/* Length of the escape at s, 0 for half a surrogate pair. Bad escapes pass: they are yajl's to refuse. */
static size_t escape_length(const char *s, size_t left)
{
	int unit = escaped_unit(s, left);

	if (unit < 0)
		return left < 2 ? left : 2;
	if (unit < 0xd800 || unit > 0xdfff)
		return 6;
	int second = unit < 0xdc00 ? escaped_unit(s + 6, left - 6) : -1;
	return second >= 0xdc00 && second <= 0xdfff ? 12 : 0;
}

/* Eight bytes of ASCII without a backslash: most of any text. */
static bool is_plain(const char *s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones * 0x80;
	uint64_t word, escapes;

	memcpy(&word, s, sizeof word);
	escapes = word ^ (ones * '\\');
	return ((word | ((escapes - ones) & ~escapes)) & highs) == 0;
}

/*
 * What yajl lets through and we do not: overlong UTF-8, surrogates, and escapes of half a surrogate pair,
 * which it replaces with '?'. Seen before it parses, so its own check is switched off.
 */
static int check_text(const char *text, size_t len, struct err *e)
{
	size_t i = 0;

	while (i < len) {
		size_t n;

		if (len - i >= 8 && is_plain(text + i)) {
			i += 8;
			continue;
		}
		if (text[i] == '\\') {
			n = escape_length(text + i, len - i);
			if (n == 0)
				return syntax(text, i, "half of a surrogate pair", e);
		} else {
			n = utf8_length((const unsigned char *)text + i, len - i);
			if (n == 0)
				return syntax(text, i, "not UTF-8", e);
		}
		i += n;
	}
	return 0;
}

static void handle_done(yajl_handle *handle)
{
	if (*handle)
		yajl_free(*handle);
}

static int yajl_problem(yajl_handle handle, const char *text, size_t len, size_t offset, struct err *e)
{
	unsigned char *message = yajl_get_error(handle, 0, (const unsigned char *)text, len);
	const char *colon = message ? strstr((const char *)message, ": ") : NULL;
	int r = syntax(text, offset < len ? offset : len, colon ? colon + 2 : "syntax error", e);

	yajl_free_error(handle, message);
	return r;
}

int oci_json_read(const char *text, size_t len, const struct json_handler *handler, void *arg, struct err *e)
{
	struct reader r = { .handler = handler, .arg = arg };
	OWN(handle_done) yajl_handle handle = NULL;

	TRY(check_text(text, len, e));
	handle = yajl_alloc(&callbacks, NULL, &r);
	if (!handle)
		return err_set(e, ENOMEM, "read JSON");
	(void)yajl_config(handle, yajl_dont_validate_strings, 1);
	yajl_status status = yajl_parse(handle, (const unsigned char *)text, len);
	size_t consumed = yajl_get_bytes_consumed(handle);
	size_t offset = consumed > 0 ? consumed - 1 : 0; /* the byte it stopped at is consumed */
	if (status == yajl_status_ok) {
		status = yajl_complete_parse(handle);
		offset = len;
	}
	if (r.result < 0)
		return r.result;
	if (status != yajl_status_ok)
		return yajl_problem(handle, text, len, offset, e);
	return 0;
}
