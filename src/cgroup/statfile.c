/* The texts of the control files that count something, taken apart. */
#include "cgroup/statfile.h"

#include "base/num.h"
#include "base/str.h"

#include <ctype.h>

enum { RANGE_MAX = 1 << 16 }; /* more CPUs than any kernel has */

/* The next word of the line, "" at its end. */
static char *word(char **line)
{
	char *w = *line + strspn(*line, " \t");
	size_t n = strcspn(w, " \t");

	*line = w + n + (w[n] != '\0');
	w[n] = '\0';
	return w;
}

struct oci_umap statfile_counts(char *text, struct arena *a)
{
	struct oci_umap m = { 0 };
	size_t cap = 0;
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *key = word(&l);
		uint64_t value;

		if (!*key || !num_u64(word(&l), &value))
			continue;
		m.v = arena_grow(a, m.v, &cap, m.n + 1, sizeof *m.v);
		m.v[m.n++] = (struct oci_count){ key, value };
	}
	return m;
}

uint64_t statfile_count(const struct oci_umap *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->v[i].key, key))
			return m->v[i].value;
	return 0;
}

static void add_number(struct oci_u64v *list, size_t *cap, uint64_t value, struct arena *a)
{
	list->v = arena_grow(a, list->v, cap, list->n + 1, sizeof *list->v);
	list->v[list->n++] = value;
}

struct oci_u64v statfile_numbers(char *text, struct arena *a)
{
	struct oci_u64v list = { 0 };
	size_t cap = 0;
	char *save = NULL;

	for (char *w = strtok_r(text, " \t\n", &save); w; w = strtok_r(NULL, " \t\n", &save)) {
		uint64_t value;

		if (num_u64(w, &value))
			add_number(&list, &cap, value, a);
	}
	return list;
}

struct oci_u32v statfile_ranges(char *text, struct arena *a)
{
	struct oci_u32v list = { 0 };
	size_t cap = 0;
	char *save = NULL;

	for (char *w = strtok_r(text, ",\n", &save); w; w = strtok_r(NULL, ",\n", &save)) {
		char *dash = strchr(w, '-');
		uint32_t first, last;

		if (dash)
			*dash = '\0';
		if (!num_u32(w, &first) || !num_u32(dash ? dash + 1 : w, &last) || last >= RANGE_MAX)
			continue;
		for (; first <= last && list.n < RANGE_MAX; first++) {
			list.v = arena_grow(a, list.v, &cap, list.n + 1, sizeof *list.v);
			list.v[list.n++] = first;
		}
	}
	return list;
}

void statfile_percpu(char *text, struct arena *a, struct oci_u64v *ret_kernel, struct oci_u64v *ret_user)
{
	size_t kernel_cap = 0, user_cap = 0;
	char *save = NULL;

	*ret_kernel = *ret_user = (struct oci_u64v){ 0 };
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		uint64_t cpu, user, kernel;

		if (!num_u64(word(&l), &cpu) || !num_u64(word(&l), &user) || !num_u64(word(&l), &kernel))
			continue;
		add_number(ret_kernel, &kernel_cap, kernel, a);
		add_number(ret_user, &user_cap, user, a);
	}
}

/* Written into JSON as it is, so it must be a number there: digits, a dot, digits. */
static bool is_decimal(const char *s)
{
	size_t whole = strspn(s, "0123456789");

	if (whole == 0 || (*s == '0' && whole > 1))
		return false;
	s += whole;
	return !*s || (*s == '.' && s[1] && !s[1 + strspn(s + 1, "0123456789")]);
}

static struct oci_psi_line *psi_line(char *line, struct arena *a)
{
	struct oci_psi_line *ret = NEW(a, struct oci_psi_line);

	for (char *w = word(&line); *w; w = word(&line)) {
		char *value = strchr(w, '=');
		uint64_t total;

		if (!value || !is_decimal(value + 1))
			continue;
		*value++ = '\0';
		if (str_eq(w, "avg10"))
			SET(ret, oci_psi_line, avg10, value);
		else if (str_eq(w, "avg60"))
			SET(ret, oci_psi_line, avg60, value);
		else if (str_eq(w, "avg300"))
			SET(ret, oci_psi_line, avg300, value);
		else if (str_eq(w, "total") && num_u64(value, &total))
			SET(ret, oci_psi_line, total, total);
	}
	return ret;
}

struct oci_psi *statfile_psi(char *text, struct arena *a)
{
	struct oci_psi *psi = NEW(a, struct oci_psi);
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *which = word(&l);

		if (str_eq(which, "some"))
			SET(psi, oci_psi, some, psi_line(l, a));
		else if (str_eq(which, "full"))
			SET(psi, oci_psi, full, psi_line(l, a));
	}
	return psi->has ? psi : NULL;
}

/* "8:0" */
static bool device(char *text, uint64_t *ret_major, uint64_t *ret_minor)
{
	char *colon = strchr(text, ':');

	if (!colon)
		return false;
	*colon = '\0';
	return num_u64(text, ret_major) && num_u64(colon + 1, ret_minor);
}

/* `op` may be NULL. */
static void add_entry(struct blkio_entries *list, uint64_t major, uint64_t minor, char *op, uint64_t value,
		      struct arena *a)
{
	list->v = arena_grow(a, list->v, &list->cap, list->n + 1, sizeof *list->v);
	struct oci_blkio_entry *entry = &list->v[list->n++];
	*entry = (struct oci_blkio_entry){ 0 };
	SET(entry, oci_blkio_entry, major, major);
	SET(entry, oci_blkio_entry, minor, minor);
	SET(entry, oci_blkio_entry, value, value);
	if (op)
		SET(entry, oci_blkio_entry, op, op);
}

void statfile_blkio(char *text, struct arena *a, struct blkio_entries *ret)
{
	char *save = NULL;

	*ret = (struct blkio_entries){ 0 };
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		uint64_t major, minor, value;
		char *op = NULL;

		/* the sum at the end has no device */
		if (!device(word(&l), &major, &minor))
			continue;
		if (isalpha((unsigned char)l[strspn(l, " \t")]))
			op = word(&l);
		if (num_u64(word(&l), &value))
			add_entry(ret, major, minor, op, value, a);
	}
}

void statfile_io(char *text, struct arena *a, struct blkio_entries *ret_bytes, struct blkio_entries *ret_ios)
{
	static const struct {
		const char *key, *op;
		bool bytes;
	} keys[] = { { "rbytes", "Read", true }, { "wbytes", "Write", true }, { "dbytes", "Discard", true },
		     { "rios", "Read", false },  { "wios", "Write", false },  { "dios", "Discard", false } };
	char *save = NULL;

	*ret_bytes = *ret_ios = (struct blkio_entries){ 0 };
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		uint64_t major, minor, value;

		if (!device(word(&l), &major, &minor))
			continue;
		for (char *w = word(&l); *w; w = word(&l)) {
			char *text_value = strchr(w, '=');

			if (!text_value || !num_u64(text_value + 1, &value))
				continue;
			*text_value = '\0';
			for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
				if (str_eq(w, keys[i].key))
					add_entry(keys[i].bytes ? ret_bytes : ret_ios, major, minor,
						  arena_strdup(a, keys[i].op), value, a);
		}
	}
}
