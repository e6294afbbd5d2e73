/* Signals as a fresh program expects them. */
#include "life/sigreset.h"

#include <signal.h>
#include <stddef.h>

void signals_reset(void)
{
	sigset_t none;

	/* the classic ones: execve resets handlers, but keeps what is ignored */
	for (int s = 1; s < 32; s++)
		(void)signal(s, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}
