//! What the channels' JSON looks like, as JSON schemas that Foxglove reads.
//!
//! Foxglove makes a table of types of each schema, and shows nothing at all of a channel whose schema it cannot take in: every
//! object must list its properties, and neither lists of lists nor what may be null has a type there. Such fields are left
//! out, which a schema may do; readers see them all the same.

/// A prediction: [`PredictionRecord`](super::PredictionRecord), without `answer`.
pub(super) const PREDICTION: &str = r#"{"title":"synse.Prediction","type":"object","properties":{"t":{"type":"number"},"body":{"type":"integer"},"state":{"type":"string"},"ranking":{"type":"array","items":{"type":"object","properties":{"phrase":{"type":"string"},"probability":{"type":"number"},"seen":{"type":"boolean"}}}},"smoothed":{"type":"array","items":{"type":"object","properties":{"phrase":{"type":"string"},"probability":{"type":"number"},"seen":{"type":"boolean"}}}},"p_seen":{"type":"number"},"motion":{"type":"array","items":{"type":"number"}},"latency_ms":{"type":"number"}}}"#;

/// A phrase list, without what the user may leave open.
pub(super) const PHRASES: &str = r#"{"title":"synse.Phrases","type":"object","properties":{"phrases":{"type":"array","items":{"type":"object","properties":{"text":{"type":"string"},"enabled":{"type":"boolean"}}}}}}"#;

/// The settings: [`SettingsRecord`](super::SettingsRecord), without `up`.
pub(super) const SETTINGS: &str = r#"{"title":"synse.Settings","type":"object","properties":{"source":{"type":"string"},"fps":{"type":"number"},"bundle":{"type":"string"},"device":{"type":"string"},"head":{"type":"string"},"by_examples":{"type":"boolean"},"gate":{"type":"string"},"threshold":{"type":"number"},"levelled":{"type":"boolean"}}}"#;

/// A marker: [`MarkerRecord`](super::MarkerRecord).
pub(super) const MARKER: &str = r#"{"title":"synse.Marker","type":"object","properties":{"label":{"type":"string"},"start_nanos":{"type":"integer"},"end_nanos":{"type":"integer"}}}"#;

/// An event: [`EventRecord`](super::EventRecord).
pub(super) const EVENT: &str = r#"{"title":"synse.Event","type":"object","properties":{"kind":{"type":"string"},"text":{"type":"string"}}}"#;

/// A change: [`ChangeRecord`](super::ChangeRecord); what else it holds is told by its kind.
pub(super) const CHANGE: &str = r#"{"title":"synse.Change","type":"object","properties":{"after_nanos":{"type":"integer"},"change":{"type":"string"}}}"#;

/// An example: [`ExampleRecord`](super::ExampleRecord), without its frames.
pub(super) const EXAMPLE: &str = r#"{"title":"synse.Example","type":"object","properties":{"fingerprint":{"type":"string"},"name":{"type":"string"},"fps":{"type":"number"}}}"#;

/// The overview: [`Overview`](super::Overview), without its moments' answers.
pub(super) const OVERVIEW: &str = r#"{"title":"synse.Overview","type":"object","properties":{"start_nanos":{"type":"integer"},"moments":{"type":"array","items":{"type":"object","properties":{"frames":{"type":"integer"},"bodies":{"type":"integer"},"acting":{"type":"boolean"},"probability":{"type":"number"}}}},"phrases":{"type":"array","items":{"type":"string"}},"markers":{"type":"array","items":{"type":"object","properties":{"label":{"type":"string"},"start_nanos":{"type":"integer"},"end_nanos":{"type":"integer"}}}}}}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::session::course::{Change, ChangeRecord, ExampleRecord};
    use crate::recording::session::format::{
        CHANNELS, EventRecord, MarkerRecord, PhraseLists, PhraseRecord, PredictionRecord,
        RankedRecord, SettingsRecord,
    };
    use crate::recording::session::overview::{Moment, Overview};
    use serde_json::Value;

    /// Why Foxglove's loader would not take a schema in (`parseJsonSchema` of its `mcap-support`).
    fn refused(schema: &Value, place: &str) -> Option<String> {
        let kind = schema["type"].as_str();
        match kind {
            Some("boolean" | "string" | "number" | "integer") => None,
            Some("array") if schema["items"]["type"] != "array" => {
                refused(&schema["items"], &format!("{place}[]"))
            }
            Some("object") => {
                let Some(properties) = schema["properties"].as_object() else {
                    return Some(format!("{place} lists no properties"));
                };
                let mut within = properties
                    .iter()
                    .map(|(name, schema)| refused(schema, &format!("{place}.{name}")));
                within.find_map(|refused| refused)
            }
            // A choice among numbers that have names.
            None if schema["oneOf"].as_array().is_some_and(|choices| {
                choices
                    .iter()
                    .all(|one| one["const"].is_number() && one["title"].is_string())
            }) =>
            {
                None
            }
            _ => Some(format!("{place} is {:?}", schema["type"])),
        }
    }

    /// Whether a value has everything that the schema lists, of the type that it says.
    fn fits(schema: &Value, value: &Value) -> bool {
        match schema["type"].as_str().unwrap() {
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_u64(),
            "array" => value.as_array().is_some_and(|values| {
                !values.is_empty() && values.iter().all(|value| fits(&schema["items"], value))
            }),
            _ => schema["properties"]
                .as_object()
                .unwrap()
                .iter()
                .all(|(name, schema)| fits(schema, &value[name])),
        }
    }

    #[test]
    fn foxglove_takes_every_schema_in() {
        let mut count = 0;
        for channel in CHANNELS.iter().filter(|channel| channel.encoding == "json") {
            count += 1;
            assert_eq!(channel.schema_encoding, "jsonschema");
            let schema: Value = serde_json::from_str(channel.schema_text).unwrap();
            assert_eq!(refused(&schema, channel.topic), None);
            assert_eq!(schema["title"], channel.schema);
        }
        assert_eq!(count, 10);
        assert!(refused(&serde_json::json!({"type": "object"}), "").is_some());
        assert!(refused(&serde_json::json!({"type": ["string", "null"]}), "").is_some());
    }

    #[test]
    fn records_have_what_their_schemas_list() {
        let line = RankedRecord {
            phrase: "wave".to_owned(),
            probability: 0.5,
            seen: false,
        };
        let prediction = PredictionRecord {
            ranking: vec![line.clone()],
            smoothed: vec![line],
            motion: vec![0.5],
            ..PredictionRecord::default()
        };
        let phrases = PhraseLists {
            phrases: vec![PhraseRecord::default()],
        };
        let change = ChangeRecord {
            after_nanos: 1,
            change: Change::Stretch,
        };
        let overview = Overview {
            moments: vec![Moment::default()],
            phrases: vec![String::new()],
            markers: vec![MarkerRecord::default()],
            ..Overview::default()
        };
        for (schema, value) in [
            (PREDICTION, serde_json::to_value(prediction)),
            (PHRASES, serde_json::to_value(phrases)),
            (SETTINGS, serde_json::to_value(SettingsRecord::default())),
            (MARKER, serde_json::to_value(MarkerRecord::default())),
            (EVENT, serde_json::to_value(EventRecord::default())),
            (CHANGE, serde_json::to_value(change)),
            (EXAMPLE, serde_json::to_value(ExampleRecord::default())),
            (OVERVIEW, serde_json::to_value(overview)),
        ] {
            let (schema, value) = (serde_json::from_str(schema).unwrap(), value.unwrap());
            assert!(fits(&schema, &value), "{schema}\n{value}");
        }
    }
}
