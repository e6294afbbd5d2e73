/* Edit distance, and what counts as near. */
#include "check/suggest.h"

#include "base/str.h"

#include <ctype.h>
#include <stdint.h>
#include <strings.h>

enum { LONGEST = 64 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

size_t suggest_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	size_t rows[3][LONGEST + 1], *before = rows[0], *above = rows[1], *row = rows[2];

	if (n > LONGEST || m > LONGEST)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		above[j] = before[j] = j;
	for (size_t i = 1; i <= n; i++) {
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = least(least(above[j], row[j - 1]) + 1,
				       above[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		size_t *oldest = before;
		before = above;
		above = row;
		row = oldest;
	}
	return above[m];
}

/* "net" for "network", "x86_64" for "SCMP_ARCH_X86_64". */
static bool is_part(const char *word, const char *name)
{
	size_t n = strlen(word), m = strlen(name);

	return n >= 3 && n < m &&
	       (strncasecmp(word, name, n) == 0 ||
		(name[m - n - 1] == '_' && strcasecmp(word, name + m - n) == 0));
}

const char *suggest_nearest(const char *word, const char *const *names, size_t n)
{
	size_t len = strlen(word), limit = len < 3 ? 0 : len < 8 ? 1 + (len > 4) : 3;
	const char *best = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = suggest_distance(word, names[i]);

		if (d <= limit && !str_eq(word, names[i])) {
			best = names[i];
			limit = d ? d - 1 : 0;
			if (d == 0)
				break;
		}
	}
	for (size_t i = 0; i < n && !best; i++)
		if (is_part(word, names[i]))
			best = names[i];
	return best;
}

const char *suggest_hint(const char *word, const char *const *names, size_t n, struct arena *a)
{
	const char *near = suggest_nearest(word, names, n);

	return near ? arena_printf(a, "did you mean %s?", near) : "";
}
