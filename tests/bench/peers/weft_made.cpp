// SPDX-License-Identifier: MIT
#include "weft_made.hpp"

#include "random.hpp"
#include "report.hpp"
#include "weft_history.hpp"

#include <algorithm>

namespace weft::bench {

namespace {

using crdt::document;

constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz ";

std::string_view letter(random_source& random) {
  return alphabet.substr(random.below(static_cast<std::uint32_t>(alphabet.size())), 1);
}

std::string text_of(std::size_t size, std::uint64_t seed) {
  random_source random(seed);
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += letter(random);
  return out;
}

void receive(document& d, crdt::byte_view update) {
  const crdt::result<crdt::import_report> done = d.import(update);
  require(done && done->pending == 0, "an update that was just made is not applied");
}

std::string read(document& d) {
  return d.get_text("text").to_string();
}

constexpr std::uint32_t diverge_text = 100'000;
constexpr int diverge_edits = 10'000;

/// Makes random edits, a transaction each.
void scatter(document& d, std::uint64_t seed) {
  random_source random(seed);
  crdt::text text = d.get_text("text");
  std::uint32_t length = diverge_text;
  for (int i = 0; i < diverge_edits; ++i) {
    if (random.below(2) == 0) {
      const crdt::scalar_pos at{random.below(length + 1)};
      text.insert(at, letter(random));
      ++length;
    } else {
      text.erase(crdt::scalar_pos{random.below(length)}, 1);
      --length;
    }
  }
}

void diverge(const report& out) {
  const std::string text = text_of(diverge_text, 1);
  const edit all{0, 0, text};
  out.repeat("diverge", [&] {
    document a(writer_id(0));
    const crdt::bytes base = commit_encoded(a, std::span(&all, 1));
    document b(writer_id(1));
    receive(b, base);
    const crdt::version_vector common = a.version();
    scatter(a, 11);
    scatter(b, 12);
    const crdt::bytes from_a = a.export_updates(common);
    const crdt::bytes from_b = b.export_updates(common);
    const watch time;
    receive(a, from_b);
    receive(b, from_a);
    consume(a.get_text("text").length() + b.get_text("text").length());
    const double ms = time.ms() / 2;
    require(read(a) == read(b), "both converge");
    return ms;
  });
}

constexpr std::uint32_t writer_count = 1540;

void writers(const report& out) {
  const std::string text = text_of(64, 2);
  const edit all{0, 0, text};
  document first(writer_id(0));
  const crdt::bytes base = commit_encoded(first, std::span(&all, 1));
  std::vector<crdt::bytes> updates;
  for (std::uint32_t k = 1; k <= writer_count; ++k) {
    document writer(writer_id(k));
    receive(writer, base);
    const edit one{32, 0, alphabet.substr(k % 26, 1)};
    updates.push_back(commit_encoded(writer, std::span(&one, 1)));
  }
  // One call: what a replica that has them all would send, as one update.
  document whole(reader_id());
  receive(whole, base);
  const crdt::version_vector common = whole.version();
  for (const crdt::bytes& update : updates) receive(whole, update);
  const crdt::bytes together = whole.export_updates(common);
  const std::string expected = read(whole);
  require(expected.size() == text.size() + writer_count, "every letter is there");
  const auto reader = [&] {
    document d(reader_id());
    receive(d, base);
    return d;
  };
  out.repeat("writers-one-call", [&] {
    document d = reader();
    const watch time;
    weft_counted([&] {
      receive(d, together);
      consume(d.get_text("text").length());
    });
    const double ms = time.ms();
    require(read(d) == expected, "the same text");
    return ms;
  });
  out.repeat("writers-one-by-one", [&] {
    document d = reader();
    const watch time;
    for (const crdt::bytes& update : updates) receive(d, update);
    consume(d.get_text("text").length());
    const double ms = time.ms();
    require(read(d) == expected, "the same text");
    return ms;
  });
}

/// Somebody types and erases here and there in a text that stays about as long, for ever.
class typist {
public:
  edit next() {
    if (left_ == 0 || (erasing_ && cursor_ == 0)) begin_burst();
    --left_;
    if (erasing_) {
      --length_;
      return {--cursor_, 1, {}};
    }
    ++length_;
    const std::string_view typed = letter(random_);
    return {cursor_++, 0, typed};
  }

private:
  void begin_burst() {
    cursor_ = random_.below(length_ + 1);
    left_ = 1 + random_.below(20);
    const bool coin = random_.below(2) == 1;
    erasing_ = length_ > most_text || (length_ > least_text && coin);
    if (erasing_) cursor_ = std::max(cursor_, std::uint32_t{1});
  }

  static constexpr std::uint32_t least_text = 2'500;
  static constexpr std::uint32_t most_text = 5'000;

  random_source random_{3};
  std::uint32_t length_ = 0;
  std::uint32_t cursor_ = 0;
  std::uint32_t left_ = 0;  // of this burst
  bool erasing_ = false;
};

constexpr std::uint64_t portion = 1000;

/// Types `size` operations, a transaction for each portion. Gives the milliseconds.
double type_all(document& d, std::uint64_t size) {
  crdt::text text = d.get_text("text");
  typist hands;
  std::vector<edit> edits(portion);
  double ms = 0;
  for (std::uint64_t done = 0; done < size; done += portion) {
    for (edit& e : edits) e = hands.next();
    const watch time;
    {
      const crdt::transaction one(d);
      apply_edits(text, edits);
    }
    ms += time.ms();
  }
  return ms;
}

void growth(const report& out, std::uint64_t size) {
  std::string text;
  crdt::bytes saved;
  crdt::bytes history;
  {
    document d(writer_id(0));
    out.value("growth-local", "ms", type_all(d, size));
    text = read(d);
    saved = d.export_snapshot();
    history = d.export_updates();
  }
  out.check("growth", text);
  out.value("growth-bytes-saved", "bytes", static_cast<double>(saved.size()));
  out.value("growth-bytes-history", "bytes", static_cast<double>(history.size()));
  out.repeat("growth-open", [&] {
    const watch time;
    // As a program does that keeps its documents in files: the history stays there.
    crdt::result<document> d =
        document::open(reader_id(), saved, [&] { return crdt::result<crdt::bytes>(saved); });
    require(d.has_value(), "a snapshot that was just made is refused");
    const std::string got = read(*d);
    const double ms = time.ms();
    require(got == text, "open: the same text");
    return ms;
  });
  out.repeat("growth-merge", [&] {
    const watch time;
    document d(reader_id());
    receive(d, history);
    const std::string got = read(d);
    const double ms = time.ms();
    require(got == text, "merge: the same text");
    return ms;
  });
}

}  // namespace

void run_made(const std::string& work, std::uint64_t size) {
  const report out("weft", size > 0 ? "made-" + std::to_string(size) : "made");
  if (work == "diverge") return diverge(out);
  if (work == "writers") return writers(out);
  require(work == "growth" && size > 0, "no such work");
  growth(out, size);
}

}  // namespace weft::bench
