// SPDX-License-Identifier: MIT
#include "wire_codec.hpp"

#include "unpack_words.hpp"
#include "wire.capnp.h"

#include <capnp/message.h>
#include <capnp/serialize-packed.h>
#include <capnp/serialize.h>
#include <kj/exception.h>
#include <kj/io.h>

#include <optional>

namespace weft::sync::wire_codec {

namespace {

capnp::Data::Reader view(const data& in) {
  return {in.data(), in.size()};
}

template <class List, class Values>
void put_list(List list, const Values& values) {
  unsigned i = 0;
  for (const auto value : values) list.set(i++, value);
}

template <class Builder>
void put_seqs(Builder to, const flat_frame& from) {
  to.setDocRef(from.doc_ref);
  to.setReplicas(view(from.replicas));
  put_list(to.initSeqs(static_cast<unsigned>(from.seqs.size())), from.seqs);
}

void put_hello(wire::Hello::Builder to, const flat_frame& from) {
  to.setProtoMin(from.proto_min);
  to.setProtoMax(from.proto_max);
  put_list(to.initFeatures(static_cast<unsigned>(from.features.size())), from.features);
  to.setAgent(from.agent.c_str());
  to.setInstance(view(from.instance));
  to.setMaxFrame(from.max_frame);
  to.setWallMs(from.wall_ms);
  to.setRole(from.role);
  to.setName(from.name.c_str());
}

void put_error(wire::Error::Builder to, const flat_frame& from) {
  to.setCode(from.code);
  to.setText(from.text.c_str());
  to.setRetryMs(from.retry_ms);
  to.setDocRef(from.doc_ref);
  to.setFatal(from.fatal);
}

void put_subscribe(wire::Subscribe::Builder to, const flat_frame& from) {
  put_seqs(to, from);
  to.setDocId(view(from.document));
  to.setMemberDigest(view(from.member_digest));
}

void put_members(wire::Members::Builder to, const flat_frame& from) {
  to.setDocRef(from.doc_ref);
  auto list = to.initEntries(static_cast<unsigned>(from.entries.size()));
  unsigned i = 0;
  for (const data& entry : from.entries) list.set(i++, view(entry));
}

void put_body(wire::Frame::Body::Builder to, const flat_frame& from) {
  switch (static_cast<body>(from.ordinal)) {
    case body::hello:
      return put_hello(to.initHello(), from);
    case body::ready: {
      auto ready = to.initReady();
      ready.setProto(from.proto_min);
      return put_list(ready.initFeatures(static_cast<unsigned>(from.features.size())),
                      from.features);
    }
    case body::ping:
      return to.setPing(from.token);
    case body::pong:
      return to.setPong(from.token);
    case body::error:
      return put_error(to.initError(), from);
    case body::subscribe:
      return put_subscribe(to.initSubscribe(), from);
    case body::subscribed: {
      auto subscribed = to.initSubscribed();
      subscribed.setDocRef(from.doc_ref);
      return subscribed.setStatus(from.status);
    }
    case body::have:
      return put_seqs(to.initHave(), from);
    case body::changes: {
      auto changes = to.initChanges();
      changes.setDocRef(from.doc_ref);
      return changes.setBlock(view(from.block));
    }
    case body::members:
      return put_members(to.initMembers(), from);
    case body::invite_use: {
      auto use = to.initInviteUse();
      use.setDocId(view(from.document));
      return use.setEntry(view(from.entry));
    }
  }
}

/// Copies out of a reader; remembers the first thing that is too large.
class taker {
public:
  explicit taker(const bounds& limit) : limit_(limit) {}

  void take(capnp::Data::Reader in, std::size_t max, const char* what, data& out) {
    if (in.size() > max) return too_large(what);
    out.assign(in.begin(), in.end());
  }
  void take(capnp::Text::Reader in, const char* what, std::string& out) {
    if (in.size() > limit_.text_bytes) return too_large(what);
    out.assign(in.begin(), in.size());
  }
  template <class List, class Value>
  void take(List in, std::size_t max, const char* what, std::vector<Value>& out) {
    if (in.size() > max) return too_large(what);
    out.reserve(in.size());
    for (const Value value : in) out.push_back(value);
  }

  void hello(wire::Hello::Reader in, flat_frame& out) {
    out.proto_min = in.getProtoMin();
    out.proto_max = in.getProtoMax();
    take(in.getFeatures(), limit_.features, "hello: features", out.features);
    take(in.getAgent(), "hello: agent", out.agent);
    take(in.getInstance(), 16, "hello: instance", out.instance);
    out.max_frame = in.getMaxFrame();
    out.wall_ms = in.getWallMs();
    out.role = in.getRole();
    take(in.getName(), "hello: name", out.name);
  }
  void error(wire::Error::Reader in, flat_frame& out) {
    out.code = in.getCode();
    take(in.getText(), "error: text", out.text);
    out.retry_ms = in.getRetryMs();
    out.doc_ref = in.getDocRef();
    out.fatal = in.getFatal();
  }
  template <class Reader>
  void seqs(Reader in, const char* what, flat_frame& out) {
    out.doc_ref = in.getDocRef();
    take(in.getReplicas(), limit_.replicas * 16, what, out.replicas);
    take(in.getSeqs(), limit_.replicas, what, out.seqs);
  }
  void subscribe(wire::Subscribe::Reader in, flat_frame& out) {
    seqs(in, "subscribe: replicas", out);
    take(in.getDocId(), 32, "subscribe: document", out.document);
    take(in.getMemberDigest(), 32, "subscribe: member digest", out.member_digest);
  }
  void members(wire::Members::Reader in, flat_frame& out) {
    out.doc_ref = in.getDocRef();
    const auto list = in.getEntries();
    if (list.size() > limit_.entries) return too_large("members: entries");
    for (const auto entry : list) {
      out.entries.emplace_back();
      take(entry, limit_.entry_bytes, "members: entry", out.entries.back());
    }
  }
  void frame(wire::Frame::Reader in, flat_frame& out) {
    const auto from = in.getBody();
    out.ordinal = static_cast<std::uint16_t>(from.which());
    out.critical = in.getCritical();
    switch (static_cast<body>(out.ordinal)) {
      case body::hello:
        return hello(from.getHello(), out);
      case body::ready:
        out.proto_min = from.getReady().getProto();
        return take(from.getReady().getFeatures(), limit_.features, "ready: features",
                    out.features);
      case body::ping:
        out.token = from.getPing();
        return;
      case body::pong:
        out.token = from.getPong();
        return;
      case body::error:
        return error(from.getError(), out);
      case body::subscribe:
        return subscribe(from.getSubscribe(), out);
      case body::subscribed:
        out.doc_ref = from.getSubscribed().getDocRef();
        out.status = from.getSubscribed().getStatus();
        return;
      case body::have:
        return seqs(from.getHave(), "have: replicas", out);
      case body::changes:
        out.doc_ref = from.getChanges().getDocRef();
        return take(from.getChanges().getBlock(), limit_.block_bytes, "changes: block", out.block);
      case body::members:
        return members(from.getMembers(), out);
      case body::invite_use:
        take(from.getInviteUse().getDocId(), 32, "invite use: document", out.document);
        return take(from.getInviteUse().getEntry(), limit_.entry_bytes, "invite use: entry",
                    out.entry);
    }
  }

  [[nodiscard]] const char* wrong() const { return wrong_; }

private:
  void too_large(const char* what) {
    if (wrong_ == nullptr) wrong_ = what;
  }
  const bounds& limit_;
  const char* wrong_ = nullptr;
};

}  // namespace

data pack(const flat_frame& frame) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<wire::Frame>();
  root.setCritical(frame.critical);
  put_body(root.getBody(), frame);
  kj::VectorOutputStream out;
  capnp::writePackedMessage(out, message);
  const auto bytes = out.getArray();
  return {bytes.begin(), bytes.end()};
}

fault unpack(const std::uint8_t* in, std::size_t size, const bounds& limit, flat_frame& out) {
  std::vector<std::uint64_t> words;
  const fault packed = unpack_words(in, size, limit.words, words);
  if (packed.what != nullptr) return packed;
  capnp::ReaderOptions options;
  // Twice the message: a list that is read where it stands is counted once more by its pointer.
  options.traversalLimitInWords = 2 * words.size() + 64;
  options.nestingLimit = 8;
  const kj::ArrayPtr<const capnp::word> view(reinterpret_cast<const capnp::word*>(words.data()),
                                             words.size());
  const char* wrong = nullptr;
  const auto thrown = kj::runCatchingExceptions([&] {
    capnp::FlatArrayMessageReader message(view, options);
    if (message.getEnd() != view.end()) {
      wrong = "frame: words after the message";
      return;
    }
    taker read(limit);
    read.frame(message.getRoot<wire::Frame>(), out);
    wrong = read.wrong();
  });
  bool hostile = false;
  KJ_IF_MAYBE (e, thrown) {
    static_cast<void>(e);
    hostile = true;
  }
  if (hostile) return {size, "frame: not a Cap'n Proto message of this schema", false};
  if (wrong != nullptr) return {size, wrong, true};
  return {};
}

}  // namespace weft::sync::wire_codec
