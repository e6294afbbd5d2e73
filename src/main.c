/* The face of husk: argv in, exit status out. */
#include "base/err.h"

int main(void)
{
	return 0;
}
