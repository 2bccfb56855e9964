// SPDX-License-Identifier: MIT
//! Times are those of the first encoding, bytes those of the smaller one.
use crate::docs::{Doc, Kind};
use crate::world::writer;
use yrs::updates::decoder::Decode;
use yrs::any::Number;
use yrs::{
    Any, Array, ArrayRef, ClientID, Doc as YDoc, Map, MapRef, Options, Out, ReadTxn, StateVector,
    Transact, Update,
};

pub struct Yrs {
    doc: YDoc,
    map: MapRef,
    list: ArrayRef,
}

fn number(value: Out) -> u64 {
    match value {
        Out::Any(Any::Number(Number::Int(n))) => n as u64,
        Out::Any(Any::Number(Number::Float(n))) => n as u64,
        other => panic!("not a number: {other:?}"),
    }
}

impl Doc for Yrs {
    type Version = StateVector;

    fn open(number: usize, saved: Option<&[u8]>) -> Self {
        let id = writer(number);
        // Ids have 53 bits.
        let id = u64::from_be_bytes(id[..8].try_into().expect("eight")) >> 11;
        let options = Options { client_id: ClientID::new(id), ..Options::default() };
        let doc = YDoc::with_options(options);
        let mut made =
            Yrs { map: doc.get_or_insert_map("map"), list: doc.get_or_insert_array("list"), doc };
        if let Some(bytes) = saved {
            made.import(bytes);
        }
        made
    }
    fn add(&mut self, _amount: i64) {
        unreachable!("it has no counter");
    }
    fn set(&mut self, entries: &[(u64, u64)]) {
        let mut txn = self.doc.transact_mut();
        for (key, value) in entries {
            self.map.insert(&mut txn, key.to_string(), Any::from(*value as i64));
        }
    }
    fn push(&mut self, values: &[u64]) {
        let mut txn = self.doc.transact_mut();
        let end = self.list.len(&txn);
        let values: Vec<Any> = values.iter().map(|v| Any::from(*v as i64)).collect();
        self.list.insert_range(&mut txn, end, values);
    }
    fn version(&mut self) -> StateVector {
        self.doc.transact().state_vector()
    }
    fn since(&mut self, version: &StateVector) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(version)
    }
    fn import(&mut self, update: &[u8]) {
        let update = Update::decode_v1(update).expect("a good update");
        self.doc.transact_mut().apply_update(update).expect("a good update");
    }
    fn save(&mut self) -> Vec<u8> {
        self.since(&StateVector::default())
    }
    fn smallest(&mut self) -> usize {
        self.smallest_since(&StateVector::default())
    }
    fn smallest_since(&mut self, version: &StateVector) -> usize {
        let other = self.doc.transact().encode_state_as_update_v2(version).len();
        self.since(version).len().min(other)
    }
    fn counted(&mut self) -> i64 {
        unreachable!("it has no counter");
    }
    fn values(&mut self, kind: Kind) -> Vec<u64> {
        let txn = self.doc.transact();
        if kind == Kind::List {
            return self.list.iter(&txn).map(number).collect();
        }
        let entries = self.map.iter(&txn);
        entries.map(|(key, value)| key.parse::<u64>().expect("a number") + number(value)).collect()
    }
}
