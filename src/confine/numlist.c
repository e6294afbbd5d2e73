/* Read "0-3,7" into a bit mask. */
#include "confine/numlist.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Decimal digits up to the first other character; false when there is none or the value has no bit. */
static bool number(const char **s, unsigned *ret)
{
	const char *p = *s;
	unsigned v = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (unsigned)(*p - '0');
		if (v >= NUMLIST_BITS)
			return false;
	}
	if (p == *s)
		return false;
	*s = p;
	*ret = v;
	return true;
}

static bool range(const char **s, unsigned long *bits)
{
	const unsigned width = 8 * sizeof(*bits);
	unsigned first, last;

	if (!number(s, &first))
		return false;
	last = first;
	if (**s == '-') {
		(*s)++;
		if (!number(s, &last) || last < first)
			return false;
	}
	for (unsigned i = first; i <= last; i++)
		bits[i / width] |= 1ul << i % width;
	return true;
}

int numlist_parse(const char *list, unsigned long bits[NUMLIST_WORDS], struct err *e)
{
	unsigned long read[NUMLIST_WORDS] = { 0 };
	const char *s = list;

	while (*s) {
		if (!range(&s, read))
			return err_say(e, EINVAL, "\"%s\" is not a list of numbers like 0-3,7", list);
		if (*s == ',' && s[1])
			s++;
		else if (*s)
			return err_say(e, EINVAL, "\"%s\" is not a list of numbers like 0-3,7", list);
	}
	memcpy(bits, read, sizeof(read));
	return 0;
}
