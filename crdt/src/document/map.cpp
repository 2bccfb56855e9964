// SPDX-License-Identifier: MIT
#include "weft/crdt/document/map.hpp"

#include "codec/value_codec.hpp"
#include "document/document_core.hpp"
#include "weft/crdt/document/document.hpp"

#include <utility>

namespace weft::crdt {
namespace {

void check_key(std::string_view key) {
  WEFT_ASSERT(key.size() <= limits{}.max_key_bytes && is_valid_utf8(key),
              "a key is valid UTF-8 of at most 64 KiB");
}

}  // namespace

void map::set(std::string_view key, value v) {
  check_key(key);
  WEFT_ASSERT(!std::holds_alternative<child_ref>(v), "children are made with ensure");
  const auto* text = std::get_if<std::string>(&v);
  WEFT_ASSERT(text == nullptr || is_valid_utf8(*text), "a string value is valid UTF-8");
  document_core& core = *owner_->core_;
  const edit_scope scope(core);
  core.map_set(index_, key, normalized(std::move(v)));
}

void map::erase(std::string_view key) {
  document_core& core = *owner_->core_;
  const edit_scope scope(core);
  core.map_erase(index_, key);
}

std::optional<value> map::get(std::string_view key) const {
  const value* shown = owner_->core_.shown().containers()[index_].map->get(key);
  return shown == nullptr ? std::nullopt : std::optional<value>(*shown);
}

bool map::contains(std::string_view key) const {
  return owner_->core_.shown().containers()[index_].map->get(key) != nullptr;
}

std::size_t map::size() const {
  return owner_->core_.shown().containers()[index_].map->size();
}

void map::for_each(const std::function<void(std::string_view key, const value&)>& f) const {
  owner_->core_.shown().containers()[index_].map->for_each(f);
}

text map::ensure_text(std::string_view key) {
  check_key(key);
  return {*owner_, owner_->core_->map_ensure(index_, key, container_type::text)};
}

map map::ensure_map(std::string_view key) {
  check_key(key);
  return {*owner_, owner_->core_->map_ensure(index_, key, container_type::map)};
}

counter map::ensure_counter(std::string_view key) {
  check_key(key);
  return {*owner_, owner_->core_->map_ensure(index_, key, container_type::counter)};
}

}  // namespace weft::crdt
