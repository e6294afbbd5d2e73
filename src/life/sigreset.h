/* Signals as a fresh program expects them. */
#pragma once

/* Nothing blocked, no classic signal ignored: what our caller ignored (nohup, SIGPIPE) is not the container's
 * business.
 */
void signals_reset(void);
