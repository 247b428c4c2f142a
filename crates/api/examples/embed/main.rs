//! SCIM in an application of your own: Rolecall's routes over people and groups that the application keeps itself, here
//! in memory. `cargo run -p rolecall-api --example embed` prints what an identity provider is given.
//!
//! Everything about the protocol (PATCH, filters, paging, Bulk, discovery, what each identity provider does in its own
//! way) is in the routes and in `rolecall-scim`. `in_memory.rs` is what only the application knows: who may call, and
//! where things are kept. Left out there: more than one organisation, and that a group may not be inside itself.

mod in_memory;
mod machine;

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpServer, web};
use rolecall_api::{Limits, ScimRoutes};
use rolecall_domain::secret::{Secret, SecretKind};

pub(crate) use in_memory::InMemory;
use machine::{Machine, random};

/// The organisation in the Tenant URL.
const ORG: &str = "acme";
/// Where this application is.
const PUBLIC_URL: &str = "http://127.0.0.1:8085";

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let secret = Secret::new(SecretKind::Scim, random());
    println!("Tenant URL:   {PUBLIC_URL}/scim/{ORG}/v2\nSecret Token: {}", secret.reveal());
    let routes = scim(&secret);
    HttpServer::new(move || {
        let routes = routes.clone();
        App::new()
            .route("/", web::get().to(|| async { "the application around it" }))
            .configure(|config| routes.configure(config))
    })
    .bind("127.0.0.1:8085")?
    .run()
    .await
}

/// All of SCIM, to be mounted in any actix application.
pub(crate) fn scim(secret: &Secret) -> ScimRoutes<InMemory> {
    ScimRoutes {
        directory: Arc::new(InMemory { secret: secret.hash(), rows: Mutex::default() }),
        clock: Arc::new(Machine),
        ids: Arc::new(Machine),
        public_url: PUBLIC_URL.into(),
        limits: Limits::default(),
    }
}
