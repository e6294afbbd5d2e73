/* Texts of control files, as kernels write them and as they never should. */
#include "cgroup/statfile.h"

#include "base/own.h"
#include "base/str.h"

#include <criterion/criterion.h>

static char *json(const struct oci_type *type, const void *object, struct arena *a)
{
	char *text = NULL;

	cr_assert_eq(oci_write(type, object, 0, a, &text, NULL, NULL), 0);
	return text;
}

Test(statfile, counts)
{
	own_arena a = arena_new();
	struct oci_umap m = statfile_counts(
		arena_strdup(a, "cache 12\nrss 0\n\nbad\nworse x\nbig 18446744073709551615\nlast 3"), a);

	cr_assert_eq(m.n, 4);
	cr_assert_eq(statfile_count(&m, "cache"), 12);
	cr_assert_eq(statfile_count(&m, "big"), UINT64_MAX);
	cr_assert_eq(statfile_count(&m, "last"), 3);
	cr_assert_eq(statfile_count(&m, "rs"), 0);
	m = statfile_counts(arena_strdup(a, ""), a);
	cr_assert_eq(m.n, 0);
}

Test(statfile, numbers_and_percpu)
{
	own_arena a = arena_new();
	struct oci_u64v v = statfile_numbers(arena_strdup(a, "12 0 14 \n"), a), kernel, user;

	cr_assert(v.n == 3 && v.v[0] == 12 && v.v[2] == 14);
	statfile_percpu(arena_strdup(a, "cpu user system\n0 1 2\n1 3 4\n"), a, &kernel, &user);
	cr_assert(kernel.n == 2 && kernel.v[0] == 2 && kernel.v[1] == 4);
	cr_assert(user.n == 2 && user.v[0] == 1 && user.v[1] == 3);
}

Test(statfile, ranges)
{
	static const struct {
		const char *text;
		size_t n;
		uint32_t last;
	} rows[] = {
		{ "0\n", 1, 0 },
		{ "0-3,7\n", 5, 7 },
		{ "\n", 0, 0 },
		{ "3-1\n", 0, 0 },
		{ "x,2\n", 1, 2 },
		{ "0-\n", 0, 0 },
		{ "0-4294967295\n", 0, 0 },
		{ "5-5", 1, 5 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		own_arena a = arena_new();
		struct oci_u32v v = statfile_ranges(arena_strdup(a, rows[i].text), a);

		cr_assert_eq(v.n, rows[i].n, "%s: %zu", rows[i].text, v.n);
		cr_assert(v.n == 0 || v.v[v.n - 1] == rows[i].last, "%s", rows[i].text);
	}
}

Test(statfile, psi)
{
	own_arena a = arena_new();
	struct oci_psi *psi =
		statfile_psi(arena_strdup(a, "some avg10=1.05 avg60=0.00 avg300=12.50 total=47086\n"
					     "full avg10=0.00 avg60=00.1 avg300=nan total=-1\n"),
			     a);

	/* what is no number in JSON is left out */
	cr_assert_str_eq(json(&oci_type_psi, psi, a),
			 "{\"some\":{\"avg10\":1.05,\"avg60\":0.00,\"avg300\":12.50,\"total\":47086},"
			 "\"full\":{\"avg10\":0.00}}");
	cr_assert_null(statfile_psi(arena_strdup(a, ""), a));
}

static char *entries(const struct blkio_entries *list, struct arena *a)
{
	struct strbuf s = STRBUF(a);

	strbuf_puts(&s, "");
	for (size_t i = 0; i < list->n; i++)
		strbuf_puts(&s, json(&oci_type_blkio_entry, &list->v[i], a));
	return s.text;
}

Test(statfile, blkio)
{
	own_arena a = arena_new();
	struct blkio_entries list;

	statfile_blkio(
		arena_strdup(a, "8:0 Read 4096\n8:0 Write 0\n253:16 77\nTotal 4096\n8: Read 1\n8:0 Read\n"),
		a, &list);
	cr_assert_str_eq(entries(&list, a), "{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":4096}"
					    "{\"major\":8,\"minor\":0,\"op\":\"Write\",\"value\":0}"
					    "{\"major\":253,\"minor\":16,\"value\":77}");
}

Test(statfile, io)
{
	own_arena a = arena_new();
	struct blkio_entries bytes, ios;

	statfile_io(arena_strdup(a, "8:0 rbytes=1 wbytes=2 rios=3 wios=4 new=9 rbytes\n8:16\n"), a, &bytes,
		    &ios);
	cr_assert_str_eq(entries(&bytes, a), "{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":1}"
					     "{\"major\":8,\"minor\":0,\"op\":\"Write\",\"value\":2}");
	cr_assert_str_eq(entries(&ios, a), "{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":3}"
					   "{\"major\":8,\"minor\":0,\"op\":\"Write\",\"value\":4}");
}
