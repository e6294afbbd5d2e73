/* The program inside the test containers: `payload` reports facts, `payload VERB …` does one thing and says
 * how it went. */
#include "payload.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "report") == 0)
		return payload_report(argc > 2 ? argc - 2 : 0, argv + 2, argv);
	for (const struct action *a = payload_actions; a->name; a++)
		if (strcmp(a->name, argv[1]) == 0 && argc - 2 >= a->n_args)
			return a->run(argc - 2, argv + 2);
	fprintf(stderr, "payload: no such verb, or too few words: %s\n", argv[1]);
	return 99;
}
