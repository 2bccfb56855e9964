// SPDX-License-Identifier: MIT
// Large texts and long histories: what is big here is not the graph.
#include "growth.hpp"
#include "makers.hpp"
#include "weft/crdt/document/undo.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace weft::bench {
namespace {

using sample = growth_row::sample;

void scattered(crdt::document& d, std::uint64_t edits, std::uint64_t seed) {
  random_source random(seed);
  crdt::text t = d.get_text(text_name);
  for (std::uint64_t i = 0; i < edits; ++i) {
    const std::uint32_t length = t.length();
    if (length > 0 && random.below(3) == 0) {
      t.erase({random.below(length)}, 1);
    } else {
      t.insert({random.below(length + 1)}, "x");
    }
  }
}

struct two {
  crdt::document a = fresh_document(1);
  crdt::document b = fresh_document(2);

  explicit two(const std::string& text) {
    a.get_text(text_name).insert({0}, text);
    import_update(b, a.export_updates({}, 0));
  }
};

// Two edit one text apart from each other; the first merges what the second did.
sample apart(std::uint64_t text, std::uint64_t edits) {
  two d(words(text));
  const crdt::version_vector before = d.a.version();
  scattered(d.a, edits, 1);
  scattered(d.b, edits, 2);
  const crdt::bytes update = d.b.export_updates(before, 0);
  return {nanoseconds([&] { import_update(d.a, update); }), edits};
}

sample apart_one_by_one(std::uint64_t text, std::uint64_t edits) {
  two d(words(text));
  scattered(d.a, edits, 1);
  double ns = 0;
  for (std::uint64_t i = 0; i < edits; ++i) {
    const crdt::version_vector before = d.b.version();
    scattered(d.b, 1, i + 3);
    const crdt::bytes update = d.b.export_updates(before, 0);
    ns += nanoseconds([&] { import_update(d.a, update); });
  }
  return {ns, edits};
}

// `k` replicas erase the same n characters: each in one range, or one by one from the end.
sample all_erase(std::uint64_t n, std::uint64_t k, bool singly) {
  crdt::document base = fresh_document(1);
  base.get_text(text_name).insert({0}, words(n));
  const crdt::bytes first = base.export_updates({}, 0);
  std::vector<crdt::bytes> updates;
  for (std::uint64_t r = 0; r < k; ++r) {
    crdt::document d = fresh_document(2 + r);
    import_update(d, first);
    crdt::text t = d.get_text(text_name);
    if (!singly) {
      t.erase({0}, static_cast<std::uint32_t>(n));
    } else {
      // Every second character first, so that there are as many runs as characters.
      for (std::uint32_t i = static_cast<std::uint32_t>(n); i >= 2; i -= 2) {
        t.erase({i - 2}, 1);
      }
      t.erase({0}, t.length());
    }
    updates.push_back(d.export_updates(base.version(), 0));
  }
  crdt::document sink = fresh_document(900'002);
  import_update(sink, first);
  return {nanoseconds([&] {
            for (const crdt::bytes& update : updates) {
              import_update(sink, update);
            }
          }),
          n * k};
}

// A text of n characters in scattered runs is erased whole, undone and redone, five times over.
sample erase_undo_redo(std::uint64_t n, bool remote) {
  crdt::document d = fresh_document(1);
  random_source random(5);
  crdt::text t = d.get_text(text_name);
  while (t.length() < n) {
    t.insert({random.below(t.length() + 1)}, "typed more");
  }
  crdt::document other = fresh_document(2);
  import_update(other, d.export_updates({}, 0));
  const crdt::version_vector before = other.version();
  other.get_text(text_name).insert({random.below(n)}, "theirs");
  crdt::undo_manager undo(d);
  const crdt::version_vector mine = d.version();
  double ns = nanoseconds([&] {
    t.erase({0}, t.length());
    for (int i = 0; i < 5; ++i) {
      undo.undo();
      undo.redo();
    }
    undo.undo();
  });
  if (remote) {
    const crdt::bytes update = d.export_updates(mine, 0);
    ns = nanoseconds([&] { import_update(other, update); });
    import_update(d, other.export_updates(before, 0));
  }
  return {ns, n};
}

sample paste_then_edits(std::uint64_t n) {
  return apart(n, 2'000);
}

sample local_edits(std::uint64_t n) {
  crdt::document d = fresh_document(1);
  d.get_text(text_name).insert({0}, words(1'000));
  return {nanoseconds([&] { scattered(d, n, 1); }), n};
}

// A history of n edits on a text that stays as long as it was.
crdt::document long_history(std::uint64_t n) {
  crdt::document d = fresh_document(1);
  random_source random(11);
  crdt::text t = d.get_text(text_name);
  t.insert({0}, words(10'000));
  for (std::uint64_t i = 0; i < n / 2; ++i) {
    const std::uint32_t at = random.below(t.length());
    t.insert({at}, "x");
    t.erase({random.below(t.length())}, 1);
  }
  return d;
}

sample import_linear(std::uint64_t n) {
  crdt::document d = long_history(n);
  const crdt::bytes update = d.export_updates({}, 0);
  crdt::document sink = fresh_document(2);
  return {nanoseconds([&] { import_update(sink, update); }), n};
}

sample open_and_read(std::uint64_t n) {
  crdt::document d = long_history(n);
  const crdt::bytes snapshot = d.export_snapshot(0);
  std::size_t size = 0;
  const double ns = nanoseconds([&] {
    // As a program does that keeps its documents in files: without a source, the bytes of the
    // history are copied.
    const auto opened = crdt::document::open(crdt::replica_id::from_number(2), snapshot,
                                             [&] { return crdt::result<crdt::bytes>(snapshot); });
    crdt::document doc = std::move(const_cast<crdt::result<crdt::document>&>(opened).value());
    size = doc.get_text(text_name).to_string().size();
  });
  return {ns, size > 0 ? std::uint64_t{1} : 0};
}

sample keystroke_exports(std::uint64_t n) {
  crdt::document d = long_history(n);
  double ns = 0;
  for (int i = 0; i < 200; ++i) {
    const crdt::version_vector before = d.version();
    d.get_text(text_name).insert({static_cast<std::uint32_t>(i)}, "k");
    ns += nanoseconds([&] { static_cast<void>(d.export_updates(before, 0)); });
  }
  return {ns, 200};
}

sample keystroke_imports(std::uint64_t n) {
  crdt::document d = long_history(n);
  crdt::document other = fresh_document(2);
  import_update(other, d.export_updates({}, 0));
  double ns = 0;
  for (int i = 0; i <= 200; ++i) {
    const crdt::version_vector before = d.version();
    d.get_text(text_name).insert({static_cast<std::uint32_t>(i)}, "k");
    const crdt::bytes update = d.export_updates(before, 0);
    const double spent = nanoseconds([&] { import_update(other, update); });
    ns += i == 0 ? 0 : spent;  // the first may make room for many
  }
  return {ns, 200};
}

// Carets of others: taken once in the middle, looked up after each of 200 edits.
sample cursors(std::uint64_t n) {
  crdt::document d = long_history(n);
  crdt::text t = d.get_text(text_name);
  double ns = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    std::optional<crdt::cursor> c;
    ns += nanoseconds([&] { c = t.cursor_at({i * 47 + 5}, crdt::side::after); });
    t.insert({i * 3}, "k");
    ns += nanoseconds([&] { static_cast<void>(t.resolve(*c)); });
  }
  return {ns, 400};
}

// Changes that arrive newest first all wait for the oldest.
sample newest_first(std::uint64_t n) {
  crdt::document a = fresh_document(1);
  std::vector<crdt::bytes> updates;
  random_source random(2);
  for (std::uint64_t i = 0; i < n; ++i) {
    const crdt::version_vector before = a.version();
    crdt::text t = a.get_text(text_name);
    t.insert({random.below(t.length() + 1)}, "x");
    updates.push_back(a.export_updates(before, 0));
  }
  crdt::document sink = fresh_document(2);
  return {nanoseconds([&] {
            for (std::size_t i = updates.size(); i-- > 0;) {
              static_cast<void>(sink.import(updates[i]).value());
            }
          }),
          n};
}

}  // namespace

std::vector<growth_row> text_rows() {
  const std::vector<std::uint64_t> sizes{1'000, 3'000, 10'000, 30'000, 100'000, 300'000, 1'000'000};
  const std::vector<std::uint64_t> big{3'000'000, 10'000'000};
  std::vector<growth_row> rows;
  rows.push_back({"2,000 scattered edits each after a paste of n", "edit", sizes, big,
                  paste_then_edits, 0.25});
  rows.push_back({"n scattered edits each on 100,000 characters, one update",
                  "edit",
                  {300, 1'000, 3'000, 10'000, 30'000, 100'000},
                  {300'000, 1'000'000},
                  [](std::uint64_t n) { return apart(100'000, n); }});
  rows.push_back({"n scattered edits each on 100,000 characters, one by one",
                  "edit",
                  {300, 1'000, 3'000, 10'000, 30'000, 100'000},
                  {300'000},
                  [](std::uint64_t n) { return apart_one_by_one(100'000, n); }});
  rows.push_back({"16 erase the same n characters", "op", sizes, big,
                  [](std::uint64_t n) { return all_erase(n, 16, false); }});
  rows.push_back({"8 erase the same n characters, every second first",
                  "op",
                  {1'000, 3'000, 10'000, 30'000, 100'000, 300'000},
                  {1'000'000},
                  [](std::uint64_t n) { return all_erase(n, 8, true); }});
  rows.push_back({"n erase the same 1,000 characters",
                  "op",
                  {16, 48, 160, 480, 1'600},
                  {4'800},
                  [](std::uint64_t n) { return all_erase(1'000, n, false); }});
  rows.push_back({"erase all, undo, redo, five times", "op", sizes, big,
                  [](std::uint64_t n) { return erase_undo_redo(n, false); }});
  rows.push_back({"erase all, undo, redo, five times, then merged", "op", sizes, big,
                  [](std::uint64_t n) { return erase_undo_redo(n, true); }});
  rows.push_back({"n local scattered edits", "edit", sizes, big, local_edits});
  rows.push_back({"one import of a linear history", "op", sizes, big, import_linear});
  rows.push_back({"200 keystrokes exported after n operations", "update", sizes, big,
                  keystroke_exports, 0.25});
  rows.push_back({"200 keystrokes imported after n operations", "update", sizes, big,
                  keystroke_imports, 0.25});
  rows.push_back({"open and read 10,000 characters after n operations", "call", sizes, big,
                  open_and_read, 0.25});
  rows.push_back({"200 cursors after n operations", "call", sizes, big, cursors, 0.25});
  rows.push_back({"n packets, newest first",
                  "packet",
                  {300, 1'000, 3'000, 10'000, 30'000},
                  {100'000},
                  newest_first});
  return rows;
}

}  // namespace weft::bench
