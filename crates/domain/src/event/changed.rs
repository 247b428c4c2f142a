//! What an event did to the fields of a thing, beside roles: whoever reads the record knows it, and an undo brings it back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The fields that differ, before and after.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Changed {
    /// Which thing, where no other part of the event says so: a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// As they were.
    pub before: Map<String, Value>,
    /// As they are.
    pub after: Map<String, Value>,
}

impl Changed {
    /// The fields that two renderings of a thing differ in; `None` where they are alike. What is no object has no fields.
    pub fn between(before: Value, after: Value) -> Option<Self> {
        let (Value::Object(mut before), Value::Object(mut after)) = (before, after) else { return None };
        let alike: Vec<String> = before
            .iter()
            .filter(|(name, value)| after.get(*name) == Some(value))
            .map(|(n, _)| n.clone())
            .collect();
        for name in alike {
            before.remove(&name);
            after.remove(&name);
        }
        (!before.is_empty() || !after.is_empty()).then_some(Self { id: None, before, after })
    }

    /// Says which thing it is.
    pub fn of(self, id: Uuid) -> Self {
        Self { id: Some(id), ..self }
    }

    /// As it is kept.
    pub fn render(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What [`Self::render`] made; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// The ids in what was rendered, as they are or as `known` calls them: those that a change itself makes are others in its plan.
pub(crate) fn with_ids(text: &str, known: impl Fn(Uuid) -> String) -> String {
    let pieces = text.split('"').map(|piece| match Uuid::parse_str(piece) {
        Ok(id) if piece.len() == 36 => known(id),
        _ => piece.to_owned(),
    });
    pieces.collect::<Vec<_>>().join("\"")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_kept_and_read_back() {
        let changed = Changed::between(
            json!({"name": "Sales", "archived": false}),
            json!({"name": "Sales", "archived": true}),
        );
        let changed = changed.unwrap().of(Uuid::nil());
        assert_eq!(Changed::parse(&changed.render()), Some(changed.clone()));
        assert_eq!((changed.before.len(), &changed.after["archived"]), (1, &json!(true)));
        assert_eq!(Changed::between(json!({"paused": true}), json!({"paused": true})), None);
        assert_eq!(Changed::parse("nonsense"), None);
    }

    #[test]
    fn ids_are_called_as_is_wished() {
        let id = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a07";
        let text = format!(r#"{{"group_id":"{id}","name":"{id} x"}}"#);
        let shown = with_ids(&text, |_| "new 1".to_owned());
        assert_eq!(shown, format!(r#"{{"group_id":"new 1","name":"{id} x"}}"#));
    }
}
