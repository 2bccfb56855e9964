// SPDX-License-Identifier: MIT
#include "cli/trace_figures.hpp"

#include "cli/heap_process.hpp"
#include "profile/exit_code.hpp"
#include "trace/sha256.hpp"
#include "trace/trace_history.hpp"
#include "weft/crdt/assert.hpp"
#include "weft/crdt/document/document.hpp"

#include <algorithm>
#include <chrono>

namespace weft::app {

namespace {

using crdt::document;

constexpr crdt::replica_id reader_id =
    crdt::replica_id::from_number(std::uint64_t{1} << 32U);  // no agent has it

/// Keeps results from being optimised away.
volatile std::uint64_t consumed = 0;

template <class Work>
double milliseconds(Work&& work) {
  const auto before = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - before;
  return took.count();
}

void require(const crdt::result<crdt::import_report>& report, std::uint64_t operations) {
  if (!report) {
    throw command_error(exit_code::bad_data,
                        "an update that was just made is refused: " + to_string(report.error()));
  }
  if (report->applied != operations || report->pending != 0) {
    throw command_error(exit_code::no, "an import of " + std::to_string(operations) +
                                           " operations applied " +
                                           std::to_string(report->applied));
  }
}

/// Runs every figure; keeps each state that a run ends in, to compare them.
class measurement {
public:
  measurement(const trace& t, unsigned repeat, progress& shown)
      : trace_(t), repeat_(repeat), shown_(shown) {}

  trace_figures run();

private:
  template <class Work>
  void repeat(const char* name, Work&& work) {
    for (unsigned i = 0; i < repeat_; ++i) {
      shown_.show(std::string(name) + " " + std::to_string(i + 1) + "/" + std::to_string(repeat_));
      work(i + 1 == repeat_);
    }
  }
  void local();
  void local_txn();
  void import(const trace_history& history);
  void stream(const trace_history& history);
  void encode(trace_history& history);
  void open();
  void agree(document& d) { converged_ = converged_ && state_of(d) == expected_; }

  const trace& trace_;
  unsigned repeat_;
  progress& shown_;
  trace_figures out_;
  crdt::bytes update_;
  crdt::bytes snapshot_;
  replica_state expected_;
  bool converged_ = true;
};

void measurement::local() {
  out_.local.emplace();
  repeat("local", [&](bool last) {
    document d(crdt::replica_id::from_number(0));
    crdt::text text = d.get_text("text");
    out_.local->add(milliseconds([&] {
      const crdt::transaction all(d);
      for (std::size_t i = 0; i < trace_.transactions.size(); ++i) {
        apply_transaction(trace_, i, text);
      }
    }));
    if (last) agree(d);
  });
}

void measurement::local_txn() {
  out_.local_txn.emplace();
  repeat("local transactions", [&](bool last) {
    document d(crdt::replica_id::from_number(0));
    crdt::text text = d.get_text("text");
    out_.local_txn->add(milliseconds([&] {
      std::uint64_t lengths = 0;
      for (std::size_t i = 0; i < trace_.transactions.size(); ++i) {
        {
          const crdt::transaction one(d);
          apply_transaction(trace_, i, text);
        }
        lengths += text.length();
      }
      consumed = lengths;
    }));
    if (last) agree(d);
  });
}

void measurement::import(const trace_history& history) {
  repeat("import", [&](bool last) {
    document d(reader_id);
    std::string text;
    crdt::result<crdt::import_report> report = crdt::import_report{};
    out_.import.add(milliseconds([&] {
      report = d.import(update_);
      text = d.get_text("text").to_string();
    }));
    require(report, history.operations);
    if (last) agree(d);
  });
}

void measurement::stream(const trace_history& history) {
  repeat("stream", [&](bool last) {
    document d(reader_id);
    bool good = true;
    out_.stream.add(milliseconds([&] {
      for (const crdt::bytes& update : history.updates) {
        const crdt::result<crdt::import_report> report = d.import(update);
        good = good && report && report->pending == 0;
      }
      consumed = d.get_text("text").length();
    }));
    if (!good) throw command_error(exit_code::no, "an update of one transaction was not applied");
    if (last) agree(d);
  });
}

void measurement::encode(trace_history& history) {
  repeat("update", [&](bool) {
    out_.update.add(milliseconds([&] { update_ = history.whole.export_updates(); }));
  });
  repeat("snapshot", [&](bool) {
    out_.snapshot.add(milliseconds([&] { snapshot_ = history.whole.export_snapshot(); }));
  });
  out_.update_bytes = update_.size();
  out_.snapshot_bytes = snapshot_.size();
}

void measurement::open() {
  repeat("open", [&](bool last) {
    std::string text;
    crdt::result<document> d = document(reader_id);
    out_.open.add(milliseconds([&] {
      d = document::open(reader_id, snapshot_);
      if (d) text = d->get_text("text").to_string();
    }));
    if (!d) {
      throw command_error(exit_code::bad_data,
                          "a snapshot that was just made is refused: " + to_string(d.error()));
    }
    if (last) agree(*d);
  });
}

/// The smallest thing a peer is ever sent: one more typed character at the end.
std::uint64_t keystroke_size(document& d) {
  const crdt::version_vector before = d.version();
  crdt::text text = d.get_text("text");
  text.insert(crdt::scalar_pos{text.length()}, "x");
  return d.export_updates(before).size();
}

trace_figures measurement::run() {
  shown_.show("building the history");
  trace_history history =
      build_history(trace_, [this](const std::string& line) { shown_.show(line); });
  expected_ = history.state;
  converged_ = history.agreed;
  const std::string text = history.whole.get_text("text").to_string();
  out_.text_bytes = text.size();
  out_.text_sha256 = sha256_hex(text);
  out_.equal = text == trace_.end_content;
  encode(history);
  if (trace_.kind == trace_kind::sequential) {
    local();
    local_txn();
  }
  import(history);
  stream(history);
  open();
  out_.keystroke_bytes = keystroke_size(history.whole);
  out_.converged = converged_;
  shown_.show("memory");
  out_.open_heap_bytes = measure_heap("open", snapshot_);
  out_.import_peak_heap_bytes = measure_heap("import", update_);
  return out_;
}

}  // namespace

double run_times::least() const {
  WEFT_ASSERT(!ms_.empty(), "a figure has at least one run");
  return *std::min_element(ms_.begin(), ms_.end());
}

double run_times::median() const {
  WEFT_ASSERT(!ms_.empty(), "a figure has at least one run");
  std::vector<double> sorted = ms_;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

trace_figures measure_trace(const trace& t, unsigned repeat, progress& shown) {
  return measurement(t, repeat, shown).run();
}

}  // namespace weft::app
