/* The writer: exact text, and parse -> write -> parse as identity. */
#include "oci/oci.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>

static char *rewrite(const struct oci_type *type, struct arena *a, const char *text, size_t len,
		     unsigned indent)
{
	struct err e = ERR_INIT;
	void *object;
	char *out;
	size_t n;

	cr_assert_eq(oci_parse(type, text, len, a, &object, &e), 0, "%s: %.200s", e.text, text);
	cr_assert_eq(oci_write(type, object, indent, a, &out, &n, &e), 0, "%s", e.text);
	cr_assert_eq(n, strlen(out));
	return out;
}

static void same(const char *text)
{
	own_arena a = arena_new();

	cr_expect_str_eq(rewrite(&oci_type_config, a, text, strlen(text), 0), text);
}

Test(write, one_line_is_identity)
{
	same("{\"ociVersion\":\"1.3.0\"}");
	same("{\"ociVersion\":\"1.3.0\",\"process\":{\"terminal\":false,\"user\":{\"uid\":0,"
	     "\"additionalGids\":[]},"
	     "\"args\":[\"a\\\"\\\\\\n\\u0001\xc3\xa9\"],\"cwd\":\"/\",\"oomScoreAdj\":-1},\"mounts\":[],"
	     "\"annotations\":{}}");
	same("{\"ociVersion\":\"1.3.0\",\"linux\":{\"netDevices\":{\"b\":{},\"a\":{\"name\":\"x\"}},"
	     "\"resources\":{\"memory\":{\"limit\":-9223372036854775808},\"cpu\":{\"shares\":"
	     "18446744073709551615},"
	     "\"blockIO\":{\"weight\":1}},\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\","
	     "\"architectures\":[\"SCMP_ARCH_X86\"]},\"sysctl\":{\"a.b\":\"c\"}}}");
}

Test(write, indented)
{
	own_arena a = arena_new();
	static const char text[] =
		"{\"ociVersion\":\"1.3.0\",\"mounts\":[{\"destination\":\"/\",\"options\":[]}]}";

	cr_expect_str_eq(rewrite(&oci_type_config, a, text, strlen(text), 2),
			 "{\n"
			 "  \"ociVersion\": \"1.3.0\",\n"
			 "  \"mounts\": [\n"
			 "    {\n"
			 "      \"destination\": \"/\",\n"
			 "      \"options\": []\n"
			 "    }\n"
			 "  ]\n"
			 "}");
	cr_expect_not_null(strstr(rewrite(&oci_type_config, a, text, strlen(text), 8),
				  "\n                        \"destination\""));
}

Test(write, table_order_and_set)
{
	own_arena a = arena_new();
	struct oci_state s = { 0 };
	struct err e = ERR_INIT;
	char bundle[] = "/b", id[] = "c";
	char *out;

	SET(&s, oci_state, bundle, bundle);
	SET(&s, oci_state, status, OCI_STATUS_RUNNING);
	SET(&s, oci_state, id, id);
	s.pid = 3; /* not set: not written */
	cr_assert_eq(oci_write(&oci_type_state, &s, 0, a, &out, NULL, &e), 0);
	cr_expect_str_eq(out, "{\"id\":\"c\",\"status\":\"running\",\"bundle\":\"/b\"}");
}

Test(write, refuses_what_has_no_text)
{
	own_arena a = arena_new();
	struct oci_state s = { 0 };
	struct oci_config c = { 0 };
	struct err e = ERR_INIT;
	char *out = NULL;

	SET(&s, oci_state, id, NULL);
	cr_expect_eq(oci_write(&oci_type_state, &s, 0, a, &out, NULL, &e), -EINVAL);
	cr_expect_str_eq(e.text, "id: set to NULL");
	s.has = 0;
	SET(&s, oci_state, status, 99);
	cr_expect_eq(oci_write(&oci_type_state, &s, 0, a, &out, NULL, &e), -EINVAL);
	cr_expect_str_eq(e.text, "status: 99 has no word");
	SET(&c, oci_config, process, NULL);
	cr_expect_eq(oci_write(&oci_type_config, &c, 0, a, &out, NULL, &e), -EINVAL);
	cr_expect_str_eq(e.text, "process: set to NULL");
	cr_expect_null(out);
}

Test(write, words)
{
	cr_expect_str_eq(oci_word(&oci_enum_ns_type, OCI_NS_NETWORK), "network");
	cr_expect_str_eq(oci_word(&oci_enum_status, OCI_STATUS_PAUSED), "paused");
	cr_expect_null(oci_word(&oci_enum_ns_type, -1));
	cr_expect_null(oci_word(&oci_enum_ns_type, OCI_NS_TIME + 1));
}

static void round_trip(const struct oci_type *type, const char *pattern, size_t at_least)
{
	glob_t files;

	cr_assert_eq(glob(pattern, 0, NULL, &files), 0, "%s", pattern);
	cr_assert_geq(files.gl_pathc, at_least);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		own_arena a = arena_new();
		struct err e = ERR_INIT;
		char *text;
		size_t len;

		cr_assert_eq(file_read(AT_FDCWD, files.gl_pathv[i], 1 << 20, a, &text, &len, &e), 0, "%s",
			     e.text);
		char *once = rewrite(type, a, text, len, 4);
		char *twice = rewrite(type, a, once, strlen(once), 4);
		cr_expect_str_eq(once, twice, "%s", files.gl_pathv[i]);
	}
	globfree(&files);
}

Test(write, round_trips_the_examples_of_the_spec)
{
	round_trip(&oci_type_config, TEST_SRCDIR "/tests/schema/spec/config/good/*.json", 5);
	round_trip(&oci_type_state, TEST_SRCDIR "/tests/schema/spec/state/good/*.json", 1);
	round_trip(&oci_type_features, TEST_SRCDIR "/tests/schema/spec/features/good/*.json", 2);
}

static void bad(const char *directory, const char *name, const char *message)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	char path[512];
	char *text;
	size_t len;
	void *object;
	const struct oci_type *type = directory[0] == 'c'   ? &oci_type_config
				      : directory[0] == 's' ? &oci_type_state
							    : &oci_type_features;

	snprintf(path, sizeof path, "%s/tests/schema/spec/%s/bad/%s.json", TEST_SRCDIR, directory, name);
	cr_assert_eq(file_read(AT_FDCWD, path, 1 << 20, a, &text, &len, &e), 0, "%s", e.text);
	cr_expect_eq(oci_parse(type, text, len, a, &object, &e), -EINVAL, "%s", path);
	cr_expect_str_eq(e.text, message, "%s: %s", path, e.text);
}

/* freebsd-vnet-disable.json of the same folder is about an object that husk skips: it may not be refused. */
Test(write, the_bad_examples_of_the_spec_are_refused)
{
	static const char syntax[] =
		"invalid JSON at line 1, column 2: invalid object key (must be a string)";

	bad("config", "invalid-json", syntax);
	bad("config", "linux-hugepage",
	    "linux.resources.hugepageLimits[0].pageSize: '64kB' is not a size such as 2MB");
	bad("config", "linux-netdevice", "linux.netDevices['eth0'].name: expected a string, found a number");
	bad("config", "linux-rdma",
	    "linux.resources.rdma['mlx5_1'].hcaHandles: expected an integer, found a string");
	bad("state", "invalid-json", syntax);
	bad("features", "missing-ociVersionMax", "missing required member 'ociVersionMax'");
}
