/* Fuzz target: a container's state. Same oracle as fuzz_config.c. */
#include "rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rewrite_twice(&oci_type_state, data, size);
	return 0;
}
