// SPDX-License-Identifier: MIT
use crate::docs::{Doc, Kind};
use crate::world::writer;
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ChangeHash, ObjId, ObjType, ReadDoc, ScalarValue, Value, ROOT};

pub struct Automerge(AutoCommit);

/// All replicas share the change that makes the containers.
fn beginning() -> AutoCommit {
    let mut doc = AutoCommit::new().with_actor(ActorId::from([0u8; 16]));
    doc.put(ROOT, "counter", ScalarValue::counter(0)).expect("a counter");
    doc.put_object(ROOT, "map", ObjType::Map).expect("a map");
    doc.put_object(ROOT, "list", ObjType::List).expect("a list");
    doc.commit();
    doc
}

impl Automerge {
    fn object(&self, name: &str) -> ObjId {
        self.0.get(ROOT, name).expect("a root").expect("an object").1
    }
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Scalar(scalar) => scalar.as_i64().expect("a number"),
        other => panic!("not a number: {other:?}"),
    }
}

impl Doc for Automerge {
    type Version = Vec<ChangeHash>;

    fn open(number: usize, saved: Option<&[u8]>) -> Self {
        let doc = saved.map_or_else(beginning, |b| AutoCommit::load(b).expect("a good file"));
        Automerge(doc).by(number)
    }
    fn by(mut self, number: usize) -> Self {
        self.0.set_actor(ActorId::from(writer(number)));
        self
    }
    fn add(&mut self, amount: i64) {
        self.0.increment(ROOT, "counter", amount).expect("a counter");
        self.0.commit();
    }
    fn set(&mut self, entries: &[(u64, u64)]) {
        let map = self.object("map");
        for (key, value) in entries {
            self.0.put(&map, key.to_string(), *value as i64).expect("a map");
        }
        self.0.commit();
    }
    fn push(&mut self, values: &[u64]) {
        let list = self.object("list");
        let length = self.0.length(&list);
        for (i, value) in values.iter().enumerate() {
            self.0.insert(&list, length + i, *value as i64).expect("a list");
        }
        self.0.commit();
    }
    fn version(&mut self) -> Self::Version {
        self.0.get_heads()
    }
    fn since(&mut self, version: &Self::Version) -> Vec<u8> {
        self.0.save_after(version)
    }
    fn import(&mut self, update: &[u8]) {
        self.0.load_incremental(update).expect("a good update");
    }
    fn save(&mut self) -> Vec<u8> {
        self.0.save()
    }
    fn smallest(&mut self) -> usize {
        self.0.save().len().min(self.0.save_nocompress().len())
    }
    fn counted(&mut self) -> i64 {
        number(&self.0.get(ROOT, "counter").expect("a root").expect("a counter").0)
    }
    fn values(&mut self, kind: Kind) -> Vec<u64> {
        if kind == Kind::List {
            let list = self.object("list");
            return self.0.values(&list).map(|(value, _)| number(&value) as u64).collect();
        }
        let map = self.object("map");
        let keys: Vec<String> = self.0.keys(&map).collect();
        let entry = |key: String| {
            let value = self.0.get(&map, key.as_str()).expect("a map").expect("a value").0;
            key.parse::<u64>().expect("a number") + number(&value) as u64
        };
        keys.into_iter().map(entry).collect()
    }
}
