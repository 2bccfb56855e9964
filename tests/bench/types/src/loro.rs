// SPDX-License-Identifier: MIT
use crate::docs::{Doc, Kind};
use crate::world::writer;
use loro::{ExportMode, LoroDoc, LoroValue, VersionVector};

pub struct Loro(LoroDoc);

fn number(value: &LoroValue) -> u64 {
    match value {
        LoroValue::I64(n) => *n as u64,
        other => panic!("not a number: {other:?}"),
    }
}

impl Loro {
    fn export(&self, mode: ExportMode) -> Vec<u8> {
        self.0.export(mode).expect("an export")
    }
}

impl Doc for Loro {
    type Version = VersionVector;

    fn open(number: usize, saved: Option<&[u8]>) -> Self {
        let doc = saved.map_or_else(LoroDoc::new, |b| LoroDoc::from_snapshot(b).expect("a file"));
        Loro(doc).by(number)
    }
    fn by(self, number: usize) -> Self {
        let id = writer(number);
        self.0.set_peer_id(u64::from_be_bytes(id[..8].try_into().expect("eight"))).expect("an id");
        self
    }
    fn add(&mut self, amount: i64) {
        self.0.get_counter("counter").increment(amount as f64).expect("a counter");
        self.0.commit();
    }
    fn set(&mut self, entries: &[(u64, u64)]) {
        let map = self.0.get_map("map");
        for (key, value) in entries {
            map.insert(&key.to_string(), *value as i64).expect("a map");
        }
        self.0.commit();
    }
    fn push(&mut self, values: &[u64]) {
        let list = self.0.get_list("list");
        for value in values {
            list.push(*value as i64).expect("a list");
        }
        self.0.commit();
    }
    fn version(&mut self) -> VersionVector {
        self.0.oplog_vv()
    }
    fn since(&mut self, version: &VersionVector) -> Vec<u8> {
        self.export(ExportMode::updates(version))
    }
    fn import(&mut self, update: &[u8]) {
        assert!(self.0.import(update).expect("a good update").pending.is_none());
    }
    fn save(&mut self) -> Vec<u8> {
        self.export(ExportMode::Snapshot)
    }
    fn smallest(&mut self) -> usize {
        let modes = [ExportMode::Snapshot, ExportMode::all_updates(), ExportMode::state_only(None)];
        modes.into_iter().map(|mode| self.export(mode).len()).min().expect("one")
    }
    fn counted(&mut self) -> i64 {
        self.0.get_counter("counter").get_value() as i64
    }
    fn values(&mut self, kind: Kind) -> Vec<u64> {
        if kind == Kind::List {
            let list = self.0.get_list("list").get_value();
            return list.as_list().expect("a list").iter().map(number).collect();
        }
        let map = self.0.get_map("map").get_value();
        let entries = map.as_map().expect("a map").iter();
        entries.map(|(key, value)| key.parse::<u64>().expect("a number") + number(value)).collect()
    }
}
