/* The rules beyond types: of one member, and between the members of one object. */
#include "oci/oci.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CONFIG(...)    "{\"ociVersion\":\"1.3.0\"," __VA_ARGS__ "}"
#define LINUX(...)     CONFIG("\"linux\":{" __VA_ARGS__ "}")
#define RESOURCES(...) LINUX("\"resources\":{" __VA_ARGS__ "}")
#define SECCOMP(...)   LINUX("\"seccomp\":{" __VA_ARGS__ "}")

/* message NULL: accepted */
static void check(const char *text, const char *message)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	void *config;
	int r = oci_parse(&oci_type_config, text, strlen(text), a, &config, &e);

	cr_expect_eq(r, message ? -EINVAL : 0, "%s: %d %s", text, r, e.text);
	cr_expect_str_eq(e.text, message ? message : "", "\n  text: %s\n  got:  %s", text, e.text);
}

struct version {
	const char *text;
	bool good;
};

Test(check, version_shape)
{
	static const struct version versions[] = {
		{ "1.0.2", true },       { "1.3.0-rc.1", true },      { "1.3.0-rc.1+dev", true },
		{ "1.3.0+a.b-c", true }, { "10.20.30", true },        { "1", false },
		{ "1.0", false },        { "1.0.", false },           { "v1.0.0", false },
		{ "01.0.0", false },     { "1.0.0-", false },         { "1.0.0+", false },
		{ "1.0.0-a..b", false }, { "1.0.0 ", false },         { "1.0.0.0", false },
		{ "", false },           { "1.0.0-\xc3\xa9", false },
	};
	char text[128];

	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		own_arena a = arena_new();
		struct err e = ERR_INIT;
		void *config;

		snprintf(text, sizeof text, "{\"ociVersion\":\"%s\"}", versions[i].text);
		int r = oci_parse(&oci_type_config, text, strlen(text), a, &config, &e);
		cr_expect_eq(r, versions[i].good ? 0 : -EINVAL, "%s", text);
	}
	check("{\"ociVersion\":\"1.0\"}", "ociVersion: '1.0' is not a version such as 1.3.0");
}

Test(check, paths)
{
	check(CONFIG("\"process\":{\"cwd\":\"tmp\"}"), "process.cwd: 'tmp' is not an absolute path");
	check(CONFIG("\"process\":{\"cwd\":\"\"}"), "process.cwd: '' is not an absolute path");
	check(CONFIG("\"root\":{\"path\":\"\"}"), "root.path: must not be empty");
	check(CONFIG("\"mounts\":[{\"destination\":\"\"}]"), "mounts[0].destination: must not be empty");
	check(CONFIG("\"mounts\":[{\"destination\":\"relative\"}]"), NULL);
	check(CONFIG("\"hooks\":{\"poststop\":[{\"path\":\"h\"}]}"),
	      "hooks.poststop[0].path: 'h' is not an absolute path");
	check(LINUX("\"namespaces\":[{\"type\":\"pid\",\"path\":\"x\"}]"),
	      "linux.namespaces[0].path: 'x' is not an absolute path");
}

Test(check, rlimits_once_each)
{
	check(CONFIG("\"process\":{\"cwd\":\"/\",\"rlimits\":["
		     "{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":1},"
		     "{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},"
		     "{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":1}]}"),
	      "process.rlimits[2]: duplicate type 'RLIMIT_NOFILE'");
	check(CONFIG("\"process\":{\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_X\"}]}"),
	      "process.rlimits[0].type: unknown value 'RLIMIT_X'");
}

Test(check, io_priority)
{
	check(CONFIG("\"process\":{\"cwd\":\"/"
		     "\",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}}"),
	      "process.ioPriority.priority: 8 is out of range (0 to 7)");
	check(CONFIG("\"process\":{\"cwd\":\"/"
		     "\",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":-1}}"),
	      "process.ioPriority.priority: -1 is out of range (0 to 7)");
	check(CONFIG("\"process\":{\"cwd\":\"/"
		     "\",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":7}}"),
	      NULL);
}

Test(check, mount_maps_together)
{
	check(CONFIG("\"mounts\":[{\"destination\":\"/\",\"uidMappings\":[]}]"),
	      "mounts[0]: 'uidMappings' and 'gidMappings' must be given together");
	check(CONFIG("\"mounts\":[{\"destination\":\"/\",\"gidMappings\":[]}]"),
	      "mounts[0]: 'uidMappings' and 'gidMappings' must be given together");
	check(CONFIG("\"mounts\":[{\"destination\":\"/\",\"uidMappings\":[],\"gidMappings\":[]}]"), NULL);
}

Test(check, namespaces_once_each)
{
	check(LINUX("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"user\"},{\"type\":\"pid\"}]"),
	      "linux.namespaces[2]: duplicate type 'pid'");
}

Test(check, time_offsets)
{
	check(LINUX("\"timeOffsets\":{\"realtime\":{\"secs\":1}}"),
	      "linux.timeOffsets['realtime']: unknown clock");
	check(LINUX("\"timeOffsets\":{\"monotonic\":{\"nanosecs\":1000000000}}"),
	      "linux.timeOffsets['monotonic'].nanosecs: 1000000000 is out of range (0 to 999999999)");
	check(LINUX("\"timeOffsets\":{\"monotonic\":{\"nanosecs\":999999999},\"boottime\":{}}"), NULL);
}

Test(check, devices)
{
	check(LINUX("\"devices\":[{\"type\":\"c\",\"path\":\"/d\"}]"),
	      "linux.devices[0]: missing required member 'major'");
	check(LINUX("\"devices\":[{\"type\":\"b\",\"path\":\"/d\",\"major\":1}]"),
	      "linux.devices[0]: missing required member 'minor'");
	check(LINUX("\"devices\":[{\"type\":\"p\",\"path\":\"/d\"}]"), NULL);
	check(LINUX("\"devices\":[{\"type\":\"x\",\"path\":\"/d\"}]"),
	      "linux.devices[0].type: unknown value 'x'");
}

Test(check, intel_rdt)
{
	check(LINUX("\"intelRdt\":{\"memBwSchema\":\"L3:0=f\"}"),
	      "linux.intelRdt.memBwSchema: 'L3:0=f' does not start with 'MB:'");
	check(LINUX("\"intelRdt\":{\"memBwSchema\":\"MB:0=1\\n\"}"),
	      "linux.intelRdt.memBwSchema: must not contain a newline");
	check(LINUX("\"intelRdt\":{\"schemata\":[\"L3:0=f\",\"a\\nb\"]}"),
	      "linux.intelRdt.schemata[1]: must not contain a newline");
	check(LINUX("\"intelRdt\":{\"memBwSchema\":\"MB:0=1\",\"schemata\":[\"x\"]}"), NULL);
}

Test(check, resources)
{
	check(RESOURCES("\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0}]}"),
	      "linux.resources.blockIO.weightDevice[0]: needs 'weight' or 'leafWeight'");
	check(RESOURCES("\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"leafWeight\":5}]}"), NULL);
	check(RESOURCES("\"rdma\":{\"mlx5\":{}}"),
	      "linux.resources.rdma['mlx5']: needs 'hcaHandles' or 'hcaObjects'");
	check(RESOURCES("\"rdma\":{\"mlx5\":{\"hcaObjects\":1}}"), NULL);
	check(RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]"), NULL);
	check(RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"64kB\",\"limit\":1}]"),
	      "linux.resources.hugepageLimits[0].pageSize: '64kB' is not a size such as 2MB");
	check(RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"../2MB\",\"limit\":1}]"),
	      "linux.resources.hugepageLimits[0].pageSize: '../2MB' is not a size such as 2MB");
	check(RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2MBx\",\"limit\":1}]"),
	      "linux.resources.hugepageLimits[0].pageSize: '2MBx' is not a size such as 2MB");
}

Test(check, seccomp)
{
	check(SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"m\""),
	      "linux.seccomp.listenerMetadata: not allowed without 'listenerPath'");
	check(SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1"),
	      "linux.seccomp.defaultErrnoRet: not allowed with the action 'SCMP_ACT_ALLOW'");
	check(SECCOMP("\"defaultAction\":\"SCMP_ACT_TRACE\",\"defaultErrnoRet\":1"), NULL);
	check(SECCOMP("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,"
		      "\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1}]"),
	      "linux.seccomp.syscalls[0].errnoRet: not allowed with the action 'SCMP_ACT_KILL'");
	check(SECCOMP("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_"
		      "ACT_LOG\"}]"),
	      "linux.seccomp.syscalls[0].names: must not be empty");
}
