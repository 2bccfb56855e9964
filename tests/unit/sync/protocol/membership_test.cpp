// SPDX-License-Identifier: MIT
#include "weft/sync/membership.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace weft::sync;

namespace {

key_pair key(std::uint8_t n) {
  digest32 seed{};
  seed[0] = n;
  return key_pair::from_seed(seed);
}

struct founded {
  key_pair owner = key(1);
  member_entry create;
  doc_id document{};

  founded() {
    create.kind = entry_kind::create;
    create.author = owner.public_part();
    create.name = "Ana";
    create.sign(owner);
    document = document_of(create);
  }

  member_entry grant(const key_pair& by, const key_pair& to, role as,
                     std::vector<member_hash> parents, const char* name = "") const {
    member_entry e;
    e.kind = entry_kind::grant;
    e.document = document;
    e.parents = std::move(parents);
    std::sort(e.parents.begin(), e.parents.end());
    e.author = by.public_part();
    e.subject = to.public_part();
    e.granted = as;
    e.name = name;
    e.sign(by);
    return e;
  }
  member_entry invite(const key_pair& by, const key_pair& invite_key, role as, std::uint32_t uses,
                      std::int64_t expires, std::vector<member_hash> parents) const {
    member_entry e;
    e.kind = entry_kind::invite;
    e.document = document;
    e.parents = std::move(parents);
    e.author = by.public_part();
    e.invite = invite_key.public_part();
    e.granted = as;
    e.max_uses = uses;
    e.expires_ms = expires;
    e.sign(by);
    return e;
  }
  member_entry redeem(const key_pair& joiner, const key_pair& invite_key) const {
    member_entry e;
    e.kind = entry_kind::redeem;
    e.document = document;
    e.author = joiner.public_part();
    e.invite = invite_key.public_part();
    e.name = "joiner";
    e.sign(joiner, &invite_key);
    return e;
  }
};

membership of(std::vector<member_entry> entries) {
  membership m;
  for (const member_entry& e : entries) REQUIRE(m.add(e).has_value());
  return m;
}

}  // namespace

TEST_CASE("membership: entries survive their bytes, and only their own bytes") {
  const founded f;
  const key_pair link = key(9);
  for (const member_entry& e :
       {f.create, f.grant(f.owner, key(2), role::editor, {f.create.hash()}, "Ben"),
        f.invite(f.owner, link, role::reader, 3, -5, {f.create.hash()}), f.redeem(key(3), link)}) {
    const bytes raw = e.encode();
    const auto back = member_entry::decode(raw);
    REQUIRE(back.has_value());
    CHECK(*back == e);
    CHECK(back->well_signed());
    for (std::size_t cut = 0; cut < raw.size(); ++cut) {
      CHECK_FALSE(member_entry::decode(byte_view(raw).first(cut)).has_value());
    }
    for (std::size_t at = 0; at < raw.size(); ++at) {
      bytes bent = raw;
      bent[at] ^= 1U;
      const auto read = member_entry::decode(bent);
      CHECK((!read || !read->well_signed() || read->kind == entry_kind::create));
    }
  }
}

TEST_CASE("membership: the founder owns, and gives rights on") {
  const founded f;
  const member_entry ben = f.grant(f.owner, key(2), role::owner, {f.create.hash()}, "Ben");
  const member_entry cleo = f.grant(key(2), key(3), role::reader, {ben.hash()}, "Cleo");
  const membership m = of({f.create, ben, cleo});
  CHECK(m.role_of(f.owner.id()) == role::owner);
  CHECK(m.role_of(key(2).id()) == role::owner);
  CHECK(m.role_of(key(3).id()) == role::reader);
  CHECK(m.role_of(key(4).id()) == role::none);
  CHECK(m.members().at(key(3).id()).name == "Cleo");
  CHECK(m.heads() == std::vector<member_hash>{cleo.hash()});
}

TEST_CASE("membership: an entry counts only if its author had the right before it") {
  const founded f;
  const member_entry ben = f.grant(f.owner, key(2), role::owner, {f.create.hash()});
  // Ben writes beside his own appointment, not after it.
  const member_entry early = f.grant(key(2), key(3), role::editor, {f.create.hash()});
  const member_entry reader = f.grant(f.owner, key(4), role::reader, {f.create.hash()});
  const member_entry by_reader = f.grant(key(4), key(5), role::editor, {reader.hash()});
  const member_entry to_self = f.grant(key(6), key(6), role::owner, {f.create.hash()});
  const membership m = of({f.create, ben, early, reader, by_reader, to_self});
  CHECK(m.role_of(key(3).id()) == role::none);
  CHECK(m.role_of(key(5).id()) == role::none);
  CHECK(m.role_of(key(6).id()) == role::none);
}

TEST_CASE("membership: entries whose parents are missing wait") {
  const founded f;
  const member_entry ben = f.grant(f.owner, key(2), role::owner, {f.create.hash()});
  const member_entry cleo = f.grant(key(2), key(3), role::editor, {ben.hash()});
  membership m = of({f.create, cleo});
  CHECK(m.role_of(key(3).id()) == role::none);
  REQUIRE(m.add(ben).has_value());
  CHECK(m.role_of(key(3).id()) == role::editor);
}

TEST_CASE("membership: the same entries in any order give the same evaluation") {
  const founded f;
  const key_pair link = key(9);
  std::vector<member_entry> entries{f.create,
                                    f.grant(f.owner, key(2), role::owner, {f.create.hash()}),
                                    f.invite(f.owner, link, role::editor, 1, 0, {f.create.hash()}),
                                    f.redeem(key(3), link), f.redeem(key(4), link)};
  entries.push_back(f.grant(key(2), key(5), role::reader, {entries[1].hash()}));
  std::sort(entries.begin(), entries.end(),
            [](const member_entry& a, const member_entry& b) { return a.encode() < b.encode(); });
  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
  std::optional<membership> first;
  do {
    membership m;
    for (const std::size_t i : order) REQUIRE(m.add(entries[i]).has_value());
    if (!first) first = m;
    REQUIRE(m.digest() == first->digest());
    REQUIRE(m.heads() == first->heads());
    for (std::uint8_t n = 1; n < 6; ++n) {
      REQUIRE(m.role_of(key(n).id()) == first->role_of(key(n).id()));
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("membership: of an over-used invitation the smallest hashes win") {
  const founded f;
  const key_pair link = key(9);
  const member_entry invite = f.invite(f.owner, link, role::editor, 2, 0, {f.create.hash()});
  std::vector<member_entry> redeems;
  for (std::uint8_t n = 10; n < 15; ++n) redeems.push_back(f.redeem(key(n), link));
  std::vector<member_entry> all = redeems;
  all.push_back(f.create);
  all.push_back(invite);
  const membership m = of(all);
  std::sort(redeems.begin(), redeems.end(),
            [](const auto& a, const auto& b) { return a.hash() < b.hash(); });
  for (std::size_t i = 0; i < redeems.size(); ++i) {
    const role as = m.role_of(device_id_of(redeems[i].author));
    CHECK(as == (i < 2 ? role::editor : role::none));
  }
  CHECK(m.invites().empty());
}

TEST_CASE("membership: a refusal to redeem says why") {
  const founded f;
  const key_pair once = key(9);
  const key_pair brief = key(10);
  membership m = of({f.create, f.invite(f.owner, once, role::editor, 1, 0, {f.create.hash()}),
                     f.invite(f.owner, brief, role::reader, 0, 1'000, {f.create.hash()})});
  CHECK(m.may_redeem(once.public_part(), 0).has_value());
  CHECK(m.may_redeem(brief.public_part(), 999).has_value());
  CHECK(m.may_redeem(brief.public_part(), 1'000).error().code == sync_errc::invite_expired);
  CHECK(m.may_redeem(key(11).public_part(), 0).error().code == sync_errc::invite_unknown);
  REQUIRE(m.add(f.redeem(key(2), once)).has_value());
  CHECK(m.role_of(key(2).id()) == role::editor);
  CHECK(m.may_redeem(once.public_part(), 0).error().code == sync_errc::invite_used);
}

TEST_CASE("membership: an invitation by somebody without right lets nobody in") {
  const founded f;
  const key_pair link = key(9);
  const membership m = of({f.create, f.invite(key(2), link, role::owner, 0, 0, {f.create.hash()}),
                           f.redeem(key(2), link)});
  CHECK(m.role_of(key(2).id()) == role::none);
  CHECK(m.invites().empty());
}

TEST_CASE("membership: wrong signatures and other documents are refused") {
  const founded f;
  membership m = of({f.create});
  member_entry bent = f.grant(f.owner, key(2), role::editor, {f.create.hash()});
  bent.granted = role::owner;
  CHECK(m.add(bent).error().code == sync_errc::bad_data);
  founded other;
  other.create.wall_ms = 5;
  other.create.sign(other.owner);
  other.document = document_of(other.create);
  CHECK(m.add(other.grant(f.owner, key(2), role::editor, {})).error().code == sync_errc::bad_data);
  // A redemption must be signed by the invite key as well.
  member_entry stolen = f.redeem(key(3), key(9));
  stolen.invite = key(8).public_part();
  CHECK(m.add(stolen).error().code == sync_errc::bad_data);
  CHECK(*m.add(f.create) == false);
}

TEST_CASE("membership: strangers cannot make the set grow") {
  const founded f;
  const key_pair link = key(9);
  membership m = of({f.create});
  const member_entry invite = f.invite(f.owner, link, role::editor, 1, 0, {f.create.hash()});
  const std::vector<member_entry> offered{
      f.redeem(key(3), link), f.grant(key(7), key(7), role::owner, {f.create.hash()}),
      f.grant(f.owner, key(2), role::editor, {member_hash{}}), invite, f.redeem(key(4), link)};
  // The loser of an over-used invitation is kept: others may have counted it.
  CHECK(m.add_plausible(offered).size() == 3);
  CHECK(m.entries().size() == 4);
  CHECK(m.add_plausible(offered).empty());
  const std::vector<member_entry> ordered = m.plausible_entries();
  membership again;
  for (const member_entry& e : ordered) CHECK(again.add_plausible(std::span(&e, 1)).size() == 1);
}
