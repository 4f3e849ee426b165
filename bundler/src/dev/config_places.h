/* Options that name folders, addresses and names of files: readers for tables of config_reader.h,
 * by what dev_config.h says of each. */
#ifndef RWB_DEV_CONFIG_PLACES_H
#define RWB_DEV_CONFIG_PLACES_H

#include "dev/config_reader.h"
#include "dev/dev_config.h"

/// Into an rwg_str: the path under which all is served, with a slash at both ends.
rwg_status rwb__config_base(rwb__config_reader *r, const rwg__json *value, void *out_str);
/// Into an rwg_str: an absolute folder, or "" for false.
rwg_status rwb__config_folder(rwb__config_reader *r, const rwg__json *value, void *out_str);
/// The same, of a folder that may not hold the project itself.
rwg_status rwb__config_public(rwb__config_reader *r, const rwg__json *value, void *out_str);
/// Into the rwb__dev_config's prefixes.
rwg_status rwb__config_prefixes(rwb__config_reader *r, const rwg__json *value, void *out_config);
/// Into the rwb__dev_config's rules for files.
rwg_status rwb__config_files(rwb__config_reader *r, const rwg__json *value, void *out_config);
/// Into the rwb__dev_config's folders that are not watched.
rwg_status rwb__config_watch(rwb__config_reader *r, const rwg__json *value, void *out_config);

#endif
