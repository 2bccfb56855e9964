// SPDX-License-Identifier: MIT
#include "store/lease.hpp"

#include "store/crc32c.hpp"
#include "store/get_array.hpp"
#include "weft/sync/crypto.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace weft::sync::detail {

namespace {

constexpr std::string_view lease_magic = "weft.lease.1";
constexpr std::size_t max_lease_bytes = std::size_t{64} << 20U;
constexpr std::size_t own_entry_bytes = 49;  // two ids and at least one byte

void put_identity(crdt::byte_writer& out, const file_identity& id) {
  out.u64_le(id.device);
  out.u64_le(id.inode);
  out.u64_le(id.born_ns);
}

file_identity get_identity(crdt::byte_reader& in) {
  file_identity id;
  id.device = in.u64_le();
  id.inode = in.u64_le();
  id.born_ns = in.u64_le();
  return id;
}

bytes encode(const lease& l, const file_identity& self) {
  crdt::byte_writer out;
  out.raw(lease_magic);
  put_identity(out, self);
  out.u8(l.clean ? 1 : 0);
  out.raw(l.machine);
  out.raw(l.run_before);
  out.raw(l.facts.instance);
  out.raw(l.facts.run);
  put_identity(out, l.facts.database);
  out.varint(l.facts.next_lsn);
  out.varint(l.facts.own.size());
  for (const auto& [name, count] : l.facts.own) {
    out.raw(name.first.bytes);
    out.raw(name.second.bytes);
    out.varint(count);
  }
  out.u32_le(crc32c(out.view()));
  return out.take();
}

std::optional<lease> decode(byte_view data, const file_identity& self) {
  if (data.size() < lease_magic.size() + 4) return std::nullopt;
  crdt::byte_reader tail(data.last(4));
  if (tail.u32_le() != crc32c(data.first(data.size() - 4))) return std::nullopt;
  crdt::byte_reader in(data.first(data.size() - 4));
  if (crdt::as_chars(in.raw(lease_magic.size())) != lease_magic) return std::nullopt;
  if (get_identity(in) != self) return std::nullopt;
  lease l;
  l.clean = in.u8() == 1;
  get_array(in, l.machine);
  get_array(in, l.run_before);
  get_array(in, l.facts.instance);
  get_array(in, l.facts.run);
  l.facts.database = get_identity(in);
  l.facts.next_lsn = in.varint();
  const std::size_t count = in.count(own_entry_bytes, "own replicas");
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    doc_id document;
    replica_id replica;
    get_array(in, document.bytes);
    get_array(in, replica.bytes);
    l.facts.own[{document, replica}] = in.varint();
  }
  in.expect_end("lease");
  if (in.failed()) return std::nullopt;
  return l;
}

/// Has the database lost something that the lease saw in it?
bool is_behind(const store_facts& now, const store_facts& seen) {
  if (now.next_lsn < seen.next_lsn) return true;
  return std::any_of(seen.own.begin(), seen.own.end(), [&](const auto& entry) {
    const auto found = now.own.find(entry.first);
    return found == now.own.end() || found->second < entry.second;
  });
}

}  // namespace

digest32 machine_digest() {
  auto id = read_file_part("/etc/machine-id", 0, 64);
  if (!id || id->empty()) return {};
  return sha256_tagged("weft.machine.v1", *id);
}

std::optional<lease> read_lease(const std::filesystem::path& file) {
  const auto self = identity_of(file);
  if (!self) return std::nullopt;
  auto data = read_file_part(file, 0, max_lease_bytes);
  if (!data) return std::nullopt;
  return decode(*data, *self);
}

result<void> write_lease(const std::filesystem::path& file, const lease& l) {
  return replace_file(file, [&](const file_identity& self) { return encode(l, self); });
}

lease_verdict judge(const std::optional<lease>& l, const store_facts& now, const digest32& machine,
                    bool store_is_empty) {
  if (!l) return store_is_empty ? lease_verdict::fresh : lease_verdict::rolled_back;
  const store_facts& seen = l->facts;
  const bool same_place =
      l->machine == machine && seen.database == now.database && seen.instance == now.instance;
  if (!same_place || is_behind(now, seen)) return lease_verdict::rolled_back;
  if (l->clean) return seen == now ? lease_verdict::exact : lease_verdict::rolled_back;
  const bool own_run = now.run == seen.run || now.run == l->run_before;
  return own_run ? lease_verdict::unclean : lease_verdict::rolled_back;
}

}  // namespace weft::sync::detail
