// SPDX-License-Identifier: MIT
// How large a store is after a real history was typed into it one keystroke a change, and packed.
#include "support/trace_reader.hpp"
#include "writer.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

using namespace weft;
using namespace weft::sync;
using namespace weft::test;

namespace {

const doc_id document = document_number(1);
// About as many keystrokes as fall into one second, since times are kept in seconds.
constexpr std::size_t changes_per_commit = 4;
constexpr std::size_t most_transactions = 30'000;

/// Seals one change per transaction of the trace, by `writers` people who take turns of 50.
bool type_trace(const trace& history, std::size_t writers, sqlite_store& s, crdt::document& whole) {
  std::vector<crdt::document> docs;
  std::vector<std::uint32_t> sealed(writers, 0);
  std::vector<std::vector<crdt::change>> pending(writers);
  for (std::size_t w = 0; w < writers; ++w) docs.emplace_back(replica_number(w + 1));
  std::minstd_rand random(7);
  std::int64_t wall_ms = 1'700'000'000'000;
  const auto flush = [&](std::size_t w) {
    // People pause: one second to some minutes between commits.
    wall_ms += random() % 97 == 0 ? 300'000 : 1'000 + static_cast<std::int64_t>(random() % 2'000);
    const auto lookup = s.lookup(document);
    const key_pair key = key_number(static_cast<std::uint8_t>(w + 1));
    auto batch = seal(document, pending[w], lookup, key, {}, wall_ms);
    if (!batch) return false;
    auto checked = check_batch(document, *std::move(batch), lookup);
    if (!checked) return false;
    store_txn txn;
    txn.changes.push_back({document, *std::move(checked)});
    pending[w].clear();
    return s.commit(txn).has_value();
  };
  for (std::size_t i = 0; i < std::min(history.transactions.size(), most_transactions); ++i) {
    const std::size_t w = i / 50 % writers;
    {
      const crdt::transaction scope(docs[w]);
      auto text = docs[w].get_text("text");
      for (const trace_patch& p : history.transactions[i].patches) {
        if (p.erased != 0) text.erase(crdt::scalar_pos{p.position}, p.erased);
        if (!p.inserted.empty()) text.insert(crdt::scalar_pos{p.position}, p.inserted);
      }
    }
    auto fresh = docs[w].export_changes(replica_number(w + 1), sealed[w]);
    if (fresh.empty()) continue;
    sealed[w] = fresh.back().first.counter + fresh.back().length;
    pending[w].insert(pending[w].end(), fresh.begin(), fresh.end());
    if (pending[w].size() >= changes_per_commit && !flush(w)) return false;
    if (writers > 1 && i % 50 == 49) {
      if (!pending[w].empty() && !flush(w)) return false;
      const auto turn = docs[w].export_updates(docs[(w + 1) % writers].version());
      for (std::size_t other = 0; other < writers; ++other) {
        if (other != w && !docs[other].import(turn)) return false;
      }
    }
  }
  for (std::size_t w = 0; w < writers; ++w) {
    if (!pending[w].empty() && !flush(w)) return false;
    if (!whole.import(docs[w].export_updates())) return false;
  }
  return true;
}

bool size_is_right(const trace& history, const std::string& name, std::size_t writers) {
  const std::filesystem::path memory = "/dev/shm";
  const bool has_memory = ::access(memory.c_str(), W_OK) == 0;
  const scratch_folder folder(has_memory ? memory : std::filesystem::temp_directory_path());
  auto s = sqlite_store::open(folder.path());
  if (!s || !(*s)->commit(new_document(document))) return false;
  crdt::document whole(replica_number(99));
  if (!type_trace(history, writers, **s, whole)) {
    std::fprintf(stderr, "%s: could not be typed\n", name.c_str());
    return false;
  }
  const store_stats before = (*s)->stats();
  const auto packed = (*s)->compact(true);
  if (!packed) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), packed.error().what.c_str());
    return false;
  }
  const store_stats after = (*s)->stats();
  const std::size_t update = whole.export_updates().size();
  std::printf(
      "%s, %zu writers: %llu changes, export %zu bytes, store %llu before and %llu after "
      "packing, %.2f times the export\n",
      name.c_str(), writers, static_cast<unsigned long long>(after.packed_changes), update,
      static_cast<unsigned long long>(before.file_bytes),
      static_cast<unsigned long long>(after.file_bytes),
      static_cast<double>(after.file_bytes) / static_cast<double>(update));
  const auto faults = (*s)->scrub();
  for (const std::string& fault : faults) std::fprintf(stderr, "%s\n", fault.c_str());
  writer reader(document, replica_number(98), 9);
  const bool same =
      reader.import_from(**s).has_value() && reader.text() == whole.get_text("text").to_string();
  if (!same) std::fprintf(stderr, "%s: another text came back\n", name.c_str());
  return faults.empty() && same && after.change_rows == 0 && after.file_bytes <= 3 * update;
}

}  // namespace

int main() {
  const char* folder = std::getenv("WEFT_TRACES");
  if (folder == nullptr) {
    std::printf("SKIPPED: WEFT_TRACES names no folder with editing traces\n");
    return 77;
  }
  int tried = 0;
  bool good = true;
  for (const auto& file : find_traces(folder)) {
    // The largest ones take long to read and show nothing new.
    if (std::filesystem::file_size(file) > 200'000) continue;
    const trace history = read_trace(file);
    if (history.concurrent) continue;
    const std::size_t writers = tried % 2 == 0 ? 1 : 3;
    good = size_is_right(history, file.filename().string(), writers) && good;
    ++tried;
  }
  if (tried == 0) std::fprintf(stderr, "no sequential trace was found\n");
  return good && tried > 0 ? 0 : 1;
}
