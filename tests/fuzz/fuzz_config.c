/* Fuzz target: config.json. What the reader accepts, the writer writes, and that text is a fixed point. The
 * reader that goes on after a fault finds one exactly where the other one does not accept. */
#include "rewrite.h"

/* The paths of faults, to be taken out again. */
struct faults {
	struct arena *arena;
	char *paths[256];
	size_t n;
};

static void on_fault(void *arg, const char *path, const char *text, const struct oci_enum_table *allowed)
{
	struct faults *f = arg;

	(void)allowed;
	if (!*text)
		abort();
	f->paths[f->n % 256] = arena_strdup(f->arena, path);
	f->n++;
}

static void on_unknown(void *arg, const char *path, const struct oci_type *type, const char *name)
{
	(void)arg;
	if (!path || !name || !*oci_type_name(type))
		abort();
}

static void collect(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct faults f = { .arena = a };
	const struct oci_sink sink = { .arg = &f, .fault = on_fault, .unknown = on_unknown };
	const char *text = (const char *)data;
	void *strict, *all;
	bool accepted = oci_parse(&oci_type_config, text, size, a, &strict, NULL) == 0;
	bool read = oci_parse_all(&oci_type_config, text, size, &sink, a, &all);

	if (accepted != (read && f.n == 0) || (!read && f.n == 0))
		abort();
	for (size_t i = 0; read && i < f.n && i < 256; i++)
		(void)oci_remove(&oci_type_config, all, f.paths[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rewrite_twice(&oci_type_config, data, size);
	collect(data, size);
	return 0;
}
