//! The floor: the same framework and database as the product, doing for each request the unavoidable statements
//! alone. No token is looked up, nothing is validated, no role is worked out.
//!
//! A read runs on the thread that took the request. A write goes to one writer, which commits whatever is waiting
//! together (WAL, `synchronous=FULL`) and answers after the commit: the same durability as the product's.

use std::{
    cell::RefCell,
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc,
};

use actix_web::{App, HttpResponse, HttpServer, web};
use clap::Args;
use diesel::{insert_into, prelude::*};
use serde::Deserialize;
use tokio::sync::oneshot;

// Compiled once for each database; what differs is in the parent.
use super::{Conn, commit, open};
use crate::organisation::{self, Size};

/// How the bench starts it.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A file, or the URL of a PostgreSQL database
    #[arg(long)]
    pub(crate) db: String,
    #[arg(long)]
    pub(crate) users: usize,
    #[arg(long)]
    pub(crate) group_members: usize,
    #[arg(long)]
    pub(crate) spare: usize,
}

diesel::table! {
    users (org, id) {
        org -> BigInt,
        id -> Binary,
        user_name -> Text,
        external_id -> Text,
        doc -> Text,
        version -> BigInt,
    }
}
diesel::table! {
    groups (org, id) {
        org -> BigInt,
        id -> Binary,
        name -> Text,
        doc -> Text,
        version -> BigInt,
    }
}
diesel::table! {
    members (org, group_id, user_id) {
        org -> BigInt,
        group_id -> Binary,
        user_id -> Binary,
    }
}
diesel::table! {
    memberships (org, workspace_id, user_id) {
        org -> BigInt,
        workspace_id -> Binary,
        user_id -> Binary,
        role -> SmallInt,
    }
}
diesel::table! {
    events (seq) {
        seq -> BigInt,
        org -> BigInt,
        kind -> Text,
        user_id -> Nullable<Binary>,
        group_id -> Nullable<Binary>,
    }
}
diesel::allow_tables_to_appear_in_same_query!(users, memberships);

const ORG: i64 = 1;
const MEMBER: i16 = 10;

/// Ids are numbers in the shape of UUIDs, so that the bench can work out the floor's without asking.
pub(crate) fn user_id(number: usize) -> String {
    format!("01900000-0000-7000-8000-{number:012x}")
}

/// See [`user_id`]. The big group comes after the teams.
pub(crate) fn group_id(number: usize) -> String {
    format!("01900000-0000-7000-9000-{number:012x}")
}

/// Fills a database, then serves it until standard input ends. Prints the port once it listens.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let size = Size { users: arguments.users, big_group: arguments.group_members, spare: arguments.spare };
    let mut writer = open(&arguments.db).map_err(|error| error.to_string())?;
    super::fill(&mut writer, &size).map_err(|error| error.to_string())?;
    serve(&arguments.db, writer, size).map_err(|error| error.to_string())
}

#[allow(dead_code, reason = "PostgreSQL is filled by statements over sets")]
pub(super) fn fill(connection: &mut Conn, size: &Size) -> QueryResult<()> {
    let everybody = uuid(&group_id(size.teams()));
    connection.transaction(|connection| {
        for number in 0..size.people() {
            let id = uuid(&user_id(number));
            insert_user(
                connection,
                &id,
                &organisation::user_name(number),
                &organisation::external_id(number),
                &as_sent(&organisation::user_document(number), &user_id(number)),
            )?;
            if number < size.big_group {
                insert_member(connection, &everybody, &id)?;
                insert_membership(connection, &everybody, &id)?;
            }
        }
        for team in 0..=size.teams() {
            let id = uuid(&group_id(team));
            let (name, people) = if team == size.teams() {
                (organisation::BIG_GROUP.to_owned(), 0..0)
            } else {
                (organisation::team_name(team), size.team(team))
            };
            let doc = as_sent(&organisation::group_document(&name, &[]), &group_id(team));
            insert_into(groups::table)
                .values((
                    groups::org.eq(ORG),
                    groups::id.eq(&id),
                    groups::name.eq(&name),
                    groups::doc.eq(&doc),
                    groups::version.eq(1),
                ))
                .execute(connection)?;
            for number in people {
                insert_member(connection, &id, &uuid(&user_id(number)))?;
            }
        }
        Ok(())
    })
}

fn serve(db: &str, writer: Conn, size: Size) -> std::io::Result<()> {
    let (jobs, waiting) = mpsc::channel();
    std::thread::Builder::new().name("writer".into()).spawn(move || write_all(writer, &waiting))?;
    std::thread::spawn(|| {
        // The bench is gone, however it went.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    let everybody = uuid(&group_id(size.teams()));
    let db = db.to_owned();
    actix_web::rt::System::new().block_on(
        HttpServer::new(move || {
            let reader = open(&db).expect("the writer has opened the same file");
            App::new()
                .app_data(web::Data::new(RefCell::new(reader)))
                .app_data(web::Data::new(Writer { jobs: jobs.clone(), everybody: everybody.clone() }))
                .route("/scim/default/v2/Users/{id}", web::get().to(read_user))
                .route("/scim/default/v2/Users/{id}", web::patch().to(patch_user))
                .route("/scim/default/v2/Users", web::get().to(find_user))
                .route("/scim/default/v2/Users", web::post().to(create_user))
                .route("/scim/default/v2/Groups", web::get().to(find_group))
                .route("/scim/default/v2/Groups/{id}", web::patch().to(patch_group))
                .route("/scim/default/v2/ServiceProviderConfig", web::get().to(service_provider_config))
                .route("/v1/admin/workspaces/{slug}/users", web::get().to(people_in_workspace))
        })
        .workers(super::WORKERS)
        .disable_signals()
        .listen(listener)?
        .run(),
    )
}

// Reads.

type Reader = web::Data<RefCell<Conn>>;

async fn read_user(reader: Reader, id: web::Path<String>) -> HttpResponse {
    let doc: QueryResult<String> =
        users::table.find((ORG, uuid(&id))).select(users::doc).first(&mut *reader.borrow_mut());
    match doc {
        Ok(doc) => scim(doc),
        Err(error) => failed(&error),
    }
}

async fn find_user(reader: Reader, request: actix_web::HttpRequest) -> HttpResponse {
    let value = quoted(request.query_string());
    let mut reader = reader.borrow_mut();
    let found: QueryResult<Option<String>> = if request.query_string().contains("filter=userName") {
        let by_name = users::table.filter(users::org.eq(ORG)).filter(users::user_name.eq(value));
        by_name.select(users::doc).first(&mut *reader).optional()
    } else {
        let by_external_id = users::table.filter(users::org.eq(ORG)).filter(users::external_id.eq(value));
        by_external_id.select(users::doc).first(&mut *reader).optional()
    };
    match found {
        Ok(found) => list(found),
        Err(error) => failed(&error),
    }
}

async fn find_group(reader: Reader, request: actix_web::HttpRequest) -> HttpResponse {
    let value = quoted(request.query_string()).replace("%20", " ");
    let found: QueryResult<Option<String>> = groups::table
        .filter(groups::org.eq(ORG))
        .filter(groups::name.eq(value))
        .select(groups::doc)
        .first(&mut *reader.borrow_mut())
        .optional();
    match found {
        Ok(found) => list(found),
        Err(error) => failed(&error),
    }
}

async fn people_in_workspace(reader: Reader, writer: web::Data<Writer>) -> HttpResponse {
    let people: QueryResult<Vec<(Vec<u8>, String, i16)>> = memberships::table
        .inner_join(users::table.on(users::org.eq(memberships::org).and(users::id.eq(memberships::user_id))))
        .filter(memberships::org.eq(ORG))
        .filter(memberships::workspace_id.eq(&writer.everybody))
        .order(memberships::user_id)
        .limit(50)
        .select((memberships::user_id, users::user_name, memberships::role))
        .load(&mut *reader.borrow_mut());
    let people = match people {
        Ok(people) => people,
        Err(error) => return failed(&error),
    };
    let data: Vec<String> = people
        .iter()
        .map(|(id, name, role)| {
            let id = id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            format!(r#"{{"user_id":"{id}","user_name":"{name}","email":"{name}","role":{role}}}"#)
        })
        .collect();
    HttpResponse::Ok().content_type("application/json").body(format!(r#"{{"data":[{}]}}"#, data.join(",")))
}

async fn service_provider_config() -> HttpResponse {
    const TEXT: &str = concat!(
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],"patch":{"supported":true},"#,
        r#""bulk":{"supported":false,"maxOperations":0,"maxPayloadSize":0},"filter":{"supported":true,"#,
        r#""maxResults":200},"changePassword":{"supported":false},"sort":{"supported":false},"#,
        r#""etag":{"supported":true},"authenticationSchemes":[{"type":"oauthbearertoken","name":"OAuth Bearer Token","#,
        r#""description":"A Secret Token"}]}"#,
    );
    HttpResponse::Ok().content_type("application/scim+json").body(TEXT)
}

// Writes.

type Work = Box<dyn FnOnce(&mut Conn) -> QueryResult<String> + Send>;
type Job = (Work, oneshot::Sender<QueryResult<String>>);

struct Writer {
    jobs: mpsc::Sender<Job>,
    everybody: Vec<u8>,
}

impl Writer {
    async fn write(
        &self,
        work: impl FnOnce(&mut Conn) -> QueryResult<String> + Send + 'static,
    ) -> QueryResult<String> {
        let (sender, outcome) = oneshot::channel();
        self.jobs.send((Box::new(work), sender)).map_err(|_| diesel::result::Error::RollbackTransaction)?;
        outcome.await.unwrap_or(Err(diesel::result::Error::RollbackTransaction))
    }
}

/// Commits what is waiting, together, again and again. A failure fails all of its commit: the floor has no savepoints.
fn write_all(mut connection: Conn, waiting: &mpsc::Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let (work, answers): (Vec<Work>, Vec<_>) =
            std::iter::once(first).chain(waiting.try_iter().take(255)).unzip();
        let outcome = commit(&mut connection, |connection| {
            work.into_iter().map(|work| work(connection)).collect::<QueryResult<Vec<String>>>()
        });
        match outcome {
            Ok(texts) => {
                for (answer, text) in answers.into_iter().zip(texts) {
                    let _ = answer.send(Ok(text));
                }
            }
            // The answers are dropped, which their requests take for a failure.
            Err(error) => eprintln!("floor: {error}"),
        }
    }
}

/// What the floor reads of a body; the product has to read as much.
#[derive(Deserialize)]
struct Patch {
    #[serde(rename = "Operations")]
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    op: String,
    value: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewUser {
    user_name: String,
    external_id: String,
}

async fn patch_user(writer: web::Data<Writer>, id: web::Path<String>, body: web::Bytes) -> HttpResponse {
    let Ok(_patch) = serde_json::from_slice::<Patch>(&body) else {
        return HttpResponse::BadRequest().finish();
    };
    let id = uuid(&id);
    let written = writer
        .write(move |connection| {
            // A text of the same length: what the new value would be costs nothing here.
            let doc: String = users::table.find((ORG, &id)).select(users::doc).first(connection)?;
            diesel::update(users::table.find((ORG, &id)))
                .set((users::doc.eq(&doc), users::version.eq(users::version + 1)))
                .execute(connection)?;
            push_event(connection, "user.updated", Some(&id), None)?;
            Ok(doc)
        })
        .await;
    match written {
        Ok(doc) => scim(doc),
        Err(error) => failed(&error),
    }
}

async fn patch_group(writer: web::Data<Writer>, id: web::Path<String>, body: web::Bytes) -> HttpResponse {
    let Ok(patch) = serde_json::from_slice::<Patch>(&body) else {
        return HttpResponse::BadRequest().finish();
    };
    let (group, everybody) = (uuid(&id), writer.everybody.clone());
    let written = writer
        .write(move |connection| {
            for operation in &patch.operations {
                let people = operation.value.as_array().into_iter().flatten();
                for id in people.filter_map(|member| Some(uuid(member.get("value")?.as_str()?))) {
                    let (member, membership) = if operation.op == "Add" {
                        insert_member(connection, &group, &id)?;
                        ("group.member_added", "membership.created")
                    } else {
                        diesel::delete(members::table.find((ORG, &group, &id))).execute(connection)?;
                        ("group.member_removed", "membership.removed")
                    };
                    push_event(connection, member, Some(&id), Some(&group))?;
                    if operation.op == "Add" {
                        insert_membership(connection, &everybody, &id)?;
                    } else {
                        diesel::delete(memberships::table.find((ORG, &everybody, &id)))
                            .execute(connection)?;
                    }
                    push_event(connection, membership, Some(&id), None)?;
                }
            }
            diesel::update(groups::table.find((ORG, &group)))
                .set(groups::version.eq(groups::version + 1))
                .execute(connection)?;
            Ok(String::new())
        })
        .await;
    match written {
        Ok(_) => HttpResponse::NoContent().finish(),
        Err(error) => failed(&error),
    }
}

async fn create_user(writer: web::Data<Writer>, body: web::Bytes) -> HttpResponse {
    let Ok(user) = serde_json::from_slice::<NewUser>(&body) else {
        return HttpResponse::BadRequest().finish();
    };
    let Ok(text) = String::from_utf8(body.to_vec()) else { return HttpResponse::BadRequest().finish() };
    let written = writer
        .write(move |connection| {
            // The number at the end of the externalId is unique, and so then is the id.
            let number =
                user.external_id.rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
            let id = user_id(number);
            let doc = as_sent(&text, &id);
            insert_user(connection, &uuid(&id), &user.user_name, &user.external_id, &doc)?;
            push_event(connection, "user.created", Some(&uuid(&id)), None)?;
            Ok(doc)
        })
        .await;
    match written {
        Ok(doc) => HttpResponse::Created().content_type("application/scim+json").body(doc),
        Err(error) => failed(&error),
    }
}

// Statements that filling and serving share.

fn insert_user(
    connection: &mut Conn,
    id: &[u8],
    user_name: &str,
    external_id: &str,
    doc: &str,
) -> QueryResult<usize> {
    insert_into(users::table)
        .values((
            users::org.eq(ORG),
            users::id.eq(id),
            users::user_name.eq(user_name),
            users::external_id.eq(external_id),
            users::doc.eq(doc),
            users::version.eq(1),
        ))
        .execute(connection)
}

fn insert_member(connection: &mut Conn, group: &[u8], user: &[u8]) -> QueryResult<usize> {
    insert_into(members::table)
        .values((members::org.eq(ORG), members::group_id.eq(group), members::user_id.eq(user)))
        .execute(connection)
}

fn insert_membership(connection: &mut Conn, workspace: &[u8], user: &[u8]) -> QueryResult<usize> {
    insert_into(memberships::table)
        .values((
            memberships::org.eq(ORG),
            memberships::workspace_id.eq(workspace),
            memberships::user_id.eq(user),
            memberships::role.eq(MEMBER),
        ))
        .execute(connection)
}

fn push_event(
    connection: &mut Conn,
    kind: &str,
    user: Option<&[u8]>,
    group: Option<&[u8]>,
) -> QueryResult<usize> {
    insert_into(events::table)
        .values((
            events::org.eq(ORG),
            events::kind.eq(kind),
            events::user_id.eq(user),
            events::group_id.eq(group),
        ))
        .execute(connection)
}

// Bytes.

/// A document as it is answered: what was sent, with `id` and `meta`.
pub(super) fn as_sent(document: &str, id: &str) -> String {
    let rest = document.strip_prefix('{').unwrap_or(document);
    format!(
        concat!(
            r#"{{"id":"{id}","meta":{{"resourceType":"User","created":"2025-01-01T00:00:00Z","#,
            r#""lastModified":"2025-01-01T00:00:00Z","version":"W/\"1\"","location":"/Users/{id}"}},{rest}"#,
        ),
        id = id,
        rest = rest
    )
}

fn scim(body: String) -> HttpResponse {
    HttpResponse::Ok().content_type("application/scim+json").body(body)
}

fn list(found: Option<String>) -> HttpResponse {
    let total = usize::from(found.is_some());
    scim(format!(
        concat!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":{total},"#,
            r#""startIndex":1,"itemsPerPage":{total},"Resources":[{found}]}}"#,
        ),
        total = total,
        found = found.unwrap_or_default()
    ))
}

fn failed(error: &diesel::result::Error) -> HttpResponse {
    HttpResponse::InternalServerError().body(error.to_string())
}

/// The text between the first two encoded quotes.
fn quoted(query: &str) -> &str {
    query.split("%22").nth(1).unwrap_or_default()
}

/// The 16 bytes of a UUID in text.
fn uuid(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.bytes().filter_map(|byte| char::from(byte).to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
