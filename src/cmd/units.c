/* Sizes and durations as callers of runc write them. */
#include "cmd/units.h"

#include "base/names.h"
#include "base/num.h"
#include "base/str.h"

#include <ctype.h>

/* "12" or "12.5" at *s, times `unit`; moves *s behind it. Digits beyond the ninth of a fraction do not count.
 */
static bool scale(const char **s, int64_t unit, int64_t *ret)
{
	int64_t whole = 0, part = 0, place = 1;
	const char *p = *s;
	bool digits = isdigit((unsigned char)*p);

	for (; isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, *p - '0', &whole))
			return false;
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++, digits = true)
			if (place < 1000000000) {
				part = part * 10 + (*p - '0');
				place *= 10;
			}
	*s = p;
	/* in 128 bits: a fraction of a petabyte does not fit in 64 */
	part = (int64_t)((__int128)part * unit / place);
	return digits && !__builtin_mul_overflow(whole, unit, &whole) &&
	       !__builtin_add_overflow(whole, part, ret);
}

bool units_size(const char *s, int64_t *ret)
{
	static const struct name units[] = {
		{ "", 1 },
		{ "b", 1 },
		{ "k", INT64_C(1) << 10 },
		{ "kb", INT64_C(1) << 10 },
		{ "kib", INT64_C(1) << 10 },
		{ "m", INT64_C(1) << 20 },
		{ "mb", INT64_C(1) << 20 },
		{ "mib", INT64_C(1) << 20 },
		{ "g", INT64_C(1) << 30 },
		{ "gb", INT64_C(1) << 30 },
		{ "gib", INT64_C(1) << 30 },
		{ "t", INT64_C(1) << 40 },
		{ "tb", INT64_C(1) << 40 },
		{ "tib", INT64_C(1) << 40 },
		{ "p", INT64_C(1) << 50 },
		{ "pb", INT64_C(1) << 50 },
		{ "pib", INT64_C(1) << 50 },
		{ NULL, 0 },
	};
	int64_t unit;

	if (*s == '-')
		return num_i64(s, ret);
	const char *word = s + strspn(s, "0123456789.");
	word += *word == ' ' && word[1];
	if (!names_value_nocase(units, word, &unit) || !scale(&s, unit, &unit))
		return false;
	s += *s == ' ';
	if (s != word)
		return false;
	*ret = unit;
	return true;
}

bool units_duration(const char *s, int64_t *ret)
{
	static const struct name units[] = {
		{ "ns", 1 },
		{ "us", 1000 },
		{ "\u00b5s", 1000 },
		{ "ms", 1000000 },
		{ "s", 1000000000 },
		{ "m", INT64_C(60000000000) },
		{ "h", INT64_C(3600000000000) },
		{ NULL, 0 },
	};
	bool negative = *s == '-';
	int64_t sum = 0, part;

	s += *s == '-' || *s == '+';
	if (!*s)
		return false;
	while (*s && !str_eq(s, "0")) {
		char word[4] = "";
		const char *unit = s + strspn(s, "0123456789.");
		size_t len = strcspn(unit, "0123456789.");
		int64_t scale_by;

		if (len == 0 || len >= sizeof word)
			return false;
		memcpy(word, unit, len);
		if (!names_value(units, word, &scale_by) || !scale(&s, scale_by, &part) || s != unit ||
		    __builtin_add_overflow(sum, part, &sum))
			return false;
		s += len;
	}
	*ret = negative ? -sum : sum;
	return true;
}
