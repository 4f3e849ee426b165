/* Everything of librwgraph's stable interface. */
#ifndef RWGRAPH_RWGRAPH_H
#define RWGRAPH_RWGRAPH_H

#include <rwgraph/base.h>
#include <rwgraph/change.h>
#include <rwgraph/config.h>
#include <rwgraph/diag.h>
#include <rwgraph/graph.h>
#include <rwgraph/module.h>
#include <rwgraph/project.h>
#include <rwgraph/resolve.h>
#include <rwgraph/sink.h>
#include <rwgraph/status.h>
#include <rwgraph/sys/fs.h>
#include <rwgraph/sys/runtime.h>

#endif
