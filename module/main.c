// SPDX-License-Identifier: GPL-2.0
/*
 * Limits on the dirty memory of a cgroup.
 *
 * Loading the module gives every cgroup that has the memory controller of
 * cgroup v2 enabled the files memory.dirty_*: limits on its dirty page cache,
 * statistics, a way to flush, and the choice of a kick policy. The limits are in
 * the kernel, mm/memcg_dirty/, and the files are how they are set. Unloading the
 * module removes the files and lifts every limit.
 *
 * Documentation/admin-guide/memcg-dirty.rst describes each file.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/limits.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "compat.h"
#include <linux/memcg_dirty_module.h>

#include "files.h"
#include "parse.h"
#include "policy.h"

/* Until the policies are there it is a name, and looked up then. */
static char memcg_dirty_kick_policy[32] = "targeted";
static bool memcg_dirty_has_policies;

static int memcg_dirty_set_kick_policy(const char *val,
				       const struct kernel_param *kp)
{
	char name[sizeof(memcg_dirty_kick_policy)];

	if (strscpy(name, skip_spaces(val), sizeof(name)) < 0)
		return -EINVAL;
	strim(name);
	if (memcg_dirty_has_policies)
		return memcg_kick_set_default(name);
	strscpy(memcg_dirty_kick_policy, name);
	return 0;
}

static int memcg_dirty_get_kick_policy(char *buf, const struct kernel_param *kp)
{
	return memcg_kick_show(NULL, buf, PAGE_SIZE);
}

static const struct kernel_param_ops memcg_dirty_kick_policy_ops = {
	.set = memcg_dirty_set_kick_policy,
	.get = memcg_dirty_get_kick_policy,
};
module_param_cb(kick_policy, &memcg_dirty_kick_policy_ops, NULL, 0644);
MODULE_PARM_DESC(kick_policy, "memory.dirty_kick_policy of cgroups for which none is chosen (targeted)");

/* Until there are limits it is a number. */
static unsigned int memcg_dirty_window_us = WB_WINDOW_DEFAULT;
static bool memcg_dirty_has_window;

static int memcg_dirty_set_window(const char *val, const struct kernel_param *kp)
{
	int err = memcg_dirty_parse_window(val, &memcg_dirty_window_us);

	if (!err && memcg_dirty_has_window)
		wb_window_set(memcg_dirty_window_us);
	return err;
}

static int memcg_dirty_get_window(char *buf, const struct kernel_param *kp)
{
	if (memcg_dirty_window_us == WB_WINDOW_OFF)
		return sysfs_emit(buf, "max\n");
	return sysfs_emit(buf, "%u\n", memcg_dirty_window_us);
}

static const struct kernel_param_ops memcg_dirty_window_ops = {
	.set = memcg_dirty_set_window,
	.get = memcg_dirty_get_window,
};
module_param_cb(writeback_window_us, &memcg_dirty_window_ops, NULL, 0644);
MODULE_PARM_DESC(writeback_window_us, "time that each disk takes for what flushers of limited cgroups have in front of it, in microseconds (1500); max: any");

#ifdef MEMCG_DIRTY_HAS_DONTCACHE
static int memcg_dirty_set_batch(const char *val, const struct kernel_param *kp)
{
	unsigned long pages;
	int err;

	err = memcg_dirty_parse_amount(val, &pages);
	if (!err)
		memcg_dirty_set_dontcache_batch(pages);
	return err;
}

static int memcg_dirty_get_batch(char *buf, const struct kernel_param *kp)
{
	unsigned long pages = memcg_dirty_get_dontcache_batch();

	if (pages == ULONG_MAX)
		return sysfs_emit(buf, "max\n");
	return sysfs_emit(buf, "%llu\n", (u64)pages << PAGE_SHIFT);
}

static const struct kernel_param_ops memcg_dirty_batch_ops = {
	.set = memcg_dirty_set_batch,
	.get = memcg_dirty_get_batch,
};
module_param_cb(dontcache_batch, &memcg_dirty_batch_ops, NULL, 0644);
MODULE_PARM_DESC(dontcache_batch, "bytes written with RWF_DONTCACHE that a cgroup has dirty on a device before its flusher is started for them (0: none)");
#endif

static int __init memcg_dirty_init(void)
{
	int err;

	if (mem_cgroup_disabled()) {
		pr_err("the memory controller is disabled (cgroup_disable=memory)\n");
		return -ENODEV;
	}

	err = memcg_dirty_register_policies();
	if (err) {
		pr_err("cannot register the kick policies: %pe\n", ERR_PTR(err));
		return err;
	}
	kernel_param_lock(THIS_MODULE);
	err = memcg_kick_set_default(memcg_dirty_kick_policy);
	memcg_dirty_has_policies = !err;
	kernel_param_unlock(THIS_MODULE);
	if (err) {
		pr_err("there is no kick policy '%s'\n", memcg_dirty_kick_policy);
		goto unregister;
	}

	err = memcg_dirty_register(memcg_dirty_files);
	if (err) {
		pr_err("cannot add the files to the memory controller: %pe\n",
		       ERR_PTR(err));
		goto unregister;
	}

	kernel_param_lock(THIS_MODULE);
	memcg_dirty_has_window = true;
	wb_window_set(memcg_dirty_window_us);
	kernel_param_unlock(THIS_MODULE);

	pr_info("loaded; memory.dirty_limit_in_bytes and memory.dirty_background_limit_in_bytes limit the dirty memory of a cgroup\n");
	return 0;

unregister:
	memcg_dirty_unregister_policies();
	return err;
}

static void __exit memcg_dirty_exit(void)
{
	kernel_param_lock(THIS_MODULE);
	memcg_dirty_has_window = false;
	wb_window_set(WB_WINDOW_OFF);
	kernel_param_unlock(THIS_MODULE);
	memcg_dirty_unregister(memcg_dirty_files);
	memcg_dirty_unregister_policies();
	pr_info("unloaded; all limits are lifted\n");
}

module_init(memcg_dirty_init);
module_exit(memcg_dirty_exit);

MEMCG_DIRTY_IMPORT_NS();
MODULE_AUTHOR("memcg-dirty maintainers");
MODULE_DESCRIPTION("Limits on the dirty memory of a cgroup");
MODULE_LICENSE("GPL");
