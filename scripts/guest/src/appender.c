// SPDX-License-Identifier: GPL-2.0
/*
 * The neighbour: appends 4 KiB to a file and calls fsync, again and again, as a
 * small database does with its log.
 *
 *   appender -f FILE -o LOG -t SECONDS [-i PAUSE_MS]
 *
 * LOG gets one line for each append: "<start> <latency>", both in microseconds,
 * the latency that of write() and fsync() together. The log is held in memory
 * until the end, so it costs the measurement nothing. An append that is under
 * way when the time is up is waited for and counted.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

struct sample {
	u64 start;
	u64 latency;
};

int main(int argc, char **argv)
{
	const char *file = NULL, *log = NULL;
	unsigned int seconds = 0, pause_ms = 0;
	size_t nr = 0, room = 0, i;
	struct sample *samples = NULL;
	char page[PAGE_BYTES];
	u64 deadline;
	FILE *out;
	int fd, opt;

	while ((opt = getopt(argc, argv, "f:o:t:i:")) != -1) {
		switch (opt) {
		case 'f':
			file = optarg;
			break;
		case 'o':
			log = optarg;
			break;
		case 't':
			seconds = parse_size(optarg);
			break;
		case 'i':
			pause_ms = parse_size(optarg);
			break;
		default:
			return 2;
		}
	}
	if (!file || !log || !seconds)
		errx(2, "-f FILE, -o LOG and -t SECONDS are needed");

	memset(page, 'n', sizeof(page));
	fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd < 0)
		err(1, "%s", file);
	deadline = now_us() + seconds * USEC_PER_SEC;
	for (;;) {
		u64 start = now_us();

		if (start >= deadline)
			break;
		if (nr == room) {
			room = room ? 2 * room : 4096;
			samples = realloc(samples, room * sizeof(*samples));
			if (!samples)
				err(1, "realloc");
			start = now_us();
		}
		if (write(fd, page, sizeof(page)) != (ssize_t)sizeof(page))
			err(1, "write %s", file);
		if (fsync(fd))
			err(1, "fsync %s", file);
		samples[nr].start = start;
		samples[nr++].latency = now_us() - start;
		usleep(pause_ms * 1000);
	}

	out = fopen(log, "w");
	if (!out)
		err(1, "%s", log);
	for (i = 0; i < nr; i++)
		fprintf(out, "%llu %llu\n", samples[i].start,
			samples[i].latency);
	if (fclose(out))
		err(1, "%s", log);
	return 0;
}
