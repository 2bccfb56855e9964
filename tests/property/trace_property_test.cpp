// SPDX-License-Identifier: MIT
// Recorded editing histories reach the text that they are known to end in: edited, imported at
// once, and, where several people wrote, merged in many orders.
//
// The folder is named by WEFT_TRACES; every trace below it runs. Without it the program says so and
// ends with 77, which ctest shows as skipped.
#include "support/seeds.hpp"
#include "support/trace_reader.hpp"
#include "weft/crdt/document/document.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>

namespace weft::test {
namespace {

using crdt::change;
using crdt::document;
using crdt::replica_id;

void claim(bool holds, const std::string& what) {
  if (!holds) {
    throw std::runtime_error(what);
  }
}

void expect_end(document& d, const trace& t, const char* way) {
  claim(d.get_text("text").to_string() == t.end_content,
        std::string("the text is not the known end content: ") + way);
}

void apply(document& d, const trace_transaction& txn) {
  const crdt::transaction group(d);
  crdt::text text = d.get_text("text");
  for (const trace_patch& p : txn.patches) {
    text.replace({p.position}, p.erased, p.inserted);
  }
}

void expect_import(document& from, const trace& t) {
  document whole(replica_id::from_number(1'000'000));
  claim(whole.import(from.export_updates()).has_value(), "the whole history imports");
  expect_end(whole, t, "imported at once");
  claim(whole.export_canonical() == from.export_canonical(), "an import is the same document");
  auto opened = document::open(replica_id::from_number(1'000'001), from.export_snapshot());
  claim(opened.has_value(), "the snapshot opens");
  expect_end(*opened, t, "opened");
}

void run_sequential(const trace& t) {
  document d(replica_id::from_number(0));
  for (const trace_transaction& txn : t.transactions) {
    apply(d, txn);
  }
  expect_end(d, t, "edited");
  expect_import(d, t);
}

// One document per writer; each applies a transaction at exactly its recorded parents.
class replay {
public:
  explicit replay(const trace& t) : trace_(t), changes_(t.transactions.size()) {
    for (std::uint32_t r = 0; r < t.replicas; ++r) {
      documents_.emplace_back(replica_id::from_number(r));
      known_.emplace_back(t.transactions.size());
    }
    for (std::size_t i = 0; i < t.transactions.size(); ++i) {
      step(i);
    }
  }

  [[nodiscard]] document& last() { return documents_[trace_.transactions.back().replica]; }
  [[nodiscard]] const std::vector<std::vector<change>>& changes() const { return changes_; }
  [[nodiscard]] std::vector<document>& documents() { return documents_; }

private:
  void step(std::size_t i) {
    const trace_transaction& txn = trace_.transactions[i];
    document& d = documents_[txn.replica];
    std::vector<bool>& known = known_[txn.replica];
    std::vector<std::size_t> missing;
    std::vector<std::size_t> open = txn.parents;
    while (!open.empty()) {
      const std::size_t next = open.back();
      open.pop_back();
      if (!known[next]) {
        known[next] = true;
        missing.push_back(next);
        const auto& parents = trace_.transactions[next].parents;
        open.insert(open.end(), parents.begin(), parents.end());
      }
    }
    std::sort(missing.begin(), missing.end());
    std::vector<change> batch;
    for (const std::size_t m : missing) {
      batch.insert(batch.end(), changes_[m].begin(), changes_[m].end());
    }
    if (!batch.empty()) {
      claim(d.import_changes(batch).has_value(), "recorded parents import");
    }
    const std::uint32_t first = d.version().count(d.replica());
    apply(d, txn);
    known[i] = true;
    changes_[i] = d.export_changes(d.replica(), first);
  }

  const trace& trace_;
  std::vector<document> documents_;
  std::vector<std::vector<bool>> known_;
  std::vector<std::vector<change>> changes_;
};

std::vector<std::size_t> random_causal_order(const trace& t, rng& random) {
  std::vector<std::size_t> waiting(t.transactions.size());
  std::vector<std::vector<std::size_t>> children(t.transactions.size());
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < t.transactions.size(); ++i) {
    waiting[i] = t.transactions[i].parents.size();
    for (const std::size_t p : t.transactions[i].parents) {
      children[p].push_back(i);
    }
    if (waiting[i] == 0) {
      ready.push_back(i);
    }
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    std::swap(ready[random.below(ready.size())], ready.back());
    const std::size_t next = ready.back();
    ready.pop_back();
    order.push_back(next);
    for (const std::size_t child : children[next]) {
      if (--waiting[child] == 0) {
        ready.push_back(child);
      }
    }
  }
  return order;
}

// Merging a transaction at a time takes minutes where every step is checked deeply. There the first
// few thousand patches have to do; all replicas and orders must agree about them.
bool cut_if_slow(trace& t) {
  constexpr std::size_t most_patches = 3000;
  constexpr std::size_t least_transactions = 100;
  std::size_t patches = 0;
  for (std::size_t i = 0; slow_build() && i < t.transactions.size(); ++i) {
    patches += t.transactions[i].patches.size();
    if (patches > most_patches && i >= least_transactions) {
      t.transactions.resize(i);
      return true;
    }
  }
  return false;
}

// Each transaction as recorded, then all sides merged. A cut trace gets its end content from that.
document merge_all(trace& t, replay& r, bool cut) {
  if (!cut) {
    expect_end(r.last(), t, "merged where it was recorded");
  }
  document merged(replica_id::from_number(2'000'000));
  for (document& d : r.documents()) {
    claim(merged.import(d.export_updates(merged.version())).has_value(), "each side imports");
  }
  if (cut) {
    t.end_content = merged.get_text("text").to_string();
  }
  expect_end(merged, t, "all sides merged");
  return merged;
}

void run_concurrent(trace& t) {
  const bool cut = cut_if_slow(t);
  replay r(t);
  document merged = merge_all(t, r, cut);
  expect_import(merged, t);
  const auto canonical = merged.export_canonical();
  const std::size_t seeds = scaled(3);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    rng random(seed);
    const auto order = random_causal_order(t, random);
    claim(order.size() == t.transactions.size(), "the trace has no cycle");
    const std::size_t longest = seed == 1 ? 1 : seed == 2 ? 50 : 1000;
    document shuffled(replica_id::from_number(3'000'000 + seed));
    std::vector<change> batch;
    std::size_t left = 0;
    for (const std::size_t i : order) {
      batch.insert(batch.end(), r.changes()[i].begin(), r.changes()[i].end());
      if (left == 0) {
        claim(shuffled.import_changes(batch).has_value(), "a shuffled batch imports");
        batch.clear();
        left = random.below(longest);
      } else {
        --left;
      }
    }
    claim(shuffled.import_changes(batch).has_value(), "a shuffled batch imports");
    expect_end(shuffled, t, ("shuffled, seed " + std::to_string(seed)).c_str());
    claim(shuffled.export_canonical() == canonical, "a shuffled delivery is the same document");
  }
}

int run_all(const char* folder) {
  const auto files = find_traces(folder);
  if (files.empty()) {
    std::printf("FAILED: WEFT_TRACES is %s, and no trace is there\n", folder);
    return 1;
  }
  int failures = 0;
  for (const auto& file : files) {
    try {
      trace t = read_trace(file);
      const std::size_t recorded = t.transactions.size();
      t.concurrent ? run_concurrent(t) : run_sequential(t);
      std::printf("ok: %s (%s, %zu of %zu transactions, %u replicas)\n", file.filename().c_str(),
                  t.concurrent ? "concurrent" : "sequential", t.transactions.size(), recorded,
                  t.replicas);
    } catch (const std::exception& e) {
      ++failures;
      std::printf("FAILED: %s: %s\n", file.filename().c_str(), e.what());
    }
    std::fflush(stdout);
  }
  std::printf("%zu traces ran, %d failed\n", files.size(), failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace weft::test

int main() {
  const char* folder = std::getenv("WEFT_TRACES");
  if (folder == nullptr || *folder == '\0') {
    std::printf("SKIPPED: no trace ran, since WEFT_TRACES names no folder\n");
    return 77;
  }
  return weft::test::run_all(folder);
}
