/* /proc/PID/net/dev as the kernel writes it. */
#include "life/netstats.h"

#include "base/own.h"

#include <criterion/criterion.h>

static char *read_text(const char *text, struct arena *a)
{
	struct oci_stats s = { 0 };
	char *out = NULL;

	netstats_read(arena_strdup(a, text), a, &s);
	cr_assert_eq(oci_write(&oci_type_stats, &s, 0, a, &out, NULL, NULL), 0);
	return out;
}

#define HEAD \
	"Inter-|   Receive                                                |  Transmit\n" \
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo " \
	"colls " \
	"carrier compressed\n"

Test(netstats, read)
{
	own_arena a = arena_new();

	cr_assert_str_eq(read_text(HEAD "    lo:  1 2 3 4 0 0 0 0  1 2 3 4 0 0 0 0\n"
					"  eth0: 18446744073709551615 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n"
					"wlan0:1 2 3 4\n",
				   a),
			 "{\"network_interfaces\":[{\"Name\":\"eth0\",\"RxBytes\":18446744073709551615,"
			 "\"RxPackets\":2,\"RxErrors\":3,\"RxDropped\":4,\"TxBytes\":5,\"TxPackets\":6,"
			 "\"TxErrors\":7,\"TxDropped\":8}]}");
	cr_assert_str_eq(read_text(HEAD, a), "{\"network_interfaces\":[]}");
	cr_assert_str_eq(read_text("", a), "{\"network_interfaces\":[]}");
}
