//! Style, script and icon: compiled in, and served under names that change with them, so that browsers keep them for good.

use std::sync::LazyLock;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS},
    web,
};
use sha2::{Digest, Sha256};

/// A file that pages refer to.
pub(crate) struct Asset {
    /// Its address.
    pub(crate) path: String,
    media_type: &'static str,
    body: &'static str,
}

pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "css", "text/css; charset=utf-8", include_str!("../assets/console.css"))
});
pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "js", "text/javascript; charset=utf-8", include_str!("../assets/console.js"))
});
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")));

impl Asset {
    fn new(name: &str, extension: &str, media_type: &'static str, body: &'static str) -> Self {
        let digest = Sha256::digest(body.as_bytes());
        let version: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { path: format!("/console/assets/{name}.{version}.{extension}"), media_type, body }
    }
}

pub(crate) fn mount(config: &mut web::ServiceConfig) {
    for asset in [&*STYLE, &*SCRIPT, &*ICON] {
        let serve = move || async move {
            HttpResponse::Ok()
                .content_type(asset.media_type)
                .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
                .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .body(asset.body)
        };
        config.route(&asset.path, rolecall_api::reads().to(serve));
    }
}
