//! The console: server-rendered pages under `/console`, for administrators in a browser.
//!
//! Everything works without JavaScript; `assets/console.js` makes some of it quicker. Pages call the same use cases as the
//! admin API, in units of work of [`rolecall_api::work`], and never the database.
//!
//! # Adding a page
//! 1. Write its handler in `pages/`: an `async fn` from `visit::Signed` to `fault::Answer` that reads or
//!    changes by one unit of work and renders with `view`.
//! 2. Name it in that file's `routes!`, with the role that it needs. There is no other way to mount one, and
//!    [`routes`] shows them all to the test that tries each as everybody.
//! 3. If people shall find it by themselves, add it to the menu in `view/menu.rs`.
//!
//! A `POST` is checked for the session's form token before its handler runs; `view::form` puts the token into the form.
//! After a change, answer with `visit::Signed::done`, so that reloading does not repeat it.

mod assets;
mod cookies;
mod fault;
mod form;
mod guest;
mod guides;
mod pages;
mod paging;
mod planned;
mod route;
mod throttle;
mod view;
mod visit;

use std::sync::Arc;

use actix_web::web;
use rolecall_api::AppState;
use tokio::sync::Semaphore;

pub use route::{Needs, Route};

use throttle::Throttle;

/// What all pages share. Cheap to clone; made once for a process, since it counts failed sign-ins.
#[derive(Clone)]
pub struct Console {
    app: AppState,
    throttle: Arc<Throttle>,
    /// How many passwords are hashed at a time: each takes 19 MiB and a core.
    hashing: Arc<Semaphore>,
    /// Whether browsers come by https, so that the cookie can be bound to this host.
    https: bool,
}

impl Console {
    /// Over the same store and machine as the rest of the server.
    pub fn new(app: AppState) -> Self {
        let https = app.public_url.starts_with("https://");
        Self { app, throttle: Arc::default(), hashing: Arc::new(Semaphore::new(2)), https }
    }
}

/// Mounts the console, and leads `/` to it.
pub fn configure(console: Console) -> impl FnOnce(&mut web::ServiceConfig) + Clone {
    move |config| {
        config.route("/", rolecall_api::reads().to(pages::to_console));
        route::mount(config, &console);
    }
}

/// Every page and form, and who may use it.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    pages::ROUTES.iter().copied().flatten()
}
