//! Whom a line of a file is about: by the application's own id, or by `userName`.

use rolecall_scim::index::fold;

use super::{ImportRow, Refused};
use crate::{
    ids::UserId,
    ports::{StoreResult, Taken, Tx},
    records::User,
    use_cases::{Act, people},
};

/// The longest id of an application.
const MAX_APP_ID_CHARS: usize = 255;

/// The application's own id of a person.
pub(super) enum AppId {
    /// It says none.
    None,
    /// It is the person's id.
    Id(UserId),
    /// It is kept beside the person's id.
    Own(String),
}

impl AppId {
    /// A UUID, in any case of letters, is the person's id.
    pub(super) fn read(given: Option<&str>) -> Result<Self, Refused> {
        let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else {
            return Ok(Self::None);
        };
        match UserId::parse(&given.to_ascii_lowercase()) {
            Some(id) if id.0.is_nil() => {
                Err(Refused::Line("id is the nil UUID, which is nobody's; leave it out".into()))
            }
            Some(id) => Ok(Self::Id(id)),
            None if given.chars().count() > MAX_APP_ID_CHARS => {
                Err(Refused::Line(format!("id is longer than {MAX_APP_ID_CHARS} characters")))
            }
            None => Ok(Self::Own(given.to_owned())),
        }
    }

    pub(super) fn key(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Id(id) => id.to_string(),
            Self::Own(own) => own.clone(),
        }
    }

    pub(super) fn own(&self) -> Option<&str> {
        match self {
            Self::Own(own) => Some(own),
            Self::None | Self::Id(_) => None,
        }
    }
}

/// What of a page somebody has already.
pub(super) fn taken<'r>(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    lines: impl Iterator<Item = &'r (ImportRow, AppId)>,
) -> StoreResult<Taken> {
    let (mut ids, mut names, mut own) = (Vec::new(), Vec::new(), Vec::new());
    for (row, wanted) in lines {
        names.push(fold(&row.user_name));
        match wanted {
            AppId::None => {}
            AppId::Id(id) => {
                ids.push(*id);
                // Of somebody who was made one with another.
                own.push(id.to_string());
            }
            AppId::Own(id) => own.push(id.clone()),
        }
    }
    if names.is_empty() { Ok(Taken::default()) } else { tx.taken_of(act.org, &ids, &names, &own) }
}

/// Whether anything that a line says of who it is leads to somebody.
pub(super) fn is_taken(taken: &Taken, row: &ImportRow, wanted: &AppId) -> bool {
    taken.user_names.contains(&fold(&row.user_name))
        || match wanted {
            AppId::None => false,
            AppId::Id(id) => taken.ids.contains(id) || taken.app_ids.contains(&id.to_string()),
            AppId::Own(own) => taken.app_ids.contains(own),
        }
}

/// The person of a line: by the application's id, or else by `userName`.
pub(super) fn find(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    row: &ImportRow,
    wanted: &AppId,
) -> Result<Option<User>, Refused> {
    let by_id = match wanted {
        AppId::Id(_) | AppId::Own(_) => people::find(tx, act.org, &wanted.key())?,
        AppId::None => None,
    };
    if by_id.is_some() {
        return Ok(by_id);
    }
    let by_name = tx.find_user_by_name(act.org, &fold(&row.user_name))?;
    match (&by_name, wanted) {
        (Some(user), AppId::Id(id)) => Err(Refused::Line(format!(
            "user_name `{}` is the person {} already, who keeps that id; give it, or leave id out, instead of `{id}`",
            row.user_name, user.id
        ))),
        _ => Ok(by_name),
    }
}
