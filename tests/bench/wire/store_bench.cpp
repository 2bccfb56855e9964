// SPDX-License-Identifier: MIT
#include "store_bench.hpp"

#include "trace/trace_reader.hpp"
#include "trace_log.hpp"
#include "unit/sync/net/temp_folder.hpp"
#include "weft/sync/node.hpp"
#include "weft/sync/run_loop.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace weft::bench {

namespace {

using namespace std::chrono_literals;
constexpr std::size_t changes_a_commit = 2'048;
constexpr auto patience = 60s;

template <class T>
T value_or_throw(sync::result<T>&& r) {
  if (!r) throw std::runtime_error(r.error().what);
  return std::move(*r);
}
void check(const sync::result<void>& r) {
  if (!r) throw std::runtime_error(r.error().what);
}

/// All files of the database, its log included.
std::uint64_t database_bytes(const std::filesystem::path& profile) {
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator(profile)) {
    if (entry.path().filename().string().starts_with("weft.db")) sum += entry.file_size();
  }
  return sum;
}

class profile {
public:
  [[nodiscard]] std::unique_ptr<sync::node> open() {
    sync::node_options options;
    options.profile = path_;
    options.name = "Ann";
    options.online = false;
    options.run = loop_.get_executor();
    return value_or_throw(sync::node::open(std::move(options)));
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void wait_for(std::chrono::milliseconds time) {
    loop_.run_until([] { return false; }, time);
  }

private:
  testing::temp_folder folder_;
  std::filesystem::path path_ = folder_.path() / "profile";
  sync::run_loop loop_;
};

/// The history goes to the store directly, in large commits: as rows it is the same.
crdt::document fill(const profile& at, const sync::doc_id& document, const app::trace& t,
                    std::size_t most, std::uint64_t& count) {
  const auto store = value_or_throw(sync::sqlite_store::open(at.path()));
  std::vector<sync::replica_id> replicas{value_or_throw(store->own_replica(document))};
  std::vector<sync::key_pair> keys{
      value_or_throw(sync::key_pair::load_or_create(at.path() / "device.key"))};
  while (replicas.size() < t.agents) {
    sync::replica_id id;
    sync::random_bytes(id.bytes);
    replicas.push_back(id);
    keys.push_back(sync::key_pair::generate());
  }
  sync::store_txn gathered;
  gathered.changes.push_back({document, {}});
  std::vector<sync::checked_change>& changes = gathered.changes.front().changes;
  const auto commit = [&] {
    check(store->commit(gathered));
    count += changes.size();
    changes.clear();
  };
  crdt::document whole =
      write_log(t, most, document, replicas, keys, [&](std::vector<sync::checked_change> more) {
        std::move(more.begin(), more.end(), std::back_inserter(changes));
        if (changes.size() >= changes_a_commit) commit();
      });
  if (!changes.empty()) commit();
  return whole;
}

/// The least of a few openings, each by a node of its own.
double time_to_open(profile& at, const sync::doc_id& document) {
  double least = 0;
  for (int i = 0; i < 3; ++i) {
    const auto opened = at.open();
    const auto start = std::chrono::steady_clock::now();
    const auto doc = value_or_throw(opened->open_document(document));
    if (doc->document().get_text("text").length() == 0)
      throw std::runtime_error("no text is there");
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    least = i == 0 ? took.count() : std::min(least, took.count());
  }
  return least;
}

}  // namespace

store_row measure_store(const std::filesystem::path& trace_file, std::size_t most) {
  const app::trace t = app::read_trace(trace_file);
  store_row row;
  row.trace = trace_file.stem().stem().string();
  row.limit = 3;
  profile at;
  // A document without a title: its first operations are those of the trace.
  const sync::doc_id document = value_or_throw(at.open()->create(""))->id();
  const crdt::document written = fill(at, document, t, most, row.changes);
  const auto node = [&] {
    auto opened = at.open();
    const auto doc = value_or_throw(opened->open_document(document));
    if (doc->document().op_count() != written.op_count()) {
      throw std::runtime_error("the store gave back another history");
    }
    doc->document().get_text("text").insert(crdt::scalar_pos{0}, "x");
    check(doc->wait_saved());
    ++row.changes;
    row.export_bytes = doc->document().export_updates().size();
    return opened;
  };
  {
    auto running = node();
    // Until the node has tidied up by itself; the question is answered between two of its tasks.
    const auto end = std::chrono::steady_clock::now() + patience;
    while (running->store().change_rows > 0 && std::chrono::steady_clock::now() < end) {
      at.wait_for(500ms);
    }
    row.idle_bytes = database_bytes(at.path());
  }
  row.closed_bytes = database_bytes(at.path());
  row.open_ms = time_to_open(at, document);
  return row;
}

}  // namespace weft::bench
