// SPDX-License-Identifier: MIT
#include "content/text_state.hpp"

#include "content/effect_log.hpp"
#include "content/gap_text.hpp"
#include "content/rope.hpp"
#include "content/sequence_log.hpp"
#include "content/text_merger.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::crdt {

struct text_state::state {
  sequence_log log;
  effect_log effects{log.runs()};
  rope text;
  text_merger merger;

  struct staging {
    sequence_log::saved log;
    effect_log::saved effects;
    local_index from = 0;  // first staged operation
  };
  staging before;  // valid while something is staged
  bool staged = false;
  bool loaded_only = false;  // the text came without its history

  // Where publishing stands: an operation, and what is inserted from there on.
  struct place {
    local_index at = 0;
    std::size_t arena = 0;
  };
  [[nodiscard]] bool begins_fresh() const;
  place make_fresh();
  template <class F>
  void for_each_staged(place from, local_index end, F&& f) const;
};

text_state::text_state() : state_(std::make_unique<state>()) {}
text_state::~text_state() = default;
text_state::text_state(text_state&&) noexcept = default;
text_state& text_state::operator=(text_state&&) noexcept = default;

const rope& text_state::content() const {
  return state_->text;
}

void text_state::local_insert(local_index first, std::uint32_t position, std::string_view utf8,
                              std::uint32_t scalars) {
  state& s = *state_;
  WEFT_ASSERT(!s.staged && !s.loaded_only,
              "edits come when nothing is staged and history is there");
  WEFT_ASSERT(position <= s.effects.length(), "an insertion lies inside of the text");
  const sequence_run run{first, position, scalars, run_kind::insert, 0};
  s.log.push(run, utf8);
  s.effects.push_same(run, s.log.runs().size() - 1);
  s.text.insert(position, utf8);
  s.merger.note_local(first + scalars - 1);
  WEFT_DEEP_ASSERT(s.text.length() == s.effects.length(), "text and effects agree in length");
}

void text_state::local_erase(local_index first, std::uint32_t position, std::uint32_t length,
                             run_kind kind) {
  state& s = *state_;
  WEFT_ASSERT(!s.staged && !s.loaded_only,
              "edits come when nothing is staged and history is there");
  WEFT_ASSERT(position <= s.effects.length() && length <= s.effects.length() - position,
              "an erasure lies inside of the text");
  const sequence_run run{first, position, length, kind, 0};
  s.log.push(run, {});
  s.effects.push_same(run, s.log.runs().size() - 1);
  s.text.erase(position, length);
  s.merger.note_local(first + length - 1);
  WEFT_DEEP_ASSERT(s.text.length() == s.effects.length(), "text and effects agree in length");
}

void text_state::begin_staging() {
  state& s = *state_;
  WEFT_ASSERT(!s.staged && !s.loaded_only, "one stage at a time, and with history");
  s.staged = true;
  s.before.log = s.log.save();
  s.before.effects = s.effects.save();
  s.before.from = s.log.runs().end();
  s.merger.begin(s.before.from);
}

bool text_state::staging() const noexcept {
  return state_->staged;
}

bool text_state::has_room(std::size_t text_bytes) const noexcept {
  return state_->log.has_room(text_bytes);
}

void text_state::expect(std::size_t text_bytes) {
  state_->log.reserve_more(text_bytes);
}

sequence_log& text_state::staged_log() noexcept {
  return state_->log;
}

result<bool> text_state::merge_some(const causal_graph& graph, std::uint64_t work) {
  state& s = *state_;
  switch (s.merger.advance(graph, s.log.runs(), s.effects, work)) {
    case text_merger::progress::done:
      return true;
    case text_merger::progress::more:
      return false;
    case text_merger::progress::bad_position:
      break;
  }
  return unexpected{errc::bad_position, 0, "position outside of its author's text"};
}

result<void> text_state::stage(const causal_graph& graph, std::span<const sequence_run> runs,
                               std::string_view arena) {
  begin_staging();
  if (!has_room(arena.size())) {
    return unexpected{errc::document_full, 0, "text of a container's history"};
  }
  expect(arena.size());
  std::string_view rest = arena;
  std::uint64_t at = 0;
  for (const sequence_run& run : runs) {
    std::string_view text;
    if (run.kind == run_kind::insert) {
      if (run.content != at) {
        at = run.content;
        rest = arena.substr(at);
      }
      text = rest.substr(0, utf::bytes_of(rest, run.length));
      rest.remove_prefix(text.size());
      at += text.size();
    }
    state_->log.push(run, text);
  }
  if (const auto merged = merge_some(graph, UINT64_MAX); !merged) {
    return unexpected(merged.error());
  }
  return {};
}

template <class F>
void text_state::state::for_each_staged(place from, local_index end, F&& f) const {
  std::string_view arena = log.arena().substr(from.arena);
  const bool ascii = log.ascii();
  effects.for_each_in({from.at, std::max(from.at, end)}, [&](const sequence_run& part) {
    std::string_view inserted;
    if (part.kind == run_kind::insert) {
      inserted = arena.substr(0, ascii ? part.length : utf::bytes_of(arena, part.length));
      arena.remove_prefix(inserted.size());
    }
    f(part, inserted);
  });
}

// Whether what is staged makes the whole text, of characters that are bytes.
bool text_state::state::begins_fresh() const {
#ifdef WEFT_DEEP_CHECKS
  constexpr std::size_t many_runs = 1;
#else
  constexpr std::size_t many_runs = 64;
#endif
  return text.length() == 0 && log.ascii() && log.runs().size() - before.log.runs.size > many_runs;
}

// Makes the text in one piece, for as long as its edits keep near each other.
text_state::state::place text_state::state::make_fresh() {
  gap_text made;
  const std::string_view arena = log.arena();
  place next{before.from, before.log.arena};
  effects.for_each_part({next.at, effects.end()}, [&](const sequence_run& part) {
    if (part.kind == run_kind::insert) {
      made.insert(part.position, arena.substr(next.arena, part.length), arena.size() - next.arena);
      next.arena += part.length;
    } else {
      made.erase(part.position, part.length);
    }
    next.at = part.first + part.length;
    return !made.far();
  });
  text = rope(made.text());
  return next;
}

void text_state::publish(std::vector<text_patch>* patches) {
  state& s = *state_;
  WEFT_ASSERT(s.staged, "what is published was staged");
  const auto tell = [&](const sequence_run& part, std::string_view inserted) {
    text_patch& patch = patches->emplace_back();
    patch.position = part.position;
    if (part.kind == run_kind::insert) {
      patch.inserted_length = part.length;
      patch.inserted = inserted;
    } else {
      patch.erased = part.length;
    }
  };
  state::place from{s.before.from, s.before.log.arena};
  if (s.begins_fresh()) {
    const state::place start = std::exchange(from, s.make_fresh());
    if (patches != nullptr) {
      s.for_each_staged(start, from.at, tell);
    }
  }
  s.for_each_staged(from, s.effects.end(),
                    [&](const sequence_run& part, std::string_view inserted) {
                      if (part.kind == run_kind::insert) {
                        s.text.insert(part.position, inserted);
                      } else {
                        s.text.erase(part.position, part.length);
                      }
                      if (patches != nullptr) {
                        tell(part, inserted);
                      }
                    });
  s.staged = false;
  s.merger.finish();
  WEFT_ASSERT(s.text.length() == s.effects.length(), "text and effects agree about the length");
#ifdef WEFT_DEEP_CHECKS
  check_invariants();
#endif
}

void text_state::roll_back() {
  state& s = *state_;
  WEFT_ASSERT(s.staged, "what is rolled back was staged");
  s.log.restore(s.before.log);
  s.effects.restore(s.before.effects);
  s.merger.roll_back(s.log.runs());
  s.staged = false;
#ifdef WEFT_DEEP_CHECKS
  check_invariants();
#endif
}

const sequence_log& text_state::log() const {
  return state_->log;
}

void text_state::for_each_run(
    index_range range,
    const std::function<void(const sequence_run&, std::string_view inserted)>& f) const {
  const sequence_log& log = state_->log;
  log.runs().for_each_in(range, [&](const sequence_run& part, const sequence_run& run) {
    if (part.kind != run_kind::insert) {
      f(part, {});
      return;
    }
    const std::string_view text = log.text_of(part, run);
    sequence_run cut = part;
    cut.content = static_cast<std::uint64_t>(text.data() - log.arena().data());
    f(cut, text);
  });
}

local_index text_state::element_at(std::uint32_t position) const {
  return state_->effects.element_at(position);
}

std::optional<text_state::place> text_state::find_element(local_index element) const {
  const auto found = state_->effects.find(element);
  return found ? std::optional{place{found->position, found->visible}} : std::nullopt;
}

const effect_log& text_state::effects() const {
  return state_->effects;
}

std::vector<text_patch> text_state::inverse(std::span<const index_range> ranges) const {
  std::vector<text_patch> out;
  for (const effect_log::reversal& r : state_->effects.inverse(ranges)) {
    text_patch& patch = out.emplace_back();
    patch.position = r.position;
    patch.erased = r.erased;
    for (const index_range range : r.text) {
      for_each_run(range, [&](const sequence_run& run, std::string_view text) {
        patch.inserted += text;
        patch.inserted_length += run.length;
      });
    }
  }
  return out;
}

std::string text_state::text_at(const causal_graph& graph,
                                std::span<const local_index> version) const {
  std::vector<index_range> known;
  std::vector<index_range> none;
  graph.diff(version, {}, known, none);
  std::vector<sequence_run> runs;
  for (std::size_t i = known.size(); i-- > 0;) {
    graph.for_each_entry(known[i], [&](const causal_graph::entry_view& entry) {
      for_each_run(entry.range,
                   [&](const sequence_run& run, std::string_view) { runs.push_back(run); });
    });
  }
  text_state then;
  const auto staged = then.stage(graph, runs, state_->log.arena());
  WEFT_ASSERT(staged.has_value(), "what is in the log can be replayed");
  then.publish(nullptr);
  return then.content().to_string();
}

void text_state::load_text(std::string_view text) {
  state& s = *state_;
  WEFT_ASSERT(s.log.runs().empty() && s.text.length() == 0, "a text is loaded into an empty state");
  s.text = rope(text);
  s.loaded_only = true;
}

result<void> text_state::load_history(const causal_graph& graph, std::span<const sequence_run> runs,
                                      std::string_view arena) {
  state& s = *state_;
  WEFT_ASSERT(s.loaded_only, "history follows load_text");
  text_state replayed;
  if (auto staged = replayed.stage(graph, runs, arena); !staged) {
    return staged;
  }
  replayed.publish(nullptr);
  state& fresh = *replayed.state_;
  if (fresh.text.size_bytes() != s.text.size_bytes() ||
      fresh.text.to_string() != s.text.to_string()) {
    return unexpected{errc::malformed, 0, "text that is not what its history gives"};
  }
  *this = std::move(replayed);
  return {};
}

void text_state::check_invariants() const {
  const state& s = *state_;
  s.text.check_invariants();
  s.log.check_invariants();
  s.effects.check_invariants();
  s.merger.check_invariants();
  WEFT_ASSERT(s.staged || s.loaded_only || s.text.length() == s.effects.length(),
              "text and effects agree about the length");
}

}  // namespace weft::crdt
