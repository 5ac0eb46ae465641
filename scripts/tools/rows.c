// SPDX-License-Identifier: GPL-2.0
/*
 * From samples to lines: which cgroups, in which order, and what stands in a cell.
 * With an earlier sample, what only grows is shown per second; without one, since
 * the cgroup was made.
 */

#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB (1024.0 * 1024.0)

const char *const column_names[NR_COLUMNS] = {
	[COL_TREE] = "tree",
	[COL_NAME] = "name",
	[COL_DIRTY] = "dirty",
	[COL_WRITEBACK] = "writeback",
	[COL_LIMIT] = "limit",
	[COL_FULL] = "full",
	[COL_WRITTEN] = "written",
	[COL_THROTTLED] = "throttled",
	[COL_KICKS] = "kicks",
	[COL_FOREIGN] = "foreign",
	[COL_WINDOW] = "window",
};

/* Per cent of the limit in force that the cgroup itself takes; negative: none */
double cgroup_full(const struct cgroup *cg)
{
	if (!(cg->has & HAS_LIMIT) || !cg->limit)
		return -1;
	return 100.0 * ((double)cg->dirty + cg->writeback) / cg->limit;
}

/* A counter, or how fast it grew; a cgroup that was not there before has no rate. */
static double grown(unsigned long long now, const struct cgroup *then,
		    const unsigned long long *old, double seconds)
{
	if (seconds <= 0)
		return now;
	if (!then || now < *old)
		return -1;
	return (now - *old) / seconds;
}

static void fill(struct row *row, const struct cgroup *cg, const struct cgroup *then,
		 double seconds)
{
	unsigned long long kicks = then ? cgroup_kicks(then) : 0;
	double *value = row->value;
	int i;

	for (i = 0; i < NR_COLUMNS; i++)
		value[i] = -1;
	if (cg->has & HAS_DIRTY) {
		value[COL_DIRTY] = cg->dirty;
		value[COL_WRITEBACK] = cg->writeback;
	}
	if (cg->has & HAS_FOREIGN)
		value[COL_FOREIGN] = cg->foreign;
	if (cg->has & HAS_WRITTEN)
		value[COL_WRITTEN] = grown(cg->written, then,
					   then ? &then->written : NULL, seconds);
	if (!(cg->has & HAS_LIMIT))
		return;
	if (cg->limit)
		value[COL_LIMIT] = cg->limit;
	value[COL_FULL] = cgroup_full(cg);
	value[COL_THROTTLED] = grown(cg->throttled_usec, then,
				     then ? &then->throttled_usec : NULL, seconds);
	value[COL_WINDOW] = grown(cg->window_usec, then,
				  then ? &then->window_usec : NULL, seconds);
	value[COL_KICKS] = grown(cgroup_kicks(cg), then, &kicks, seconds);
}

/* qsort() has no argument for it. */
static const struct view *sorting;

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	double difference = 0;

	if (sorting->sort == COL_NAME)
		difference = strcmp(x->cg->path, y->cg->path);
	else if (sorting->sort != COL_TREE)
		difference = y->value[sorting->sort] - x->value[sorting->sort];
	if (!difference)
		return x->rank - y->rank;
	if (sorting->reverse)
		difference = -difference;
	return difference < 0 ? -1 : 1;
}

static bool is_busy(const struct cgroup *cg)
{
	return cg->dirty || cg->writeback || cg->limit_cgroup == cg->id;
}

/* Siblings by name: their paths differ in the first byte that differs, '/' lowest. */
static int compare_tree(const void *a, const void *b)
{
	const char *x = (*(const struct cgroup *const *)a)->path;
	const char *y = (*(const struct cgroup *const *)b)->path;
	int cx, cy;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	cx = *x == '/' ? 1 : (unsigned char)*x;
	cy = *y == '/' ? 1 : (unsigned char)*y;
	return cx - cy;
}

/* The rows that the view wants, in its order; to be freed. */
struct row *rows_make(const struct sample *now, const struct sample *before,
		      const struct view *view, int *nr)
{
	double seconds = before && before->nr ? now->time - before->time : 0;
	const struct cgroup **tree, *cg, *then;
	struct row *rows;
	int i;

	*nr = 0;
	rows = calloc(now->nr + 1, sizeof(*rows));
	tree = calloc(now->nr + 1, sizeof(*tree));
	if (!rows || !tree) {
		free(tree);
		free(rows);
		return NULL;
	}
	for (i = 0; i < now->nr; i++)
		tree[i] = &now->cgroups[i];
	qsort(tree, now->nr, sizeof(*tree), compare_tree);
	for (i = 0; i < now->nr; i++) {
		cg = tree[i];
		if (view->filter && *view->filter && !strstr(cg->path, view->filter))
			continue;
		if (view->busy && !is_busy(cg))
			continue;
		then = seconds > 0 ? sample_find(before, cg->id) : NULL;
		rows[*nr].cg = cg;
		rows[*nr].rank = *nr;
		fill(&rows[*nr], cg, then, seconds);
		(*nr)++;
	}
	free(tree);
	sorting = view;
	qsort(rows, *nr, sizeof(*rows), compare_rows);
	return rows;
}

/* The last part of the path, indented, in the tree; else the path. */
void row_name(char *to, size_t size, const struct row *row, const struct view *view)
{
	const char *name = row->cg->path, *last = strrchr(name, '/');
	bool tree = view->sort == COL_TREE && !view->busy && !(view->filter && *view->filter);
	char *c;

	if (tree && row->cg->depth)
		snprintf(to, size, "%*s%s", 2 * (row->cg->depth < 20 ? row->cg->depth : 20),
			 "", last + 1);
	else
		snprintf(to, size, "%s", name);
	/* Whoever names a cgroup shall not write to another's terminal. */
	for (c = to; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

int column_width(enum column column, const struct view *view)
{
	switch (column) {
	case COL_DIRTY:
	case COL_WRITEBACK:
	case COL_FOREIGN:
	case COL_LIMIT:
		return view->bytes ? 16 : 9;
	case COL_FULL:
		return 6;
	case COL_WRITTEN:
		return view->bytes ? 16 : 10;
	default:
		return view->bytes ? 13 : 10;
	}
}

const char *column_title(enum column column, bool rates)
{
	switch (column) {
	case COL_DIRTY:
		return "DIRTY";
	case COL_WRITEBACK:
		return "WRITEBACK";
	case COL_LIMIT:
		return "LIMIT";
	case COL_FULL:
		return "FULL";
	case COL_WRITTEN:
		return rates ? "WRITTEN/s" : "WRITTEN";
	case COL_THROTTLED:
		return rates ? "THROTTLED%" : "THROTTLED";
	case COL_KICKS:
		return rates ? "KICKS/s" : "KICKS";
	case COL_FOREIGN:
		return "FOREIGN";
	case COL_WINDOW:
		return rates ? "WINDOW%" : "WINDOW";
	default:
		return "CGROUP";
	}
}

/*
 * MiB, or with view->bytes bytes; time as seconds or, of a rate, as per cent of the
 * time. A limit that an ancestor sets has a ^.
 */
void row_cell(char *to, size_t size, const struct row *row, enum column column,
	      const struct view *view, bool rates)
{
	double value = row->value[column];
	const char *mark = "";

	if (value < 0) {
		snprintf(to, size, "-");
		return;
	}
	if (column == COL_LIMIT && row->cg->limit_cgroup != row->cg->id)
		mark = "^";
	switch (column) {
	case COL_LIMIT:
	case COL_DIRTY:
	case COL_WRITEBACK:
	case COL_FOREIGN:
	case COL_WRITTEN:
		if (view->bytes)
			snprintf(to, size, "%s%.0f", mark, value);
		else
			snprintf(to, size, "%s%.1f", mark, value / MIB);
		break;
	case COL_FULL:
		snprintf(to, size, "%.0f%%", value);
		break;
	case COL_THROTTLED:
	case COL_WINDOW:
		if (rates)
			snprintf(to, size, "%.1f", value / 1e4);
		else if (view->bytes)
			snprintf(to, size, "%.6f", value / 1e6);
		else
			snprintf(to, size, "%.1f", value / 1e6);
		break;
	default:
		snprintf(to, size, rates ? "%.1f" : "%.0f", value);
		break;
	}
}
