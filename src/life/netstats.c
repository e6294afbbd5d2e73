/* What a network namespace counted: /proc/PID/net/dev. */
#include "life/netstats.h"

#include "base/num.h"
#include "base/str.h"

enum { COLUMNS = 16, RX = 0, TX = 8 }; /* bytes packets errs drop, and four more, in each direction */

/* "NAME: 12 13 ..." */
static bool read_line(char *line, struct oci_net_stats *ret)
{
	char *name = line + strspn(line, " "), *colon = strchr(name, ':'), *save = NULL;
	uint64_t n[COLUMNS];

	if (!colon)
		return false;
	*colon = '\0';
	for (int i = 0; i < COLUMNS; i++)
		if (!num_u64(strtok_r(i ? NULL : colon + 1, " ", &save), &n[i]))
			return false;
	SET(ret, oci_net_stats, name, name);
	SET(ret, oci_net_stats, rx_bytes, n[RX]);
	SET(ret, oci_net_stats, rx_packets, n[RX + 1]);
	SET(ret, oci_net_stats, rx_errors, n[RX + 2]);
	SET(ret, oci_net_stats, rx_dropped, n[RX + 3]);
	SET(ret, oci_net_stats, tx_bytes, n[TX]);
	SET(ret, oci_net_stats, tx_packets, n[TX + 1]);
	SET(ret, oci_net_stats, tx_errors, n[TX + 2]);
	SET(ret, oci_net_stats, tx_dropped, n[TX + 3]);
	return true;
}

void netstats_read(char *text, struct arena *a, struct oci_stats *s)
{
	struct oci_net_stats *v = NULL;
	size_t n = 0, cap = 0;
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		struct oci_net_stats one = { 0 };

		if (!read_line(l, &one) || str_eq(one.name, "lo"))
			continue;
		v = arena_grow(a, v, &cap, n + 1, sizeof *v);
		v[n++] = one;
	}
	s->has |= UINT64_C(1) << oci_stats_I_network_interfaces;
	s->network_interfaces.v = v;
	s->network_interfaces.n = n;
}
