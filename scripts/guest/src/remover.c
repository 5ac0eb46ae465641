// SPDX-License-Identifier: GPL-2.0
/*
 * Removes folders, one after the other.
 *
 *   remover -o LOG DIR...
 *
 * LOG gets one line for each: "<start> <latency>" of rmdir(), in microseconds. A
 * shell that starts a process for each cannot tell that from what it measures.
 */
#include <stdio.h>

#include "util.h"

int main(int argc, char **argv)
{
	const char *log = NULL;
	FILE *out;
	int opt;

	while ((opt = getopt(argc, argv, "o:")) != -1) {
		if (opt != 'o')
			return 2;
		log = optarg;
	}
	if (!log || optind == argc)
		errx(2, "-o LOG and at least one DIR are needed");
	out = fopen(log, "w");
	if (!out)
		err(1, "%s", log);
	for (; optind < argc; optind++) {
		u64 start = now_us();

		if (rmdir(argv[optind]))
			err(1, "%s", argv[optind]);
		fprintf(out, "%llu %llu\n", start, now_us() - start);
	}
	if (fclose(out))
		err(1, "%s", log);
	return 0;
}
