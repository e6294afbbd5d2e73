/* Take faulty parts out of the configuration, and keep book, so that paths stay those of the file. */
#include "check/check.h"

#include "base/num.h"

/* The number behind "LIST[" and what follows it; false if the path is not of an element of the list. */
static bool read_index(const char *path, const char *list, size_t *ret, const char **ret_rest)
{
	const char *digits = str_after(path, list);
	const char *end = digits && *digits == '[' ? strchr(digits, ']') : NULL;
	char text[24] = "";
	uint64_t number;

	if (!end || (size_t)(end - digits) > sizeof text)
		return false;
	memcpy(text, digits + 1, (size_t)(end - digits - 1));
	if (!num_u64(text, &number))
		return false;
	*ret = number;
	*ret_rest = end;
	return true;
}

char *check_path(const struct check *c, const char *path)
{
	char *now = arena_strdup(c->arena, path);
	const char *rest;
	size_t index;

	for (size_t i = c->removed.n; i-- > 0;) {
		const struct removal *r = &c->removed.v[i];

		if (r->list && read_index(now, r->list, &index, &rest) && index >= r->index)
			now = arena_printf(c->arena, "%s[%zu%s", r->list, index + 1, rest);
	}
	return now;
}

/* The other way round; NULL for what is gone. */
static char *current_path(const struct check *c, const char *path)
{
	char *now = arena_strdup(c->arena, path);
	const char *rest;
	size_t index;

	for (size_t i = 0; i < c->removed.n; i++) {
		const struct removal *r = &c->removed.v[i];

		if (!r->list || !read_index(now, r->list, &index, &rest) || index < r->index)
			continue;
		if (index == r->index)
			return NULL;
		now = arena_printf(c->arena, "%s[%zu%s", r->list, index - 1, rest);
	}
	return now;
}

bool check_remove(struct check *c, const char *path)
{
	char *now = current_path(c, path);
	struct removal *r;
	const char *rest;

	if (!now)
		return true;
	size_t len = oci_remove(&oci_type_config, c->config, now);
	if (len == 0)
		return false;
	now[len] = '\0';
	c->removed.v = arena_grow(c->arena, c->removed.v, &c->removed.cap, c->removed.n + 1, sizeof *r);
	r = &c->removed.v[c->removed.n];
	*r = (struct removal){ .path = check_path(c, now) };
	c->removed.n++;
	char *bracket = strrchr(now, '[');
	if (!bracket || now[len - 1] != ']')
		return true;
	char *list = arena_strndup(c->arena, now, (size_t)(bracket - now));
	if (read_index(now, list, &r->index, &rest))
		r->list = list;
	return true;
}

/* Does `path` name `whole`, or a part of it? */
static bool is_within(const char *path, const char *whole)
{
	const char *rest = str_after(path, whole);

	return rest && (!*rest || *rest == '.' || *rest == '[');
}

bool check_removed(const struct check *c, const char *path)
{
	for (size_t i = 0; i < c->removed.by_shape; i++)
		if (is_within(path, c->removed.v[i].path) || is_within(c->removed.v[i].path, path))
			return true;
	return false;
}
