// SPDX-License-Identifier: MIT
#include "document/container_table.hpp"

#include <utility>

namespace weft::crdt {

void container_table::make_state(container_record& record) {
  switch (record.type) {
    case container_type::text:
      record.text = std::make_unique<text_state>();
      break;
    case container_type::map:
      record.map = std::make_unique<map_state>();
      break;
    case container_type::counter:
      record.counter = std::make_unique<counter_state>();
      break;
  }
}

container_index container_table::intern(container_type type, container_index parent,
                                        std::string_view key) {
  if (const container_index found = find(type, parent, key); found != no_container) {
    return found;
  }
  const auto index = static_cast<container_index>(records_.size());
  container_record record;
  record.type = type;
  record.parent = parent;
  record.key = key;
  make_state(record);
  if (parent != no_container) {
    record.depth = records_[parent].depth + 1;
    records_[parent].children.push_back(index);
  }
  by_path_.emplace(path{parent, type, std::string(key)}, index);
  records_.push_back(std::move(record));
  return index;
}

container_index container_table::find(container_type type, container_index parent,
                                      std::string_view key) const {
  const auto found = by_path_.find(path_view{parent, type, key});
  return found == by_path_.end() ? no_container : found->second;
}

void container_table::truncate(std::uint32_t size) {
  while (records_.size() > size) {
    const container_record& last = records_.back();
    by_path_.erase(path{last.parent, last.type, last.key});
    if (last.parent != no_container) {
      records_[last.parent].children.pop_back();
    }
    records_.pop_back();
  }
}

void container_table::clear_states() {
  for (container_record& record : records_) {
    make_state(record);
  }
}

}  // namespace weft::crdt
