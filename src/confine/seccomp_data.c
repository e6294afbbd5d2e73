/* A filter that comes ready-made. */
#include "confine/seccomp_data.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>

static int digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

int seccomp_data_decode(const char *text, struct arena *a, struct seccomp_filter *ret, struct err *e)
{
	size_t len = strcspn(text, "="), bytes = len * 3 / 4, n = bytes / sizeof(struct sock_filter), at = 0;
	uint32_t bits = 0;

	if (text[len + strspn(text + len, "=")] || strlen(text) - len > 2 || len % 4 == 1)
		return err_say(e, EINVAL, "not base64");
	if (n == 0 || bytes % sizeof(struct sock_filter))
		return err_say(e, EINVAL, "not a whole number of instructions");
	if (n > BPF_MAXINSNS)
		return err_say(e, E2BIG, "%zu instructions, the kernel takes %d", n, BPF_MAXINSNS);
	struct sock_filter *code = arena_array(a, n, sizeof *code);
	unsigned char *out = (unsigned char *)code;
	for (size_t i = 0; i < len; i++) {
		int value = digit(text[i]);

		if (value < 0)
			return err_say(e, EINVAL, "not base64");
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 && at < bytes) /* every digit but the first of four completes a byte */
			out[at++] = (unsigned char)(bits >> (6 - i % 4 * 2));
	}
	ret->code = code;
	ret->len = (unsigned short)n;
	return 0;
}
