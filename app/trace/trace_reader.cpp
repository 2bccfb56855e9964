// SPDX-License-Identifier: MIT
#include "trace/trace_reader.hpp"

#include "trace/gzip_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <optional>

namespace weft::app {

namespace {

using nlohmann::json;

constexpr std::uint64_t max_u32 = std::numeric_limits<std::uint32_t>::max();

/// Milliseconds since 1970 of `2021-04-19T06:06:58.353Z`; 0 for anything else.
std::int64_t time_of(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  double seconds = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%lf", &year, &month, &day, &hour, &minute,
                  &seconds) != 6 ||
      !(seconds >= 0 && seconds < 61) || hour > 23 || minute > 59) {
    return 0;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return 0;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60'000 + static_cast<std::int64_t>(seconds * 1000);
}

/// Takes the parser's events one by one, so no tree of the whole file is ever built.
class trace_handler final : public nlohmann::json_sax<json> {
public:
  explicit trace_handler(const trace_limits& bounds) : bounds_(bounds) {}

  bool null() override { return scalar("null"); }
  bool boolean(bool /*value*/) override { return scalar("a boolean"); }
  bool number_integer(number_integer_t /*value*/) override {
    return scalar("a negative number");  // others arrive as number_unsigned
  }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return scalar("a fraction");
  }
  bool binary(binary_t& /*value*/) override { return scalar("binary data"); }
  bool number_unsigned(number_unsigned_t value) override;
  bool string(string_t& value) override;
  bool start_object(std::size_t /*elements*/) override;
  bool key(string_t& name) override;
  bool end_object() override;
  bool start_array(std::size_t /*elements*/) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const json::exception& reason) override;

  /// What must hold of the whole, then the result.
  trace finish();

private:
  enum class place : std::uint8_t {
    outside,
    file,
    transactions,
    transaction,
    parents,
    patches,
    patch
  };

  [[noreturn]] void fail(const std::string& what) const { throw trace_error(where() + what); }
  [[nodiscard]] std::string where() const;
  bool scalar(const char* given);
  void leave() {
    place_ = static_cast<place>(static_cast<int>(place_) - 1);
    name_.clear();
  }
  void patch_number(std::uint64_t value);
  void end_patch();
  void end_transaction();
  [[nodiscard]] std::uint32_t number(std::uint64_t value, const char* name) const;

  trace_limits bounds_;
  trace out_;
  place place_ = place::outside;
  std::size_t skipped_depth_ = 0;  // inside the value of a key that is not ours
  std::string name_;               // last key
  std::string kind_;
  std::optional<std::uint32_t> agents_;
  bool has_end_content_ = false;
  bool has_transactions_ = false;
  bool has_parents_ = false;  // any transaction has
  // The transaction being read.
  bool own_parents_ = false;
  bool own_agent_ = false;
  bool own_patches_ = false;
  // The patch being read.
  unsigned patch_fields_ = 0;
  trace_patch patch_;
};

std::string trace_handler::where() const {
  if (place_ < place::transaction) return {};
  std::string at = "transaction " + std::to_string(out_.transactions.size() - 1);
  if (place_ == place::patch) {
    at += ", patch " + std::to_string(out_.transactions.back().patch_count);
  }
  return at + ": ";
}

std::uint32_t trace_handler::number(std::uint64_t value, const char* name) const {
  if (value > max_u32 / 2) fail(std::string(name) + " is too large: " + std::to_string(value));
  return static_cast<std::uint32_t>(value);
}

/// A value of a kind that no known place takes.
bool trace_handler::scalar(const char* given) {
  if (skipped_depth_ > 0) return true;
  switch (place_) {
    case place::outside:
      fail(std::string("is no trace: holds ") + given + " where an object is expected");
    case place::file:
      if (name_ == "endContent" || name_ == "startContent" || name_ == "kind" ||
          name_ == "numAgents" || name_ == "txns") {
        fail("`" + name_ + "` holds " + given);
      }
      return true;
    case place::transaction:
      if (name_ == "parents" || name_ == "agent" || name_ == "patches") {
        fail("`" + name_ + "` holds " + given);
      }
      return true;
    case place::transactions:
      fail(std::string("`txns` holds ") + given + " where a transaction is expected");
    case place::parents:
      fail(std::string("a parent is ") + given + ", not the index of a transaction");
    case place::patches:
      fail(std::string("`patches` holds ") + given + " where a patch is expected");
    case place::patch:
      fail("a patch is [position, deleted, \"inserted\"], but element " +
           std::to_string(patch_fields_) + " is " + given);
  }
  return true;
}

void trace_handler::patch_number(std::uint64_t value) {
  if (patch_fields_ > 1) {
    scalar("a number");
  } else if (patch_fields_ == 0) {
    patch_.position = number(value, "a position");
  } else {
    patch_.erased = number(value, "a deleted count");
  }
  ++patch_fields_;
}

bool trace_handler::number_unsigned(number_unsigned_t value) {
  if (skipped_depth_ > 0) return true;
  if (place_ == place::patch) {
    patch_number(value);
  } else if (place_ == place::parents) {
    const std::size_t self = out_.transactions.size() - 1;
    if (value >= self) {
      fail("parent " + std::to_string(value) + " is no earlier transaction");
    }
    out_.parents.push_back(static_cast<std::uint32_t>(value));
    ++out_.transactions.back().parent_count;
  } else if (place_ == place::transaction && name_ == "agent") {
    if (value >= bounds_.max_agents) {
      fail("agent " + std::to_string(value) + " is above the most that is read, " +
           std::to_string(bounds_.max_agents));
    }
    out_.transactions.back().agent = static_cast<std::uint32_t>(value);
    own_agent_ = true;
  } else if (place_ == place::file && name_ == "numAgents") {
    if (value == 0 || value > bounds_.max_agents) {
      fail("`numAgents` is " + std::to_string(value) + "; 1 to " +
           std::to_string(bounds_.max_agents) + " are read");
    }
    agents_ = static_cast<std::uint32_t>(value);
  } else {
    return scalar("a number");
  }
  return true;
}

bool trace_handler::string(string_t& value) {
  if (skipped_depth_ > 0) return true;
  if (place_ == place::patch && patch_fields_ == 2) {
    patch_.text_first = out_.texts.size();
    patch_.text_bytes = number(value.size(), "the inserted text");
    out_.texts += value;
    ++patch_fields_;
  } else if (place_ == place::file && name_ == "endContent") {
    out_.end_content = std::move(value);
    has_end_content_ = true;
  } else if (place_ == place::file && name_ == "startContent") {
    if (!value.empty()) fail("`startContent` is not empty; only traces that start empty are read");
  } else if (place_ == place::file && name_ == "kind") {
    if (value != "concurrent" && value != "sequential") {
      fail("`kind` is neither \"sequential\" nor \"concurrent\"");
    }
    kind_ = value;
  } else if (place_ == place::transaction && name_ == "time") {
    out_.transactions.back().wall_ms = time_of(value);
  } else {
    return scalar("a string");
  }
  return true;
}

bool trace_handler::start_object(std::size_t /*elements*/) {
  if (skipped_depth_ > 0) {
    ++skipped_depth_;
  } else if (place_ == place::outside) {
    place_ = place::file;
  } else if (place_ == place::transactions) {
    if (out_.transactions.size() >= max_u32 / 2) fail("has too many transactions");
    out_.add_transaction(0, {});
    own_parents_ = own_agent_ = own_patches_ = false;
    place_ = place::transaction;
  } else {
    scalar("an object");
    skipped_depth_ = 1;
  }
  return true;
}

bool trace_handler::key(string_t& name) {
  if (skipped_depth_ == 0) name_ = std::move(name);
  return true;
}

bool trace_handler::end_object() {
  if (skipped_depth_ > 0) {
    --skipped_depth_;
  } else if (place_ == place::transaction) {
    end_transaction();
    leave();
  } else {
    leave();
  }
  return true;
}

bool trace_handler::start_array(std::size_t /*elements*/) {
  if (skipped_depth_ > 0) {
    ++skipped_depth_;
  } else if (place_ == place::file && name_ == "txns") {
    if (has_transactions_) fail("`txns` is there twice");
    has_transactions_ = true;
    place_ = place::transactions;
  } else if (place_ == place::transaction && name_ == "parents") {
    if (own_parents_) fail("`parents` is there twice");
    own_parents_ = has_parents_ = true;
    place_ = place::parents;
  } else if (place_ == place::transaction && name_ == "patches") {
    if (own_patches_) fail("`patches` is there twice");
    own_patches_ = true;
    place_ = place::patches;
  } else if (place_ == place::patches) {
    if (out_.patches.size() >= max_u32 / 2) fail("has too many patches");
    patch_ = {};
    patch_fields_ = 0;
    place_ = place::patch;
  } else {
    scalar("an array");
    skipped_depth_ = 1;
  }
  return true;
}

bool trace_handler::end_array() {
  if (skipped_depth_ > 0) {
    --skipped_depth_;
    return true;
  }
  if (place_ == place::patch) {
    end_patch();
    place_ = place::patches;
  } else if (place_ == place::patches || place_ == place::parents) {
    place_ = place::transaction;
    name_.clear();
  } else {
    leave();
  }
  return true;
}

void trace_handler::end_patch() {
  if (patch_fields_ != 3) {
    fail("a patch is [position, deleted, \"inserted\"], but this one has " +
         std::to_string(patch_fields_) + " elements");
  }
  out_.patches.push_back(patch_);
  ++out_.transactions.back().patch_count;
}

void trace_handler::end_transaction() {
  trace_transaction& t = out_.transactions.back();
  if (t.patch_count == 0) fail("has no patches");
  if (own_parents_ != own_agent_) fail("has `parents` or `agent` without the other");
  if (own_parents_ != has_parents_) fail("has no `parents`, but earlier ones have");
  const auto first = out_.parents.begin() + t.first_parent;
  std::sort(first, out_.parents.end());
  if (std::adjacent_find(first, out_.parents.end()) != out_.parents.end()) {
    fail("names a parent twice");
  }
}

bool trace_handler::parse_error(std::size_t position, const std::string& /*token*/,
                                const json::exception& reason) {
  // The parser's own text starts with its name and number, which say nothing to the reader.
  std::string what = reason.what();
  if (const std::size_t colon = what.find(": "); colon != std::string::npos) {
    what.erase(0, colon + 2);
  }
  std::replace(what.begin(), what.end(), '\n', ' ');
  constexpr std::size_t max_reason = 160;
  if (what.size() > max_reason) what = what.substr(0, max_reason) + "...";
  throw trace_error("is no JSON at byte " + std::to_string(position) + ": " + what);
}

trace trace_handler::finish() {
  place_ = place::outside;
  if (!has_transactions_) fail("is no trace: `txns` is missing");
  if (!has_end_content_) fail("is no trace: `endContent` is missing");
  const bool concurrent = kind_ == "concurrent" || (kind_.empty() && has_parents_);
  if (concurrent != has_parents_ && !out_.transactions.empty()) {
    fail(concurrent ? "`kind` is concurrent, but transactions have no `parents`"
                    : "`kind` is sequential, but transactions have `parents`");
  }
  out_.kind = concurrent ? trace_kind::concurrent : trace_kind::sequential;
  if (!concurrent) return std::move(out_);
  if (!agents_) fail("`numAgents` is missing");
  out_.agents = *agents_;
  for (std::size_t i = 0; i < out_.transactions.size(); ++i) {
    if (out_.transactions[i].agent >= out_.agents) {
      fail("transaction " + std::to_string(i) + ": agent " +
           std::to_string(out_.transactions[i].agent) + " is not below `numAgents`");
    }
  }
  return std::move(out_);
}

}  // namespace

trace parse_trace(std::string_view text, const trace_limits& bounds) {
  if (text.size() > bounds.max_content_bytes) {
    throw trace_error("holds more than " + std::to_string(bounds.max_content_bytes) +
                      " bytes, the most that is read");
  }
  trace_handler handler(bounds);
  json::sax_parse(text.begin(), text.end(), &handler);
  return handler.finish();
}

trace read_trace(const std::filesystem::path& file, const trace_limits& bounds) {
  return parse_trace(read_maybe_gzip(file, bounds.max_content_bytes), bounds);
}

}  // namespace weft::app
