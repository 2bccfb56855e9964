// SPDX-License-Identifier: MIT
#include "weft/crdt/document/text.hpp"

#include "base/utf.hpp"
#include "content/rope.hpp"
#include "document/document_core.hpp"
#include "weft/crdt/document/document.hpp"

namespace weft::crdt {
namespace {

const rope& content_of(const document_core& core, container_index c) {
  return core.containers()[c].text->content();
}

}  // namespace

std::uint32_t text::length() const {
  document_core& core = owner_->core_.as_is();
  const typing& typed = core.typed();
  return typed.is_in(index_) ? typed.length() : content_of(core, index_).length();
}
std::uint32_t text::length_utf16() const {
  return content_of(owner_->core_.shown(), index_).length_utf16();
}
std::uint32_t text::size_bytes() const {
  return content_of(owner_->core_.shown(), index_).size_bytes();
}

void text::insert(scalar_pos at, std::string_view utf8) {
  if (utf8.size() == 1 && owner_->core_.as_is().typed().insert(index_, at.value, utf8.front()))
      [[likely]] {
    return;
  }
  replace(at, 0, utf8);
}

void text::erase(scalar_pos at, std::uint32_t count) {
  if (owner_->core_.as_is().typed().erase(index_, at.value, count)) {
    return;
  }
  replace(at, count, {});
}

void text::replace(scalar_pos at, std::uint32_t count, std::string_view utf8) {
  const std::uint32_t length = this->length();
  WEFT_ASSERT(at.value <= length && count <= length - at.value, "an edit stays inside the text");
  if (count == 0 && utf8.empty()) {
    return;
  }
  auto scalars = static_cast<std::uint32_t>(utf8.size());
  if (!utf::is_ascii(utf8)) {
    WEFT_ASSERT(is_valid_utf8(utf8), "inserted text is valid UTF-8");
    scalars = count_scalars(utf8);
  }
  document_core& core = owner_->core_.as_is();
  if (count == 0 && core.typed().insert(index_, at.value, utf8, scalars)) {
    return;
  }
  core.edit_text(index_, at.value, count, utf8, scalars);
}

std::string text::to_string() const {
  return content_of(owner_->core_.shown(), index_).to_string();
}

std::string text::slice(scalar_pos from, std::uint32_t count) const {
  const rope& content = content_of(owner_->core_.shown(), index_);
  WEFT_ASSERT(from.value <= content.length() && count <= content.length() - from.value,
              "a slice stays inside the text");
  return content.slice(from.value, count);
}

void text::for_each_chunk(const std::function<void(std::string_view)>& f) const {
  content_of(owner_->core_.shown(), index_).for_each_chunk(f);
}

scalar_pos text::to_scalar(utf16_pos at) const {
  const rope& content = content_of(owner_->core_.shown(), index_);
  WEFT_ASSERT(at.value <= content.length_utf16(), "a position stays inside the text");
  return {content.from_utf16(at.value)};
}

scalar_pos text::to_scalar(utf8_pos at) const {
  const rope& content = content_of(owner_->core_.shown(), index_);
  WEFT_ASSERT(at.value <= content.size_bytes(), "a position stays inside the text");
  return {content.from_utf8(at.value)};
}

utf16_pos text::to_utf16(scalar_pos at) const {
  const rope& content = content_of(owner_->core_.shown(), index_);
  WEFT_ASSERT(at.value <= content.length(), "a position stays inside the text");
  return {content.to_utf16(at.value)};
}

utf8_pos text::to_utf8(scalar_pos at) const {
  const rope& content = content_of(owner_->core_.shown(), index_);
  WEFT_ASSERT(at.value <= content.length(), "a position stays inside the text");
  return {content.to_utf8(at.value)};
}

std::uint32_t text::line_count() const {
  return content_of(owner_->core_.shown(), index_).newlines() + 1;
}

std::uint32_t text::line_of(scalar_pos at) const {
  const rope& content = content_of(owner_->core_.shown(), index_);
  WEFT_ASSERT(at.value <= content.length(), "a position stays inside the text");
  return content.line_of(at.value);
}

scalar_pos text::line_start(std::uint32_t line) const {
  const rope& content = content_of(owner_->core_.shown(), index_);
  WEFT_ASSERT(line <= content.newlines(), "a line asked about is in the text");
  return {content.line_start(line)};
}

cursor text::cursor_at(scalar_pos at, side stick) const {
  document_core& core = owner_->core_.shown();
  const std::uint32_t length = content_of(core, index_).length();
  WEFT_ASSERT(at.value <= length, "a cursor stands inside the text");
  const bool at_edge = stick == side::after ? at.value == 0 : at.value == length;
  if (at_edge || !core.load_history()) {
    return {std::nullopt, stick};
  }
  const std::uint32_t neighbour = stick == side::after ? at.value - 1 : at.value;
  const local_index element = core.at(index_).text->element_at(neighbour);
  return {core.graph().id_of_op(element), stick};
}

std::optional<scalar_pos> text::resolve(const cursor& c) const {
  document_core& core = owner_->core_.shown();
  const text_state& state = *core.containers()[index_].text;
  if (!c.element) {
    return scalar_pos{c.stick == side::after ? 0 : state.content().length()};
  }
  if (!core.load_history()) {
    return std::nullopt;
  }
  const auto element = core.graph().index_of(*c.element);
  if (!element) {
    return std::nullopt;
  }
  const auto place = core.at(index_).text->find_element(*element);
  if (!place) {
    return std::nullopt;
  }
  return scalar_pos{place->position + (place->visible && c.stick == side::after ? 1 : 0)};
}

}  // namespace weft::crdt
