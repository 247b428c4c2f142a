//! Loading the organisation through the product's own HTTP calls, as an IdP's first cycle would.

use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    http::{Answer, Connection, write_request},
    operations::Target,
    organisation::{self, Size},
    pages,
};

/// Members added to the big group by one request: what IdPs that batch send.
const BATCH: usize = 500;

/// Fills an empty organisation; answers the ids that the product gave.
pub(crate) fn fill(
    address: SocketAddr,
    token: String,
    api_key: String,
    size: &Size,
    connections: usize,
) -> Result<Target, String> {
    let people = each("people", address, connections, size.people(), |caller, number| {
        caller.created(&token, "/scim/default/v2/Users", &organisation::user_document(number))
    })?;

    let mut caller = Caller::open(address)?;
    let big_group = big_group(&mut caller, &token, &api_key)?;

    let teams = each("teams", address, connections, size.teams(), |caller, team| {
        let document = organisation::group_document(&organisation::team_name(team), &people[size.team(team)]);
        caller.created(&token, "/scim/default/v2/Groups", &document)
    })?;

    let path = format!("/scim/default/v2/Groups/{big_group}");
    each("members of the big group", address, 1, size.big_group.div_ceil(BATCH), |caller, batch| {
        let members = &people[batch * BATCH..((batch + 1) * BATCH).min(size.big_group)];
        caller.ask("PATCH", &path, &token, &organisation::members_patch("Add", members))?;
        Ok(String::new())
    })?;

    let small_group =
        teams.into_iter().next().ok_or("an organisation without people has nothing to measure")?;
    let (users, spare) = people.split_at(size.users);
    Ok(Target {
        addresses: vec![address],
        token,
        api_key,
        users: users.to_vec(),
        spare: spare.to_vec(),
        small_group,
        big_group,
        change: String::new(),
        cookie: String::new(),
        connection: String::new(),
    })
}

/// One request that let somebody join a workspace, whose undoing can be asked about.
pub(crate) fn make_change(target: &mut Target) -> Result<(), String> {
    let mut caller = Caller::open(target.addresses[0])?;
    let path = format!("/scim/default/v2/Groups/{}", target.big_group);
    let somebody = target.spare.last().ok_or("nobody is spare")?;
    let body = organisation::members_patch("Add", std::slice::from_ref(somebody));
    let answer = caller.ask("PATCH", &path, &target.token, &body)?;
    target.change = answer.request_id.ok_or("the answer had no X-Request-Id")?;
    Ok(())
}

/// Signs an administrator in, who asks for the console's pages.
pub(crate) fn sign_in(target: &mut Target) -> Result<(), String> {
    #[derive(serde::Deserialize)]
    struct Listed {
        data: Vec<Named>,
    }
    #[derive(serde::Deserialize)]
    struct Named {
        id: String,
    }
    let mut caller = Caller::open(target.addresses[0])?;
    target.cookie = pages::sign_in(&mut caller.connection)?;
    let answer = caller.ask("GET", "/v1/scim/connections", &target.api_key, "")?;
    let listed: Listed = serde_json::from_slice(&answer.body)
        .map_err(|error| format!("the connections were listed otherwise: {error}"))?;
    target.connection = listed.data.into_iter().next().ok_or("there is no connection")?.id;
    Ok(())
}

/// The group of everybody, mapped to a workspace; answers its id.
pub(crate) fn big_group(caller: &mut Caller, token: &str, api_key: &str) -> Result<String, String> {
    let big_group = caller.created(
        token,
        "/scim/default/v2/Groups",
        &organisation::group_document(organisation::BIG_GROUP, &[]),
    )?;
    let workspace = format!(r#"{{"name":"Everybody","slug":"{}"}}"#, organisation::WORKSPACE);
    caller.ask("POST", "/v1/admin/workspaces", api_key, &workspace)?;
    let mapping = format!(
        r#"{{"scim_group_id":"{big_group}","workspace_id":"{}","role":"member"}}"#,
        organisation::WORKSPACE
    );
    caller.ask("POST", "/v1/scim/workspaces", api_key, &mapping)?;
    Ok(big_group)
}

/// Does the same for each number on many connections, with a progress bar; answers in the order of the numbers.
fn each(
    what: &'static str,
    address: SocketAddr,
    connections: usize,
    count: usize,
    work: impl Fn(&mut Caller, usize) -> Result<String, String> + Sync,
) -> Result<Vec<String>, String> {
    let bar = ProgressBar::new(count as u64).with_message(what);
    let style = "loading {msg:<26} {wide_bar} {human_pos}/{human_len} {per_sec:>12}";
    bar.set_style(ProgressStyle::with_template(style).expect("the template is well formed"));
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(vec![String::new(); count]);
    let outcome: Result<(), String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..connections.min(count))
            .map(|_| {
                scope.spawn(|| {
                    let mut caller = Caller::open(address)?;
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            return Ok(());
                        }
                        let answer = work(&mut caller, number)?;
                        answers.lock().expect("no thread panics while it holds this")[number] = answer;
                        bar.inc(1);
                    }
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker answers, it does not panic"))
    });
    bar.finish_and_clear();
    outcome.map(|()| answers.into_inner().expect("all threads have ended well"))
}

/// A connection that fails in words.
pub(crate) struct Caller {
    connection: Connection,
    request: Vec<u8>,
}

impl Caller {
    pub(crate) fn open(address: SocketAddr) -> Result<Self, String> {
        let connection =
            Connection::open(address).map_err(|error| format!("no connection to rolecall: {error}"))?;
        Ok(Self { connection, request: Vec::new() })
    }

    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        secret: &str,
        body: &str,
    ) -> Result<Answer, String> {
        write_request(&mut self.request, method, path, secret, body);
        let answer =
            self.connection.ask(&self.request).map_err(|error| format!("{method} {path}: {error}"))?;
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        Err(format!("{method} {path} answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body)))
    }

    /// Creates a resource; answers its id.
    pub(crate) fn created(&mut self, secret: &str, path: &str, body: &str) -> Result<String, String> {
        #[derive(serde::Deserialize)]
        struct Created {
            id: String,
        }
        let answer = self.ask("POST", path, secret, body)?;
        let created: Result<Created, _> = serde_json::from_slice(&answer.body);
        created
            .map(|created| created.id)
            .map_err(|error| format!("POST {path} answered without an id: {error}"))
    }
}
