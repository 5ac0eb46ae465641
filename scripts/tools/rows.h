/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of a table: rows.c makes them, print.c and dirtytop.c show them. */
#ifndef MEMCG_DIRTY_ROWS_H
#define MEMCG_DIRTY_ROWS_H

#include "sample.h"

enum column {
	COL_TREE,
	COL_NAME,
	COL_DIRTY,
	COL_WRITEBACK,
	COL_LIMIT,
	COL_FULL,
	COL_WRITTEN,
	COL_THROTTLED,
	COL_KICKS,
	COL_FOREIGN,
	COL_WINDOW,
	NR_COLUMNS,
};

extern const char *const column_names[NR_COLUMNS];

struct row {
	const struct cgroup *cg;
	int rank;		/* its place in the tree */
	double value[NR_COLUMNS];	/* negative: not known */
};

struct view {
	enum column sort;
	bool reverse;
	bool busy;		/* only cgroups with a limit or something dirty */
	bool bytes;		/* exact figures */
	const char *filter;	/* part of a path; NULL: all */
};

struct row *rows_make(const struct sample *now, const struct sample *before,
		      const struct view *view, int *nr);
void row_cell(char *to, size_t size, const struct row *row, enum column column,
	      const struct view *view, bool rates);
void row_name(char *to, size_t size, const struct row *row, const struct view *view);
int column_width(enum column column, const struct view *view);
const char *column_title(enum column column, bool rates);
double cgroup_full(const struct cgroup *cg);

#endif /* MEMCG_DIRTY_ROWS_H */
