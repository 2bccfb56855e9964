@0xd1b6e2a94f7c3e58;
# Messages between two nodes, but for those of every keystroke (docs/sync-protocol.md). Fields and
# union members are only added, at the end.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("weft::sync::wire");

struct Frame {
  critical @0 :Bool;            # the receiver must understand the body or answer `unsupported`
  body :union {
    hello       @1  :Hello;
    ready       @2  :Ready;
    ping        @3  :UInt64;
    pong        @4  :UInt64;
    error       @5  :Error;
    subscribe   @6  :Subscribe;
    subscribed  @7  :Subscribed;
    have        @8  :Have;
    changes     @9  :Changes;
    members     @10 :Members;
    inviteUse   @11 :InviteUse;
  }
}
struct Hello {
  protoMin @0 :UInt16;
  protoMax @1 :UInt16;
  features @2 :List(UInt16);
  agent    @3 :Text;
  instance @4 :Data;
  maxFrame @5 :UInt32;
  wallMs   @6 :Int64;
  role     @7 :UInt8;
  name     @8 :Text;
}
struct Ready { proto @0 :UInt16; features @1 :List(UInt16); }
struct Error { code @0 :UInt16; text @1 :Text; retryMs @2 :UInt32; docRef @3 :UInt32; fatal @4 :Bool; }
struct Subscribe { docRef @0 :UInt32; docId @1 :Data; replicas @2 :Data; seqs @3 :List(UInt64); memberDigest @4 :Data; }
struct Subscribed { docRef @0 :UInt32; status @1 :UInt8; }
struct Have { docRef @0 :UInt32; replicas @1 :Data; seqs @2 :List(UInt64); }   # 16 bytes a replica
struct Changes { docRef @0 :UInt32; block @1 :Data; }
struct Members { docRef @0 :UInt32; entries @1 :List(Data); }
struct InviteUse { docId @0 :Data; entry @1 :Data; }
