// SPDX-License-Identifier: GPL-2.0
/*
 * dirtytop: dirty page cache of cgroups, their limits and who waits, as a live view,
 * a table, JSON or Prometheus' text format. It only reads files of cgroups: it needs
 * no rights, and no module for what memory.stat has. dirtytop(1) is its manual.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "print.h"

#ifndef DIRTYTOP_VERSION
#define DIRTYTOP_VERSION "(checkout)"
#endif

enum mode {
	MODE_LIVE,
	MODE_TABLE,
	MODE_JSON,
	MODE_PROMETHEUS,
};

static const char *root;
static struct view view;
static double interval;

static const char help[] =
"usage: dirtytop [OPTION...]\n"
"Shows dirty page cache, limits and throttling of cgroups.\n"
"\n"
"  -1, --once           a table, and end; counters since the cgroup was made\n"
"  -j, --json           the same as JSON\n"
"  -p, --prometheus     the same in Prometheus' text format\n"
"  -o, --output FILE    write that to FILE, which is replaced as a whole\n"
"  -d, --delay SECONDS  between two looks (2); with --once or --json: rates over\n"
"                       that time\n"
"  -s, --sort COLUMN    tree, name, dirty, writeback, limit, full, written,\n"
"                       throttled, kicks, foreign, window\n"
"  -R, --reverse        the other way round\n"
"  -f, --filter TEXT    only cgroups with TEXT in their path\n"
"  -z, --busy           only cgroups with a limit of their own or something dirty\n"
"  -b, --bytes          bytes, not MiB\n"
"  -r, --root FOLDER    the cgroups below it (MEMCG_DIRTY_ROOT; /sys/fs/cgroup)\n"
"  -h, --help           this text\n"
"  -V, --version        the version\n";

static const char keys[] =
"q quit  space pause  s/S sort  R reverse  / filter  z busy  b bytes  +/- delay  arrows";

static void fail(const char *what, const char *tried, const char *todo)
{
	fprintf(stderr, "dirtytop: %s\n", what);
	if (tried)
		fprintf(stderr, "  tried: %s\n", tried);
	if (todo)
		fprintf(stderr, "  to do: %s\n", todo);
	exit(1);
}

static void nap(double seconds)
{
	struct timespec time = {
		.tv_sec = seconds,
		.tv_nsec = (seconds - (time_t)seconds) * 1e9,
	};

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

/* On a machine with both versions of cgroups, version 2 may be one folder below. */
static const char *find_root(const char *asked)
{
	if (!asked)
		asked = getenv("MEMCG_DIRTY_ROOT");
	if (asked && *asked)
		return asked;
	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) &&
	    !access("/sys/fs/cgroup/unified/cgroup.controllers", F_OK))
		return "/sys/fs/cgroup/unified";
	return "/sys/fs/cgroup";
}

static void look(struct sample *sample)
{
	int err = sample_read(sample, root);

	if (err) {
		errno = err;
		fprintf(stderr, "dirtytop: the cgroups cannot be read: %m\n");
		fprintf(stderr, "  tried: %s\n", root);
		fprintf(stderr, "  to do: mount cgroup v2 there, or --root FOLDER\n");
		exit(1);
	}
}

/* Whoever reads the file sees an old one or a new one, and never a part. */
static FILE *open_output(const char *path, char **tmp)
{
	FILE *to;
	int fd;

	if (!path)
		return stdout;
	if (asprintf(tmp, "%s.XXXXXX", path) < 0)
		fail("out of memory", NULL, NULL);
	fd = mkstemp(*tmp);
	to = fd < 0 || fchmod(fd, 0644) ? NULL : fdopen(fd, "w");
	if (!to)
		fail("the file cannot be written", path, strerror(errno));
	return to;
}

static void close_output(FILE *to, const char *path, char *tmp)
{
	bool bad = ferror(to);

	bad |= fflush(to) != 0;
	if (to != stdout)
		bad |= fclose(to) != 0;
	if (!bad && path)
		bad = rename(tmp, path) != 0;
	if (bad) {
		if (path)
			unlink(tmp);
		fail("the output cannot be written", path ?: "standard output",
		     strerror(errno));
	}
	free(tmp);
}

static void once(enum mode mode, const char *output)
{
	struct sample before = {}, now;
	char *tmp = NULL;
	FILE *to;

	if (interval > 0 && mode != MODE_PROMETHEUS) {
		look(&before);
		nap(interval);
	}
	look(&now);
	to = open_output(output, &tmp);
	if (mode == MODE_JSON)
		print_json(to, &now, &before, &view);
	else if (mode == MODE_PROMETHEUS)
		print_prometheus(to, &now, &view);
	else
		print_table(to, &now, &before, &view);
	close_output(to, output, tmp);
	if (!now.module && mode == MODE_TABLE && isatty(STDERR_FILENO))
		fputs("dirtytop: the module memcg_dirty is not loaded: no limits here\n", stderr);
	sample_free(&now);
	sample_free(&before);
}

/* What a window of some width has of them, left to right; the name takes the rest. */
static const enum column live_columns[] = {
	COL_DIRTY, COL_WRITEBACK, COL_LIMIT, COL_FULL, COL_WRITTEN, COL_THROTTLED,
	COL_KICKS, COL_FOREIGN, COL_WINDOW,
};

#define NR_LIVE		((int)ARRAY_SIZE(live_columns))
#define NAME_WIDTH	28
#define BAR_WIDTH	10
#define FILTER_SIZE	100

static void draw_bar(int y, int x, double full)
{
	int filled, i, color = full >= 90 ? 3 : full >= 60 ? 2 : 1;

	if (full < 0)
		return;
	filled = full >= 100 ? BAR_WIDTH : full / 100 * BAR_WIDTH + 0.5;
	mvaddch(y, x, '[');
	attron(COLOR_PAIR(color));
	for (i = 0; i < BAR_WIDTH; i++)
		addch(i < filled ? '|' : ' ');
	attroff(COLOR_PAIR(color));
	addch(']');
}

static void draw_row(int y, const struct row *row, int name_width, bool rates)
{
	char name[256], cell[64];
	int x, c, width;

	row_name(name, sizeof(name), row, &view);
	mvprintw(y, 0, "%-*.*s", name_width, name_width, name);
	x = name_width + 1;
	for (c = 0; c < NR_LIVE; c++) {
		width = column_width(live_columns[c], &view);
		if (x + width > COLS)
			break;
		row_cell(cell, sizeof(cell), row, live_columns[c], &view, rates);
		mvprintw(y, x, "%*s", width, cell);
		x += width + 1;
		if (live_columns[c] == COL_FULL && x + BAR_WIDTH + 2 <= COLS) {
			draw_bar(y, x, row->value[COL_FULL]);
			x += BAR_WIDTH + 3;
		}
	}
}

static void draw(const struct sample *now, const struct sample *before, int *top,
		 bool paused, const char *prompt)
{
	int name_width = COLS > 120 ? NAME_WIDTH + COLS - 120 : NAME_WIDTH;
	bool rates = before->nr > 0;
	int nr, i, x, c, page = LINES - 4, width;
	struct row *rows;

	if (name_width > 80)
		name_width = 80;
	rows = rows_make(now, before, &view, &nr);
	if (*top > nr - page)
		*top = nr - page;
	if (*top < 0)
		*top = 0;
	erase();
	mvprintw(0, 0, "dirtytop  %d of %d cgroups  sort: %s%s  delay: %.1f s%s%s%s%s%s",
		 nr, now->nr, column_names[view.sort], view.reverse ? " (reverse)" : "", interval,
		 view.filter && *view.filter ? "  filter: " : "", view.filter ?: "",
		 view.busy ? "  busy" : "", paused ? "  PAUSED" : "",
		 now->module ? "" : "  no module: no limits");
	attron(A_REVERSE);
	mvprintw(2, 0, "%-*s", COLS, "");
	mvprintw(2, 0, "%s", column_title(COL_NAME, rates));
	x = name_width + 1;
	for (c = 0; c < NR_LIVE; c++) {
		width = column_width(live_columns[c], &view);
		if (x + width > COLS)
			break;
		mvprintw(2, x, "%*s", width, column_title(live_columns[c], rates));
		x += width + 1;
		if (live_columns[c] == COL_FULL && x + BAR_WIDTH + 2 <= COLS)
			x += BAR_WIDTH + 3;
	}
	attroff(A_REVERSE);
	for (i = 0; i < page && *top + i < nr; i++)
		draw_row(3 + i, &rows[*top + i], name_width, rates);
	mvprintw(LINES - 1, 0, "%.*s", COLS - 1, prompt ?: keys);
	refresh();
	free(rows);
}

/* A line of text at the bottom. Escape leaves the old one. */
static void ask_filter(const struct sample *now, const struct sample *before, int *top,
		       bool paused, char *filter)
{
	char line[128], was[FILTER_SIZE];
	size_t len;
	int key;

	memcpy(was, filter, FILTER_SIZE);
	timeout(-1);
	for (;;) {
		snprintf(line, sizeof(line), "filter: %.100s_", filter);
		draw(now, before, top, paused, line);
		key = getch();
		len = strlen(filter);
		if (key == '\n' || key == KEY_ENTER || key == ERR) {
			break;
		} else if (key == 27) {
			memcpy(filter, was, FILTER_SIZE);
			break;
		} else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
			if (len)
				filter[len - 1] = '\0';
		} else if (key >= ' ' && key <= '~' && len + 1 < FILTER_SIZE) {
			filter[len] = key;
			filter[len + 1] = '\0';
		}
	}
}

static double clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void live(void)
{
	struct sample before = {}, now;
	char filter[FILTER_SIZE] = "";
	bool paused = false;
	double left;
	int key, top = 0;

	if (interval <= 0)
		interval = 2;
	if (view.filter)
		snprintf(filter, sizeof(filter), "%s", view.filter);
	view.filter = filter;
	look(&now);
	if (!initscr())
		fail("the terminal cannot be used", getenv("TERM"), "dirtytop --once");
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	set_escdelay(50);
	if (has_colors()) {
		start_color();
		use_default_colors();
		init_pair(1, COLOR_GREEN, -1);
		init_pair(2, COLOR_YELLOW, -1);
		init_pair(3, COLOR_RED, -1);
	}
	for (;;) {
		draw(&now, &before, &top, paused, NULL);
		left = paused ? -1 : now.time + interval - clock_now();
		timeout(paused ? -1 : left > 0 ? left * 1000 + 1 : 0);
		key = getch();
		switch (key) {
		case 'q':
		case 'Q':
			endwin();
			sample_free(&now);
			sample_free(&before);
			return;
		case ERR:
			/* Also for a signal, as for a new size */
			if (paused)
				nap(0.1);
			break;
		case ' ':
		case 'p':
			paused = !paused;
			break;
		case 's':
			view.sort = (view.sort + 1) % NR_COLUMNS;
			break;
		case 'S':
			view.sort = (view.sort + NR_COLUMNS - 1) % NR_COLUMNS;
			break;
		case 'R':
			view.reverse = !view.reverse;
			break;
		case 'z':
			view.busy = !view.busy;
			break;
		case 'b':
			view.bytes = !view.bytes;
			break;
		case '/':
			ask_filter(&now, &before, &top, paused, filter);
			break;
		case '+':
			interval += interval < 1 ? 0.1 : 1;
			break;
		case '-':
			interval -= interval <= 1.05 ? 0.1 : 1;
			if (interval < 0.1)
				interval = 0.1;
			break;
		case KEY_UP:
			top--;
			break;
		case KEY_DOWN:
			top++;
			break;
		case KEY_PPAGE:
			top -= LINES - 4;
			break;
		case KEY_NPAGE:
			top += LINES - 4;
			break;
		case KEY_HOME:
			top = 0;
			break;
		}
		if (!paused && clock_now() >= now.time + interval) {
			sample_free(&before);
			before = now;
			if (sample_read(&now, root)) {
				endwin();
				fail("the cgroups are gone", root, NULL);
			}
		}
	}
}

static enum column find_column(const char *name)
{
	int c;

	for (c = 0; c < NR_COLUMNS; c++)
		if (!strcmp(name, column_names[c]))
			return c;
	fail("there is no such column to sort by", name,
	     "one of: tree name dirty writeback limit full written throttled kicks foreign window");
	return COL_TREE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "once", no_argument, NULL, '1' },
		{ "json", no_argument, NULL, 'j' },
		{ "prometheus", no_argument, NULL, 'p' },
		{ "output", required_argument, NULL, 'o' },
		{ "delay", required_argument, NULL, 'd' },
		{ "sort", required_argument, NULL, 's' },
		{ "reverse", no_argument, NULL, 'R' },
		{ "filter", required_argument, NULL, 'f' },
		{ "busy", no_argument, NULL, 'z' },
		{ "bytes", no_argument, NULL, 'b' },
		{ "root", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	const char *output = NULL, *asked = NULL;
	enum mode mode = MODE_LIVE;
	char *end;
	int c;

	setlocale(LC_CTYPE, "");
	while ((c = getopt_long(argc, argv, "1jpo:d:s:Rf:zbr:hV", options, NULL)) != -1) {
		switch (c) {
		case '1':
			if (mode == MODE_LIVE)
				mode = MODE_TABLE;
			break;
		case 'j':
			mode = MODE_JSON;
			break;
		case 'p':
			mode = MODE_PROMETHEUS;
			break;
		case 'o':
			output = optarg;
			break;
		case 'd':
			interval = strtod(optarg, &end);
			if (*end || end == optarg || !(interval >= 0.1 && interval <= 3600))
				fail("the delay is no number from 0.1 to 3600", optarg,
				     "--delay 2");
			break;
		case 's':
			view.sort = find_column(optarg);
			break;
		case 'R':
			view.reverse = true;
			break;
		case 'f':
			view.filter = optarg;
			break;
		case 'z':
			view.busy = true;
			break;
		case 'b':
			view.bytes = true;
			break;
		case 'r':
			asked = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'V':
			puts("dirtytop " DIRTYTOP_VERSION);
			return 0;
		default:
			fputs("  to do: dirtytop --help\n", stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "dirtytop: what is '%s'?\n  to do: dirtytop --help\n",
			argv[optind]);
		return 2;
	}
	root = find_root(asked);
	if (mode == MODE_LIVE && output)
		fail("--output is for a table, JSON or metrics", output,
		     "--once, --json or --prometheus");
	if (mode == MODE_LIVE && !isatty(STDOUT_FILENO))
		mode = MODE_TABLE;
	if (mode == MODE_LIVE)
		live();
	else
		once(mode, output);
	return 0;
}
