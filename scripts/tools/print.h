/* SPDX-License-Identifier: GPL-2.0 */
/* What dirtytop writes once: a table, JSON, or Prometheus' text format. */
#ifndef MEMCG_DIRTY_PRINT_H
#define MEMCG_DIRTY_PRINT_H

#include <stdio.h>

#include "rows.h"

void print_table(FILE *to, const struct sample *now, const struct sample *before,
		 const struct view *view);
void print_json(FILE *to, const struct sample *now, const struct sample *before,
		const struct view *view);
void print_prometheus(FILE *to, const struct sample *now, const struct view *view);

#endif /* MEMCG_DIRTY_PRINT_H */
