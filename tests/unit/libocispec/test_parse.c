/* The reader: values that arrive, and the exact words of every refusal. */
#include "oci/oci.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>

static struct oci_config *parse(struct arena *a, const char *text)
{
	struct err e = ERR_INIT;
	void *config = NULL;

	cr_assert_eq(oci_parse(&oci_type_config, text, strlen(text), a, &config, &e), 0, "%s", e.text);
	return config;
}

static void refused_n(const struct oci_type *type, const char *text, size_t len, const char *message)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	void *untouched = &e, *object = untouched;

	cr_expect_eq(oci_parse(type, text, len, a, &object, &e), -EINVAL, "accepted: %s", text);
	cr_expect_str_eq(e.text, message, "\n  text: %.200s\n  want: %s\n  got:  %s", text, message, e.text);
	cr_expect_eq(e.len, strlen(e.text));
	cr_expect_eq(object, untouched);
}

static void refused(const char *text, const char *message)
{
	refused_n(&oci_type_config, text, strlen(text), message);
}

#define V           "\"ociVersion\":\"1.3.0\""
#define CONFIG(...) "{" V "," __VA_ARGS__ "}"
#define LINUX(...)  CONFIG("\"linux\":{" __VA_ARGS__ "}")

Test(parse, reads_every_kind)
{
	own_arena a = arena_new();
	const struct oci_config *c = parse(
		a,
		CONFIG("\"hostname\":\"h\\u00e9\\ud83d\\ude00\",\"root\":{\"path\":\"r\",\"readonly\":true},"
		       "\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":-5,\"args\":[\"a\",\"\"],"
		       "\"user\":{\"uid\":4294967295,\"additionalGids\":[0,7]},"
		       "\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":18446744073709551615,\"hard\":0}]},"
		       "\"annotations\":{\"b\":\"1\",\"a\":\"2\"},"
		       "\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"/"
		       "n\"},{\"type\":\"pid\"}],"
		       "\"netDevices\":{\"eth0\":{\"name\":\"c0\"},\"eth1\":{}},"
		       "\"timeOffsets\":{\"boottime\":{\"secs\":-9223372036854775808}},"
		       "\"resources\":{\"blockIO\":{\"weight\":65535}},"
		       "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","
		       "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"]}}"));

	cr_expect_str_eq(c->oci_version, "1.3.0");
	cr_expect_str_eq(c->hostname, "h\xc3\xa9\xf0\x9f\x98\x80");
	cr_expect(c->root->readonly);
	cr_expect_eq(c->process->oom_score_adj, -5);
	cr_expect_eq(c->process->args.n, 2);
	cr_expect_str_eq(c->process->args.v[1], "");
	cr_expect_null(c->process->args.v[2]);
	cr_expect_eq(c->process->user->uid, UINT32_MAX);
	cr_expect_eq(c->process->user->additional_gids.v[1], 7);
	cr_expect_eq(c->process->rlimits.v[0].soft, UINT64_MAX);
	cr_expect_eq(c->process->rlimits.v[0].type, OCI_RLIMIT_CPU);
	cr_expect_str_eq(c->annotations.v[0].key, "b");
	cr_expect_str_eq(c->annotations.v[1].value, "2");
	cr_expect_eq(c->linux_->namespaces.n, 2);
	cr_expect_eq(c->linux_->namespaces.v[0].type, OCI_NS_NETWORK);
	cr_expect_str_eq(c->linux_->namespaces.v[0].path, "/n");
	cr_expect_str_eq(c->linux_->net_devices.v[1].host_name, "eth1");
	cr_expect_str_eq(c->linux_->net_devices.v[0].name, "c0");
	cr_expect_eq(c->linux_->time_offsets.v[0].secs, INT64_MIN);
	cr_expect_eq(c->linux_->resources->block_io->weight, UINT16_MAX);
	cr_expect_eq(c->linux_->seccomp->architectures.v[1], OCI_ARCH_X86);
}

Test(parse, has_tells_absent_from_zero)
{
	own_arena a = arena_new();
	const struct oci_config *c =
		parse(a, LINUX("\"resources\":{\"memory\":{\"limit\":0,\"swap\":null}}"));
	const struct oci_memory *m = c->linux_->resources->memory;

	cr_expect(HAS(m, oci_memory, limit));
	cr_expect_not(HAS(m, oci_memory, swap));
	cr_expect_not(HAS(m, oci_memory, reservation));
	cr_expect_not(HAS(c, oci_config, process));
	cr_expect_null(c->process);
}

Test(parse, empty_list_is_present)
{
	own_arena a = arena_new();
	const struct oci_config *c = parse(a, CONFIG("\"process\":{\"cwd\":\"/\",\"args\":[]}"));

	cr_expect(HAS(c->process, oci_process, args));
	cr_expect_eq(c->process->args.n, 0);
	cr_assert_not_null(c->process->args.v);
	cr_expect_null(c->process->args.v[0]);
}

Test(parse, lists_of_any_length_end_with_null)
{
	own_arena a = arena_new();

	for (size_t n = 1; n < 40; n++) {
		struct strbuf b = STRBUF(a);

		strbuf_puts(&b, "{" V ",\"process\":{\"cwd\":\"/\",\"env\":[\"x\"");
		for (size_t i = 1; i < n; i++)
			strbuf_puts(&b, ",\"x\"");
		strbuf_puts(&b, "]}}");
		const struct oci_config *c = parse(a, b.text);
		cr_expect_eq(c->process->env.n, n);
		cr_expect_null(c->process->env.v[n]);
	}
}

Test(parse, skips_unknown_members_wholly)
{
	own_arena a = arena_new();
	const struct oci_config *c =
		parse(a, CONFIG("\"windows\":{\"a\":[1.5,{\"b\":null,\"b\":\"\\u0000\"}],\"ociVersion\":7},"
				"\"\":true,\"x\":[[[]]],\"x\":1,\"hostname\":\"h\",\"OCIVERSION\":0"));

	cr_expect_str_eq(c->hostname, "h");
}

Test(parse, null_is_absent)
{
	own_arena a = arena_new();
	const struct oci_config *c = parse(a, CONFIG("\"process\":null,\"mounts\":null,\"hostname\":null"));

	cr_expect_eq(c->has, 1);
	refused("{\"ociVersion\":null}", "missing required member 'ociVersion'");
}

struct refusal {
	const char *text, *message;
};

static void refuse_all(const struct refusal *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		refused(r[i].text, r[i].message);
}

#define REFUSE_ALL(table) refuse_all(table, sizeof(table) / sizeof *(table))

Test(parse, refuses_wrong_types)
{
	static const struct refusal table[] = {
		{ "[]", "expected an object, found an array" },
		{ "null", "expected an object, found null" },
		{ "1", "expected an object, found a number" },
		{ "\"x\"", "expected an object, found a string" },
		{ "{\"ociVersion\":1}", "ociVersion: expected a string, found a number" },
		{ CONFIG("\"root\":{\"path\":\"r\",\"readonly\":\"true\"}"),
		  "root.readonly: expected a boolean, found a string" },
		{ CONFIG("\"root\":[]"), "root: expected an object, found an array" },
		{ CONFIG("\"root\":true"), "root: expected an object, found a boolean" },
		{ CONFIG("\"hostname\":{}"), "hostname: expected a string, found an object" },
		{ CONFIG("\"mounts\":{}"), "mounts: expected an array, found an object" },
		{ CONFIG("\"mounts\":[1]"), "mounts[0]: expected an object, found a number" },
		{ CONFIG("\"mounts\":[[]]"), "mounts[0]: expected an object, found an array" },
		{ CONFIG("\"process\":{\"args\":\"sh\"}"),
		  "process.args: expected an array, found a string" },
		{ CONFIG("\"process\":{\"args\":[\"a\",1]}"),
		  "process.args[1]: expected a string, found a number" },
		{ CONFIG("\"process\":{\"args\":[null]}"), "process.args[0]: expected a string, found null" },
		{ CONFIG("\"process\":{\"args\":[[]]}"),
		  "process.args[0]: expected a string, found an array" },
		{ CONFIG("\"process\":{\"user\":{\"uid\":\"0\"}}"),
		  "process.user.uid: expected an integer, found a string" },
		{ CONFIG("\"process\":{\"user\":{\"additionalGids\":[1,true]}}"),
		  "process.user.additionalGids[1]: expected an integer, found a boolean" },
		{ CONFIG("\"annotations\":[]"), "annotations: expected an object, found an array" },
		{ CONFIG("\"annotations\":{\"a\":1}"),
		  "annotations['a']: expected a string, found a number" },
		{ CONFIG("\"annotations\":{\"a\":null}"), "annotations['a']: expected a string, found null" },
		{ CONFIG("\"annotations\":{\"a\":{}}"),
		  "annotations['a']: expected a string, found an object" },
		{ LINUX("\"netDevices\":{\"eth0\":\"x\"}"),
		  "linux.netDevices['eth0']: expected an object, found a string" },
		{ LINUX("\"namespaces\":[{\"type\":3}]"),
		  "linux.namespaces[0].type: expected a string, found a number" },
		{ LINUX("\"seccomp\":{\"flags\":[false]}"),
		  "linux.seccomp.flags[0]: expected a string, found a boolean" },
	};

	REFUSE_ALL(table);
}

Test(parse, refuses_bad_numbers)
{
	static const struct refusal table[] = {
		{ CONFIG("\"process\":{\"user\":{\"uid\":-1}}"),
		  "process.user.uid: -1 is out of range (0 to 4294967295)" },
		{ CONFIG("\"process\":{\"user\":{\"uid\":4294967296}}"),
		  "process.user.uid: 4294967296 is out of range (0 to 4294967295)" },
		{ CONFIG("\"process\":{\"user\":{\"uid\":1.5}}"),
		  "process.user.uid: expected an integer, found 1.5" },
		{ CONFIG("\"process\":{\"user\":{\"uid\":1e3}}"),
		  "process.user.uid: expected an integer, found 1e3" },
		{ CONFIG("\"process\":{\"oomScoreAdj\":2147483648}"),
		  "process.oomScoreAdj: 2147483648 is out of range (-2147483648 to 2147483647)" },
		{ CONFIG("\"process\":{\"oomScoreAdj\":-2147483649}"),
		  "process.oomScoreAdj: -2147483649 is out of range (-2147483648 to 2147483647)" },
		{ CONFIG("\"process\":{\"rlimits\":[{\"soft\":18446744073709551616}]}"),
		  "process.rlimits[0].soft: 18446744073709551616 is out of range (0 to "
		  "18446744073709551615)" },
		{ LINUX("\"resources\":{\"memory\":{\"limit\":9223372036854775808}}"),
		  "linux.resources.memory.limit: 9223372036854775808 is out of range "
		  "(-9223372036854775808 to 9223372036854775807)" },
		{ LINUX("\"resources\":{\"memory\":{\"limit\":-9223372036854775809}}"),
		  "linux.resources.memory.limit: -9223372036854775809 is out of range "
		  "(-9223372036854775808 to 9223372036854775807)" },
		{ LINUX("\"resources\":{\"blockIO\":{\"weight\":65536}}"),
		  "linux.resources.blockIO.weight: 65536 is out of range (0 to 65535)" },
		{ CONFIG("\"process\":{\"user\":{\"gid\":10000000000000000000000000000000000000000000000}}"),
		  "process.user.gid: 1000000000000000000000000000000000000000... is out of range "
		  "(0 to 4294967295)" },
		{ CONFIG("\"hooks\":{\"prestart\":[{\"path\":\"/h\",\"timeout\":0}]}"),
		  "hooks.prestart[0].timeout: 0 is out of range (1 to 2147483647)" },
		{ CONFIG("\"hooks\":{\"prestart\":[{\"path\":\"/h\",\"timeout\":-1}]}"),
		  "hooks.prestart[0].timeout: -1 is out of range (1 to 2147483647)" },
	};

	REFUSE_ALL(table);
}

Test(parse, refuses_what_is_missing_or_twice)
{
	static const struct refusal table[] = {
		{ "{}", "missing required member 'ociVersion'" },
		{ CONFIG("\"process\":{}"), "process: missing required member 'cwd'" },
		{ CONFIG("\"mounts\":[{\"destination\":\"/a\"},{}]"),
		  "mounts[1]: missing required member 'destination'" },
		{ CONFIG("\"process\":{\"consoleSize\":{\"height\":1}}"),
		  "process.consoleSize: missing required member 'width'" },
		{ CONFIG("\"hostname\":\"a\",\"hostname\":\"b\""), "duplicate member 'hostname'" },
		{ CONFIG("\"hostname\":null,\"hostname\":\"b\""), "duplicate member 'hostname'" },
		{ LINUX("\"seccomp\":{\"syscalls\":[{\"names\":[],\"names\":[]}]}"),
		  "linux.seccomp.syscalls[0].names: must not be empty" },
		{ LINUX("\"sysctl\":{},\"sysctl\":{}"), "linux: duplicate member 'sysctl'" },
		{ CONFIG("\"annotations\":{\"a\":\"1\",\"b\":\"2\",\"a\":\"1\"}"),
		  "annotations: duplicate key 'a'" },
		{ LINUX("\"netDevices\":{\"e\":{},\"e\":{}}"), "linux.netDevices: duplicate key 'e'" },
		{ CONFIG("\"annotations\":{\"\":\"1\"}"), "annotations: empty key" },
	};

	REFUSE_ALL(table);
}

Test(parse, refuses_hostile_text)
{
	static const struct refusal table[] = {
		{ CONFIG("\"process\":{\"args\":[\"a\\u0000b\"]}"),
		  "process.args[0]: string contains a NUL byte" },
		{ LINUX("\"namespaces\":[{\"type\":\"pid\\u0000\"}]"),
		  "linux.namespaces[0].type: string contains a NUL byte" },
		{ CONFIG("\"annotations\":{\"a\\u0000\":\"\"}"), "annotations: key contains a NUL byte" },
		{ CONFIG("\"a\\u0000\":\"\""), "key contains a NUL byte" },
		{ LINUX("\"a\\u0000\":\"\""), "linux: key contains a NUL byte" },
		{ LINUX("\"namespaces\":[{\"type\":\"bogus\"}]"),
		  "linux.namespaces[0].type: unknown value 'bogus'" },
		{ LINUX("\"namespaces\":[{\"type\":\"\"}]"), "linux.namespaces[0].type: unknown value ''" },
		{ LINUX("\"namespaces\":[{\"type\":\"pi\"}]"),
		  "linux.namespaces[0].type: unknown value 'pi'" },
		{ LINUX("\"namespaces\":[{\"type\":\"\\u001b[2J\\n'\\\\\\u00e9\"}]"),
		  "linux.namespaces[0].type: unknown value '\\x1b[2J\\x0a\\x27\\x5c\\xc3\\xa9'" },
		{ CONFIG("\"annotations\":{\"\\u001b'\":1}"),
		  "annotations['\\x1b\\x27']: expected a string, found a number" },
		{ LINUX("\"rootfsPropagation\":\""
			"0123456789012345678901234567890123456789012345678901234567890123456789\""),
		  "linux.rootfsPropagation: unknown value "
		  "'0123456789012345678901234567890123456789012345678901234567890123...'" },
	};

	REFUSE_ALL(table);
}

Test(parse, keeps_its_error_inside_the_buffer)
{
	own_arena a = arena_new();
	struct strbuf b = STRBUF(a);
	struct err e = ERR_INIT;
	void *c;

	strbuf_puts(&b, "{" V ",\"annotations\":{\"");
	for (int i = 0; i < 5000; i++)
		strbuf_puts(&b, "\xc3\xa9");
	strbuf_puts(&b, "\":3}}");
	cr_expect_eq(oci_parse(&oci_type_config, b.text, b.len, a, &c, &e), -EINVAL);
	cr_expect_not_null(strstr(e.text, "\\xa9...']: expected a string, found a number"));
	cr_expect_lt(e.len, 400);
}

Test(parse, names_line_and_column_of_syntax_errors)
{
	static const struct refusal table[] = {
		{ "", "invalid JSON at line 1, column 1: premature EOF" },
		{ " \n ", "invalid JSON at line 2, column 2: premature EOF" },
		{ "{\n  \"a\": x}", "invalid JSON at line 2, column 8: invalid char in json text" },
		{ "{", "invalid JSON at line 1, column 2: premature EOF" },
		{ "{\"a\":\"", "invalid JSON at line 1, column 7: premature EOF" },
		{ "{" V "} x", "invalid JSON at line 1, column 24: trailing garbage" },
		{ "{" V "}{}", "invalid JSON at line 1, column 23: trailing garbage" },
		{ "{" V ",}", "invalid JSON at line 1, column 23: invalid object key (must be a string)" },
		{ "{\"\xff\":1}", "invalid JSON at line 1, column 3: not UTF-8" },
		{ "{\"a\":\"\xc0\x80\"}", "invalid JSON at line 1, column 7: not UTF-8" },
		{ "{\"a\":\"\xed\xa0\x80\"}", "invalid JSON at line 1, column 7: not UTF-8" },
		{ "{\"a\":\"\xf4\x90\x80\x80\"}", "invalid JSON at line 1, column 7: not UTF-8" },
		{ "{\"a\":\"\xe2\x82\"}", "invalid JSON at line 1, column 7: not UTF-8" },
		{ "{\"a\":\"\xe2\x82", "invalid JSON at line 1, column 7: not UTF-8" },
		{ "{\"a\":\"\\ud800\"}", "invalid JSON at line 1, column 7: half of a surrogate pair" },
		{ "{\"a\":\"\\udc00\"}", "invalid JSON at line 1, column 7: half of a surrogate pair" },
		{ "{\"a\":\"\\ud800\\u0041\"}",
		  "invalid JSON at line 1, column 7: half of a surrogate pair" },
		{ "\xef\xbb\xbf{}", "invalid JSON at line 1, column 1: invalid char in json text" },
		{ "{/**/}",
		  "invalid JSON at line 1, column 1: probable comment found in input text, comments "
		  "are not enabled" },
	};

	REFUSE_ALL(table);
	refused_n(&oci_type_config, "{\0}", 3, "invalid JSON at line 1, column 2: invalid char in json text");
}

Test(parse, escaped_backslash_is_no_escape)
{
	own_arena a = arena_new();

	cr_expect_str_eq(parse(a, CONFIG("\"hostname\":\"\\\\ud800\""))->hostname, "\\ud800");
}

static void nested(struct arena *a, int levels, struct strbuf *ret)
{
	*ret = STRBUF(a);
	strbuf_puts(ret, "{" V ",\"x\":");
	for (int i = 1; i < levels; i++)
		strbuf_puts(ret, "[");
	for (int i = 1; i < levels; i++)
		strbuf_puts(ret, "]");
	strbuf_puts(ret, "}");
}

Test(parse, limits_depth)
{
	own_arena a = arena_new();
	struct strbuf b;

	nested(a, 64, &b);
	(void)parse(a, b.text);
	nested(a, 65, &b);
	refused(b.text, "nested deeper than 64 levels");
}

Test(parse, reads_state_and_process_state)
{
	own_arena a = arena_new();
	static const char text[] = "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":7,\"state\":{"
				   "\"ociVersion\":\"1.3.0\","
				   "\"id\":\"x\",\"status\":\"paused\",\"bundle\":\"/b\",\"pid\":-2}}";
	struct err e = ERR_INIT;
	void *ret;

	cr_assert_eq(oci_parse(&oci_type_process_state, text, strlen(text), a, &ret, &e), 0, "%s", e.text);
	const struct oci_process_state *p = ret;
	cr_expect_eq(p->state->status, OCI_STATUS_PAUSED);
	refused_n(&oci_type_state, "{}", 2, "missing required member 'ociVersion'");
}
