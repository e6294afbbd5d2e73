/* Strict integer parsing. */
#include "base/num.h"

#include <limits.h>
#include <stddef.h>

bool num_u64(const char *s, uint64_t *ret)
{
	uint64_t v = 0;

	if (!s || !*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	}
	*ret = v;
	return true;
}

bool num_i64(const char *s, int64_t *ret)
{
	uint64_t v;
	bool negative = s && *s == '-';

	if (!num_u64(negative ? s + 1 : s, &v))
		return false;
	if (v > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	*ret = negative ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

bool num_u32(const char *s, uint32_t *ret)
{
	uint64_t v;

	if (!num_u64(s, &v) || v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

bool num_int(const char *s, int *ret)
{
	int64_t v;

	if (!num_i64(s, &v) || v < INT_MIN || v > INT_MAX)
		return false;
	*ret = (int)v;
	return true;
}

bool num_id(const char *s, uint32_t *ret)
{
	uint32_t v;

	if (!num_u32(s, &v) || v == UINT32_MAX)
		return false;
	*ret = v;
	return true;
}
