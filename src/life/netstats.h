/* What a network namespace counted. */
#pragma once

#include "base/arena.h"
#include "oci/oci.h"

/* Set s->network_interfaces from the text of /proc/PID/net/dev (proc_pid_net(5)), which is taken apart in
 * place. The loopback interface is left out: what it carries goes nowhere. */
void netstats_read(char *text, struct arena *a, struct oci_stats *s);
