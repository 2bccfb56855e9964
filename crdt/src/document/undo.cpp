// SPDX-License-Identifier: MIT
#include "weft/crdt/document/undo.hpp"

#include "document/document_core.hpp"
#include "document/undo_inverse.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace weft::crdt {
namespace {

constexpr std::uint8_t stacks_format = 1;
constexpr std::size_t max_decoded_steps = 100'000;

// Own operations that the manager knows of, in the order in which they were made.
struct own_range {
  replica_id replica;
  std::uint32_t counter = 0;
  std::uint32_t length = 0;
};

// A step is named by where it starts in the timeline. It reaches to the present: what was made
// after it has been taken back by the time it is undone.
struct step {
  std::uint64_t start = 0;
  std::optional<undo_selection> selection;
};

}  // namespace

struct undo_manager::state final : local_observer {
  explicit state(document_core& c) : core(c) { core.add_observer(*this); }
  ~state() { core.remove_observer(*this); }

  void on_local(index_range operations, origin from) override {
    if (from != origin::local || !has_text(operations)) {
      return;
    }
    const std::uint64_t start = timeline_length;
    record(operations);
    if (!joins || !open || undone.empty()) {
      undone.push_back({start, std::nullopt});
    }
    redone.clear();
    joins = false;
    open = true;
  }

  [[nodiscard]] bool has_text(index_range operations) const {
    bool found = false;
    core.for_each_owner(operations, [&](index_range, container_index c) {
      found = found || core.at(c).type == container_type::text;
    });
    return found;
  }

  void record(index_range operations) {
    core.graph().for_each_entry(operations, [&](const causal_graph::entry_view& e) {
      const replica_id& id = core.graph().id_of(e.replica);
      if (!timeline.empty() && timeline.back().replica == id &&
          timeline.back().counter + timeline.back().length == e.counter) {
        timeline.back().length += e.range.length();
      } else {
        timeline.push_back({id, e.counter, e.range.length()});
      }
    });
    timeline_length += operations.length();
  }

  // Local indexes of the timeline from `start` on; ascending.
  [[nodiscard]] std::vector<index_range> since(std::uint64_t start) const {
    std::vector<index_range> out;
    std::uint64_t end = timeline_length;
    for (auto own = timeline.rbegin(); own != timeline.rend() && end > start; ++own) {
      const std::uint64_t first = end - own->length;
      const auto skip = static_cast<std::uint32_t>(first < start ? start - first : 0);
      add_ranges(*own, skip, out);
      end = first;
    }
    std::sort(out.begin(), out.end(),
              [](const index_range& a, const index_range& b) { return a.first < b.first; });
    return out;
  }

  void add_ranges(const own_range& own, std::uint32_t skip, std::vector<index_range>& out) const {
    for (std::uint32_t at = skip; at < own.length;) {
      const auto index = core.graph().index_of({own.replica, own.counter + at});
      WEFT_ASSERT(index.has_value(), "the document keeps the operations of the stacks");
      const std::uint32_t rest = core.graph().entry_range(*index).end - *index;
      const std::uint32_t length = std::min(own.length - at, rest);
      out.push_back({*index, *index + length});
      at += length;
    }
  }

  // Takes back all own operations since `start`. False if that changes nothing.
  bool take_back(std::uint64_t start) {
    const std::vector<index_range> ranges = since(start);
    std::set<container_index> texts;
    for (const index_range& range : ranges) {
      core.for_each_owner(range, [&](index_range, container_index c) {
        if (core.at(c).type == container_type::text) {
          texts.insert(c);
        }
      });
    }
    const local_index before = core.graph().size();
    core.set_origin(origin::undo);
    const edit_scope scope(core);
    for (const container_index c : texts) {
      for (const undo_patch& patch : undo_patches(*core.at(c).text, ranges, revived)) {
        apply(c, patch);
      }
    }
    const index_range made{before, core.graph().size()};
    if (!made.empty()) {
      record(made);
    }
    return !made.empty();
  }

  void apply(container_index c, const undo_patch& patch) {
    std::uint32_t scalars = 0;
    for (const index_range& range : patch.elements) {
      scalars += range.length();
    }
    core.text_replace(c, patch.position, patch.erased, patch.inserted, scalars);
    local_index first = core.graph().size() - scalars;
    for (const index_range& range : patch.elements) {
      revived.add(first, range.first, range.length());
      first += range.length();
    }
  }

  std::optional<outcome> move(std::vector<step>& from, std::vector<step>& to) {
    WEFT_ASSERT(!core.in_transaction(), "undo happens between transactions");
    core.interrupt();
    open = false;
    if (!core.load_history()) {
      return std::nullopt;
    }
    while (!from.empty()) {
      step last = from.back();
      from.pop_back();
      const std::uint64_t start = timeline_length;
      if (take_back(last.start)) {
        to.push_back({start, last.selection});
        return outcome{last.selection};
      }
    }
    return std::nullopt;
  }

  document_core& core;
  std::vector<own_range> timeline;
  std::uint64_t timeline_length = 0;
  std::vector<step> undone;  // what can be undone
  std::vector<step> redone;  // what can be redone
  revivals revived;
  bool joins = false;
  bool open = false;  // the last step may still grow
};

undo_manager::undo_manager(document& owner) : state_(std::make_unique<state>(*owner.core_)) {}
undo_manager::~undo_manager() = default;

void undo_manager::begin_step() {
  state_->joins = false;
}
void undo_manager::join_next() {
  state_->joins = true;
}

void undo_manager::set_selection_before(const undo_selection& s) {
  if (state_->open && !state_->undone.empty()) {
    state_->undone.back().selection = s;
  }
}

bool undo_manager::can_undo() const noexcept {
  return !state_->undone.empty();
}
bool undo_manager::can_redo() const noexcept {
  return !state_->redone.empty();
}

std::optional<undo_manager::outcome> undo_manager::undo() {
  return state_->move(state_->undone, state_->redone);
}

std::optional<undo_manager::outcome> undo_manager::redo() {
  return state_->move(state_->redone, state_->undone);
}

namespace {

void write_steps(byte_writer& out, std::span<const step> steps, std::uint64_t base) {
  out.varint(steps.size());
  std::uint64_t before = base;
  for (const step& s : steps) {
    out.varint(s.start - before);
    before = s.start;
    out.u8(s.selection ? 1 : 0);
    if (s.selection) {
      s.selection->anchor.encode(out);
      s.selection->caret.encode(out);
    }
  }
}

std::optional<undo_selection> read_selection(byte_reader& in) {
  const std::uint8_t has = in.u8();
  if (has > 1) {
    in.fail(errc::malformed, "selection of a step");
  }
  if (has == 0 || in.failed()) {
    return std::nullopt;
  }
  const auto anchor = cursor::decode(in);
  const auto caret = cursor::decode(in);
  if (!anchor || !caret) {
    return std::nullopt;
  }
  return undo_selection{*anchor, *caret};
}

std::vector<step> read_steps(byte_reader& in, std::uint64_t timeline_length) {
  std::vector<step> steps;
  const std::size_t count = in.count(2, "steps");
  if (count > max_decoded_steps) {
    in.fail(errc::limit_exceeded, "number of steps");
  }
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    step s;
    s.start = before + in.varint_max(timeline_length - before, "start of a step");
    before = s.start;
    s.selection = read_selection(in);
    steps.push_back(s);
  }
  return steps;
}

replica_id read_replica(byte_reader& in) {
  replica_id id;
  const byte_view raw = in.raw(id.bytes.size());
  std::copy(raw.begin(), raw.end(), id.bytes.begin());
  return id;
}

void write_op(byte_writer& out, const op_id& id) {
  out.raw(byte_view{id.replica.bytes});
  out.varint(id.counter);
}

op_id read_op(byte_reader& in) {
  const replica_id replica = read_replica(in);
  return {replica, static_cast<std::uint32_t>(in.varint_max(max_op_count, "operation counter"))};
}

// Runs of consecutive operations of one replica, on both sides.
void write_revivals(byte_writer& out, const causal_graph& graph, const revivals& revived,
                    local_index oldest) {
  std::vector<revivals::run> runs;
  for (const revivals::run& run : revived.runs()) {
    for (std::uint32_t at = 0; at < run.length && run.first + run.length > oldest;) {
      const local_index first = run.first + at;
      const local_index root = run.root + at;
      const std::uint32_t length = std::min({run.length - at, graph.entry_range(first).end - first,
                                             graph.entry_range(root).end - root});
      runs.push_back({first, root, length});
      at += length;
    }
  }
  out.varint(runs.size());
  for (const revivals::run& run : runs) {
    write_op(out, graph.id_of_op(run.first));
    write_op(out, graph.id_of_op(run.root));
    out.varint(run.length);
  }
}

void read_revivals(byte_reader& in, const causal_graph& graph, revivals& revived) {
  std::vector<std::pair<local_index, local_index>> atoms;
  const std::size_t runs = in.count(35, "returned elements");
  for (std::size_t i = 0; i < runs && !in.failed(); ++i) {
    op_id element = read_op(in);
    op_id root = read_op(in);
    // One element is returned once, so there are not more than operations.
    const std::uint64_t length = in.varint_max(graph.size() - atoms.size(), "returned elements");
    for (std::uint64_t n = 0; n < length && !in.failed(); ++n, ++element.counter, ++root.counter) {
      const auto first = graph.index_of(element);
      const auto from = graph.index_of(root);
      if (!first || !from) {
        in.fail(errc::not_found, "returned elements");
        return;
      }
      atoms.emplace_back(*first, *from);
    }
  }
  std::sort(atoms.begin(), atoms.end());
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    if (atoms[i].first <= atoms[i].second || (i != 0 && atoms[i - 1].first == atoms[i].first)) {
      in.fail(errc::malformed, "returned elements");
      return;
    }
    revived.add(atoms[i].first, atoms[i].second, 1);
  }
}

bool overlaps(std::vector<own_range> timeline) {
  std::sort(timeline.begin(), timeline.end(), [](const own_range& a, const own_range& b) {
    return std::tie(a.replica, a.counter) < std::tie(b.replica, b.counter);
  });
  return std::adjacent_find(timeline.begin(), timeline.end(),
                            [](const own_range& a, const own_range& b) {
                              return a.replica == b.replica && a.counter + a.length > b.counter;
                            }) != timeline.end();
}

}  // namespace

bytes undo_manager::encode(std::size_t max_steps) const {
  const state& s = *state_;
  const std::size_t kept = std::min(max_steps, s.undone.size());
  const std::span<const step> undone{s.undone.data() + (s.undone.size() - kept), kept};
  const std::size_t kept_redo = std::min(max_steps, s.redone.size());
  const std::span<const step> redone{s.redone.data() + (s.redone.size() - kept_redo), kept_redo};
  std::uint64_t base = s.timeline_length;
  for (const std::span<const step> steps : {undone, redone}) {
    base = steps.empty() ? base : std::min(base, steps.front().start);
  }
  byte_writer out;
  out.u8(stacks_format);
  // The timeline from the oldest step on, and what was returned in it.
  std::vector<own_range> timeline;
  std::uint64_t end = s.timeline_length;
  for (auto own = s.timeline.rbegin(); own != s.timeline.rend() && end > base; ++own) {
    const std::uint64_t first = end - own->length;
    const auto skip = static_cast<std::uint32_t>(first < base ? base - first : 0);
    timeline.push_back({own->replica, own->counter + skip, own->length - skip});
    end = first;
  }
  out.varint(timeline.size());
  for (auto own = timeline.rbegin(); own != timeline.rend(); ++own) {
    write_op(out, {own->replica, own->counter});
    out.varint(own->length);
  }
  write_steps(out, undone, base);
  write_steps(out, redone, base);
  const std::vector<index_range> ranges = s.since(base);
  const local_index oldest = ranges.empty() ? no_index : ranges.front().first;
  write_revivals(out, s.core.graph(), s.revived, oldest);
  return out.take();
}

result<void> undo_manager::restore(byte_view in) {
  if (const auto loaded = state_->core.load_history(); !loaded) {
    return unexpected(loaded.error());
  }
  const causal_graph& graph = state_->core.graph();
  byte_reader reader(in);
  if (reader.u8() != stacks_format) {
    reader.fail(errc::unsupported, "format of undo stacks");
  }
  // Every operation named must be known, and so must those up to the end of its run.
  const auto known = [&](const op_id& first, std::uint64_t length) {
    const auto replica = graph.find(first.replica);
    return replica && first.counter + length <= graph.count(*replica);
  };
  std::vector<own_range> timeline;
  std::uint64_t timeline_length = 0;
  const std::size_t ranges = reader.count(18, "own operations");
  for (std::size_t i = 0; i < ranges && !reader.failed(); ++i) {
    const op_id first = read_op(reader);
    const std::uint64_t length = reader.varint_max(max_op_count, "own operations");
    timeline_length += length;
    if (length == 0 || timeline_length > max_op_count) {
      reader.fail(errc::malformed, "own operations");
    } else if (!reader.failed() && !known(first, length)) {
      reader.fail(errc::not_found, "operations of a step");
    }
    timeline.push_back({first.replica, first.counter, static_cast<std::uint32_t>(length)});
  }
  if (!reader.failed() && overlaps(timeline)) {
    reader.fail(errc::malformed, "own operations named twice");
  }
  std::vector<step> undone = read_steps(reader, timeline_length);
  std::vector<step> redone = read_steps(reader, timeline_length);
  revivals revived;
  if (!reader.failed()) {
    read_revivals(reader, graph, revived);
  }
  reader.expect_end("bytes after undo stacks");
  if (reader.failed()) {
    return reader.failure();
  }
  state_->timeline = std::move(timeline);
  state_->timeline_length = timeline_length;
  state_->undone = std::move(undone);
  state_->redone = std::move(redone);
  state_->revived = std::move(revived);
  state_->joins = false;
  state_->open = false;
  return {};
}

}  // namespace weft::crdt
