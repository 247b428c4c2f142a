//! The pages, one file per part of the menu.

mod account;
mod overview;
mod sign_in;

use actix_web::{HttpResponse, http::header};

use crate::route::Route;

/// All of them.
pub(crate) const ROUTES: &[&[Route]] = &[sign_in::ROUTES, account::ROUTES, overview::ROUTES];

/// `/` leads to the console.
pub(crate) async fn to_console() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/console/")).finish()
}
