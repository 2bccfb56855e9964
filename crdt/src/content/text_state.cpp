// SPDX-License-Identifier: MIT
#include "content/text_state.hpp"

#include "content/effect_log.hpp"
#include "content/rope.hpp"
#include "content/sequence_log.hpp"
#include "content/tracker.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {

struct text_state::state {
  sequence_log log;
  effect_log effects{log.runs()};
  rope text;
  local_frontier last;  // our operations that no other of ours follows
  // Kept between merges while it stays useful; a cache that may be dropped at any time.
  std::unique_ptr<tracker> window;

  struct staging {
    sequence_log::saved log;
    effect_log::saved effects;
    local_frontier last;
    local_index from = 0;  // first staged operation
  };
  staging before;  // valid while something is staged
  bool staged = false;
  bool loaded_only = false;  // the text came without its history

  // The graph entry that holds the run at hand, and the version that the run was made at.
  struct entry_cache {
    index_range range;
    local_frontier parents;
    local_index before = 0;

    std::span<const local_index> seen_by(const causal_graph& graph, local_index first) {
      if (first < range.first || first >= range.end) {
        range = graph.entry_range(first, parents);
      }
      before = first - 1;
      return first == range.first ? std::span<const local_index>{parents}
                                  : std::span<const local_index>{&before, 1};
    }
  };

  void set_last(local_index i) {
    if (last.size() == 1) {
      last[0] = i;
    } else {
      last.assign(1, i);
    }
  }

  entry_cache staged_entry;  // kept for their memory only
  entry_cache fed_entry;

  [[nodiscard]] bool stage_run(const causal_graph& graph, const sequence_run& run);
  [[nodiscard]] bool merge_run(const causal_graph& graph, const sequence_run& run,
                               std::span<const local_index> seen);
  void open_window(const causal_graph& graph, local_index first);
  void feed_direct_runs(const causal_graph& graph, local_index end);
  template <class F>
  void for_each_staged(F&& f) const;
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
  s.effects.push_same(run);
  s.text.insert(position, utf8);
  s.set_last(first + scalars - 1);
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
  s.effects.push_same(run);
  s.text.erase(position, length);
  s.set_last(first + length - 1);
  WEFT_DEEP_ASSERT(s.text.length() == s.effects.length(), "text and effects agree in length");
}

// A run is direct when its author had seen everything that this text has: then its positions hold
// as they are. Otherwise the window finds out what it does here. False: bad position.
bool text_state::state::stage_run(const causal_graph& graph, const sequence_run& run) {
  entry_cache& entry = staged_entry;
  const std::span<const local_index> seen = entry.seen_by(graph, run.first);
  const local_index run_last = run.first + run.length - 1;
  if (last.empty() || last.back() < entry.range.first) {
    std::erase_if(last, [&](local_index i) { return graph.contains(seen, i); });
    last.push_back(run_last);
  } else {
    // Further on in an entry: what its start had not seen, it has not seen either.
    last.back() = run_last;
  }
  if (last.size() > 1) {
    return merge_run(graph, run, seen);
  }
  const std::uint32_t length = effects.length();
  const std::uint32_t taken = run.kind == run_kind::insert ? 0 : run.length;
  if (run.position > length || taken > length - run.position) {
    return false;
  }
  effects.push(run);
  return true;
}

// Makes the window stand on a version that is still critical, as late a one as is useful.
void text_state::state::open_window(const causal_graph& graph, local_index first) {
  const local_index base = graph.last_critical_before(first);
  if (window == nullptr) {
    window = std::make_unique<tracker>();
    window->reset(base, effects.length_after(base));
    return;
  }
  constexpr std::size_t small_window = 64;
  const local_index start = base + 1;
  const bool revoked = start < window->first();
  const bool passed = start >= window->fed() && start > window->first();
  const bool too_wide =
      start > window->first() && window->size() > small_window && first - start < window->size();
  if (revoked || passed || too_wide) {
    window->reset(base, effects.length_after(base));
  }
}

// What came since the window was fed last and was direct has its effects already.
void text_state::state::feed_direct_runs(const causal_graph& graph, local_index end) {
  const run_list& runs = log.runs();
  entry_cache& entry = fed_entry;
  entry.range = {};
  runs.for_each_in({window->fed(), end}, [&](const sequence_run& part, const sequence_run&) {
    const local_index part_end = part.first + part.length;
    for (local_index at = part.first; at < part_end;) {
      const auto made_at = entry.seen_by(graph, at);
      const local_index stop = std::min(part_end, entry.range.end);
      const bool fed = window->apply(graph, runs, part_of(part, at, stop - at), made_at, nullptr);
      WEFT_ASSERT(fed, "what is in the log fits its author's text");
      at = stop;
    }
  });
}

bool text_state::state::merge_run(const causal_graph& graph, const sequence_run& run,
                                  std::span<const local_index> seen) {
  const run_list& runs = log.runs();
  const bool goes_on = window != nullptr && window->fed() == run.first && seen.size() == 1 &&
                       seen[0] == run.first - 1 && run.first > window->first();
  if (!goes_on) {
    open_window(graph, run.first);
    feed_direct_runs(graph, run.first);
  }
  if (!window->apply(graph, runs, run, seen, &effects)) {
    window.reset();
    return false;
  }
  return true;
}

result<void> text_state::stage(const causal_graph& graph, std::span<const sequence_run> runs,
                               std::string_view arena) {
  state& s = *state_;
  WEFT_ASSERT(!s.staged && !s.loaded_only, "one stage at a time, and with history");
  s.staged = true;
  s.before.log = s.log.save();
  s.before.effects = s.effects.save();
  s.before.last = s.last;
  s.before.from = runs.empty() ? s.log.runs().end() : runs.front().first;
  if (!s.log.has_room(arena.size())) {
    return unexpected{errc::document_full, 0, "text of a container's history"};
  }
  s.log.reserve_more(arena.size());
  s.staged_entry.range = {};
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
    s.log.push(run, text);
    if (!s.stage_run(graph, run)) {
      return unexpected{errc::bad_position, 0, "position outside of its author's text"};
    }
  }
  return {};
}

template <class F>
void text_state::state::for_each_staged(F&& f) const {
  std::string_view arena = log.arena().substr(before.log.arena);
  const bool ascii = log.ascii();
  effects.for_each_in(
      {before.from, std::max(before.from, effects.end())}, [&](const sequence_run& part) {
        std::string_view inserted;
        if (part.kind == run_kind::insert) {
          inserted = arena.substr(0, ascii ? part.length : utf::bytes_of(arena, part.length));
          arena.remove_prefix(inserted.size());
        }
        f(part, inserted);
      });
}

void text_state::publish(std::vector<text_patch>* patches) {
  state& s = *state_;
  WEFT_ASSERT(s.staged, "what is published was staged");
  s.for_each_staged([&](const sequence_run& part, std::string_view inserted) {
    if (part.kind == run_kind::insert) {
      s.text.insert(part.position, inserted);
    } else {
      s.text.erase(part.position, part.length);
    }
    if (patches == nullptr) {
      return;
    }
    text_patch& patch = patches->emplace_back();
    patch.position = part.position;
    if (part.kind == run_kind::insert) {
      patch.inserted_length = part.length;
      patch.inserted = inserted;
    } else {
      patch.erased = part.length;
    }
  });
  s.staged = false;
  // All is merged: then do not hold much memory on the suspicion that more comes.
  constexpr std::size_t large_window_bytes = std::size_t{8} << 20U;
  if (s.last.size() == 1 && s.window != nullptr && s.window->size_bytes() > large_window_bytes) {
    s.window.reset();
  }
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
  s.last = s.before.last;
  if (s.window != nullptr && s.window->fed() > s.before.from) {
    s.window.reset();
  }
  s.staged = false;
#ifdef WEFT_DEEP_CHECKS
  check_invariants();
#endif
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
  if (s.window != nullptr) {
    s.window->check_invariants();
  }
  WEFT_ASSERT(s.staged || s.loaded_only || s.text.length() == s.effects.length(),
              "text and effects agree about the length");
}

}  // namespace weft::crdt
