//! The list of people in a JSON file, one after the other: `{"people": [{…}, …]}`.

use std::{
    fmt,
    io::{BufReader, Read},
};

use rolecall_domain::{
    grant,
    ports::StoreError,
    use_cases::{import::ImportRow, workspaces::WorkspaceRef},
};
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use utoipa::ToSchema;

use super::{ImportFailure, Take, cells};
use crate::admin::words::{OrgRoleWord, WorkspaceRoleWord};

/// People to be brought in.
#[derive(ToSchema)]
#[schema(as = ImportedPeople)]
#[allow(dead_code, reason = "it describes what is read as a stream")]
pub(crate) struct People {
    /// Each of them.
    people: Vec<Person>,
}

/// A person to be brought in; what is absent is left as it is.
#[derive(Deserialize, ToSchema)]
#[schema(as = ImportedPerson)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    /// The application's own id of the person. A UUID becomes the person's id; any other is kept as `app_id`.
    #[schema(value_type = Option<String>, example = "7c9e6679-7425-40de-944b-e07fc1f90ae7")]
    id: Option<IdText>,
    /// `userName`, by which the directory will know the person.
    #[schema(example = "ada@example.com")]
    user_name: String,
    /// The directory's own id of the person, where it is known.
    external_id: Option<String>,
    /// `displayName`
    #[schema(example = "Ada Lovelace")]
    display_name: Option<String>,
    /// `name.givenName`
    given_name: Option<String>,
    /// `name.familyName`
    family_name: Option<String>,
    /// The e-mail address.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// Whether the person is active; a new one is, if absent.
    active: Option<bool>,
    /// The role in the organisation; a new person is a member, if absent.
    #[schema(value_type = Option<OrgRoleWord>)]
    role: Option<String>,
    /// What the person is given by hand.
    #[serde(default)]
    workspaces: Vec<Grant>,
}

/// A membership to be given by hand.
#[derive(Deserialize, ToSchema)]
#[schema(as = ImportedGrant)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    /// Id or slug of the workspace.
    #[schema(example = "sales")]
    workspace: String,
    /// The role there.
    #[schema(value_type = WorkspaceRoleWord)]
    role: String,
    /// Until then: a day, which counts to its end, or a time; for good, if absent. What has ended by now is not given.
    #[serde(default)]
    #[schema(example = "2027-01-31")]
    expires_at: Option<String>,
    /// The lesser role that stays for good after that.
    #[serde(default)]
    #[schema(value_type = Option<WorkspaceRoleWord>)]
    then_role: Option<String>,
}

impl Grant {
    fn read(self) -> Result<(WorkspaceRef, grant::Grant), String> {
        cells::granted(&self.workspace, &self.role, self.expires_at.as_deref(), self.then_role.as_deref())
    }
}

/// Applications count people, too.
#[derive(Deserialize)]
#[serde(untagged)]
enum IdText {
    Text(String),
    Number(u64),
}

impl Person {
    fn row(self) -> Result<ImportRow, String> {
        let id = self.id.map(|id| match id {
            IdText::Text(text) => text,
            IdText::Number(number) => number.to_string(),
        });
        let said = |text: Option<String>| text.as_deref().and_then(cells::said);
        Ok(ImportRow {
            id: said(id),
            user_name: self.user_name.trim().to_owned(),
            external_id: said(self.external_id),
            display_name: said(self.display_name),
            given_name: said(self.given_name),
            family_name: said(self.family_name),
            email: said(self.email).map(cells::email).transpose()?,
            active: self.active,
            role: said(self.role).map(|role| cells::org_role(&role)).transpose()?,
            grants: self.workspaces.into_iter().map(Grant::read).collect::<Result<_, String>>()?,
        })
    }
}

/// Reads a file.
pub(super) fn read(file: &mut dyn Read, take: &mut Take<'_>) -> Result<(), ImportFailure> {
    let mut stopped = None;
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(file));
    let read =
        Whole(Reading { take, stopped: &mut stopped }).deserialize(&mut json).and_then(|()| json.end());
    match (stopped, read) {
        (Some(error), _) => Err(error.into()),
        (None, Err(error)) if error.is_io() => Err(ImportFailure::Read(error.into())),
        (None, Err(error)) => {
            Err(ImportFailure::File(format!("it is not `{{\"people\": [{{…}}, …]}}`: {error}")))
        }
        (None, Ok(())) => Ok(()),
    }
}

struct Reading<'a, 't> {
    take: &'a mut Take<'t>,
    /// Why the store takes no more; serde's errors carry texts alone.
    stopped: &'a mut Option<StoreError>,
}

struct Whole<'a, 't>(Reading<'a, 't>);
struct List<'a, 't>(Reading<'a, 't>);

impl<'de> DeserializeSeed<'de> for Whole<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `people`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        match map.next_key::<String>()? {
            Some(key) if key == "people" => map.next_value_seed(List(self.0))?,
            Some(key) => return Err(A::Error::custom(format!("unknown field `{key}`, expected `people`"))),
            None => return Err(A::Error::custom("`people` is missing")),
        }
        match map.next_key::<String>()? {
            Some(key) => {
                Err(A::Error::custom(format!("field `{key}` beside `people`; there must be nothing else")))
            }
            None => Ok(()),
        }
    }
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of people")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(value) = list.next_element::<Value>()? {
            number += 1;
            let person: Result<Person, _> = serde_path_to_error::deserialize(value);
            let row = person.map_err(|error| error.to_string()).and_then(Person::row);
            if let Err(error) = (self.0.take)(number, row) {
                *self.0.stopped = Some(error);
                return Err(A::Error::custom("the store takes no more"));
            }
        }
        Ok(())
    }
}
