/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MEMCG_DIRTY_FILES_H
#define MEMCG_DIRTY_FILES_H

#include <linux/cgroup.h>

/* Files of the memory controller, for memcg_dirty_register(). */
extern struct cftype memcg_dirty_files[];

#endif /* MEMCG_DIRTY_FILES_H */
