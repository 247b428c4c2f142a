//! The requirements, and the notes on those that have no test.

use std::{collections::BTreeMap, fmt, path::Path};

use serde::{Deserialize, Deserializer, de};

use super::read;
use crate::command::Failure;

/// Which list a number belongs to: the RFCs', that of the identity providers' habits, or that of what must not happen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Family {
    #[default]
    Scim,
    Dialect,
    Pain,
}

/// All requirements, by section.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checklist {
    #[serde(rename = "section")]
    pub(super) sections: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    pub(super) title: String,
    #[serde(default)]
    pub(super) family: Family,
    #[serde(deserialize_with = "numbered")]
    pub(super) requirements: BTreeMap<u32, Requirement>,
}

/// One line: `must: A new resource is answered 201.`
pub(super) struct Requirement {
    /// `must`, `should` or `may`; of a habit, who has it.
    pub(super) level: String,
    pub(super) text: String,
}

/// Why a requirement has no test, or not all of it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notes {
    #[serde(default, deserialize_with = "numbered")]
    scim: BTreeMap<u32, String>,
    #[serde(default, deserialize_with = "numbered")]
    dialect: BTreeMap<u32, String>,
    #[serde(default, deserialize_with = "numbered")]
    pain: BTreeMap<u32, String>,
}

impl Family {
    const ALL: [Self; 3] = [Self::Scim, Self::Dialect, Self::Pain];

    /// The family of that name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Family::ALL.into_iter().find(|family| family.as_str() == name)
    }

    fn as_str(self) -> &'static str {
        match self {
            Family::Scim => "scim",
            Family::Dialect => "dialect",
            Family::Pain => "pain",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Checklist {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        Self::parse(&read(path)?).map_err(|fault| Failure(format!("{}: {fault}", path.display())))
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Every requirement with its number.
    pub(super) fn requirements(&self) -> impl Iterator<Item = (Family, u32, &Requirement)> {
        self.sections.iter().flat_map(|section| {
            section.requirements.iter().map(|(number, requirement)| (section.family, *number, requirement))
        })
    }
}

impl Notes {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        Self::parse(&read(path)?).map_err(|fault| Failure(format!("{}: {fault}", path.display())))
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    pub(super) fn of(&self, family: Family, number: u32) -> Option<&str> {
        self.list(family).get(&number).map(String::as_str)
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = (Family, u32)> {
        Family::ALL
            .into_iter()
            .flat_map(|family| self.list(family).keys().map(move |number| (family, *number)))
    }

    fn list(&self, family: Family) -> &BTreeMap<u32, String> {
        match family {
            Family::Scim => &self.scim,
            Family::Dialect => &self.dialect,
            Family::Pain => &self.pain,
        }
    }
}

impl<'de> Deserialize<'de> for Requirement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line = String::deserialize(deserializer)?;
        let (level, text) = line
            .split_once(": ")
            .ok_or_else(|| de::Error::custom(format!("`{line}` does not begin with `must: ` or the like")))?;
        Ok(Requirement { level: level.to_owned(), text: text.to_owned() })
    }
}

/// Keys of TOML are text.
fn numbered<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<u32, T>, D::Error> {
    let by_text = BTreeMap::<String, T>::deserialize(deserializer)?;
    by_text
        .into_iter()
        .map(|(key, value)| {
            let number = key.parse().map_err(|_| de::Error::custom(format!("`{key}` is not a number")))?;
            Ok((number, value))
        })
        .collect()
}
