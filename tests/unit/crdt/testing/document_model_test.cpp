// SPDX-License-Identifier: MIT
// The model checker on a user's own document: a note with a title in a map and a text below.
#include "weft/crdt/document/document.hpp"
#include "weft/testing/model_checker.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weft::tests {
namespace {

// What the checker needs of a document: a value, and updates that are values too. An update whose
// parents are not here stays loose.
class note {
public:
  note() : document_(crdt::replica_id::from_number(0)) {}
  note(const note& other) : note() { merge(other); }
  note& operator=(const note& other) {
    note copy(other);
    std::swap(document_, copy.document_);
    std::swap(loose_, copy.loose_);
    return *this;
  }
  note(note&&) = default;
  note& operator=(note&&) = default;
  ~note() = default;

  [[nodiscard]] crdt::document& document() const { return document_; }
  [[nodiscard]] static note of_update(const crdt::bytes& update) {
    note n;
    n.loose_.emplace(crdt::as_chars(update));
    n.settle();
    return n;
  }

  bool merge(const note& other) {
    const crdt::bytes before = crdt::to_bytes(*this);
    if (other.document_.op_count() != 0) {
      WEFT_ASSERT(document_.import(other.document_.export_updates()).has_value(),
                  "a good update is accepted");
    }
    loose_.insert(other.loose_.begin(), other.loose_.end());
    settle();
    document_.check_invariants();
    return crdt::to_bytes(*this) != before;
  }
  friend bool operator==(const note& a, const note& b) {
    return crdt::to_bytes(a) == crdt::to_bytes(b);
  }
  friend bool leq(const note& a, const note& b) {
    note copy = b;
    return !copy.merge(a);
  }

  void encode(crdt::byte_writer& out) const {
    out.sized(document_.op_count() == 0 ? crdt::bytes{} : document_.export_canonical());
    out.varint(loose_.size());
    for (const std::string& update : loose_) {
      out.sized(update);
    }
  }
  static crdt::result<note> decode(crdt::byte_reader& in, const crdt::limits& bounds) {
    note n;
    const crdt::byte_view whole = in.sized(bounds.max_input_bytes, "document");
    if (!whole.empty()) {
      if (const auto done = n.document_.import(whole, bounds); !done) {
        return crdt::unexpected(done.error());
      }
    }
    for (std::size_t left = in.count(1, "updates"); left != 0 && !in.failed(); --left) {
      n.loose_.emplace(crdt::as_chars(in.sized(bounds.max_input_bytes, "update")));
    }
    if (in.failed()) {
      return in.failure();
    }
    return n;
  }

private:
  // Applies what can be; the others wait.
  void settle() {
    for (bool again = true; again;) {
      again = false;
      for (auto at = loose_.begin(); at != loose_.end();) {
        crdt::document trial(crdt::replica_id::from_number(0));
        if (document_.op_count() != 0) {
          WEFT_ASSERT(trial.import(document_.export_updates()).has_value(), "our own bytes");
        }
        const auto done = trial.import(crdt::as_bytes(*at));
        if (done && done->pending == 0) {
          WEFT_ASSERT(document_.import(crdt::as_bytes(*at)).has_value(),
                      "a good update is accepted");
          at = loose_.erase(at);
          again = true;
        } else {
          ++at;
        }
      }
    }
  }

  mutable crdt::document document_;
  std::set<std::string> loose_;
};

struct note_subject {
  static constexpr bool causal_delivery = true;
  using state = note;
  enum class kind : std::uint8_t { insert_first, append, erase_first, title };
  struct op {
    kind what = kind::append;
    char letter = 'a';
    [[maybe_unused]] friend bool operator==(const op&, const op&) = default;
  };
  static std::vector<op> alphabet() {
    return {{kind::insert_first, 'a'},
            {kind::append, 'b'},
            {kind::erase_first, ' '},
            {kind::title, 'x'}};
  }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    crdt::document& d = s.document();
    crdt::text text = d.get_text("body");
    if (o.what == kind::erase_first && text.length() == 0) {
      return crdt::unexpected(crdt::errc::bad_position, 0, "nothing to erase");
    }
    const crdt::version_vector before = d.version();
    d.set_replica(me);
    const std::string letter(1, o.letter);
    switch (o.what) {
      case kind::insert_first:
        text.insert(crdt::scalar_pos{0}, letter);
        break;
      case kind::append:
        text.insert(crdt::scalar_pos{text.length()}, letter);
        break;
      case kind::erase_first:
        text.erase(crdt::scalar_pos{0}, 1);
        break;
      case kind::title:
        d.get_map("head").set("title", crdt::value{letter});
        break;
    }
    return note::of_update(d.export_updates(before));
  }
  static std::string name(const op& o) {
    switch (o.what) {
      case kind::insert_first:
        return "insert(0, " + std::string(1, o.letter) + ")";
      case kind::append:
        return "append(" + std::string(1, o.letter) + ")";
      case kind::erase_first:
        return "erase(0)";
      default:
        return "title(" + std::string(1, o.letter) + ")";
    }
  }
  static std::string shown(const state& s) {
    const auto title = s.document().get_map("head").get("title");
    const std::string* words = title ? std::get_if<std::string>(&*title) : nullptr;
    return (words == nullptr ? "-" : *words) + ": " + s.document().get_text("body").to_string();
  }
};

testing::model_report check(std::size_t replicas, std::size_t operations) {
  testing::model_options<note_subject> options;
  options.replicas = replicas;
  options.operations = operations;
  options.invariant = [](const note& n) -> std::optional<std::string> {
    const std::string body = n.document().get_text("body").to_string();
    return body.size() > 4 ? std::optional<std::string>("more letters than insertions")
                           : std::nullopt;
  };
  return testing::check_model<note_subject>(options);
}

}  // namespace

TEST_CASE("model checker: a document of one's own") {
  // With deep checks the larger one takes minutes.
#ifdef WEFT_DEEP_CHECKS
  const std::vector<std::pair<std::size_t, std::size_t>> sizes{{3, 1}};
#else
  const std::vector<std::pair<std::size_t, std::size_t>> sizes{{3, 1}, {2, 2}};
#endif
  for (const auto& [replicas, operations] : sizes) {
    const testing::model_report r = check(replicas, operations);
    std::ostringstream text;
    text << r;
    INFO(text.str());
    REQUIRE(r.holds());
    REQUIRE(r.histories > 500);
  }
}

}  // namespace weft::tests
