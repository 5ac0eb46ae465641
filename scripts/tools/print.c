// SPDX-License-Identifier: GPL-2.0
/*
 * Figures of JSON and of the text format are those of the files: bytes, counts, and
 * microseconds, which are seconds in the text format.
 */

#include "print.h"

#include <stdlib.h>
#include <string.h>

static const enum column columns[] = {
	COL_DIRTY, COL_WRITEBACK, COL_LIMIT, COL_FULL, COL_WRITTEN, COL_THROTTLED,
	COL_KICKS, COL_FOREIGN, COL_WINDOW,
};

void print_table(FILE *to, const struct sample *now, const struct sample *before,
		 const struct view *view)
{
	bool rates = before && before->nr;
	char name[256], cell[64];
	struct row *rows;
	int i, nr;
	size_t c;

	rows = rows_make(now, before, view, &nr);
	for (c = 0; c < ARRAY_SIZE(columns); c++)
		fprintf(to, "%*s ", column_width(columns[c], view),
			column_title(columns[c], rates));
	fputs("CGROUP\n", to);
	for (i = 0; i < nr; i++) {
		for (c = 0; c < ARRAY_SIZE(columns); c++) {
			row_cell(cell, sizeof(cell), &rows[i], columns[c], view, rates);
			fprintf(to, "%*s ", column_width(columns[c], view), cell);
		}
		row_name(name, sizeof(name), &rows[i], view);
		fprintf(to, "%s\n", name);
	}
	free(rows);
}

/* Bytes of a valid UTF-8 sequence at s, or 0 */
static int utf8_length(const unsigned char *s)
{
	int n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 :
		s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	int i;

	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* A byte that is no UTF-8 becomes U+FFFD: neither format has such bytes. */
static void print_text(FILE *to, const char *text, bool json)
{
	const unsigned char *s = (const unsigned char *)text;
	int n;

	for (; *s; s += n ?: 1) {
		n = utf8_length(s);
		if (!n)
			fputs("\xef\xbf\xbd", to);
		else if (*s == '"' || *s == '\\')
			fprintf(to, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", to);
		else if (json && *s < ' ')
			fprintf(to, "\\u%04x", *s);
		else
			fwrite(s, 1, n, to);
	}
}

static void json_number(FILE *to, const char *key, unsigned long long value, bool known)
{
	if (known)
		fprintf(to, ", \"%s\": %llu", key, value);
	else
		fprintf(to, ", \"%s\": null", key);
}

static void json_rate(FILE *to, const char *key, double value, double divisor)
{
	if (value < 0)
		fprintf(to, ", \"%s\": null", key);
	else
		fprintf(to, ", \"%s\": %.3f", key, value / divisor);
}

static void json_cgroup(FILE *to, const struct sample *now, const struct row *row,
			bool rates)
{
	const struct cgroup *cg = row->cg, *sets = NULL;
	bool has = cg->has & HAS_LIMIT;
	const char *sep = "";
	int i;

	fputs("  {\"cgroup\": \"", to);
	print_text(to, cg->path, true);
	fprintf(to, "\", \"id\": %llu", cg->id);
	json_number(to, "dirty", cg->dirty, cg->has & HAS_DIRTY);
	json_number(to, "writeback", cg->writeback, cg->has & HAS_DIRTY);
	json_number(to, "foreign_dirty", cg->foreign, cg->has & HAS_FOREIGN);
	json_number(to, "limit", cg->limit, has);
	if (has && cg->limit_cgroup)
		sets = sample_find(now, cg->limit_cgroup);
	if (sets) {
		fputs(", \"limit_cgroup\": \"", to);
		print_text(to, sets->path, true);
		fputs("\"", to);
	} else {
		fputs(", \"limit_cgroup\": null", to);
	}
	json_number(to, "background", cg->background, has);
	json_number(to, "min", cg->min, has);
	json_number(to, "throttles", cg->throttles, has);
	json_number(to, "throttled_usec", cg->throttled_usec, has);
	json_number(to, "window_usec", cg->window_usec, has);
	json_number(to, "written", cg->written, cg->has & HAS_WRITTEN);
	fputs(", \"kicks\": {", to);
	for (i = 0; i < NR_KICKS; i++) {
		if (!(cg->kinds & 1u << i))
			continue;
		fprintf(to, "%s\"%s\": {\"times\": %llu, \"pages\": %llu}", sep,
			kick_names[i], cg->kicks[i], cg->kicked_pages[i]);
		sep = ", ";
	}
	fputs("}", to);
	if (rates) {
		json_rate(to, "written_per_second", row->value[COL_WRITTEN], 1);
		json_rate(to, "throttled_percent", row->value[COL_THROTTLED], 1e4);
		json_rate(to, "window_percent", row->value[COL_WINDOW], 1e4);
		json_rate(to, "kicks_per_second", row->value[COL_KICKS], 1);
	}
	fputs("}", to);
}

void print_json(FILE *to, const struct sample *now, const struct sample *before,
		const struct view *view)
{
	bool rates = before && before->nr;
	struct row *rows;
	int i, nr;

	rows = rows_make(now, before, view, &nr);
	fprintf(to, "{\"module\": %s, \"cgroups\": [", now->module ? "true" : "false");
	for (i = 0; i < nr; i++) {
		fputs(i ? ",\n" : "\n", to);
		json_cgroup(to, now, &rows[i], rates);
	}
	fputs("\n]}\n", to);
	free(rows);
}

static void metric(FILE *to, const char *name, const char *type, const char *help)
{
	fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void label(FILE *to, const char *name, const struct cgroup *cg)
{
	fprintf(to, "%s{cgroup=\"", name);
	print_text(to, cg->path, false);
	fputs("\"", to);
}

void print_prometheus(FILE *to, const struct sample *now, const struct view *view)
{
	static const struct {
		const char *name;
		const char *type;
		const char *help;
		size_t offset;
		unsigned int has;
		bool usec;
	} metrics[] = {
		{ "memcg_dirty_bytes", "gauge", "Dirty page cache of the subtree.",
		  offsetof(struct cgroup, dirty), HAS_DIRTY, false },
		{ "memcg_dirty_writeback_bytes", "gauge",
		  "Page cache of the subtree under writeback.",
		  offsetof(struct cgroup, writeback), HAS_DIRTY, false },
		{ "memcg_dirty_foreign_bytes", "gauge",
		  "Dirty page cache in files of other cgroups.",
		  offsetof(struct cgroup, foreign), HAS_FOREIGN, false },
		{ "memcg_dirty_limit_bytes", "gauge", "Limit in force; 0 is none.",
		  offsetof(struct cgroup, limit), HAS_LIMIT, false },
		{ "memcg_dirty_background_bytes", "gauge",
		  "Background limit in force; 0 is none.",
		  offsetof(struct cgroup, background), HAS_LIMIT, false },
		{ "memcg_dirty_min_bytes", "gauge", "Protection in force.",
		  offsetof(struct cgroup, min), HAS_LIMIT, false },
		{ "memcg_dirty_throttles_total", "counter",
		  "Times that a task slept because of a limit.",
		  offsetof(struct cgroup, throttles), HAS_LIMIT, false },
		{ "memcg_dirty_throttled_seconds_total", "counter",
		  "Time that tasks slept because of a limit.",
		  offsetof(struct cgroup, throttled_usec), HAS_LIMIT, true },
		{ "memcg_dirty_window_seconds_total", "counter",
		  "Time that flushers waited for the writeback window.",
		  offsetof(struct cgroup, window_usec), HAS_LIMIT, true },
		{ "memcg_dirty_written_bytes_total", "counter",
		  "Bytes written to all devices, as in io.stat.",
		  offsetof(struct cgroup, written), HAS_WRITTEN, false },
	};
	const struct cgroup *cg;
	struct row *rows;
	unsigned long long value;
	int i, k, nr;
	size_t m;

	rows = rows_make(now, NULL, view, &nr);
	metric(to, "memcg_dirty_module_loaded", "gauge",
	       "Whether the module is loaded that dirty limits need.");
	fprintf(to, "memcg_dirty_module_loaded %d\n", now->module);
	for (m = 0; m < ARRAY_SIZE(metrics); m++) {
		metric(to, metrics[m].name, metrics[m].type, metrics[m].help);
		for (i = 0; i < nr; i++) {
			cg = rows[i].cg;
			if (!(cg->has & metrics[m].has))
				continue;
			value = *(const unsigned long long *)((const char *)cg + metrics[m].offset);
			label(to, metrics[m].name, cg);
			if (metrics[m].usec)
				fprintf(to, "} %llu.%06llu\n",
					value / 1000000, value % 1000000);
			else
				fprintf(to, "} %llu\n", value);
		}
	}
	metric(to, "memcg_dirty_kicks_total", "counter",
	       "Times that flushers were started because of an event.");
	for (i = 0; i < nr; i++) {
		for (k = 0; k < NR_KICKS; k++) {
			if (!(rows[i].cg->kinds & 1u << k))
				continue;
			label(to, "memcg_dirty_kicks_total", rows[i].cg);
			fprintf(to, ",event=\"%s\"} %llu\n", kick_names[k],
				rows[i].cg->kicks[k]);
		}
	}
	metric(to, "memcg_dirty_kicked_pages_total", "counter",
	       "Pages that flushers were started for because of an event.");
	for (i = 0; i < nr; i++) {
		for (k = 0; k < NR_KICKS; k++) {
			if (!(rows[i].cg->kinds & 1u << k))
				continue;
			label(to, "memcg_dirty_kicked_pages_total", rows[i].cg);
			fprintf(to, ",event=\"%s\"} %llu\n", kick_names[k],
				rows[i].cg->kicked_pages[k]);
		}
	}
	free(rows);
}
