//! How far an identity provider's set-up has come, read off its latest requests: what works, what does not, and how it is
//! mended there. For the panel beside the wizard; it decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use super::{LoggedBodies, LoggedRequest, RefusedToken};
use crate::{ids::ChangeId, ports::Kind, time::Timestamp};

/// How good news are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mood {
    /// It works.
    Good,
    /// It works, and probably not as meant.
    Warning,
    /// It does not work.
    Bad,
}

/// One thing that the requests say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sign {
    /// How good it is.
    pub mood: Mood,
    /// What was seen.
    pub title: String,
    /// What to do about it; empty where there is nothing to do.
    pub advice: String,
    /// When it was last seen.
    pub at: Timestamp,
    /// In which request.
    pub request: ChangeId,
}

/// What these requests say, bad news first. `latest` has the newest first; bodies are needed of those that wrote people.
pub fn signs(latest: &[(LoggedRequest, LoggedBodies)]) -> Vec<Sign> {
    let mut signs = Vec::new();
    signs.extend(refused(latest));
    signs.extend(wrong_address(latest));
    signs.extend(errors(latest));
    signs.extend(parts_refused(latest));
    signs.extend(changing_name(latest));
    signs.extend(no_roles(latest));
    signs.extend(no_groups(latest));
    signs.extend(groups(latest));
    signs.extend(people(latest));
    signs.extend(tested(latest));
    signs.extend(issued(latest));
    signs
}

fn sign(mood: Mood, request: &LoggedRequest, title: String, advice: impl Into<String>) -> Sign {
    Sign { mood, title, advice: advice.into(), at: request.at, request: request.id }
}

fn let_in(latest: &[(LoggedRequest, LoggedBodies)]) -> impl Iterator<Item = &(LoggedRequest, LoggedBodies)> {
    latest.iter().filter(|(request, _)| request.status < 300 && request.token.is_some())
}

/// Each reason once, unless a later request of anybody was let in: then it has been mended.
fn refused(latest: &[(LoggedRequest, LoggedBodies)]) -> Vec<Sign> {
    let since_success =
        latest.iter().take_while(|(request, _)| request.status == 401 || request.token.is_none());
    let mut seen: BTreeMap<RefusedToken, (&LoggedRequest, usize)> = BTreeMap::new();
    for (request, _) in since_success {
        if let Some(reason) = request.refused {
            seen.entry(reason).or_insert((request, 0)).1 += 1;
        }
    }
    let told = |(reason, (request, count)): (RefusedToken, (&LoggedRequest, usize))| {
        let times = if count == 1 { "A request was".to_owned() } else { format!("{count} requests were") };
        sign(Mood::Bad, request, format!("{times} refused with 401"), sentence(reason.advice()))
    };
    seen.into_iter().map(told).collect()
}

fn wrong_address(latest: &[(LoggedRequest, LoggedBodies)]) -> Option<Sign> {
    let (request, _) = latest.iter().find(|(request, _)| request.status == 404 && request.kind.is_none())?;
    Some(sign(
        Mood::Bad,
        request,
        format!("{} is no SCIM address", request.path),
        "Paste the Tenant URL as it stands: it ends in /v2, and the identity provider adds /Users and /Groups by itself.",
    ))
}

/// The latest error of each status, among requests that were let in.
fn errors(latest: &[(LoggedRequest, LoggedBodies)]) -> Vec<Sign> {
    let mut told = BTreeSet::new();
    let mut signs = Vec::new();
    for (request, _) in latest {
        let missing = request.status == 404;
        if request.status < 400 || request.status == 401 || missing || !told.insert(request.status) {
            continue;
        }
        let about = request.name.as_deref().map(|name| format!(" for {name}")).unwrap_or_default();
        let title = format!("{} {}{about} was answered {}", request.method, request.path, request.status);
        let detail = request.detail.as_deref().map(sentence).unwrap_or_default();
        let advice = match request.status {
            409 => format!(
                "{detail} The record is there already: check which attribute the identity provider matches people by; it must be userName or externalId."
            ),
            _ => detail,
        };
        signs.push(sign(Mood::Bad, request, title, advice.trim()));
    }
    signs
}

/// A bulk request is answered 200, whatever became of its operations; the log says how many were refused.
fn parts_refused(latest: &[(LoggedRequest, LoggedBodies)]) -> Option<Sign> {
    let (request, _) = latest.iter().find(|(request, _)| request.path == "/Bulk" && request.status == 200)?;
    let (title, advice) =
        request.detail.as_deref().map(|told| told.split_once(": ").unwrap_or((told, "")))?;
    Some(sign(Mood::Bad, request, format!("POST /Bulk: {title}"), sentence(advice)))
}

/// A person is found again by `userName`. One that changes with something else in the directory makes doubles.
fn changing_name(latest: &[(LoggedRequest, LoggedBodies)]) -> Option<Sign> {
    let mut names: BTreeMap<Uuid, BTreeSet<String>> = BTreeMap::new();
    for (request, bodies) in let_in(latest).filter(|(request, _)| request.kind == Some(Kind::User)) {
        let (Some(id), Some(name)) = (request.resource, bodies.request.as_deref().and_then(user_name)) else {
            continue;
        };
        let of_person = names.entry(id).or_default();
        of_person.insert(name);
        if of_person.len() > 1 {
            let both = of_person.iter().cloned().collect::<Vec<_>>().join(" and ");
            return Some(sign(
                Mood::Warning,
                request,
                format!("The userName of one person changes: {both}"),
                "Map userName from an attribute that stays, such as the sign-in name, and map externalId from the directory's own id.",
            ));
        }
    }
    None
}

fn user_name(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let of = |value: &Value| {
        let members = value.as_object()?;
        let (_, name) = members.iter().find(|(key, _)| key.eq_ignore_ascii_case("userName"))?;
        name.as_str().map(str::to_owned)
    };
    of(&body).or_else(|| {
        body.get("Operations")?.as_array()?.iter().find_map(|operation| {
            let by_path = operation.get("path").and_then(Value::as_str)?.eq_ignore_ascii_case("userName");
            by_path.then(|| operation.get("value")?.as_str().map(str::to_owned)).flatten()
        })
    })
}

/// Everybody is a member then, which is seldom meant.
fn no_roles(latest: &[(LoggedRequest, LoggedBodies)]) -> Option<Sign> {
    let wrote_people = || {
        let_in(latest).filter(|(request, bodies)| {
            request.kind == Some(Kind::User) && request.method != "GET" && bodies.request.is_some()
        })
    };
    let (last, _) = wrote_people().next()?;
    let came = wrote_people().any(|(_, bodies)| {
        bodies.request.as_deref().is_some_and(|body| body.to_ascii_lowercase().contains("\"roles"))
    });
    (!came).then(|| {
        sign(
            Mood::Warning,
            last,
            "No roles attribute has come yet".to_owned(),
            "Everybody is a member of the organisation until it does. Map the roles attribute as the step about roles says, if some shall be admins or owners.",
        )
    })
}

fn no_groups(latest: &[(LoggedRequest, LoggedBodies)]) -> Option<Sign> {
    let person = made(latest, Kind::User).next()?;
    let groups =
        let_in(latest).any(|(request, _)| request.kind == Some(Kind::Group) && request.method != "GET");
    (!groups).then(|| {
        sign(
            Mood::Warning,
            person,
            "People have come, and no group yet".to_owned(),
            "Workspaces follow from groups: assign or push the groups as the step about groups says.",
        )
    })
}

fn groups(latest: &[(LoggedRequest, LoggedBodies)]) -> Option<Sign> {
    let last = made(latest, Kind::Group).next()?;
    let name = last.name.as_deref().unwrap_or("a group");
    Some(sign(Mood::Good, last, format!("Group provisioned: {name}"), ""))
}

fn people(latest: &[(LoggedRequest, LoggedBodies)]) -> Option<Sign> {
    let count = made(latest, Kind::User).count();
    let last = made(latest, Kind::User).next()?;
    let name = last.name.as_deref().unwrap_or("somebody");
    let title = match count {
        1 => format!("First person provisioned: {name}"),
        _ => format!("{count} people provisioned, {name} last"),
    };
    Some(sign(Mood::Good, last, title, ""))
}

fn made(latest: &[(LoggedRequest, LoggedBodies)], kind: Kind) -> impl Iterator<Item = &LoggedRequest> {
    latest
        .iter()
        .map(|(request, _)| request)
        .filter(move |request| request.status == 201 && request.kind == Some(kind))
}

/// Identity providers test a connection by looking for somebody, for a page, or for what the server can do.
fn tested(latest: &[(LoggedRequest, LoggedBodies)]) -> Option<Sign> {
    let (request, _) = let_in(latest).find(|(request, _)| {
        request.method == "GET"
            && request.resource.is_none()
            && ["/Users", "/Groups", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes"]
                .contains(&request.path.as_str())
    })?;
    let from = request.idp.map(|client| format!(" from {}", client.name())).unwrap_or_default();
    Some(sign(
        Mood::Good,
        request,
        format!("Test connection received{from}, answered {}", request.status),
        "",
    ))
}

/// An access token opens what the Secret Token does; whoever got one comes with it next.
fn issued(latest: &[(LoggedRequest, LoggedBodies)]) -> Option<Sign> {
    let (request, _) = let_in(latest).find(|(request, _)| request.asks_for_access())?;
    let used = let_in(latest).any(|(request, _)| !request.asks_for_access());
    let advice = "Nothing has come with it yet: where the identity provider asks for the Tenant URL, paste it, and press its test button.";
    let (mood, advice) = if used { (Mood::Good, "") } else { (Mood::Warning, advice) };
    Some(sign(mood, request, "Access token issued for client credentials".to_owned(), advice))
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    // `userName` and `grant_type` stay as they are spelled.
    let word = text.split(' ').next().unwrap_or_default();
    if word.chars().any(|letter| letter.is_uppercase() || letter == '_') {
        return format!("{text}{end}");
    }
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        ids::TokenId,
        testing::{NumberedIds, THEN, a_request, user_id},
    };

    type Seen = (LoggedRequest, LoggedBodies);

    fn seen(method: &str, path: &str, status: u16) -> Seen {
        let mut request = a_request(NumberedIds::nth(1), THEN);
        (request.method, request.path, request.status) = (method.into(), path.into(), status);
        request.token = Some(TokenId(NumberedIds::nth(2)));
        request.kind = if path.starts_with("/Users") {
            Some(Kind::User)
        } else {
            path.starts_with("/Groups").then_some(Kind::Group)
        };
        (request, LoggedBodies::default())
    }

    fn with_body((mut request, _): Seen, body: Value) -> Seen {
        (request.resource, request.name) = (Some(user_id("ada").0), Some("ada".into()));
        (request, LoggedBodies { request: Some(body.to_string()), response: None })
    }

    fn refusal(reason: RefusedToken) -> Seen {
        let (mut request, bodies) = seen("GET", "/Users", 401);
        (request.refused, request.token) = (Some(reason), None);
        (request, bodies)
    }

    fn titles(latest: &[Seen]) -> Vec<(Mood, String)> {
        signs(latest).into_iter().map(|sign| (sign.mood, sign.title)).collect()
    }

    #[test]
    fn nothing_came_and_nothing_is_said() {
        assert_eq!(signs(&[]), []);
    }

    #[test]
    fn a_test_of_the_connection_is_good_news() {
        let mut test = seen("GET", "/Users", 200);
        test.0.idp = Some(rolecall_scim::client::Client::Okta);
        assert_eq!(
            titles(&[test]),
            [(Mood::Good, "Test connection received from Okta, answered 200".into())]
        );
    }

    #[test]
    fn a_refused_token_is_told_with_what_to_do_until_one_is_let_in() {
        let refusals = [refusal(RefusedToken::OtherOrganisation), refusal(RefusedToken::OtherOrganisation)];
        let told = signs(&refusals);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].mood, told[0].title.as_str()), (Mood::Bad, "2 requests were refused with 401"));
        assert!(told[0].advice.contains("another organisation"), "{}", told[0].advice);
        let mended = [seen("GET", "/Users", 200), refusal(RefusedToken::Missing)];
        assert_eq!(titles(&mended).len(), 1);
        assert_eq!(titles(&mended)[0].0, Mood::Good);
    }

    #[test]
    fn an_access_token_is_good_news_once_something_comes_with_it() {
        let issued = seen("POST", "/oauth/acme/token", 200);
        let title = "Access token issued for client credentials".to_owned();
        assert_eq!(titles(std::slice::from_ref(&issued)), [(Mood::Warning, title.clone())]);
        let said = titles(&[seen("GET", "/Users", 200), issued.clone()]);
        assert_eq!(said[1..], [(Mood::Good, title)]);
        let mut refused = seen("POST", "/oauth/acme/token", 400);
        refused.0.detail = Some("grant_type is missing".into());
        let said = signs(&[refused]);
        assert_eq!((said[0].mood, said[0].advice.as_str()), (Mood::Bad, "grant_type is missing."));
    }

    #[test]
    fn people_without_roles_or_groups_are_a_warning() {
        let ada = with_body(seen("POST", "/Users", 201), json!({"userName": "ada"}));
        assert_eq!(
            titles(std::slice::from_ref(&ada)),
            [
                (Mood::Warning, "No roles attribute has come yet".into()),
                (Mood::Warning, "People have come, and no group yet".into()),
                (Mood::Good, "First person provisioned: ada".into()),
            ]
        );
        let with_roles = with_body(
            seen("PATCH", "/Users/7", 200),
            json!({"Operations": [{"path": "x", "value": {"roles": []}}]}),
        );
        let said = titles(&[with_roles, seen("POST", "/Groups", 201), ada]);
        assert!(said.iter().all(|(mood, _)| *mood == Mood::Good), "{said:?}");
    }

    #[test]
    fn a_user_name_that_changes_is_a_warning() {
        let first = with_body(seen("POST", "/Users", 201), json!({"userName": "ada", "roles": []}));
        let then = with_body(
            seen("PATCH", "/Users/7", 200),
            json!({"Operations": [{"op": "Replace", "path": "userName", "value": "ada@acme.example"}]}),
        );
        let said = titles(&[then, first]);
        assert!(
            said.contains(&(
                Mood::Warning,
                "The userName of one person changes: ada and ada@acme.example".into()
            )),
            "{said:?}"
        );
    }

    #[test]
    fn a_bulk_request_of_which_a_part_was_refused_is_told_until_one_works() {
        let mut bulk = seen("POST", "/Bulk", 200);
        let whole = bulk.clone();
        bulk.0.detail =
            Some("1 of 2 operations were refused: this token lacks the scope `groups.write`".into());
        let told = signs(std::slice::from_ref(&bulk));
        assert_eq!(told[0].title, "POST /Bulk: 1 of 2 operations were refused");
        assert_eq!(told[0].advice, "This token lacks the scope `groups.write`.");
        assert_eq!(signs(&[whole, bulk]), []);
    }

    #[test]
    fn errors_are_told_in_the_words_of_the_answer() {
        let mut taken = seen("POST", "/Users", 409);
        taken.0.detail = Some("a user with this userName exists".into());
        taken.0.name = Some("ada".into());
        let told = signs(&[taken.clone(), taken, seen("GET", "/", 404), seen("GET", "/Users/nobody", 404)]);
        let titles: Vec<&str> = told.iter().map(|sign| sign.title.as_str()).collect();
        assert_eq!(titles, ["/ is no SCIM address", "POST /Users for ada was answered 409"]);
        assert!(
            told[1].advice.starts_with("A user with this userName exists. The record"),
            "{}",
            told[1].advice
        );
    }
}
