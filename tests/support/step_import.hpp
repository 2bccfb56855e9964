// SPDX-License-Identifier: MIT
// Imports as programs do them: mostly at once, sometimes in small steps with questions in between.
#pragma once

#include "support/cluster.hpp"
#include "support/seeds.hpp"
#include "weft/crdt/document/import_task.hpp"

#include <string>

namespace weft::test {

/// The same result as `d.import(update)`; throws `mismatch` if something shows before the end.
inline crdt::result<crdt::import_report> import_somehow(crdt::document& d,
                                                        const crdt::bytes& update, rng& random) {
  if (random.chance(60)) {
    return d.import(update);
  }
  crdt::import_task task(d, update);
  const std::string before = d.get_text("t").to_string();
  const std::size_t most = random.chance(50) ? 2 : 40;
  for (unsigned steps = 0;; ++steps) {
    const auto done = task.step(1 + random.below(most));
    if (!done) {
      return crdt::unexpected(done.error());
    }
    const crdt::import_progress progress = task.progress();
    require(progress.done <= progress.total, "no more is done than there is to do");
    if (*done) {
      return task.report();
    }
    require(d.get_text("t").to_string() == before, "nothing shows before an import is done");
    if (random.chance(3)) {
      static_cast<void>(d.version());  // gives up what is staged
    }
    require(steps < 100'000, "an import in steps ends");
  }
}

}  // namespace weft::test
